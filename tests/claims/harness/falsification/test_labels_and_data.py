"""Mistakes in data and labels: what they change, and what they leave."""

from __future__ import annotations

import pytest
import torch

from claims.harness.falsification.controls import data, labels, named
from tests.helpers.falsification import tiny, trained
from tms.engines import reference
from tms.engines.batches import Batches
from tms.features import sample
from tms.models import ReLUOutput
from tms.training import Trained


@pytest.mark.parametrize("name", ["values-constant", "values-gaussian"])
def test_changed_values_leave_which_features_are_active(name: str) -> None:
    experiment = tiny()
    instances = experiment.instances
    x = sample(experiment.features, instances.density, instances.keys, 0, 64)
    with named(name).apply():
        own = experiment.features, instances.density, instances.keys
        changed = Batches(*own, "cpu", torch.float32).draw(0, 64)
    assert torch.equal(changed != 0, x != 0)
    assert not torch.equal(changed, x)


def test_constant_values_are_1() -> None:
    assert data.constant(torch.tensor([0.0, 0.3, -0.2])).tolist() == [0, 1, -1]


def test_gaussian_values_are_standard_normal() -> None:
    x = torch.rand(20000, generator=torch.Generator().manual_seed(0))
    values = data.gaussian(x)
    assert values.mean().abs() < 0.03
    assert (values.std() - 1).abs() < 0.03
    assert data.gaussian(torch.zeros(3)).tolist() == [0, 0, 0]


def test_every_point_gets_the_models_of_another() -> None:
    right = trained(tiny())
    shuffled = labels.shuffled_points(right)
    assert all(not torch.equal(shuffled.W[p], right.W[p]) for p in range(3))
    assert sorted(shuffled.loss.flatten().tolist()) == sorted(right.loss.flatten().tolist())
    assert shuffled.experiment is right.experiment


def test_features_are_reversed_in_weights_and_biases_alike() -> None:
    right = trained(tiny(architecture="relu_hidden", hidden_bias=True))
    reversed_ = labels.reversed_features(right)
    assert torch.equal(reversed_.W, right.W.flip(-2))
    assert torch.equal(reversed_.b, right.b.flip(-1))
    assert torch.equal(reversed_.parameters["b_hidden"], right.parameters["b_hidden"])


def test_subtracted_bias_gives_the_negative_of_an_added_one() -> None:
    experiment = tiny()

    class Subtracting(ReLUOutput):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.relu(self.hidden(x) @ self.W.mT - self.b[:, None, :])

    W = torch.from_numpy(experiment.initial_weights())
    result = reference.run(experiment, "cpu", lambda _steps: None, lambda _: Subtracting(W))
    subtracting = Trained.from_result(experiment, result, "reference", "cpu", 0.0)
    handed_out = labels.negated_bias(trained(experiment))
    assert torch.equal(handed_out.W, subtracting.W)
    assert torch.allclose(handed_out.b, subtracting.b, atol=1e-7)
    assert handed_out.b.any()
