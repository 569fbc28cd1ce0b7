"""The types of every stack: it is prepared for an experiment, then for a number of steps, then run."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

Weights = dict[str, Tensor]
"""Trained parameters by name ("W", "W_out", "b"), instance axis first, on the CPU."""

Run = Callable[[], Weights]
"""Trains from the first step to the last and returns the weights. This call is timed."""

Trainer = Callable[[int], Run]
"""Prepares a run of a number of steps, and compiles everything that it needs."""
