"""Figures of a run, drawn in worker processes."""
