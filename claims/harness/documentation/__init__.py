"""Generate the pages of the documentation that show stored data."""
