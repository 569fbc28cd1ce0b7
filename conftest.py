"""Leave the claims out of `pytest .`; they run by `tms replicate` or `pytest claims`."""

collect_ignore = ["claims"]
