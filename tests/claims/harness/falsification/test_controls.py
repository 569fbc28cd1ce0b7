"""Controls: what each changes, that it changes it back, and that the code under test knows nothing of it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np
import pytest
import torch

from claims.harness.errors import MisuseError
from claims.harness.falsification.applying import instead_of
from claims.harness.falsification.control import Control, Kind
from claims.harness.falsification.controls import CONTROLS, data, labels, model, named, training
from claims.harness.judging.claim import SECTIONS
from claims.harness.session.trained_models import TrainedModels
from tests.helpers.paths import ROOT
from tms import theory
from tms import training as right_training
from tms.analysis import geometry, regimes
from tms.engines import reference
from tms.experiment import Experiment, sweep
from tms.features import sample
from tms.training import Trained


def tiny(**settings: object) -> Experiment:
    asked = {
        "n_features": 4,
        "n_hidden": 2,
        "architecture": "relu_output",
        "density": np.array([[0.9], [0.5], [0.2]]),
        "importance": np.array([[1.0, 0.7, 0.5, 0.3]]),
        "seeds": 2,
        "best_of": 2,
        "steps": 6,
        "batch_size": 16,
        "learning_rate": 0.05,
        "held_out": 64,
    }
    return sweep("falsify/tiny", **(asked | settings))  # type: ignore[arg-type]


def trained_under(apply: Callable[[], AbstractContextManager[None]], experiment: Experiment) -> Trained:
    with apply():
        return right_training.train(experiment, device="cpu", engine="reference")


def plain(experiment: Experiment) -> Trained:
    return right_training.train(experiment, device="cpu", engine="reference")


def alike(a: Trained, b: Trained) -> bool:
    return torch.equal(a.W, b.W) and torch.equal(a.b, b.b)


def test_names_are_unique():
    names = [control.name for control in CONTROLS]
    assert len(set(names)) == len(names)


def test_kinds_stand_together():
    kinds = [control.kind for control in CONTROLS]
    assert kinds == sorted(kinds, key=list(Kind).index)


def test_every_claim_that_a_control_names_is_there():
    text = "".join(path.read_text("utf-8") for path in (ROOT / "claims").glob("test_*.py"))
    ids = set(re.findall(r'@claim\(\s*"([A-Z]+-\d+)"', text))
    tests = set(re.findall(r"^def (test_\w+)", text, flags=re.MULTILINE))
    for control in CONTROLS:
        for claim in control.claims:
            own, _, test = claim.partition("::")
            assert own in SECTIONS or own in ids
            assert not test or test in tests


def test_every_section_is_held_against_a_control():
    assert all(any(control.held_against(section) for control in CONTROLS) for section in SECTIONS)


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_control_changes_something_and_sets_it_back(control):
    before = snapshot()
    with control.apply():
        assert snapshot() != before
    assert snapshot() == before


def snapshot() -> dict[tuple[str, str], int]:
    """Identity of everything that modules under test, and the class that hands out models, hold."""
    held = {
        (name, key): id(value)
        for name, module in list(sys.modules.items())
        if name.split(".")[0] in ("tms", "claims") and not name.startswith("claims.harness.falsification")
        for key, value in vars(module).items()
    }
    return held | {("TrainedModels", "__call__"): id(vars(TrainedModels)["__call__"])}


def test_function_is_replaced_under_every_name_and_called_with_the_right_one():
    with instead_of(geometry.cosines, lambda right, W: right(W) + 1):
        assert torch.equal(regimes.cosines(torch.eye(2)), torch.eye(2).double() + 1)
        assert torch.equal(geometry.cosines(torch.eye(2)), torch.eye(2).double() + 1)
    assert torch.equal(regimes.cosines(torch.eye(2)), torch.eye(2).double())


def test_what_nobody_holds_cannot_be_replaced():
    with pytest.raises(LookupError, match="no module holds"), instead_of(lambda: None, lambda right: right):
        pass


def test_sources_under_test_name_no_control():
    text = "".join(path.read_text("utf-8") for path in (ROOT / "tms").rglob("*.py"))
    assert "falsif" not in text
    assert "claims.harness.falsification" not in "".join(
        path.read_text("utf-8") for path in (ROOT / "claims").glob("test_*.py")
    )


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
def test_changed_experiments_are_valid_and_keep_what_they_should(change, kept):
    experiment = tiny()
    changed = change(experiment)
    assert changed.fingerprint() != experiment.fingerprint()
    for name in kept:
        assert np.array_equal(getattr(changed, name), getattr(experiment, name))


def test_models_of_a_rate_of_zero_keep_their_initial_weights():
    experiment = tiny(best_of=1)
    trained = trained_under(named("learning-rate-zero").apply, experiment)
    assert torch.equal(trained.W.flatten(0, 1), torch.from_numpy(experiment.initial_weights()))


def test_claims_see_the_experiment_they_asked_for():
    for name in ("importance-ignored", "density-for-sparsity", "weight-decay-too-high", "seeds-shared"):
        experiment = tiny()
        assert trained_under(named(name).apply, experiment).experiment is experiment


def test_training_that_ended_early_has_fewer_checkpoints_in_order():
    experiment = training.short(tiny(steps=200, checkpoints=(0, 1, 20, 100, 200)))
    assert experiment.checkpoints == (0, 1, 5, 10)
    assert experiment.steps == 10


def test_shared_seeds_make_all_instances_of_a_point_alike():
    experiment = tiny(checkpoints=(0, 6), density=0.5)
    trained = trained_under(named("seeds-shared").apply, experiment)
    lead = (1, 2, 2)
    assert trained.trial_parameters["W"].shape == (*lead, 4, 2)
    assert trained.trial_loss.shape == lead
    assert trained.loss.shape == lead[:2]
    assert trained.history is not None
    assert trained.history.parameters["b"].shape == (2, 1, 2, 4)
    assert (trained.trial_parameters["W"] == trained.W[0, 0]).all()


def test_shared_seeds_are_those_of_the_first_instance():
    experiment = tiny()
    shared = trained_under(named("seeds-shared").apply, experiment)
    assert torch.equal(
        shared.trial_parameters["W"][0, 1, 1], plain(experiment).trial_parameters["W"][0, 0, 0]
    )


def test_frozen_bias_stays_zero_and_weights_do_not():
    trained = trained_under(named("bias-frozen").apply, tiny())
    assert not trained.b.any()
    assert not torch.equal(trained.W, trained_under(named("learning-rate-zero").apply, tiny()).W)


def test_subtracted_bias_gives_the_negative_of_what_an_added_one_gives():
    experiment = tiny()

    class Subtracting(reference.models.ReLUOutput):
        def forward(self, x):
            return torch.relu(self.hidden(x) @ self.W.mT - self.b[:, None, :])

    honest = right_training.train(
        experiment, device="cpu", model=lambda e: Subtracting(torch.from_numpy(e.initial_weights()))
    )
    handed = labels.negated_bias(plain(experiment))
    assert torch.equal(handed.W, honest.W)
    assert torch.allclose(handed.b, honest.b, atol=1e-7)
    assert handed.b.any()


def test_decoder_alone_learns_otherwise_and_reports_its_embedding():
    experiment = tiny()
    assert not alike(trained_under(named("gradient-of-decoder-only").apply, experiment), plain(experiment))


def test_untied_models_still_hand_out_embedding_and_bias():
    trained = trained_under(named("weights-untied").apply, tiny())
    assert set(trained.parameters) == {"W", "W_out", "b"}


def test_tied_models_hand_out_input_weights_as_output_weights():
    experiment = tiny(architecture="relu_hidden_untied", target="absolute", signed=True)
    trained = trained_under(named("weights-tied").apply, experiment)
    assert torch.equal(trained.parameters["W_out"], trained.W)


def test_hidden_relu_is_dropped_from_tied_untied_and_biased_models():
    for settings in (
        {"architecture": "relu_hidden"},
        {"architecture": "relu_hidden", "hidden_bias": True},
        {"architecture": "relu_hidden_untied", "target": "absolute", "signed": True},
    ):
        experiment = tiny(**settings)
        trained = trained_under(named("hidden-relu-dropped").apply, experiment)
        assert set(trained.parameters) == set(plain(experiment).parameters)
        assert not torch.equal(trained.W, plain(experiment).W)


@pytest.mark.parametrize("name", ["values-constant", "values-gaussian"])
def test_changed_values_leave_what_is_active_alone(name):
    experiment = tiny()
    own = experiment.instances
    x = sample(experiment.features, own.density, own.keys, 0, 64)
    with named(name).apply():
        changed = reference.sample(experiment.features, own.density, own.keys, 0, 64)
    assert torch.equal(changed != 0, x != 0)
    assert not torch.equal(changed, x)


def test_constant_values_are_1():
    assert data.constant(torch.tensor([0.0, 0.3, -0.2])).tolist() == [0, 1, -1]


def test_gaussian_values_are_standard_normal():
    x = torch.rand(20000, generator=torch.Generator().manual_seed(0))
    values = data.gaussian(x)
    assert values.mean().abs() < 0.03
    assert (values.std() - 1).abs() < 0.03
    assert data.gaussian(torch.zeros(3)).tolist() == [0, 0, 0]


def test_every_point_gets_the_models_of_another():
    trained = plain(tiny())
    shuffled = labels.shuffled_points(trained)
    assert all(not torch.equal(shuffled.W[p], trained.W[p]) for p in range(3))
    assert sorted(shuffled.loss.flatten().tolist()) == sorted(trained.loss.flatten().tolist())
    assert shuffled.experiment is trained.experiment


def test_features_are_reversed_in_weights_and_biases_alike():
    trained = plain(tiny(architecture="relu_hidden", hidden_bias=True))
    turned = labels.reversed_features(trained)
    assert torch.equal(turned.W, trained.W.flip(-2))
    assert torch.equal(turned.b, trained.b.flip(-1))
    assert torch.equal(turned.parameters["b_hidden"], trained.parameters["b_hidden"])


def test_loss_over_wrong_axes_weakens_the_penalty_beside_it():
    experiment = tiny(hidden_l1=0.5, density=0.5)
    own = experiment.instances
    importance = torch.from_numpy(own.importance).float()
    x = sample(experiment.features, own.density, own.keys, 0, 16)
    network = reference.build(experiment)
    right, without = (
        reference.losses(network, e, x, importance) for e in (experiment, replace(experiment, hidden_l1=0.0))
    )
    with instead_of(reference.losses, training._over_wrong_axes):
        wrong = reference.losses(network, experiment, x, importance)
    assert torch.allclose(wrong, 4 * without + (right - without))


def test_theory_without_relu_counts_negative_interference():
    pair = np.array([[1.0, 0.0], [-1.0, 0.0]])
    assert theory.loss_given_one_active(pair).interference.sum() == 0
    with named("interference-without-relu").apply():
        assert theory.loss_given_one_active(pair).interference.sum() == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": "Not This"}, "joined by hyphens"),
        ({"mistake": "no end"}, "must be a sentence"),
        ({"because": ""}, "must be a sentence"),
        ({"against": ""}, "against no claim"),
        ({"against": "GEO-2 NOWHERE"}, "'NOWHERE'"),
        ({"against": "GEO-"}, "'GEO-'"),
        ({"against": "GEO-2::"}, "'GEO-2::'"),
        ({"against": "GEO-2::a or b"}, "'GEO-2::a'"),
    ],
)
def test_control_of_another_form_is_refused(changes, reason):
    with pytest.raises(MisuseError, match=reason):
        replace(CONTROLS[0], **changes)


def test_one_test_of_a_claim_can_be_named():
    control = replace(CONTROLS[0], against="INTRO GEO-8::test_simplices_alone")
    assert control.expression == "INTRO or (GEO-8 and test_simplices_alone)"
    assert control.held_against("GEO-8")


def test_unknown_control_is_answered_with_the_nearest():
    with pytest.raises(MisuseError, match="learning-rate-zero"):
        named("learning-rate-0")


@pytest.mark.parametrize(
    ("against", "asked", "held"),
    [("GEO-2", "GEO", True), ("GEO", "GEO-20", True), ("GEO-2", "GEO-20", False), ("DEMO", "GEO", False)],
)
def test_sections_hold_their_claims(against, asked, held):
    control = replace(CONTROLS[0], against=against)
    assert isinstance(control, Control)
    assert control.held_against(asked) is held
