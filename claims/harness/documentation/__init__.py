"""Generate the pages of docs/ and the table of README.md from stored data."""
