"""Whether trained models converged, by the rule that their experiment states (`tms.experiment.convergence`).

Each rule measures one number at every point, which must not exceed what is allowed.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float

from tms.analysis.exact_losses import kept_losses, zero_loss
from tms.experiment import Experiment
from tms.experiment.convergence import Convergence, Doubling, DuringTraining, ExactOptimum, HandBuilt
from tms.training import Trained

FLOOR: Final = 1e-4
"""Loss below which losses count as equal, in units of the loss of a model that outputs 0.

Ratios of much smaller losses say nothing: they depend on rounding.
"""

LARGEST: Final = 1e6
"""Number that stands for a measurement that is not finite, as when models diverged."""

KINDS: Final[dict[type, str]] = {
    ExactOptimum: "exact optimum",
    HandBuilt: "hand-built solution",
    Doubling: "doubling",
    DuringTraining: "during training",
}
"""Name of each kind of evidence."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What shows that the models of an experiment converged, or that they did not.

    Parameters
    ----------
    kind
        A value of `KINDS`.
    holds
        Whether the models converged by the rule of their experiment.
    value, allowed
        The number measured at the worst point, and the largest that is allowed; None where the rule measures
        nothing.
    sentence
        The same in words.
    points
        The number measured at each point; empty where the rule measures nothing.
    """

    kind: str
    holds: bool
    value: float | None
    allowed: float | None
    sentence: str
    points: tuple[float, ...]


def doubled(experiment: Experiment) -> Experiment:
    """Describe the same experiment, trained twice as long.

    Names and seeds are kept, so that models start from the same weights and begin with the same inputs. The
    schedule is stretched; there are no checkpoints. If the rule of the experiment asks for fewer seeds, only
    the first ones are left.
    """
    seeds = doubled_seeds(experiment)
    return dataclasses.replace(experiment, seeds=seeds, steps=2 * experiment.steps, checkpoints=())


def doubled_seeds(experiment: Experiment) -> int:
    """Number of seeds that the rule of an experiment asks to be trained twice as long."""
    rule = experiment.convergence
    asked = rule.seeds if isinstance(rule, Doubling) else None
    return experiment.seeds if asked is None else min(asked, experiment.seeds)


def measured(trained: Trained, twice: Trained | None = None) -> Float[np.ndarray, " point"]:
    """Measure at each point what the rule of the experiment compares with the number that is allowed.

    Parameters
    ----------
    trained
        Models of an experiment that states how it shows that they converged.
    twice
        The models of `doubled`; needed for `Doubling` alone.

    Returns
    -------
    ndarray
        Shape (point,); empty for `DuringTraining`. For `ExactOptimum`, the share of the optimum by which the
        loss lies above it, of the seed for which the stated share of seeds is as near or nearer. For
        `HandBuilt`, the same of the median over seeds and the solution. For `Doubling`, the size of the
        change of the mean over the seeds of `twice`. Numbers that are not finite become `LARGEST`.

    Raises
    ------
    ValueError
        If the experiment does not say how it shows convergence, or `twice` is needed and missing.
    """
    experiment, rule = trained.experiment, _rule_of(trained.experiment)
    floor = FLOOR * zero_loss(experiment)
    match rule:
        case ExactOptimum():
            kept = trained if rule.kept is None else rule.kept(trained)
            excess = _above(kept_losses(kept), rule.optimum(experiment), floor)
            nearest = math.ceil(rule.share * experiment.seeds - 1e-9)
            found = np.sort(excess, axis=1)[:, nearest - 1]
        case HandBuilt():
            middle = np.median(_finite(kept_losses(trained)), axis=1, keepdims=True)
            found = _above(middle, rule.solution(experiment), floor)[:, 0]
        case Doubling():
            if twice is None:
                raise ValueError(f"{experiment.name}: models that are trained twice as long are needed.")
            found = _change(rule, trained, twice, floor)
        case DuringTraining():
            found = np.zeros(0)
    return _finite(found)


def judged(experiment: Experiment, points: Float[np.ndarray, " point"], seeds: int | None = None) -> Evidence:
    """Judge what was measured by the rule of the experiment.

    Parameters
    ----------
    experiment
        The experiment, whose rule says what is allowed.
    points
        What `measured` returned.
    seeds
        Number of seeds that were trained twice as long; None for as many as the rule asks for, and for rules
        that ask for none.

    Raises
    ------
    ValueError
        If the experiment does not say how it shows convergence.
    """
    rule = _rule_of(experiment)
    kind = KINDS[type(rule)]
    if isinstance(rule, DuringTraining):
        return Evidence(kind=kind, holds=True, value=None, allowed=None, sentence=rule.because, points=())
    worst = int(np.argmax(points))
    value = float(points[worst])
    allowed = rule.at_most if isinstance(rule, Doubling) else rule.margin
    place = f" at {_place(experiment, worst)}" if experiment.n_points > 1 else ""
    of_all = doubled_seeds(experiment) if seeds is None else seeds, experiment.seeds
    return Evidence(
        kind=kind,
        holds=value <= allowed,
        value=value,
        allowed=allowed,
        sentence=f"{_words(rule, value, *of_all)}{place}; {_allowed(rule)}.",
        points=tuple(points.tolist()),
    )


def check(trained: Trained, twice: Trained | None = None) -> Evidence:
    """Check whether models converged, by the rule of their experiment.

    Parameters
    ----------
    trained, twice
        As for `measured`.

    Raises
    ------
    ValueError
        As `measured`.
    """
    seeds = None if twice is None else twice.experiment.seeds
    return judged(trained.experiment, measured(trained, twice), seeds)


def _rule_of(experiment: Experiment) -> Convergence:
    if experiment.convergence is None:
        raise ValueError(f"{experiment.name} does not say how it shows that its models converged.")
    return experiment.convergence


def _finite(values: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    numbers = np.asarray(values, dtype=np.float64)
    return np.asarray(np.nan_to_num(numbers, nan=LARGEST, posinf=LARGEST))


def _above(
    loss: Float[np.ndarray, "point seed"],
    best: Float[np.ndarray, " point"],
    floor: Float[np.ndarray, " point"],
) -> Float[np.ndarray, "point seed"]:
    """Share of a known loss by which losses lie above it."""
    return np.asarray(np.maximum(_finite(loss), floor[:, None]) / np.maximum(best, floor)[:, None] - 1)


def _change(
    rule: Doubling, trained: Trained, twice: Trained, floor: Float[np.ndarray, " point"]
) -> Float[np.ndarray, " point"]:
    seeds = slice(twice.experiment.seeds)
    if rule.of == "loss":
        once, later = (
            np.maximum(_finite(models.loss[:, seeds].double().numpy()).mean(1), floor)
            for models in (trained, twice)
        )
        return np.asarray(np.abs(np.log(later / once)))
    once, later = (
        np.asarray(rule.of(models), dtype=np.float64)[:, seeds].mean(1) for models in (trained, twice)
    )
    return np.asarray(np.abs(later - once))


def _place(experiment: Experiment, point: int) -> str:
    named = [
        f"{name.replace('_', ' ')} {values[point]:.4g}" for name, values in experiment.coordinates.items()
    ]
    return ", ".join(named) or f"point {point}"


def _words(rule: ExactOptimum | HandBuilt | Doubling, value: float, seeds: int, of: int) -> str:
    side = "above" if value >= 0 else "below"
    match rule:
        case ExactOptimum():
            bound = "at most" if value >= 0 else "at least"
            return (
                f"The loss is {bound} {abs(value):.2%} {side} the exact optimum in {rule.share:.0%} of seeds"
            )
        case HandBuilt():
            return f"The median loss is {abs(value):.2%} {side} that of the hand-built solution"
        case Doubling(of="loss"):
            return f"Training {_seeds(seeds, of)} twice as long changes the loss by {value:.2%}"
        case Doubling():
            name = rule.quantity.rpartition(".")[2].replace("_", " ")
            return f"Training {_seeds(seeds, of)} twice as long changes {name} by {value:.3g}"


def _seeds(number: int, of: int) -> str:
    return f"{number} of {of} seeds" if number < of else f"all {of} seeds"


def _allowed(rule: ExactOptimum | HandBuilt | Doubling) -> str:
    match rule:
        case ExactOptimum() | HandBuilt():
            return f"{rule.margin:.2%} above it is allowed"
        case Doubling(of="loss"):
            return f"{rule.at_most:.2%} is allowed"
        case Doubling():
            return f"{rule.at_most:.3g} is allowed"
