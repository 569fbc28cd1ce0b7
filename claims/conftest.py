"""Load the harness, so that `python -m pytest claims` knows its options."""

pytest_plugins = ["claims.harness.session.plugin"]
