"""Mistakes in training: the loss, the optimizer, its steps and the seeds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Final

import numpy as np
from torch import Tensor, nn

from claims.harness.falsification.applying import (
    by_reference,
    instead_of,
    together,
    trained_as,
    with_property,
)
from claims.harness.falsification.control import Control, Kind
from tms import training
from tms.analysis import attacked_training
from tms.engines import reference
from tms.experiment import Experiment, Instances
from tms.training import Trained

ALL: Final = (
    "INTRO DEMO MATH PHASE-1 PHASE-2 PHASE-3 PHASE-4 PHASE-5 PHASE-7 GEO NONU CORR LEARN ADV PRIV COMP WIDE"
)
"""All sections, except for the claims about exact theory alone, which training does not change."""

SHORT: Final = 0.05
"""Fraction of the steps that remain when training ends too early."""


def untrained(experiment: Experiment) -> Experiment:
    """Set the learning rate to almost 0; one step then equals many, unless there are checkpoints."""
    steps = experiment.steps if experiment.checkpoints else 1
    return replace(experiment, learning_rate=1e-30, weight_decay=0.0, steps=steps)


def short(experiment: Experiment) -> Experiment:
    """Shorten training and the times of its checkpoints."""
    steps = max(1, round(SHORT * experiment.steps))
    checkpoints = {min(round(SHORT * step), steps) for step in experiment.checkpoints}
    return replace(experiment, steps=steps, checkpoints=tuple(sorted(checkpoints)))


def ended_early() -> AbstractContextManager[None]:
    """Train too few steps, and return the models with the shortened experiment."""

    def wrong(right: Callable[..., Trained], experiment: Experiment, **options: Any) -> Trained:
        return right(short(experiment), **options)

    return instead_of(training.train, wrong)


def with_one_stream() -> AbstractContextManager[None]:
    """Train one instance a point with the first random stream, and return it as every seed and trial."""

    def spread(parameters: dict[str, Tensor], lead: tuple[int, ...], axis: int) -> dict[str, Tensor]:
        shaped = {name: (*values.shape[:axis], *lead) for name, values in parameters.items()}
        return {
            name: values.expand(*shaped[name], *values.shape[axis + len(lead) :]).clone()
            for name, values in parameters.items()
        }

    def wrong(right: Callable[..., Trained], experiment: Experiment, **options: Any) -> Trained:
        single = replace(experiment, seeds=1, best_of=1)
        own = single.instances
        one = np.full_like(own.keys, experiment.instances.keys[0])
        shared = Instances(keys=one, held_out_keys=one, density=own.density, importance=own.importance)
        trained = right(with_property(single, instances=shared), **options)
        seeds, trials = experiment.seeds, experiment.best_of
        history = trained.history and replace(
            trained.history,
            loss=trained.history.loss.expand(-1, -1, seeds).clone(),
            parameters=spread(trained.history.parameters, (seeds,), 2),
        )
        return replace(
            trained,
            experiment=experiment,
            parameters=spread(trained.parameters, (seeds,), 1),
            loss=trained.loss.expand(-1, seeds).clone(),
            trial_parameters=spread(trained.trial_parameters, (seeds, trials), 1),
            trial_loss=trained.trial_loss.expand(-1, seeds, trials).clone(),
            history=history,
        )

    return instead_of(training.train, wrong)


def _over_wrong_axes(
    right: Callable[..., Tensor], model: nn.Module, experiment: Experiment, x: Tensor, importance: Tensor
) -> Tensor:
    """Sum the error over the batch and average it over features, then add the penalty."""
    plain = replace(experiment, hidden_l1=0.0)
    error = right(model, plain, x, importance)
    penalty = right(model, experiment, x, importance) - error
    return error * x.shape[1] / x.shape[2] + penalty


def _squared_late(
    right: Callable[..., Tensor], model: nn.Module, experiment: Experiment, x: Tensor, importance: Tensor
) -> Tensor:
    """Average the error over the batch before it is squared."""
    del right
    target = x.abs() if experiment.target == "absolute" else x
    loss: Tensor = (importance * (target - model(x)).mean(1) ** 2).sum(-1)
    return loss


def _without_attacks(right: Callable[..., Trained], experiment: Experiment, **options: Any) -> Trained:
    """Train under attacks of no size."""
    strengths = np.zeros_like(experiment.coordinates["attack"])
    unharmed = replace(experiment, coordinates={**experiment.coordinates, "attack": strengths})
    return replace(right(unharmed, **options), experiment=experiment)


CONTROLS: Final = (
    Control(
        name="importance-ignored",
        mistake="The loss weighs all features alike.",
        kind=Kind.TRAINING,
        against="INTRO DEMO MATH-3 PHASE-1 PHASE-2 PHASE-3 PHASE-4 PHASE-5 PHASE-7 ADV-1 PRIV COMP WIDE-1",
        because="Touches whatever has unequal importances; all of that is judged.",
        apply=lambda: trained_as(lambda e: replace(e, importance=np.ones_like(e.importance))),
    ),
    Control(
        name="importance-squared",
        mistake="Importance is applied inside the square, and so counts twice.",
        kind=Kind.TRAINING,
        against="INTRO DEMO MATH-3 PHASE-1 PHASE-2 PHASE-3 PHASE-4 PHASE-5 WIDE-1",
        because="Touches whatever has unequal importances; the slowest of that is left out.",
        apply=lambda: trained_as(lambda e: replace(e, importance=e.importance**2)),
    ),
    Control(
        name="loss-over-wrong-axes",
        mistake="The loss is summed over the batch and averaged over features, instead of the reverse.",
        kind=Kind.TRAINING,
        against="WIDE-1 CORR-1",
        because="Adam does not see a factor before the loss, so that only a penalty beside it can show the "
        "mistake; CORR-1 stands for all else.",
        apply=lambda: together(by_reference(), instead_of(reference.losses, _over_wrong_axes)),
    ),
    Control(
        name="error-averaged-before-the-square",
        mistake="The error is averaged over the batch before it is squared.",
        kind=Kind.TRAINING,
        against="CORR-1 CORR-2 CORR-3 PRIV-5 COMP-1 WIDE-3",
        because="Touches all training, but only the reference engine's loss can be replaced; left out are "
        "experiments that take it minutes.",
        apply=lambda: together(by_reference(), instead_of(reference.losses, _squared_late)),
    ),
    Control(
        name="penalty-forgotten",
        mistake="The L1 penalty on hidden activations is left out of the loss.",
        kind=Kind.TRAINING,
        against="WIDE-1",
        because="No other claim has such a penalty.",
        apply=lambda: trained_as(lambda e: replace(e, hidden_l1=0.0)),
    ),
    Control(
        name="attacks-forgotten",
        mistake="Models that should be trained under attack are trained without.",
        kind=Kind.TRAINING,
        against="ADV-3 ADV-4",
        because="No other models are trained under attack.",
        apply=lambda: instead_of(attacked_training.train_attacked, _without_attacks),
    ),
    Control(
        name="learning-rate-zero",
        mistake="The optimizer's rate is 0, so that models keep their initial weights.",
        kind=Kind.TRAINING,
        against=ALL,
        because="Touches all training, and costs next to nothing.",
        apply=lambda: trained_as(untrained),
    ),
    Control(
        name="steps-too-few",
        mistake="Training ends after a twentieth of its steps.",
        kind=Kind.TRAINING,
        against=ALL,
        because="Touches all training, and costs a twentieth of it.",
        apply=ended_early,
    ),
    Control(
        name="rate-too-high",
        mistake="The optimizer's rate is 30 times too high.",
        kind=Kind.TRAINING,
        against="INTRO DEMO CORR LEARN PRIV-5 COMP-1 WIDE-1 WIDE-3",
        because="Touches all training; the sections stand for the others, which would take too long.",
        apply=lambda: trained_as(lambda e: replace(e, learning_rate=30 * e.learning_rate)),
    ),
    Control(
        name="weight-decay-too-high",
        mistake="AdamW decays weights with a coefficient of 1 instead of 0.",
        kind=Kind.TRAINING,
        against="INTRO DEMO MATH-3 PHASE-3 PHASE-4 NONU CORR LEARN ADV-1 ADV-2 PRIV-5 COMP-1 COMP-5 WIDE-2 "
        "WIDE-3",
        because="Touches all training; the slowest is left out.",
        apply=lambda: trained_as(lambda e: replace(e, weight_decay=1.0)),
    ),
    Control(
        name="initial-weights-too-large",
        mistake="Initial weights are ten times as large as they should be.",
        kind=Kind.TRAINING,
        against="INTRO CORR LEARN PRIV-5 COMP-1 COMP-5 WIDE-3",
        because="Touches where models start, which matters most to single runs and the course of training.",
        apply=lambda: trained_as(lambda e: replace(e, init_scale=10 * e.init_scale)),
    ),
    Control(
        name="seeds-shared",
        mistake="All instances share one seed: initial weights and inputs are the same everywhere.",
        kind=Kind.TRAINING,
        against=ALL,
        because="Touches all training, and costs one trial of many: the others would be the same.",
        apply=with_one_stream,
    ),
)
