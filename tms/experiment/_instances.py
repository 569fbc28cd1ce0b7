"""The instances of a sweep: independent models, and the arrays in which they differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt64


@dataclass(frozen=True, kw_only=True, eq=False)
class Instances:
    """The independent models of a sweep, as the arrays in which they differ.

    Parameters
    ----------
    keys
        Key of each instance's random stream.
    held_out_keys
        Key of the stream from which each instance's held-out inputs are drawn. The trials of one seed share
        the first trial's key, so that they are compared on the same inputs; no two seeds share a key.
    density
        1 - S of each feature.
    importance
        I_i of each feature.
    """

    keys: UInt64[np.ndarray, " instance"]
    held_out_keys: UInt64[np.ndarray, " instance"]
    density: Float[np.ndarray, "instance feature"]
    importance: Float[np.ndarray, "instance feature"]

    def __len__(self) -> int:
        """Count the instances."""
        return len(self.keys)
