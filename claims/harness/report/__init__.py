"""Reports of a run, made from its results.json alone."""
