"""Output activations by the numbers that the kernels of all devices know them by."""

from __future__ import annotations

from typing import Final

from tms.experiment import Experiment

LINEAR, RELU, GELU, QUADRATIC = range(4)

_CODES: Final = {"relu": RELU, "gelu": GELU, "quadratic": QUADRATIC}


def code_of(experiment: Experiment) -> int:
    """Return the number of an experiment's output activation; an architecture without one is linear."""
    return LINEAR if experiment.architecture == "linear" else _CODES[experiment.activation]
