"""Weights that nobody trained: whatever is measured on them supports no statement of the paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from claims.harness.falsification.applying import instead_of
from claims.harness.falsification.control import Control, Kind
from claims.harness.falsification.controls.training import ALL
from tms import training
from tms.experiment import Experiment
from tms.protocol import weight_shapes
from tms.training import Trained

Fill = Callable[[np.random.Generator, tuple[int, ...]], Tensor]
"""Makes one array of weights, such as W of shape (instance, feature, hidden), from a generator and a shape."""

_OPTIONS: Final = ("device", "progress")
_SEED: Final = 0


def filled(experiment: Experiment, fill: Fill) -> dict[str, Tensor] | tuple[dict[str, Tensor], Sequence[Any]]:
    """Return weights made by `fill` as a training function would; they are the same at every checkpoint.

    Parameters
    ----------
    experiment
        The experiment that should be trained.
    fill
        Makes one array of weights.
    """
    generator = np.random.default_rng(_SEED)
    weights = {name: fill(generator, shape) for name, shape in weight_shapes(experiment).items()}
    return (weights, [weights] * len(experiment.checkpoints)) if experiment.checkpoints else weights


def instead_of_training(fill: Fill) -> AbstractContextManager[None]:
    """Return weights made by `fill` as trained ones; their losses are measured as those of trained ones."""

    def wrong(right: Callable[..., Trained], experiment: Experiment, **options: Any) -> Trained:
        kept = {name: options[name] for name in _OPTIONS if name in options}
        return right(experiment, trainer=lambda asked: filled(asked, fill), **kept)

    return instead_of(training.train, wrong)


def normal(scale: float) -> Fill:
    """Fill arrays with independent normal numbers of mean 0 and standard deviation `scale`."""

    def fill(generator: np.random.Generator, shape: tuple[int, ...]) -> Tensor:
        return torch.from_numpy(generator.standard_normal(shape, np.float32)) * scale

    return fill


def constant(value: float) -> Fill:
    """Fill arrays with one number."""
    return lambda generator, shape: torch.full(shape, value)


def in_turn(generator: np.random.Generator, shape: tuple[int, ...]) -> Tensor:
    """Give feature i hidden dimension i modulo m, with weight 1; biases are 0."""
    del generator
    if len(shape) < 3:
        return torch.zeros(shape)
    instances, n, m = shape
    return torch.eye(m)[torch.arange(n) % m].expand(instances, n, m).clone()


def _junk(name: str, mistake: str, fill: Fill) -> Control:
    return Control(
        name=f"junk-{name}",
        mistake=f"Training returns {mistake}.",
        kind=Kind.JUNK,
        against=ALL,
        because="No statement may be replicated by weights that nobody trained; it costs no training.",
        apply=lambda: instead_of_training(fill),
    )


CONTROLS: Final = (
    _junk("zeros", "weights and biases of 0", constant(0.0)),
    _junk("ones", "weights and biases of 1", constant(1.0)),
    _junk("small-noise", "normal numbers of standard deviation 0.02", normal(0.02)),
    _junk("gaussian", "normal numbers of standard deviation 1", normal(1.0)),
    _junk("one-hot", "one dimension for each feature, dimensions taken in turn", in_turn),
    _junk("huge", "normal numbers of standard deviation 10,000", normal(1e4)),
)
