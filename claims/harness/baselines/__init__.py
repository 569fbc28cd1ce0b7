"""Stored results of earlier runs, and the tests that tell drift from chance."""
