"""Peers of the engines: training loops as people write them, which share no code with the engines."""
