"""Falsification: judge the claims under mistakes made on purpose, and record which claims notice which."""
