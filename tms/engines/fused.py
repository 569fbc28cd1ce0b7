"""The fused engine of a kind of device, behind one interface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from tms.engines import fused_cpu, fused_cuda
from tms.engines.cuda.plan import plan_of
from tms.engines.cuda.stack import Stack
from tms.engines.result import FirstStep, Progress, Result
from tms.experiment import Experiment


@dataclass(frozen=True)
class FusedEngine:
    """A fused engine.

    Parameters
    ----------
    kind
        "cpu" or "cuda", the device that its kernels are written for.
    device
        The device of its tensors: the same, or "cpu" if Triton interprets the kernels for CUDA.
    """

    kind: str
    device: str

    @classmethod
    def on(cls, device: str) -> FusedEngine:
        """Return the engine of a device, "cpu" or "cuda"."""
        return cls(device, device)

    def run(
        self,
        experiment: Experiment,
        progress: Progress,
        weights: Mapping[str, Tensor],
        whole: Experiment | None = None,
    ) -> Result:
        """Train every instance of an experiment.

        Parameters
        ----------
        experiment
            The experiment to train.
        progress
            Called with the number of instance-steps since the last call.
        weights
            Weights to start from, by name.
        whole
            The experiment for which the kernels are compiled, if this one is a part of it.
        """
        if self.kind == "cpu":
            return fused_cpu.run(experiment, progress, weights=weights)
        return fused_cuda.run(experiment, progress, self.device, plan_of(whole or experiment), weights)

    def first_step(
        self, experiment: Experiment, weights: Mapping[str, Tensor], whole: Experiment
    ) -> FirstStep:
        """Loss and gradient of the first step from given weights; parameters as for `run`."""
        if self.kind == "cpu":
            return fused_cpu.Stack(experiment, weights).first_step()
        return Stack(experiment, plan_of(whole), self.device, weights).first_step()
