"""A check that is due at some of many calls, because it waits for the device."""

from __future__ import annotations

import torch
from torch import Tensor


class PeriodicCheck:
    """Says when outputs are to be checked: at the first call, and then once in a number of calls.

    The count is kept here, so that it does not look like a state of the module whose outputs are checked.

    Parameters
    ----------
    interval
        Calls from one check to the next.
    """

    def __init__(self, interval: int) -> None:
        self._interval, self._calls = interval, 0

    def is_due(self, out: Tensor, *, counts: bool) -> bool:
        """Whether to check an output; never while a CUDA graph is captured, which cannot wait.

        Parameters
        ----------
        out
            The output.
        counts
            Whether the call counts.
        """
        if out.is_cuda and torch.cuda.is_current_stream_capturing():
            return False
        due = self._calls % self._interval == 0
        self._calls += counts
        return due
