"""Weights that nobody trained: whatever is measured on them supports no statement of the paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from claims.harness.falsification.applying import attribute, instead_of, together
from claims.harness.falsification.control import Control, Kind
from claims.harness.judging.claim import SECTIONS
from claims.harness.session.convergence_check import ConvergenceCheck
from claims.harness.session.trained_models import TrainedModels
from tms import training
from tms.engines import reference
from tms.experiment import Experiment
from tms.protocol import weight_shapes
from tms.training import Trained

Weights = dict[str, Tensor]
"""Arrays by name, as in `tms.protocol.weight_shapes`."""

Fill = Callable[[np.random.Generator, tuple[int, ...]], Tensor]
"""Makes one array of weights, such as W of shape (instance, feature, hidden)."""

_OPTIONS: Final = ("device", "progress")
_SEED: Final = 0


def as_trained(weights: Weights, experiment: Experiment) -> Weights | tuple[Weights, Sequence[Weights]]:
    """Return weights as a training function would; they are the same at every checkpoint."""
    return (weights, [weights] * len(experiment.checkpoints)) if experiment.checkpoints else weights


def instead_of_training(make: Callable[[Experiment], Weights]) -> AbstractContextManager[None]:
    """Return weights made by `make` as trained ones, and judge them as if they had converged.

    Their losses are measured as those of trained models. The evidence of convergence is left out: almost all
    junk fails it, and the quantities of a claim have to tell junk from models that were trained.
    """

    def wrong(right: Callable[..., Trained], experiment: Experiment, **options: Any) -> Trained:
        kept = {name: options[name] for name in _OPTIONS if name in options}
        return right(experiment, trainer=lambda asked: as_trained(make(asked), asked), **kept)

    def no_doubts(self: ConvergenceCheck, experiments: object) -> tuple[str, ...]:
        del self, experiments
        return ()

    loop = TrainedModels.by_itself

    def by_itself(self: TrainedModels, factory: Any, train: object) -> Trained:
        del train
        return loop(self, factory, lambda asked: training.train(asked, device=self.device))

    return together(
        instead_of(training.train, wrong),
        attribute(TrainedModels, "by_itself", by_itself),
        attribute(ConvergenceCheck, "doubts", no_doubts),
    )


def filled(fill: Fill) -> Callable[[Experiment], Weights]:
    """Make all weights with `fill`; models differ if `fill` draws."""

    def make(experiment: Experiment) -> Weights:
        generator = np.random.default_rng(_SEED)
        return {name: fill(generator, shape) for name, shape in weight_shapes(experiment).items()}

    return make


def normal(scale: float) -> Fill:
    """Fill arrays with independent normal numbers of mean 0 and standard deviation `scale`."""

    def fill(generator: np.random.Generator, shape: tuple[int, ...]) -> Tensor:
        return torch.from_numpy(generator.standard_normal(shape, np.float32)) * scale

    return fill


def constant(value: float) -> Fill:
    """Fill arrays with one number."""

    def fill(generator: np.random.Generator, shape: tuple[int, ...]) -> Tensor:
        del generator
        return torch.full(shape, value)

    return fill


def one_hot(generator: np.random.Generator, shape: tuple[int, ...]) -> Tensor:
    """Give each feature one hidden dimension, drawn at random, with weight 1; biases are 0."""
    if len(shape) < 3:
        return torch.zeros(shape)
    chosen = torch.from_numpy(generator.integers(shape[-1], size=shape[:-1]))
    return torch.nn.functional.one_hot(chosen, shape[-1]).float()


def one_for_all(generator: np.random.Generator, shape: tuple[int, ...]) -> Tensor:
    """Draw one model from a normal distribution of standard deviation 1, and use it for every instance."""
    return normal(1.0)(generator, (1, *shape[1:])).expand(shape).clone()


def initial(experiment: Experiment) -> Weights:
    """Initial weights of the experiment's models."""
    model = reference.build(experiment)
    return {name: values.detach() for name, values in model.named_parameters()}


def _junk(name: str, mistake: str, make: Callable[[Experiment], Weights]) -> Control:
    return Control(
        name=f"junk-{name}",
        mistake=f"Training returns {mistake}.",
        kind=Kind.JUNK,
        against=" ".join(SECTIONS),
        because="Weights that nobody trained may replicate no statement. They cost no training.",
        apply=lambda: instead_of_training(make),
    )


CONTROLS: Final = (
    _junk("zeros", "weights and biases of 0", filled(constant(0.0))),
    _junk("ones", "weights and biases of 1", filled(constant(1.0))),
    _junk("small-noise", "normal numbers of standard deviation 0.02", filled(normal(0.02))),
    _junk("gaussian", "normal numbers of standard deviation 1", filled(normal(1.0))),
    _junk("one-hot", "one dimension for each feature, drawn at random", filled(one_hot)),
    _junk("huge", "normal numbers of standard deviation 10,000", filled(normal(1e4))),
    _junk("untrained", "the initial weights", initial),
    _junk("one-for-all", "one model of normal numbers for every seed and every point", filled(one_for_all)),
)
