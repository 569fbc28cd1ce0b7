"""Batches that a GPU draws by itself: nothing comes from the host, so that a CUDA graph can repeat it."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Int64
from numpy.typing import NDArray
from torch import Tensor

from tms.features import FeatureDistribution, inputs_from, tables
from tms.random_streams import mixed, step_words


class DeviceBatches:
    """The inputs of a stack of instances, the same bits as from `tms.features.sample`.

    Parameters
    ----------
    distribution, density, keys, device
        As for `tms.features.sample`.
    """

    def __init__(
        self,
        distribution: FeatureDistribution,
        density: Float[np.ndarray, "instance feature"],
        keys: NDArray[np.uint64],
        device: str,
    ) -> None:
        self._distribution, self._device = distribution, device
        self._keys = torch.from_numpy(keys.view(np.int64)).to(device)
        self._tables = tables(distribution, density, device)

    def draw(self, step: int | Int64[Tensor, ""], rows: int) -> Float[Tensor, "instance batch feature"]:
        """Draw the batch of one step for every instance.

        Parameters
        ----------
        step, rows
            Number of the step, on the device if a graph repeats the drawing; and number of inputs.
        """
        if isinstance(step, int):
            step = torch.full((), step, dtype=torch.int64, device=self._device)
        drawn = mixed(*step_words(self._keys, step), (rows, self._distribution.columns))
        return inputs_from(self._distribution, drawn, *self._tables)
