"""Falsification: the claims judged under mistakes made on purpose, to see which of them notice which."""
