"""Integer codes of the output activations, by which compiled kernels select one."""

from __future__ import annotations

from typing import Final

LINEAR, RELU, GELU, QUADRATIC = range(4)

_CODES: Final = {"relu": RELU, "gelu": GELU, "quadratic": QUADRATIC}


def code_of(architecture: str, activation: str) -> int:
    """Return the code of an experiment's output activation.

    Parameters
    ----------
    architecture
        Name of the architecture; "linear" has no activation and gets `LINEAR`.
    activation
        Name of the output activation, one of `tms.models.ACTIVATIONS`.
    """
    return LINEAR if architecture == "linear" else _CODES[activation]
