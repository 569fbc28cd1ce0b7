"""The analytic attack, on models whose vulnerability is known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from tests.helpers.known_models import known_models
from tests.helpers.small import small
from tms.analysis import adversarial
from tms.training import train


def random_inputs(n: int, rows: int = 4000) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(rows, n, generator=generator)


def test_without_superposition_an_attack_does_the_square_of_its_norm() -> None:
    x, importance = random_inputs(3), torch.tensor([1.0, 0.5, 0.25])
    harm = adversarial.damage(torch.eye(3), torch.zeros(3), importance, x)
    size = 0.1 * torch.linalg.vector_norm(x, dim=-1).mean()
    torch.testing.assert_close(harm, (importance * size**2).double(), rtol=1e-4, atol=0)


def test_an_attack_on_an_antipodal_pair_does_twice_as_much_to_sparse_inputs() -> None:
    W, importance = torch.tensor([[1.0], [-1.0]]), torch.ones(2)
    x = random_inputs(2) * torch.tensor([1.0, 0.0])
    harm = adversarial.damage(W, torch.zeros(2), importance, x, strength=0.01)
    size = 0.01 * torch.linalg.vector_norm(x, dim=-1).mean()
    assert float(harm[0] / size**2) == pytest.approx(2, rel=0.01)


def test_attacks_are_unit_rows_of_the_gram_matrix_and_none_on_a_feature_without_embedding() -> None:
    W = torch.tensor([[3.0, 0.0], [0.0, 0.0], [1.0, 1.0]])
    expected = torch.tensor([[9.0, 0.0, 3.0], [0.0, 0.0, 0.0], [3.0, 0.0, 2.0]])
    lengths = torch.tensor([90.0, 1.0, 13.0]).sqrt()[:, None]
    torch.testing.assert_close(adversarial.attacks(W), expected / lengths)


def test_vulnerability_does_not_depend_on_the_scale_of_importance() -> None:
    trained = train(small(), device="cpu")
    tenfold = dataclasses.replace(trained.experiment, importance=10 * trained.experiment.importance)
    torch.testing.assert_close(
        adversarial.vulnerability(dataclasses.replace(trained, experiment=tenfold)),
        adversarial.vulnerability(trained),
        rtol=1e-3,
        atol=0,
    )


def test_vulnerability_is_1_without_superposition_whatever_the_importances() -> None:
    trained = train(small(importance=[[1.0, 0.5, 0.2, 0.1, 0.05]]), device="cpu")
    top = dataclasses.replace(
        trained,
        parameters={"W": torch.eye(5)[:, :2].expand_as(trained.W), "b": torch.zeros_like(trained.b)},
    )
    torch.testing.assert_close(
        adversarial.vulnerability(top), torch.ones(2, 2, dtype=torch.float64), rtol=1e-4, atol=0
    )


@pytest.mark.parametrize("strength", [0.1, 2.0])
def test_the_damage_is_that_of_the_model_on_attacked_inputs(strength: float) -> None:
    generator = torch.Generator().manual_seed(3)
    W, b = torch.randn(5, 2, generator=generator), torch.randn(5, generator=generator) / 4
    importance = torch.tensor([1.0, 2.0, 0.5, 3.0, 0.0])
    x = random_inputs(5, 300) * (random_inputs(5, 600)[300:] < 0.4)
    size = strength * torch.linalg.vector_norm(x, dim=-1).mean()

    def loss(inputs: torch.Tensor) -> torch.Tensor:
        return (((x - (inputs @ W @ W.mT + b).relu()) ** 2) @ importance).mean()

    expected = torch.stack([loss(x + size * attack) - loss(x) for attack in adversarial.attacks(W)])
    torch.testing.assert_close(
        adversarial.damage(W, b, importance, x, strength), expected.double(), rtol=1e-4, atol=1e-5
    )


def test_attacks_of_another_model_are_used_as_they_are() -> None:
    W, x = torch.eye(3)[:, :2], random_inputs(3)
    size = 0.1 * torch.linalg.vector_norm(x, dim=-1).mean()
    harm = adversarial.damage(
        W, torch.zeros(3), torch.tensor([1.0, 0.5, 1.0]), x, directions=torch.tensor([[0.0, 1.0, 0.0]])
    )
    torch.testing.assert_close(harm, 0.5 * size.double()[None] ** 2, rtol=1e-4, atol=0)


def pairs_of(partners: list[list[int]]) -> torch.Tensor:
    """Four features in two dimensions, in antipodal pairs."""
    W = torch.zeros(4, 2)
    for dimension, (one, other) in enumerate(partners):
        W[one, dimension], W[other, dimension] = 1.0, -1.0
    return W


@pytest.mark.parametrize(
    ("second", "expected"), [([[0, 1], [2, 3]], 1.0), ([[1, 0], [3, 2]], 1.0), ([[0, 2], [1, 3]], 0.5)]
)
def test_attacks_transfer_between_models_of_the_same_pairs(second: list[list[int]], expected: float) -> None:
    experiment = small(n_features=4, density=[[0.02]])
    W = torch.stack([pairs_of([[0, 1], [2, 3]]), pairs_of(second)])[None, :, None]
    models = known_models(experiment, W=W, b=torch.zeros(1, 2, 1, 4))
    ratios = adversarial.transferred_damage(models, strength=0.01, rows=20000)
    torch.testing.assert_close(ratios, torch.full((2,), expected, dtype=torch.float64), rtol=0, atol=0.06)


def test_each_model_is_attacked_by_the_attacks_of_the_next_seed() -> None:
    experiment = small(n_features=4, density=[[0.02]], seeds=3)
    same, other = pairs_of([[0, 1], [2, 3]]), pairs_of([[0, 2], [1, 3]])
    W = torch.stack([same, same, other])[None, :, None]
    models = known_models(experiment, W=W, b=torch.zeros(1, 3, 1, 4))
    ratios = adversarial.transferred_damage(models, strength=0.01, rows=20000)
    assert ratios.tolist() == pytest.approx([1, 0.5, 0.5], abs=0.06)


def test_models_are_attacked_on_inputs_of_their_own() -> None:
    experiment = small(density=[[0.9], [0.1]], seeds=2)
    models = known_models(experiment, W=torch.zeros(2, 2, 1, 5, 2), b=torch.zeros(2, 2, 1, 5))
    drawn = {
        (point, seed): adversarial.attacked_inputs(models, point, seed, 500)
        for point, seed in np.ndindex(2, 2)
    }
    active = {place: (x > 0).double().mean().item() for place, x in drawn.items()}
    assert active == pytest.approx({(0, 0): 0.9, (0, 1): 0.9, (1, 0): 0.1, (1, 1): 0.1}, abs=0.04)
    assert not torch.equal(drawn[0, 0], drawn[0, 1])


def test_a_single_model_has_no_other_whose_attacks_could_transfer() -> None:
    with pytest.raises(ValueError, match="seeds = 1; attacks transfer between two models"):
        adversarial.transferred_damage(train(small(seeds=1), device="cpu"))


def test_two_rising_curves_correlate_only_if_they_rise_together() -> None:
    x = np.arange(1.0, 12)
    steps = np.cumprod(np.where(np.arange(11) % 3, 1.0, 2.0))[:, None]
    later = np.cumprod(np.where(np.arange(11) % 3 == 1, 2.0, 1.0))[:, None]
    assert np.corrcoef(steps[:, 0], later[:, 0])[0, 1] > 0.8
    assert adversarial.correlation_of_changes(steps, steps**3)[0] == pytest.approx(1)
    assert adversarial.correlation_of_changes(steps, later)[0] < 0
    both = np.concatenate([steps, later], axis=1)
    assert adversarial.correlation_of_changes(both, both[:, ::-1]).shape == (2,)
    assert adversarial.correlation_of_changes(x[:, None], 5 * x[:, None])[0] == pytest.approx(1)
