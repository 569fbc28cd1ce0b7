"""Mistakes in models, training and theory: what they change, and what they leave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from claims.harness.falsification.applying import instead_of
from claims.harness.falsification.controls import data, model, named, training
from tests.helpers.falsification import are_equal, tiny, trained, trained_under
from tms import theory
from tms.engines import reference
from tms.experiment import Experiment
from tms.features import sample
from tms.training import Trained


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (training.untrained, {"name", "seeds", "importance"}),
        (training.short, {"name", "seeds", "importance"}),
        (data.of_first_density, {"name", "importance", "steps"}),
        (data.in_one_set, {"name", "importance", "steps"}),
        (model.linear_output, {"name", "importance", "steps"}),
    ],
)
def test_changed_experiments_are_valid_and_keep_the_rest(
    change: Callable[[Experiment], Experiment], kept: set[str]
) -> None:
    experiment = tiny()
    changed = change(experiment)
    assert changed.fingerprint() != experiment.fingerprint()
    for name in kept:
        assert np.array_equal(getattr(changed, name), getattr(experiment, name))


@pytest.mark.parametrize(
    "name", ["importance-ignored", "density-for-sparsity", "weight-decay-too-high", "seeds-shared"]
)
def test_claims_see_the_experiment_that_they_asked_for(name: str) -> None:
    experiment = tiny()
    assert trained_under(named(name).apply, experiment).experiment is experiment


def test_models_of_a_rate_of_zero_keep_their_initial_weights() -> None:
    experiment = tiny(best_of=1)
    models = trained_under(named("learning-rate-zero").apply, experiment)
    assert torch.equal(models.W.flatten(0, 1), torch.from_numpy(experiment.initial_weights()))


def test_training_that_ended_early_has_fewer_checkpoints_in_order() -> None:
    experiment = training.short(tiny(steps=200, checkpoints=(0, 1, 20, 100, 200)))
    assert experiment.checkpoints == (0, 1, 5, 10)
    assert experiment.steps == 10


def test_shared_seeds_make_all_instances_of_a_point_equal() -> None:
    models = trained_under(named("seeds-shared").apply, tiny(checkpoints=(0, 6), density=0.5))
    lead = (1, 2, 2)
    assert models.trial_parameters["W"].shape == (*lead, 4, 2)
    assert models.trial_loss.shape == lead
    assert models.loss.shape == lead[:2]
    assert models.history is not None
    assert models.history.parameters["b"].shape == (2, 1, 2, 4)
    assert (models.trial_parameters["W"] == models.W[0, 0]).all()


def test_shared_seeds_are_those_of_the_first_instance() -> None:
    experiment = tiny()
    shared = trained_under(named("seeds-shared").apply, experiment)
    first = trained(experiment).trial_parameters["W"][0, 0, 0]
    assert torch.equal(shared.trial_parameters["W"][0, 1, 1], first)


def test_loss_over_wrong_axes_weakens_the_penalty_beside_it() -> None:
    experiment = tiny(hidden_l1=0.5, density=0.5)
    instances = experiment.instances
    importance = torch.from_numpy(instances.importance).float()
    x = sample(experiment.features, instances.density, instances.keys, 0, 16)
    network = reference.build(experiment)
    right, without = (
        reference.losses(network, e, x, importance) for e in (experiment, replace(experiment, hidden_l1=0.0))
    )
    with instead_of(reference.losses, training._over_wrong_axes):
        wrong = reference.losses(network, experiment, x, importance)
    assert torch.allclose(wrong, 4 * without + (right - without))


def test_frozen_bias_stays_zero_and_weights_do_not() -> None:
    models = trained_under(named("bias-frozen").apply, tiny())
    assert not models.b.any()
    assert not torch.equal(models.W, trained_under(named("learning-rate-zero").apply, tiny()).W)


def test_decoder_alone_learns_other_weights() -> None:
    experiment = tiny()
    wrong = trained_under(named("gradient-of-decoder-only").apply, experiment)
    assert not are_equal(wrong, trained(experiment))


def test_untied_models_hand_out_embedding_and_bias() -> None:
    assert set(trained_under(named("weights-untied").apply, tiny()).parameters) == {"W", "W_out", "b"}


@pytest.mark.parametrize("initial_output", ["drawn", "sizes"])
def test_tied_models_hand_out_input_weights_as_output_weights(initial_output: str, tmp_path: Path) -> None:
    experiment = tiny(
        architecture="relu_hidden_untied", target="absolute", signed=True, initial_output=initial_output
    )
    models = trained_under(named("weights-tied").apply, experiment)
    assert torch.equal(models.parameters["W_out"], models.W)
    models.save(tmp_path / "tied.safetensors")
    stored = Trained.load(tmp_path / "tied.safetensors", experiment, models.engine, models.device)
    assert are_equal(stored, models)


@pytest.mark.parametrize(
    "settings",
    [
        {"architecture": "relu_hidden"},
        {"architecture": "relu_hidden", "hidden_bias": True},
        {"architecture": "relu_hidden_untied", "target": "absolute", "signed": True},
    ],
    ids=["tied", "biased", "untied"],
)
def test_hidden_relu_is_dropped_from_every_model_that_has_one(settings: dict[str, object]) -> None:
    experiment = tiny(**settings)
    wrong, right = trained_under(named("hidden-relu-dropped").apply, experiment), trained(experiment)
    assert set(wrong.parameters) == set(right.parameters)
    assert not torch.equal(wrong.W, right.W)


def test_theory_without_relu_counts_negative_interference() -> None:
    pair = np.array([[1.0, 0.0], [-1.0, 0.0]])
    assert theory.loss_given_one_active(pair).interference.sum() == 0
    with named("interference-without-relu").apply():
        assert theory.loss_given_one_active(pair).interference.sum() == pytest.approx(1 / 3)
