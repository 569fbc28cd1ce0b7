"""How an experiment shows that its models converged: the descriptions that `Experiment.convergence` can hold.

A description says what is to be measured on trained models, and what is allowed; it measures nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from jaxtyping import Float

from tms.arguments import is_real
from tms.experiment._rules import COUNT, NOT_NEGATIVE, POSITIVE, Rule

ByPoint: TypeAlias = Callable[[Any], Float[np.ndarray, " point"]]
"""A function of an experiment that returns one loss for each point."""

BySeed: TypeAlias = Callable[[Any], Any]
"""A function of trained models that returns one number for each point and seed, as an array or a tensor."""

_OWNER: Final = "convergence"
_SHARE: Final = Rule(lambda value: is_real(value) and 0 < value <= 1, "must be above 0 and at most 1")
_QUANTITY: Final = Rule(lambda value: value == "loss" or callable(value), "must be 'loss' or a function")
_REASON: Final = Rule(
    lambda value: isinstance(value, str) and bool(value.strip()), "must say which runs the claims speak of"
)


@dataclass(frozen=True, kw_only=True)
class ExactOptimum:
    """The models reach an optimum that is known.

    At every point, the kept models of enough seeds have an expected loss near the lowest possible one.

    Parameters
    ----------
    optimum
        The lowest expected loss at each point, as a function of the experiment; shape (point,).
    margin
        How far a loss may lie above the optimum, as a share of the optimum.
    share
        Share of the seeds, at every point, whose loss must lie within the margin.
    kept
        The function of tms.analysis by which claims choose the models that they measure; None for those that
        training kept.

    Raises
    ------
    InvalidExperiment
        If the margin is negative or not finite, or the share is not in (0, 1].
    """

    optimum: ByPoint
    margin: float
    share: float
    kept: Callable[[Any], Any] | None = None

    def __post_init__(self) -> None:
        """Check the margin and the share."""
        NOT_NEGATIVE.check(_OWNER, "margin", self.margin)
        _SHARE.check(_OWNER, "share", self.share)


@dataclass(frozen=True, kw_only=True)
class HandBuilt:
    """The models are as good as a solution that can be written down by hand.

    At every point, the median over seeds of the loss is near that of the solution, or below it.

    Parameters
    ----------
    solution
        The loss of the solution at each point, as a function of the experiment; shape (point,).
    margin
        How far the median may lie above that loss, as a share of it.

    Raises
    ------
    InvalidExperiment
        If the margin is negative or not finite.
    """

    solution: ByPoint
    margin: float

    def __post_init__(self) -> None:
        """Check the margin."""
        NOT_NEGATIVE.check(_OWNER, "margin", self.margin)


@dataclass(frozen=True, kw_only=True)
class Doubling:
    """Training twice as long hardly changes the models.

    At every point, the mean over seeds of a quantity changes by no more than a stated amount.

    Parameters
    ----------
    at_most
        The largest change: of the logarithm of the loss, or of another quantity as it is.
    of
        The quantity: "loss", the held-out loss of the kept models, or a function of trained models whose
        result has shape (point, seed), for experiments whose measured quantity moves while the loss does not.
    seeds
        Number of seeds that are trained twice as long, the first ones; all if None or if there are fewer.

    Raises
    ------
    InvalidExperiment
        If the amount is not positive and finite, the quantity is neither "loss" nor a function, or the number
        of seeds is not a whole number from 1.
    """

    at_most: float
    of: Literal["loss"] | BySeed = "loss"
    seeds: int | None = None

    def __post_init__(self) -> None:
        """Check the amount and the quantity."""
        POSITIVE.check(_OWNER, "at_most", self.at_most)
        _QUANTITY.check(_OWNER, "of", self.of)
        if self.seeds is not None:
            COUNT.check(_OWNER, "seeds", self.seeds)

    @property
    def quantity(self) -> str:
        """Name of the quantity: "loss", or module and name of the function."""
        if self.of == "loss":
            return "loss"
        return f"{getattr(self.of, '__module__', '?')}.{getattr(self.of, '__qualname__', repr(self.of))}"


@dataclass(frozen=True, kw_only=True)
class DuringTraining:
    """The claims speak about the course of training, so that there is nothing to converge.

    Parameters
    ----------
    because
        Which runs the claims speak of, in a sentence.

    Raises
    ------
    InvalidExperiment
        If there is no reason.
    """

    because: str

    def __post_init__(self) -> None:
        """Check that there is a reason."""
        _REASON.check(_OWNER, "because", self.because)


Convergence: TypeAlias = ExactOptimum | HandBuilt | Doubling | DuringTraining
"""One of the four ways to show that models converged."""
