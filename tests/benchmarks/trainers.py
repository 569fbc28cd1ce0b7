"""How every way to train is called: prepared for an experiment, then for a number of steps, then timed."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

Weights = dict[str, Tensor]
"""Trained parameters by name ("W", "W_out", "b"), instance axis first, on the CPU."""

Run = Callable[[], Weights]
"""Trains from the first step to the last; returns when the weights are there. This is what is timed."""

Trainer = Callable[[int], Run]
"""Prepares a run of so many steps; whatever has to be compiled for it is compiled then."""
