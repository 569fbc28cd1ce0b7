"""Whether a fused engine computes what a module does: outputs, losses, gradients, and a few steps.

Both are given the same weights and draw the same inputs. A ReLU whose argument is 0 but for rounding can be
open in one and closed in the other, which changes a gradient by the share of one input. So a deviation counts
only if it is found again on other inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import torch
from torch import Tensor

from tms.engines import reference
from tms.engines.behaviour import late_change, oddity
from tms.engines.external import Guarded
from tms.engines.fused import FusedEngine
from tms.engines.probe import generator, inputs, part_of
from tms.engines.reported_weights import TOLERANCE, deviation, is_described, perturb
from tms.engines.result import Result
from tms.engines.weight_map import NotMapped, WeightMap, restored, trainable
from tms.experiment import Experiment
from tms.features import sample
from tms.protocol import ModelFactory, weight_shapes

LOSSES: Final = 1e-4
"""Allowed deviation of losses, relative."""
GRADIENTS: Final = 1e-4
"""Allowed deviation of a gradient, in units of the instance's largest entry."""
_ROUNDING: Final = 2e-6
"""Allowed deviation of a gradient whose terms cancel, in units of its terms."""
_ATTEMPTS: Final = 3

_Problem = Callable[[Experiment], str | None]


class Comparison:
    """Compares a fused engine with a module on a small part of an experiment.

    Parameters
    ----------
    experiment
        The experiment to train.
    engine
        The fused engine.
    device
        The device of the module.
    factory
        The factory of the module.

    Attributes
    ----------
    part, model, x
        The part of the experiment, its module, and inputs for it.
    is_described
        Whether the module's outputs are its architecture's at the weights that it reports.

    Raises
    ------
    tms.protocol.BrokenImplementation
        If the module breaks the protocol.
    """

    def __init__(
        self, experiment: Experiment, engine: FusedEngine, device: str, factory: ModelFactory
    ) -> None:
        self._whole, self._engine, self._device = experiment, engine, device
        self.part = part_of(experiment)
        self.model = Guarded(factory(self.part), self.part).to(device, torch.float32)
        self.x = inputs(self.part, device)
        # First of all: calls may change the state of a module.
        self.is_described = is_described(self.model, self.part, self.x, generator(self.part))
        self._map: WeightMap | None = None

    def difference(self) -> str | None:
        """Compare at the initial weights and at random ones.

        Returns
        -------
        str or None
            How the module and the fused engine differ, as a clause without a subject; None if they agree.
        """
        with reference.one_thread():
            if odd := oddity(self.model, self.model.model, self.x, self._whole.batch_size):
                return odd
            for name, parameter in trainable(self.model).items():
                if parameter.dtype != torch.float32:
                    return f"its parameter {name} is {parameter.dtype}, not torch.float32"
            try:
                self._map = WeightMap(self.model, self.part)
            except NotMapped as error:
                return str(error)
            if problem := self._at_current_weights("at its initial weights") or self._confirmed(self._steps):
                return problem
            with restored(self.model):
                perturb(self.model, generator(self.part))
                problem = self._at_current_weights("at random weights")
                return problem or late_change(self.model, self.model.model, self.x)

    def difference_after(self, trained: Result) -> str | None:
        """Compare at trained weights; parameters and result as for `difference`.

        Parameters
        ----------
        trained
            What the fused engine trained, if `difference` found nothing.
        """
        assert self._map is not None
        first = self._positions() * self._whole.trials
        weights = {name: trained.parameters[name][first] for name in weight_shapes(self.part)}
        if not all(bool(values.isfinite().all()) for values in weights.values()):
            return None
        with reference.one_thread(), restored(self.model):
            self._map.load(weights)
            return self._at_current_weights("at its trained weights")

    def _positions(self) -> Tensor:
        return torch.from_numpy(np.flatnonzero(np.isin(self._whole.point_ids, self.part.point_ids)))

    def _at_current_weights(self, where: str) -> str | None:
        if (found := deviation(self.model, self.part, self.x)) > TOLERANCE:
            what = f"{self.part.architecture} at its weights"
            return f"its outputs differ from those of {what} by up to {found:.2g} of the largest"
        problem = self._confirmed(self._first_step)
        return f"{problem} {where}" if problem else None

    def _confirmed(self, problem_of: _Problem) -> str | None:
        """Look for a problem on several batches; it counts if every batch shows it."""
        problem = None
        for attempt in range(_ATTEMPTS):
            part = self.part if attempt == 0 else self.part.with_run_seed(self.part.run_seed + attempt)
            problem = problem_of(part)
            if problem is None:
                return None
        return problem

    def _first_step(self, part: Experiment) -> str | None:
        assert self._map is not None
        weights = self._map.read(self.model)
        fused = self._engine.first_step(part, weights, self._whole)
        own = part.instances
        importance = torch.from_numpy(own.importance).to(self._device, torch.float32)
        x = sample(part.features, own.density, own.keys, 0, part.batch_size, self._device)
        for parameter in self.model.parameters():
            parameter.grad = None
        self.model.train()
        losses = reference.losses(self.model, part, x, importance)
        torch.autograd.backward(losses.sum())
        terms = _size_of_terms(part, weights)
        if problem := _off("loss", losses.detach().double().cpu(), fused.loss, LOSSES, _ROUNDING * terms):
            return problem
        gradient = self._map.gradient()
        largest = torch.stack([g.abs().flatten(1).amax(1) for g in fused.gradient.values()]).amax(0)
        for name, computed in gradient.items():
            allowed = GRADIENTS * largest + _ROUNDING * terms
            if problem := _off(f"gradient of {name}", computed, fused.gradient[name], 0.0, allowed):
                return problem
        return None

    def _steps(self, part: Experiment) -> str | None:
        """Compare a few steps of training, with losses at each and the held-out loss at the end."""
        assert self._map is not None
        weights = self._map.read(self.model)
        gradient = self._engine.first_step(part, weights, self._whole).gradient
        fused = self._engine.run(part, _ignore, weights, self._whole)
        with restored(self.model):
            by_reference = reference.run(part, self._device, _ignore, lambda _: self.model)
        terms = _size_of_terms(part, weights)
        largest = torch.stack([g.abs().flatten(1).amax(1) for g in gradient.values()]).amax(0)
        total = float(part.rates().sum())
        for name, values in fused.parameters.items():
            error = _columns(GRADIENTS * largest + _ROUNDING * terms, values)
            # An update is the rate times a ratio of moments, which an error of the gradient changes by the
            # error's share of the gradient; where there is no gradient, Adam makes whole steps of rounding.
            ratio = (error / gradient[name].abs().clamp(min=1e-30)).clamp(max=2.0)
            allowed = total * ratio + 1e-6 * values.abs() + 1e-5 * total
            other = by_reference.parameters[name]
            if problem := _off(f"{name} after {part.steps} steps", other, values, 0.0, allowed):
                return problem
        assert fused.checkpoint_loss is not None
        assert by_reference.checkpoint_loss is not None
        for what, mine, theirs in (
            ("training loss", by_reference.checkpoint_loss.T, fused.checkpoint_loss.T),
            ("held-out loss", by_reference.loss, fused.loss),
        ):
            if problem := _off(what, mine, theirs, 10 * LOSSES, _columns(_ROUNDING * terms, mine)):
                return problem
        return None


