"""Load the claims machinery; `python -m pytest claims` finds its options here."""

pytest_plugins = ["claims.harness.session.plugin"]
