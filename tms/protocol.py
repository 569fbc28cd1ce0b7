"""The protocol by which the claims can judge another implementation of the paper: read this to write one.

An implementation is a function that takes an `Experiment`, of one of two kinds. `experiment.instances` lists
the independent models that the experiment asks for, ordered by point, then by trial, each with its own
densities and importances.

A **model factory** makes a model that this package trains (on its own inputs, with Adam)::

    def factory(experiment: Experiment) -> torch.nn.Module

The module maps inputs (instance, batch, feature) to outputs of the same shape. It starts from its own initial
weights or from `experiment.initial_weights()`. If its parameters do not have the names and shapes of
`weight_shapes`, it has a method ``weights()`` that returns tensors which do, by name. A method ``hidden(x)``,
which returns the hidden activations (instance, batch, hidden), is needed only if an experiment has
``hidden_l1``. The weights must be those that the outputs are computed from.

The factory is called several times, also for a small part of the experiment, on which the model is compared
with the fused engine. If every parameter is a weight, and the fused engine computes the same outputs, losses,
gradients and steps, it trains the model from the model's own initial weights. Otherwise the model is trained
as it is, with autograd.

A **training function** does everything itself: inputs, loss, optimizer and training loop::

    def trainer(experiment: Experiment) -> Mapping[str, array]

It returns the trained weights with the names and shapes of `weight_shapes`: tensors, NumPy arrays, or lists
with one array for each instance. If the experiment has ``checkpoints``, it returns a pair: these weights, and
a list of such weights after each of those steps. Inputs may be drawn by `tms.features.sample`, or by any code
that follows ``experiment.features``. The loss on held-out inputs, by which the best of several trials is
kept, is computed by this package from the returned weights, with the paper's formula.

An experiment's fields say what it asks for. ``architecture``, ``activation``, ``hidden_bias`` and
``hidden_l1`` concern the model. ``target``, ``features`` (densities, signed values, sets), ``rates()``,
``steps``, ``batch_size``, ``weight_decay``, ``init_scale``, ``initial_output`` and ``checkpoints`` concern
training as well. An implementation that does not support one of them raises `Unsupported`, most easily
through `require_of_model` or `require_of_training`. The claims that need it are then skipped. If it ignored
the field instead, they would fail.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from torch import nn

from tms.experiment import ARCHITECTURES, Experiment
from tms.models import ACTIVATIONS

Weights = Mapping[str, Any]
"""Arrays by name, as in `weight_shapes`."""

ModelFactory = Callable[[Experiment], nn.Module]
"""A function that builds a model of all instances; see the top of this module."""

Trainer = Callable[[Experiment], Weights | tuple[Weights, Sequence[Weights]]]
"""A function that trains all instances; see the top of this module."""

OF_MODEL: Final = (
    *ARCHITECTURES,
    *(name for name in ACTIVATIONS if name != "relu"),
    "hidden_bias",
    "hidden_l1",
)
"""Names of what an experiment may need of a model."""

OF_TRAINING: Final = (
    *OF_MODEL,
    "absolute",
    "signed",
    "correlated",
    "anticorrelated",
    "weight_decay",
    "checkpoints",
)
"""Names of what an experiment may need of a training function."""


class Unsupported(Exception):
    """Raised by an implementation for an experiment that it does not support; says what is missing."""


class BrokenImplementation(Exception):
    """Raised when an implementation fails or breaks the protocol; the message says how, in one sentence."""


def weight_shapes(experiment: Experiment) -> dict[str, tuple[int, ...]]:
    """Shapes of the weights of an experiment's architecture, by name.

    Returns
    -------
    dict
        "W" (instance, feature, hidden), whose row i is the embedding of feature i, and "b" (instance,
        feature); for "relu_hidden_untied" also "W_out" (instance, feature, hidden); with ``hidden_bias`` also
        "b_hidden" (instance, hidden).
    """
    instances, n, m = experiment.n_instances, experiment.n_features, experiment.n_hidden
    shapes: dict[str, tuple[int, ...]] = {"W": (instances, n, m), "b": (instances, n)}
    if experiment.architecture == "relu_hidden_untied":
        shapes["W_out"] = (instances, n, m)
    if experiment.hidden_bias:
        shapes["b_hidden"] = (instances, m)
    return shapes


def needs(experiment: Experiment) -> tuple[str, ...]:
    """List what an experiment needs, by the names of `OF_TRAINING` and in their order."""
    asked = {
        experiment.architecture,
        experiment.activation,
        "hidden_bias" if experiment.hidden_bias else "",
        "hidden_l1" if experiment.hidden_l1 else "",
        "absolute" if experiment.target == "absolute" else "",
        "signed" if experiment.features.signed else "",
        "correlated" if experiment.features.correlated else "",
        "anticorrelated" if experiment.features.anticorrelated else "",
        "weight_decay" if experiment.weight_decay else "",
        "checkpoints" if experiment.checkpoints else "",
    }
    return tuple(name for name in OF_TRAINING if name in asked)


def require_of_model(experiment: Experiment, *supported: str) -> None:
    """Refuse an experiment that needs more of a model than it supports.

    Parameters
    ----------
    experiment
        The experiment.
    *supported
        Names of `OF_MODEL`, such as "linear", "relu_output", "hidden_l1".

    Raises
    ------
    Unsupported
        If the experiment needs anything else of a model.
    ValueError
        If a name is not one of `OF_MODEL`.
    """
    _require([name for name in needs(experiment) if name in OF_MODEL], supported, OF_MODEL)


def require_of_training(experiment: Experiment, *supported: str) -> None:
    """Refuse an experiment that needs more of a training function than it supports.

    Parameters
    ----------
    experiment
        The experiment.
    *supported
        Names of `OF_TRAINING`, such as "relu_output", "signed", "checkpoints".

    Raises
    ------
    Unsupported
        If the experiment needs anything else.
    ValueError
        If a name is not one of `OF_TRAINING`.
    """
    _require(needs(experiment), supported, OF_TRAINING)


def _require(needed: Sequence[str], supported: Collection[str], known: Collection[str]) -> None:
    for name in supported:
        if name not in known:
            raise ValueError(f"{name!r} cannot be supported; it must be one of {', '.join(known)}.")
    if lacking := [name for name in needed if name not in supported]:
        raise Unsupported(f"it lacks {' and '.join(lacking)}")
