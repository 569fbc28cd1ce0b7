"""Engines train every instance of an experiment: one reference, others fused for speed."""
