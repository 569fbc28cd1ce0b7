"""Progress of an experiment, of which the evaluation on held-out inputs is a part."""

from __future__ import annotations

from typing import Final

from tms.engines.result import Progress
from tms.experiment import Experiment

_PASSES_TO_TRAIN: Final = 3
"""Cost of training on an input, in forward passes: the backward pass takes about two."""


class Work:
    """Reports training and evaluation in proportion to their cost.

    The reports add up to the instance-steps of the experiment when the last held-out input is evaluated.

    Parameters
    ----------
    experiment
        The experiment.
    progress
        Called with the number of instance-steps since the last call, if there are any.
    """

    def __init__(self, experiment: Experiment, progress: Progress) -> None:
        self._progress = progress
        self._step = _PASSES_TO_TRAIN * experiment.batch_size
        self._passes = self._step * experiment.steps + experiment.held_out
        self._total = experiment.n_instances * experiment.steps
        self._done = self._reported = 0

    def trained(self) -> None:
        """Report that one training step of all instances is done."""
        self._advance(self._step)

    def evaluated(self, inputs: int) -> None:
        """Report that all instances are evaluated on a number of inputs more."""
        self._advance(inputs)

    def _advance(self, passes: int) -> None:
        self._done += passes
        new = self._total * self._done // self._passes - self._reported
        self._reported += new
        if new:
            self._progress(new)
