"""Evidence that models converged, on models whose losses are known."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from tests.helpers import runtime_types
from tests.helpers.known_models import known_models
from tests.helpers.small import small
from tms.analysis import convergence
from tms.analysis.convergence import FLOOR, LARGEST, check, doubled, judged, measured
from tms.experiment import Experiment
from tms.experiment.convergence import Convergence, Doubling, DuringTraining, ExactOptimum, HandBuilt
from tms.training import Trained, train

POINTS = {"density": [[0.1], [0.5]], "importance": [[2.0], [1.0]]}


def optimum(_experiment: Any) -> np.ndarray:
    return np.array([0.1, 0.2])


def norm(trained: Any) -> np.ndarray:
    return np.asarray(trained.W.norm(dim=(-2, -1)).double())


def with_losses(
    rule: Convergence | None, losses: list[list[float]], *, norms: list[list[float]] | None = None
) -> Trained:
    """Models of two points whose held-out losses are known; their expected loss cannot be computed."""
    loss = torch.tensor(losses)
    experiment = small(architecture="relu_hidden", seeds=loss.shape[1], convergence=rule, **POINTS)
    W = torch.zeros(*loss.shape, 1, 5, 2)
    if norms is not None:
        W[:, :, 0, 0, 0] = torch.tensor(norms)
    return known_models(experiment, loss=loss[..., None], W=W, b=torch.zeros(*loss.shape, 1, 5))


def test_the_optimum_is_reached_if_enough_seeds_are_within_the_margin_at_every_point() -> None:
    """Eleven seeds: at a share of 0.75 the ninth best counts, which is neither the mean nor the median."""
    rule = ExactOptimum(optimum=optimum, margin=0.05, share=0.75)
    near, far = [0.104] * 9 + [0.9, 0.9], [0.2] * 11
    evidence = check(with_losses(rule, [near, far]))
    assert evidence.holds
    assert evidence.points == pytest.approx((0.04, 0.0), abs=1e-6)
    assert evidence.value == pytest.approx(0.04, abs=1e-6)
    assert evidence.allowed == 0.05
    one_more = [0.104] * 8 + [0.9] * 3
    assert not check(with_losses(rule, [one_more, far])).holds
    assert not check(with_losses(rule, [near, [0.2] * 8 + [0.9] * 3])).holds


def test_a_share_of_seeds_that_is_a_whole_number_asks_for_no_seed_more() -> None:
    """0.07 x 100 is above 7 in floating-point numbers."""
    rule = ExactOptimum(optimum=optimum, margin=0.05, share=0.07)
    for near, holds in ((7, True), (6, False)):
        first = [0.1] * near + [0.9] * (100 - near)
        assert check(with_losses(rule, [first, [0.2] * 100])).holds == holds


def test_the_margin_is_a_share_of_the_optimum_of_the_same_point() -> None:
    """0.015 above the optimum is 15% of it at the first point and 7.5% at the second."""
    rule = ExactOptimum(optimum=optimum, margin=0.1, share=1.0)
    assert measured(with_losses(rule, [[0.1] * 3, [0.215] * 3])) == pytest.approx([0, 0.075], abs=1e-6)
    assert check(with_losses(rule, [[0.1] * 3, [0.215] * 3])).holds
    assert not check(with_losses(rule, [[0.115] * 3, [0.2] * 3])).holds


def test_the_models_that_claims_choose_are_compared_with_the_optimum() -> None:
    """Held-out losses choose the second trial of each seed, and the rule the first."""

    def first(trained: Any) -> Any:
        return dataclasses.replace(trained, loss=trained.trial_loss[:, :, 0])

    experiment = small(architecture="relu_hidden", best_of=2, **POINTS)
    loss = torch.tensor([[[0.2, 0.1], [0.2, 0.1]], [[0.3, 0.2], [0.3, 0.2]]])
    W, b = torch.zeros(2, 2, 2, 5, 2), torch.zeros(2, 2, 2, 5)
    for kept, found in ((None, [0, 0]), (first, [1, 0.5])):
        rule = ExactOptimum(optimum=optimum, margin=0.1, share=1.0, kept=kept)
        chosen = known_models(dataclasses.replace(experiment, convergence=rule), loss=loss, W=W, b=b)
        assert measured(chosen) == pytest.approx(found, abs=1e-6)


def test_a_hand_built_solution_is_compared_with_the_median_over_seeds() -> None:
    rule = HandBuilt(solution=optimum, margin=0.02)
    one_bad_seed = [0.05, 0.101, 5.0]
    evidence = check(with_losses(rule, [one_bad_seed, [0.1] * 3]))
    assert evidence.holds
    assert evidence.points == pytest.approx((0.01, -0.5), abs=1e-6)
    assert "1.00% above that of the hand-built solution at density 0.1" in evidence.sentence
    assert not check(with_losses(rule, [[0.05, 0.11, 0.11], [0.1] * 3])).holds


def test_losses_below_the_optimum_hold() -> None:
    evidence = check(with_losses(HandBuilt(solution=optimum, margin=0.0), [[0.05] * 3, [0.1] * 3]))
    assert evidence.holds
    assert evidence.value == pytest.approx(-0.5)
    assert "50.00% below" in evidence.sentence


def test_doubling_compares_the_logarithms_of_mean_losses() -> None:
    """The means are equal at the first point, although no loss, no logarithm and no median is."""
    rule = Doubling(at_most=0.05)
    once = with_losses(rule, [[0.1, 0.1, 0.4], [0.2, 0.2, 0.2]])
    twice = with_losses(rule, [[0.2, 0.2, 0.2], [0.19, 0.19, 0.19]])
    assert measured(once, twice) == pytest.approx([0, np.log(0.2 / 0.19)], abs=1e-6)
    assert not check(once, twice).holds


@pytest.mark.parametrize("factor", [0.93, 1.07])
def test_a_loss_that_moves_in_either_direction_has_not_converged(factor: float) -> None:
    rule = Doubling(at_most=0.05)
    once = with_losses(rule, [[0.1] * 2, [0.2] * 2])
    twice = with_losses(rule, [[0.1] * 2, [0.2 * factor] * 2])
    evidence = check(once, twice)
    assert not evidence.holds
    assert evidence.points == pytest.approx((0, abs(np.log(factor))), abs=1e-6)
    assert "density 0.5" in evidence.sentence


def test_doubling_of_another_quantity_compares_its_means_as_they_are() -> None:
    """1 to 1.04 and 10 to 9.7: the second changes more, although less as a share, and falls."""
    rule = Doubling(at_most=0.1, of=norm)
    flat = [[0.1] * 2, [0.2] * 2]
    once = with_losses(rule, flat, norms=[[0.5, 1.5], [10.0, 10.0]])
    twice = with_losses(rule, [[9.0] * 2] * 2, norms=[[1.04, 1.04], [9.7, 9.7]])
    assert measured(once, twice) == pytest.approx([0.04, 0.3], abs=1e-5)
    evidence = check(once, twice)
    assert not evidence.holds
    assert "changes norm by 0.3 at density 0.5; 0.1 is allowed." in evidence.sentence


def test_losses_that_are_next_to_nothing_count_as_equal() -> None:
    """Half the floor and a tenth of it; the loss of zero outputs is 5 x 2 x 0.1 / 3 at the first point."""
    floor = FLOOR * np.array([1 / 3, 2.5 / 3])
    tiny = [[0.5 * floor[0]] * 2, [0.5 * floor[1]] * 2]
    tinier = [[0.1 * floor[0]] * 2, [2 * floor[1]] * 2]
    rule = Doubling(at_most=0.05)
    found = measured(with_losses(rule, tiny), with_losses(rule, tinier))
    assert found == pytest.approx([0, np.log(2)], abs=1e-5)
    nothing = HandBuilt(solution=lambda _: np.zeros(2), margin=0.5)
    assert measured(with_losses(nothing, tinier)) == pytest.approx([0, 1], abs=1e-5)


def test_models_that_diverged_have_not_converged() -> None:
    diverged = [[float("nan"), 0.1, float("inf")], [0.2] * 3]
    for rule in (HandBuilt(solution=optimum, margin=0.1), ExactOptimum(optimum=optimum, margin=0.1, share=1)):
        evidence = check(with_losses(rule, diverged))
        assert not evidence.holds
        assert np.isfinite(evidence.points).all()
    doubling = Doubling(at_most=0.1)
    fine = with_losses(doubling, [[0.1] * 3, [0.2] * 3])
    assert not check(fine, with_losses(doubling, diverged)).holds
    nowhere = Doubling(at_most=0.1, of=lambda _: np.full((2, 3), np.nan))
    assert check(with_losses(nowhere, diverged), with_losses(nowhere, diverged)).value == LARGEST


def test_claims_about_the_course_of_training_need_no_convergence() -> None:
    rule = DuringTraining(because="The claims speak of the jumps during training.")
    evidence = check(with_losses(rule, [[0.1] * 2, [0.2] * 2]))
    assert evidence.holds
    assert (evidence.value, evidence.allowed, evidence.points) == (None, None, ())
    assert evidence.sentence == rule.because


def test_stored_numbers_are_judged_by_the_rule_of_the_experiment_now() -> None:
    changes = np.array([0.01, 0.03])
    for allowed, holds in ((0.02, False), (0.03, True)):
        experiment = small(convergence=Doubling(at_most=allowed), **POINTS)
        evidence = judged(experiment, changes)
        assert (evidence.holds, evidence.allowed) == (holds, allowed)
        assert evidence.kind == "doubling"


def test_twice_as_long_is_the_same_experiment_with_twice_the_steps() -> None:
    experiment = small(checkpoints=(0, 10), schedule="cosine", steps=30)
    twice = doubled(experiment)
    assert (twice.name, twice.steps, twice.checkpoints) == (experiment.name, 60, ())
    np.testing.assert_array_equal(twice.instances.keys, experiment.instances.keys)
    np.testing.assert_allclose(twice.rates()[::2], experiment.rates())


@pytest.mark.parametrize(("asked", "seeds"), [(1, 1), (2, 2), (9, 3), (None, 3)])
def test_only_as_many_seeds_as_the_rule_asks_for_are_trained_twice_as_long(
    asked: int | None, seeds: int
) -> None:
    experiment = small(seeds=3, best_of=2, convergence=Doubling(at_most=0.1, seeds=asked))
    twice = doubled(experiment)
    assert (twice.seeds, twice.best_of) == (seeds, 2)
    np.testing.assert_array_equal(
        twice.instances.keys.reshape(-1, seeds, 2), experiment.instances.keys.reshape(-1, 3, 2)[:, :seeds]
    )


@pytest.mark.parametrize("of", ["loss", norm])
def test_fewer_seeds_are_compared_with_the_same_seeds(of: Any) -> None:
    rule, once, twice = Doubling(at_most=0.1, of=of, seeds=2), [[0.2, 0.4, 8.0]] * 2, [[0.1, 0.2]] * 2
    expected = np.log(2) if of == "loss" else 0.15
    found = measured(with_losses(rule, once, norms=once), with_losses(rule, twice, norms=twice))
    assert found == pytest.approx([expected] * 2, abs=1e-6)


@pytest.mark.parametrize(
    ("rule", "made_of", "words"),
    [
        (Doubling(at_most=0.1), None, "Training all 3 seeds twice as long changes the loss by 5.00%"),
        (
            Doubling(at_most=0.1, seeds=1),
            None,
            "Training 1 of 3 seeds twice as long changes the loss by 5.00%",
        ),
        (Doubling(at_most=0.1, seeds=1), 2, "Training 2 of 3 seeds twice as long changes the loss by 5.00%"),
        (
            Doubling(at_most=0.1, of=norm, seeds=9),
            None,
            "Training all 3 seeds twice as long changes norm by 0.05",
        ),
    ],
)
def test_the_evidence_names_the_number_of_seeds_that_were_trained_twice_as_long(
    rule: Doubling, made_of: int | None, words: str
) -> None:
    experiment = small(seeds=3, convergence=rule, **POINTS)
    assert judged(experiment, np.array([0.0, 0.05]), made_of).sentence.startswith(words)
    once, twice = [[0.2, 0.4, 8.0]] * 2, [[0.1, 0.2]] * 2
    assert (
        "Training 2 of 3 seeds"
        in check(
            with_losses(Doubling(at_most=0.1, seeds=2), once), with_losses(Doubling(at_most=0.1), twice)
        ).sentence
    )


def test_longer_training_of_models_that_hardly_moved_is_noticed() -> None:
    settings = {"architecture": "linear", "convergence": Doubling(at_most=0.02)}
    short, long = small(steps=30, **settings), small(steps=1000, **settings)
    for experiment, holds in ((short, False), (long, True)):
        once, twice = (
            train(each, engine="fused", device="cpu") for each in (experiment, doubled(experiment))
        )
        assert check(once, twice).holds == holds


def test_models_without_a_rule_or_without_longer_training_are_refused() -> None:
    with pytest.raises(ValueError, match="small does not say how it shows that its models converged"):
        check(with_losses(None, [[0.1], [0.2]]))
    with pytest.raises(ValueError, match="small: models that are trained twice as long are needed"):
        check(with_losses(Doubling(at_most=0.1), [[0.1], [0.2]]))


def test_every_kind_has_a_name() -> None:
    assert set(convergence.KINDS) == set(Convergence.__args__)
    assert len(set(convergence.KINDS.values())) == 4


def test_the_worst_point_is_named_by_its_coordinates() -> None:
    experiment: Experiment = small(
        coordinates={"relative_density": [0.5, 2.0]}, convergence=Doubling(at_most=0.1), **POINTS
    )
    assert "at relative density 2" in judged(experiment, np.array([0.1, 0.2])).sentence
    single = small(density=0.1, coordinates={}, convergence=Doubling(at_most=0.1))
    with runtime_types.suspended():
        assert " at " not in judged(single, np.array([0.2])).sentence
