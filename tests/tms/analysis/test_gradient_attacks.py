"""Attacks by gradients beside analytic ones, on models whose damage is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.helpers.known_models import known_models
from tests.helpers.small import small
from tms.analysis import gradient_attacks
from tms.analysis.gradient_attacks import GradientAttacks, analytic_damage, gradient_damage


def test_no_gradient_starts_where_all_outputs_are_closed() -> None:
    W, b = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.full((2,), -0.5)
    x = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.2, 0.3]])
    harm = gradient_damage(W, b, x, strength=0.1)
    assert (harm == 0).tolist() == [True, False, True]


def test_gradient_ascent_finds_the_worst_attack_on_an_open_output() -> None:
    # The output is x + d, so that the loss is d^2, at most the square of the norm.
    W, b = torch.eye(2), torch.zeros(2)
    x = torch.tensor([[1.0, 0.5], [0.6, 0.8]])
    x_off = torch.tensor([0.1, 0.0])
    size = 0.2 * torch.linalg.vector_norm(x, dim=-1).mean()
    harm = gradient_damage(W, b + x_off, x, strength=0.2)
    expected = (size + 0.1) ** 2 - 0.1**2
    torch.testing.assert_close(harm, expected.expand(2), rtol=1e-3, atol=0)


def test_the_analytic_attack_is_the_worst_on_each_input_by_itself() -> None:
    # Output 0 is open on the first input alone, output 1 on the second.
    W, b = torch.eye(2), torch.zeros(2)
    x = torch.tensor([[1.0, 0.0], [0.0, 3.0]])
    size = 0.1 * torch.tensor(2.0)
    torch.testing.assert_close(analytic_damage(W, b - torch.tensor([0.0, 0.4]), x)[0], size**2)
    torch.testing.assert_close(analytic_damage(W, b - torch.tensor([0.5, 0.0]), x)[1], size**2)


def test_closed_outputs_do_not_lead_the_ascent() -> None:
    x = torch.tensor([[1.0, 2.0]])
    size = 0.1 * torch.linalg.vector_norm(x, dim=-1).mean()
    harm = gradient_damage(torch.eye(2), torch.tensor([0.1, -5.0]), x, strength=0.1)
    torch.testing.assert_close(harm, ((0.1 + size) ** 2 - 0.1**2)[None], rtol=1e-4, atol=0)


def test_each_step_is_a_quarter_of_the_largest_norm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradient_attacks, "STEPS", 1)
    x = torch.tensor([[3.0, 4.0]])
    harm = gradient_damage(torch.eye(2), torch.tensor([0.1, 0.0]), x, strength=0.2)
    torch.testing.assert_close(harm, torch.tensor([(0.1 + 0.25) ** 2 - 0.1**2]), rtol=1e-4, atol=0)


def test_the_loss_of_attacked_inputs_is_against_those_without_attack() -> None:
    # Outputs are x + (0.05, 0.1) before the attack, and move 0.8 and 0.6 times as far as they are pushed.
    W, x = torch.diag(torch.tensor([0.8, 0.6]).sqrt()), torch.tensor([[0.6, 0.8]])
    b = torch.tensor([0.05, 0.1]) + x[0] - x[0] @ W @ W.mT
    angle = torch.linspace(0, 2 * torch.pi, 10001)
    moved = torch.stack([0.05 + 0.8 * 0.5 * angle.cos(), 0.1 + 0.6 * 0.5 * angle.sin()])
    worst = (moved**2).sum(0).max() - 0.05**2 - 0.1**2
    torch.testing.assert_close(gradient_damage(W, b, x, strength=0.5), worst[None], rtol=0.01, atol=0)


def test_shares_and_damage_are_of_every_model_by_itself() -> None:
    experiment = small(n_features=2, n_hidden=2, density=[[1.0], [0.01]], seeds=1)
    W = torch.eye(2).expand(2, 1, 1, 2, 2)
    found = GradientAttacks.on(known_models(experiment, W=W, b=torch.full((2, 1, 1, 2), -0.001)))
    assert found.closed[0, 0] < 0.01
    assert found.closed[1, 0] == pytest.approx(0.99, abs=0.005)
    assert found.without_gradient[0, 0] < 0.01
    assert found.without_gradient[1, 0] == pytest.approx(0.98, abs=0.007)
    assert (found.damage > 0).all()


def test_importances_other_than_1_are_refused() -> None:
    experiment = small(importance=2.0)
    models = known_models(experiment, W=torch.zeros(2, 2, 1, 5, 2), b=torch.zeros(2, 2, 1, 5))
    with pytest.raises(ValueError, match="all importances must be 1"):
        GradientAttacks.on(models)


def test_the_number_of_steps_is_enough_to_reach_the_largest_norm() -> None:
    assert gradient_attacks.STEPS / 4 > 1
    x = np.ones((1, 2), dtype=np.float32)
    assert float(gradient_damage(torch.eye(2), torch.full((2,), 0.01), torch.from_numpy(x))) > 0
