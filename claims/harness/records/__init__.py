"""What runs leave behind: results, changes between two runs, the falsification matrix."""
