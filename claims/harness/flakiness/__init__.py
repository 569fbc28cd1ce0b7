"""Flakiness: how often claims of unchanged code fail or drift by chance, counted over many seeds."""
