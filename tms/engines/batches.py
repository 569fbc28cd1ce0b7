"""Batches for the reference engine: those of `tms.features.sample`, compiled where that is possible."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from tms.engines.cpu.batches import draw_in_sets, draw_independent
from tms.engines.cpu.parts import ANTICORRELATED, CORRELATED, Inputs
from tms.engines.cpu.vectors import LANES
from tms.engines.device_batches import DeviceBatches
from tms.features import FeatureDistribution, activity_threshold, sample, value_scale
from tms.sources import compiles

_LEAST_WIDTH: Final = 512
"""Fewest features that one call of the kernel for a row of vectors draws."""
_CHUNK: Final = 256
"""Inputs that are drawn at once where features are in sets."""


class Batches:
    """The inputs of a stack of instances, the same bits as from `tms.features.sample`.

    On the CPU a compiled kernel draws them, in a twentieth of `sample`'s time, unless Numba is switched off.
    On CUDA they are drawn by what has been copied there once.

    Parameters
    ----------
    distribution, density, keys, device, dtype
        As for `tms.features.sample`.
    """

    def __init__(
        self,
        distribution: FeatureDistribution,
        density: Float[np.ndarray, "instance feature"],
        keys: NDArray[np.uint64],
        device: str,
        dtype: torch.dtype,
    ) -> None:
        self._distribution, self._density, self._keys = distribution, density, keys
        self._device, self._dtype = device, dtype
        self._on_device = DeviceBatches(distribution, density, keys, device) if device == "cuda" else None
        self._is_compiled = can_compile(device)
        if self._is_compiled and distribution.sets:
            self._prepare_sets()
        elif self._is_compiled:
            self._prepare_points()

    def draw(self, step: int, rows: int) -> Float[Tensor, "instance batch feature"]:
        """Draw the batch of one step for every instance.

        Parameters
        ----------
        step, rows
            Number of the step, and number of inputs.
        """
        if self._on_device:
            return self._on_device.draw(step, rows).to(self._dtype)
        if not self._is_compiled:
            own = self._distribution, self._density, self._keys
            return sample(*own, step, rows, self._device, self._dtype)
        n = self._distribution.n_features
        x = np.empty((len(self._keys), rows, n), dtype=np.float32)
        if self._distribution.sets:
            draw_in_sets(self._keys, step, *self._sets, x)
        else:
            draw_independent(self._keys, step, *self._points, x.reshape(len(x), rows * n))
        return torch.from_numpy(x).to(self._dtype)

    def _prepare_points(self) -> None:
        """Repeat the thresholds and scales of every different instance until they fill whole vectors."""
        points, point = np.unique(self._density, axis=0, return_inverse=True)
        n = self._distribution.n_features
        times = LANES // math.gcd(n, LANES)
        times *= -(-_LEAST_WIDTH // (times * n))
        tiled = (np.tile(values, (1, times)) for values in (activity_threshold(points), value_scale(points)))
        edge = np.empty(LANES, dtype=np.float32)
        self._points = point.reshape(-1), *tiled, self._distribution.signed, edge

    def _prepare_sets(self) -> None:
        own = self._distribution
        members = [i for group in own.sets for i in group]
        thresholds, scales = activity_threshold(self._density), value_scale(self._density)
        kinds = [CORRELATED] * len(own.correlated) + [ANTICORRELATED] * len(own.anticorrelated)
        inputs = Inputs(
            np.uint64(0),
            own.n_features,
            thresholds[0],
            scales[0],
            own.signed,
            False,
            np.setdiff1d(np.arange(own.n_features), members),
            np.cumsum([0, *map(len, own.sets)], dtype=np.int64),
            np.array(members, dtype=np.int64),
            np.array(kinds, dtype=np.int64),
        )
        columns = np.empty((own.n_features, _CHUNK), dtype=np.float32)
        marks, drawn = np.empty(_CHUNK, dtype=np.float32), np.empty(_CHUNK, dtype=np.uint32)
        self._sets = inputs, thresholds, scales, columns, marks, drawn


def can_compile(device: str) -> bool:
    """Whether the compiled kernels draw for a device."""
    return device == "cpu" and compiles()
