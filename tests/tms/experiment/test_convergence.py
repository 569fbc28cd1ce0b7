"""Descriptions of how models show that they converged: what they may hold, and how they are named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.helpers import runtime_types
from tests.helpers.small import is_one_sentence, small
from tms.analysis import geometry
from tms.experiment import Experiment, InvalidExperiment
from tms.experiment.convergence import Doubling, DuringTraining, ExactOptimum, HandBuilt


def zero(experiment: Any) -> np.ndarray:
    return np.zeros(experiment.n_points)


WRONG: list[tuple[Callable[[], object], str]] = [
    (
        lambda: ExactOptimum(optimum=zero, margin=-0.1, share=0.9),
        "margin = -0.1; it must be finite and not negative",
    ),
    (lambda: ExactOptimum(optimum=zero, margin=float("nan"), share=0.9), "margin = nan"),
    (lambda: HandBuilt(solution=zero, margin=np.inf), "margin = inf; it must be finite"),
    (lambda: ExactOptimum(optimum=zero, margin=0.1, share=0.0), "share = 0.0; it must be above 0 and at"),
    (lambda: ExactOptimum(optimum=zero, margin=0.1, share=1.1), "share = 1.1"),
    (lambda: HandBuilt(solution=zero, margin=-1.0), "margin = -1.0"),
    (lambda: Doubling(at_most=0.0), "at_most = 0.0; it must be positive"),
    (lambda: Doubling(at_most=0.1, of="norm"), "of = 'norm'; it must be 'loss' or a function"),  # type: ignore[arg-type]
    (lambda: Doubling(at_most=0.1, seeds=0), "seeds = 0; it must be a whole number from 1"),
    (lambda: DuringTraining(because=" "), "because = ' '; it must say which runs the claims speak of"),
    (lambda: small(convergence="doubling"), "convergence = 'doubling'; it must be a description of"),
]


@pytest.mark.parametrize(("make", "words"), WRONG)
def test_a_wrong_description_is_refused_in_one_sentence(make: Callable[[], object], words: str) -> None:
    with runtime_types.suspended(), pytest.raises(InvalidExperiment) as caught:
        make()
    assert words in str(caught.value)
    assert is_one_sentence(str(caught.value))


def test_the_edges_of_the_ranges_are_valid() -> None:
    assert ExactOptimum(optimum=zero, margin=0.0, share=1.0).share == 1
    assert HandBuilt(solution=zero, margin=0.0).margin == 0


def test_a_doubled_quantity_is_named_after_its_function() -> None:
    assert Doubling(at_most=0.1).quantity == "loss"
    assert Doubling(at_most=0.1, of=geometry.norms).quantity == "tms.analysis.geometry.norms"
    within = Doubling(at_most=0.1, of=Experiment.rates).quantity
    assert within == f"{Experiment.__module__}.Experiment.rates"


def test_a_selection_of_points_keeps_the_description() -> None:
    experiment = small(convergence=Doubling(at_most=0.02))
    assert experiment.at([1]).convergence == experiment.convergence
    assert experiment.with_run_seed(3).convergence == experiment.convergence
