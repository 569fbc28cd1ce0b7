"""The analytic attack, on models whose vulnerability is known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from tests.helpers.small import small
from tms.analysis import adversarial
from tms.models import ReLUOutput
from tms.training import train


def random_inputs(n: int, rows: int = 4000) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(rows, n, generator=generator)


def test_without_superposition_an_attack_does_the_square_of_its_norm() -> None:
    x, importance = random_inputs(3), torch.tensor([1.0, 0.5, 0.25])
    harm = adversarial.damage(torch.eye(3), torch.zeros(3), importance, x)
    size = 0.1 * torch.linalg.vector_norm(x, dim=-1).mean()
    torch.testing.assert_close(harm, importance * size**2)


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


def test_an_attacked_model_at_strength_0_is_the_model_itself_and_otherwise_is_not() -> None:
    generator = torch.Generator().manual_seed(1)
    W, x = torch.randn(2, 5, 2, generator=generator), torch.rand(2, 10, 5, generator=generator)
    model = adversarial.Attacked(W, torch.tensor([0.0, 1.0]))
    plain = ReLUOutput(W)
    assert torch.equal(model(x)[0], plain(x)[0])
    assert not torch.allclose(model(x)[1], plain(x)[1])


def test_training_under_strong_attacks_keeps_less_of_every_feature() -> None:
    experiment = small(
        density=np.full((2, 1), 0.1), coordinates={"attack": np.array([0.0, 2.0])}, steps=200, seeds=3
    )
    norms = torch.linalg.matrix_norm(adversarial.train_attacked(experiment, device="cpu").W)
    assert (norms[1] < norms[0]).all()


def test_the_eliminating_strength_is_where_the_share_falls_below_for_good() -> None:
    strength = np.array([0.0, 1.0, 2.0, 3.0])
    superposed = np.array([[8.0, 4.0, 0.0, 0.0], [8.0, 0.0, 8.0, 4.0], [8.0, 1.0, 3.0, 1.0]]).T
    assert adversarial.eliminating_strength(strength, superposed, 0.25).tolist() == [1.5, 3.0, 2.5]
