"""Models that are the same for different seeds are found."""

from __future__ import annotations

import pytest
import torch

from tests.helpers.small import small
from tms.engines.independence import repeated
from tms.experiment import Experiment
from tms.models import ReLUOutput
from tms.protocol import BrokenImplementation
from tms.training import train

LOSS = torch.ones(12)


def drawn() -> torch.Tensor:
    return torch.randn(12, 5, 2, generator=torch.Generator().manual_seed(0))


def with_repetitions(*copies: tuple[int, int]) -> torch.Tensor:
    W = drawn()
    for into, source in copies:
        W[into] = W[source]
    return W


def test_models_that_all_differ_are_independent() -> None:
    assert repeated(small(best_of=3), drawn(), LOSS) is None


def test_models_of_different_points_may_be_the_same() -> None:
    assert repeated(small(best_of=3), with_repetitions(*((k + 6, k) for k in range(6))), LOSS) is None


def test_models_that_repeat_at_every_point_are_counted() -> None:
    W = with_repetitions((1, 0), (2, 0), (7, 6))
    assert repeated(small(best_of=3), W, LOSS) == "4 of 6 models of a point differ"


def test_models_that_repeat_at_one_point_alone_have_converged_to_the_same() -> None:
    assert repeated(small(best_of=3), with_repetitions((1, 0)), LOSS) is None


def test_weights_of_0_and_models_without_any_loss_may_repeat() -> None:
    W = with_repetitions((1, 0), (7, 6))
    assert repeated(small(best_of=3), torch.zeros_like(W), LOSS) is None
    loss = LOSS.clone()
    loss[[0, 6]] = 0
    assert repeated(small(best_of=3), W, loss) is None


def test_a_single_model_a_point_repeats_nothing() -> None:
    assert repeated(small(seeds=1), torch.ones(2, 5, 2), torch.ones(2)) is None


def test_model_that_starts_the_same_for_every_seed_is_refused() -> None:
    def same(experiment: Experiment) -> ReLUOutput:
        return ReLUOutput(torch.ones(experiment.n_instances, 5, 2))

    with pytest.raises(BrokenImplementation, match=r"starts from the same weights .* \(1 of 2 models"):
        train(small(), model=same)