def _off(what: str, computed: Tensor, fused: Tensor, relative: float, allowed: Tensor) -> str | None:
    """Say that a number deviates by more than is allowed; None if it does not. NaN equals NaN."""
    a, b = computed.double(), fused.double()
    both = a.isfinite() | b.isfinite()
    gap = (a - b).abs().nan_to_num(nan=torch.inf)
    excess = both & (gap > relative * b.abs() + _columns(allowed, b))
    if not bool(excess.any()):
        return None
    worst = int((gap * excess.double().nan_to_num()).argmax())
    mine, theirs = (values.flatten()[worst].item() for values in (a, b))
    return f"its {what} is {mine:.4g} where the fused engine has {theirs:.4g}"


def _columns(values: Tensor, like: Tensor) -> Tensor:
    """Add axes to numbers of instances, so that they align with a larger array."""
    return values if values.ndim == like.ndim else values.view(-1, *(1,) * (like.ndim - 1))


def _size_of_terms(part: Experiment, weights: Mapping[str, Tensor]) -> Tensor:
    """Bound the size of the terms that a gradient sums, for each instance."""
    longest = [
        w.double().reshape(len(w), -1, w.shape[-1] if w.ndim > 2 else 1).norm(dim=2) for w in weights.values()
    ]
    row = torch.stack([lengths.amax(1) for lengths in longest]).amax(0)
    heaviest = torch.from_numpy(part.instances.importance).amax(1)
    return heaviest * (1 + row) ** 3


def _ignore(_steps: int) -> None:
    """Ignore a report of progress."""
