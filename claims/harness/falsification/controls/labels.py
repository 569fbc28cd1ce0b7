"""Mistakes in labels of trained models: the wrong trial, point, feature, checkpoint or sign."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from claims.harness.falsification.applying import handed_out_as, instead_of, with_parameters
from claims.harness.falsification.control import Control, Kind
from tms import paper, training
from tms.paper import ExperimentFactory
from tms.training import Trained

Factories = Callable[..., ExperimentFactory]

HIDDEN: Final = "b_hidden"
"""The only parameter without a feature axis."""


def shuffled_points(trained: Trained) -> Trained:
    """Give every point of a sweep the models of another point."""
    count = trained.experiment.n_points
    if count == 1:
        return trained
    cycle = np.random.default_rng(0).permutation(count)
    order = torch.empty(count, dtype=torch.int64)
    order[cycle] = torch.from_numpy(np.roll(cycle, 1))
    history = trained.history and replace(
        trained.history,
        loss=trained.history.loss[:, order],
        parameters={name: values[:, order] for name, values in trained.history.parameters.items()},
    )
    return replace(
        trained,
        parameters={name: values[order] for name, values in trained.parameters.items()},
        loss=trained.loss[order],
        trial_parameters={name: values[order] for name, values in trained.trial_parameters.items()},
        trial_loss=trained.trial_loss[order],
        history=history,
    )


def reversed_features(trained: Trained) -> Trained:
    """Number the features of every model in reverse order."""

    def turned(name: str, values: Tensor) -> Tensor:
        return values if name == HIDDEN else values.flip(-1 if name == "b" else -2)

    return with_parameters(trained, turned)


def shifted_outputs(trained: Trained) -> Trained:
    """Give every hidden neuron the output weights of the next one."""
    return with_parameters(trained, lambda name, values: values.roll(1, -1) if name == "W_out" else values)


def reversed_checkpoints(trained: Trained) -> Trained:
    """Reverse the order of the checkpoints."""
    history = trained.history
    if history is None:
        return trained
    parameters = {name: values.flip(0) for name, values in history.parameters.items()}
    return replace(trained, history=replace(history, loss=history.loss.flip(0), parameters=parameters))


def negated_bias(trained: Trained) -> Trained:
    """Negate the bias: training with a forward pass that subtracts b finds the same models with -b."""
    return with_parameters(trained, lambda name, values: -values if name == "b" else values)


def _other_of(pair: Sequence[Any], value: Any) -> Any:
    """Return the other one of a pair; a value that is not in it stays the same."""
    return {pair[0]: pair[1], pair[1]: pair[0]}.get(value, value)


def other_length(right: Factories, n_features: int, steps: int) -> ExperimentFactory:
    """Ask for brief training where long is asked for, and the other way round."""
    return right(n_features, _other_of(paper.LENGTHS, steps))


def other_pressure(right: Factories, n_features: int, steps: int) -> ExperimentFactory:
    """Ask for few features where many are asked for, and the other way round."""
    return right(_other_of(paper.PRESSURES, n_features), steps)


def other_penalty(right: Factories, coefficient: float) -> ExperimentFactory:
    """Ask for no penalty where a little is asked for, and the other way round."""
    return right(_other_of((0.0, paper.LITTLE), coefficient))


CONTROLS: Final = (
    Control(
        name="points-shuffled",
        mistake="The labels of instances are shuffled along the sweep: each point has another one's models.",
        kind=Kind.LABELS,
        against="INTRO DEMO MATH PHASE GEO NONU CORR LEARN ADV PRIV COMP WIDE",
        because="Touches every sweep, and costs no training.",
        apply=lambda: handed_out_as(shuffled_points),
    ),
    Control(
        name="features-reversed",
        mistake="Features are numbered from the least important one.",
        kind=Kind.LABELS,
        against="INTRO DEMO MATH PHASE NONU CORR LEARN ADV PRIV COMP WIDE",
        because="Touches whatever tells features apart, and costs no training; in GEO all are alike.",
        apply=lambda: handed_out_as(reversed_features),
    ),
    Control(
        name="output-neurons-shifted",
        mistake="Output weights belong to other neurons than the input weights beside them.",
        kind=Kind.LABELS,
        against="COMP",
        because="Only these models have output weights of their own.",
        apply=lambda: handed_out_as(shifted_outputs),
    ),
    Control(
        name="checkpoints-reversed",
        mistake="Checkpoints are read from the last to the first.",
        kind=Kind.LABELS,
        against="LEARN",
        because="Only these claims look at checkpoints.",
        apply=lambda: handed_out_as(reversed_checkpoints),
    ),
    Control(
        name="bias-subtracted",
        mistake="The forward pass subtracts the output bias, so that trained biases have the wrong sign.",
        kind=Kind.LABELS,
        against="DEMO-3 DEMO-8 MATH PHASE-3 PHASE-5 NONU CORR ADV COMP-2",
        because="Touches what is computed from biases; norms and angles do not tell.",
        apply=lambda: handed_out_as(negated_bias),
    ),
    Control(
        name="worst-trial-kept",
        mistake="Of the trials of a seed the one of highest loss is kept.",
        kind=Kind.LABELS,
        against="INTRO DEMO PHASE GEO-8 NONU CORR PRIV COMP WIDE-1",
        because="Touches whatever keeps the best of several trials.",
        apply=lambda: instead_of(training.nan_last, lambda right, loss: -right(loss)),
    ),
    Control(
        name="lengths-exchanged",
        mistake="Models of brief training are taken for those of long training.",
        kind=Kind.LABELS,
        against="GEO-10::test_longer_training_gives_cleaner_fractions",
        because="No other claim compares lengths of training.",
        apply=lambda: instead_of(paper.competition, other_length),
    ),
    Control(
        name="pressures-exchanged",
        mistake="Models in which few features compete are taken for those in which many do.",
        kind=Kind.LABELS,
        against="GEO-10::test_pressure_gives_cleaner_fractions "
        "GEO-10::test_pressure_matters_most_at_high_sparsity",
        because="No other claim compares numbers of features that compete.",
        apply=lambda: instead_of(paper.competition, other_pressure),
    ),
    Control(
        name="penalties-exchanged",
        mistake="Models without an L1 penalty are taken for those with a little of it.",
        kind=Kind.LABELS,
        against="WIDE-4",
        because="Other claims about penalties compare more than two of them.",
        apply=lambda: instead_of(paper.hidden_l1, other_penalty),
    ),
)
