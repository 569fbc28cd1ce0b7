"""Weights that nobody trained: what they contain, and that their losses are measured."""

from __future__ import annotations

import pytest
import torch

from claims.harness.falsification.control import Control, Kind
from claims.harness.falsification.controls import CONTROLS, named
from tests.helpers.falsification import tiny, trained_under
from tests.helpers.small import small
from tms.experiment import Experiment

JUNK = [control for control in CONTROLS if control.kind is Kind.JUNK]


@pytest.mark.parametrize("control", JUNK, ids=lambda control: control.name)
@pytest.mark.parametrize(
    "experiment",
    [
        tiny(best_of=2),
        tiny(checkpoints=(0, 5)),
        small(architecture="relu_hidden", hidden_bias=True),
        small(architecture="relu_hidden_untied", n_hidden=8, signed=True, target="absolute"),
    ],
    ids=["tied", "checkpoints", "hidden bias", "untied"],
)
def test_junk_has_the_form_of_trained_models_of_any_experiment(
    control: Control, experiment: Experiment
) -> None:
    models = trained_under(control.apply, experiment)
    assert models.experiment is experiment
    assert models.W.shape == (
        experiment.n_points,
        experiment.seeds,
        experiment.n_features,
        experiment.n_hidden,
    )
    assert (models.history is not None) == bool(experiment.checkpoints)


def test_zeros_and_ones_are_all_zeros_and_ones() -> None:
    assert not trained_under(named("junk-zeros").apply, tiny()).W.any()
    ones = trained_under(named("junk-ones").apply, tiny())
    assert (ones.W == 1).all()
    assert (ones.b == 1).all()


@pytest.mark.parametrize(("name", "scale"), [("small-noise", 0.02), ("gaussian", 1.0), ("huge", 1e4)])
def test_noise_has_its_standard_deviation_and_differs_between_models(name: str, scale: float) -> None:
    W = trained_under(named(f"junk-{name}").apply, small(seeds=100)).W
    assert W.std().item() == pytest.approx(scale, rel=0.1)
    assert len(torch.unique(W[0, :, 0, 0])) == 100


def test_each_feature_has_one_dimension_which_differs_between_models() -> None:
    models = trained_under(named("junk-one-hot").apply, small(n_features=5, n_hidden=3, seeds=40))
    W = models.W.flatten(0, 1)
    assert sorted(W.unique().tolist()) == [0, 1]
    assert (W.sum(-1) == 1).all()
    taken = W.argmax(-1)
    assert all(len(taken[:, feature].unique()) == 3 for feature in range(5))
    assert len({tuple(model) for model in taken.tolist()}) > 20
    assert not models.b.any()


def test_the_loss_of_junk_is_measured_and_not_that_of_trained_models() -> None:
    experiment = small(density=[[0.5]], seeds=1)
    # A model of zeros loses E[x^2] = density / 3 on each feature.
    loss = trained_under(named("junk-zeros").apply, experiment).loss
    assert loss.item() == pytest.approx(experiment.n_features * 0.5 / 3, rel=0.1)


def test_untrained_models_have_their_initial_weights_and_differ_between_seeds() -> None:
    experiment = small(architecture="relu_hidden_untied", n_hidden=8, target="absolute", signed=True)
    models = trained_under(named("junk-untrained").apply, experiment)
    start = torch.from_numpy(experiment.initial_weights()).reshape(models.W.shape)
    output = torch.from_numpy(experiment.initial_weights(role=1)).reshape(models.W.shape)
    assert torch.equal(models.W, start)
    assert torch.equal(models.parameters["W_out"], output)
    assert not torch.equal(models.W[:, 0], models.W[:, 1])


def test_one_model_stands_for_every_seed_and_point() -> None:
    W = trained_under(named("junk-one-for-all").apply, tiny()).W
    assert (W[0, 0] == W).all()
    assert len(W[0, 0].unique()) == W[0, 0].numel()
