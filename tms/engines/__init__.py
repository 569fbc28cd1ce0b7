"""Engines, which train every instance of an experiment: a reference, fused ones, and external code."""
