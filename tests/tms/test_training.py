"""train() reports its progress and keeps the best trials."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.helpers.small import small
from tms import models
from tms.engines import reference
from tms.engines.result import Result
from tms.experiment import Experiment
from tms.training import History, Trained, nan_last, train

NAN = float("nan")


def made_up(loss: list[list[list[float]]]) -> Trained:
    """A sweep whose losses are given by point, seed and trial, and whose weights number the trials."""
    points, seeds, trials = np.shape(loss)
    experiment = small(
        density=np.linspace(0.1, 0.5, points)[:, None], seeds=seeds, best_of=trials, checkpoints=(0, 5)
    )
    count = experiment.n_instances
    W = torch.arange(count).float()[:, None, None].expand(count, 5, 2).clone()
    b = torch.arange(count).float()[:, None].expand(count, 5).clone()
    kept = {"W": torch.stack([W + 100, W + 200]), "b": torch.stack([b + 100, b + 200])}
    curve = torch.stack([torch.arange(count) + 0.25, torch.arange(count) + 0.5]).double()
    result = Result({"W": W, "b": b}, torch.tensor(loss, dtype=torch.float64).reshape(-1), curve, kept)
    return Trained.from_result(experiment, result, "fused", "cpu", 1.5)


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_a_trained_sweep_has_the_axes_point_and_seed_first(engine: str) -> None:
    experiment = small(density=[[0.1], [0.3], [0.5]], best_of=4, checkpoints=(0, 1, 3))
    trained = train(experiment, engine=engine, device="cpu")
    assert (trained.engine, trained.device) == (engine, "cpu")
    assert trained.seconds > 0
    assert trained.W.shape == (3, 2, 5, 2)
    assert trained.b.shape == (3, 2, 5)
    assert trained.loss.shape == (3, 2)
    assert trained.trial_loss.shape == (3, 2, 4)
    assert trained.trial_parameters["W"].shape == (3, 2, 4, 5, 2)
    assert trained.history is not None
    assert trained.history.steps == (0, 1, 3)
    assert trained.history.loss.shape == (3, 3, 2)
    assert trained.history.parameters["W"].shape == (3, 3, 2, 5, 2)


def test_engines_hand_over_the_same_kinds_of_tensors() -> None:
    one, other = (train(small(checkpoints=(0, 3)), engine=engine) for engine in ("fused", "reference"))
    assert one.history is not None
    assert other.history is not None
    for a, b in (
        (one.W, other.W),
        (one.b, other.b),
        (one.loss, other.loss),
        (one.history.loss, other.history.loss),
        (one.history.parameters["W"], other.history.parameters["W"]),
    ):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_the_trial_with_the_lowest_held_out_loss_is_kept(engine: str) -> None:
    trained = train(small(best_of=5, checkpoints=(0, 30)), engine=engine)
    best = trained.trial_loss.argmin(-1)
    assert len(best.unique()) > 1
    assert trained.history is not None
    for point, seed in np.ndindex(2, 2):
        trial = best[point, seed]
        assert trained.loss[point, seed] == trained.trial_loss[point, seed].min()
        for name in ("W", "b"):
            chosen = trained.trial_parameters[name][point, seed, trial]
            assert torch.equal(trained.parameters[name][point, seed], chosen)
            assert torch.equal(trained.history.parameters[name][1, point, seed], chosen)


def test_points_seeds_and_trials_are_not_mixed_up() -> None:
    trained = made_up([[[3, 1, 2], [1, 2, 3]], [[3, 2, 1], [2, 1, 3]]])
    assert trained.W[..., 0, 0].tolist() == [[1, 3], [8, 10]]
    assert trained.b[..., 0].tolist() == [[1, 3], [8, 10]]
    assert trained.loss.tolist() == [[1, 1], [1, 1]]
    assert trained.history is not None
    assert trained.history.parameters["W"][..., 0, 0].tolist() == [
        [[101, 103], [108, 110]],
        [[201, 203], [208, 210]],
    ]
    assert trained.history.loss[1].tolist() == [[1.5, 3.5], [8.5, 10.5]]


def test_a_trial_that_diverged_is_worse_than_any_other() -> None:
    trained = made_up([[[NAN, 7, NAN], [NAN, NAN, 1e30], [2, NAN, 1]]])
    assert trained.W[0, :, 0, 0].tolist() == [1, 5, 8]
    assert trained.loss.tolist() == [[7, 1e30, 1]]
    infinite = made_up([[[NAN, float("inf")], [float("inf"), 3]]])
    assert infinite.W[0, :, 0, 0].tolist() == [1, 3]


def test_a_seed_all_of_whose_trials_diverged_shows_it() -> None:
    assert made_up([[[NAN, NAN]]]).loss.isnan().all()
    assert nan_last(torch.tensor([NAN, 1.0])).tolist() == [float("inf"), 1.0]


def test_trials_can_be_chosen_by_another_loss() -> None:
    trained = made_up([[[3, 1, 2], [1, 2, 3]]])
    other = torch.tensor([[[5.0, 6.0, 4.0], [NAN, 9.0, 8.0]]])
    chosen = trained.best_by(other)
    assert chosen.W[0, :, 0, 0].tolist() == [2, 5]
    assert chosen.loss.tolist() == [[4, 8]]
    assert chosen.history is None
    assert (chosen.experiment, chosen.engine, chosen.seconds) == (trained.experiment, "fused", 1.5)
    assert torch.equal(chosen.trial_parameters["W"], trained.trial_parameters["W"])


@pytest.mark.parametrize(
    ("points", "kept"),
    [([1], [1]), ([2, 0], [2, 0]), (np.array([True, False, True]), [0, 2]), (1, [1])],
    ids=str,
)
def test_selected_points_are_those_of_the_whole_sweep(points: Any, kept: list[int]) -> None:
    whole = made_up([[[3, 1], [1, 2]], [[2, 3], [5, 4]], [[1, 2], [1, 2]]])
    part = whole.at(points)
    assert part.experiment.fingerprint() == whole.experiment.at(points).fingerprint()
    assert torch.equal(part.W, whole.W[kept])
    assert torch.equal(part.b, whole.b[kept])
    assert torch.equal(part.loss, whole.loss[kept])
    assert torch.equal(part.trial_loss, whole.trial_loss[kept])
    assert torch.equal(part.trial_parameters["W"], whole.trial_parameters["W"][kept])
    assert part.history is not None
    assert whole.history is not None
    assert torch.equal(part.history.loss, whole.history.loss[:, kept])
    assert torch.equal(part.history.parameters["b"], whole.history.parameters["b"][:, kept])


def test_a_selection_equals_training_the_selection_alone() -> None:
    experiment = small(density=[[0.1], [0.3], [0.5]], best_of=2)
    assert torch.equal(train(experiment).at([1]).W, train(experiment.at([1])).W)


@pytest.mark.parametrize("checkpoints", [(), (0, 7, 30)])
def test_a_stored_sweep_is_read_back_as_it_was(tmp_path: Path, checkpoints: tuple[int, ...]) -> None:
    experiment = small(
        architecture="relu_hidden_untied", hidden_bias=True, best_of=3, checkpoints=checkpoints
    )
    trained = train(experiment)
    path = tmp_path / "new" / "folder" / "sweep.safetensors"
    trained.save(path)
    again = Trained.load(path, experiment, trained.engine, trained.device)
    assert again.parameters.keys() == {"W", "b", "W_out", "b_hidden"}
    assert (again.experiment, again.engine, again.device) == (experiment, "fused", "cpu")
    assert torch.equal(again.loss, trained.loss)
    assert torch.equal(again.trial_loss, trained.trial_loss)
    same(again.parameters, trained.parameters)
    same(again.trial_parameters, trained.trial_parameters)
    assert (again.history is None) == (not checkpoints)
    if again.history and trained.history:
        assert again.history.steps == checkpoints
        assert torch.equal(again.history.loss, trained.history.loss)
        same(again.history.parameters, trained.history.parameters)


def test_part_of_a_sweep_can_be_stored(tmp_path: Path) -> None:
    part = train(small(checkpoints=(0, 30))).at([1])
    part.save(tmp_path / "part.safetensors")
    again = Trained.load(tmp_path / "part.safetensors", part.experiment, "fused", "cpu")
    same(again.parameters, part.parameters)


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> None:
    assert a.keys() == b.keys()
    for name, values in a.items():
        assert torch.equal(values, b[name]), name


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_progress_counts_up_to_the_whole_work(engine: str) -> None:
    reports: list[tuple[str, int, int]] = []
    experiment = small(best_of=3)
    train(experiment, engine=engine, progress=lambda *report: reports.append(report))
    names, done, total = zip(*reports, strict=True)
    assert set(names) == {"small"}
    evaluation = -(-experiment.held_out // (3 * experiment.batch_size)) if engine == "reference" else 0
    assert set(total) == {2 * 2 * 3 * (30 + evaluation)}
    assert list(done) == sorted(set(done))
    assert done[0] > 0
    assert done[-1] == total[0]
    assert len(done) > 1


class Clamped(models.ReLUOutput):
    """Somebody's own model: outputs of 1/2 at most, and a parameter of its own."""

    def __init__(self, W: torch.Tensor) -> None:
        super().__init__(W)
        self.own = torch.nn.Parameter(torch.ones(len(W), 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x).clamp(max=0.5)


def clamped(experiment: Experiment) -> Clamped:
    return Clamped(torch.from_numpy(experiment.initial_weights()))


def test_an_own_model_is_trained_by_the_reference_engine() -> None:
    experiment = small()
    trained = train(experiment, model=clamped)
    assert trained.engine == "reference"
    assert trained.parameters.keys() == {"W", "b", "own"}
    assert trained.parameters["own"].shape == (2, 2, 3)
    assert trained.difference == "its parameter own is not one of its weights"
    usual = train(experiment, engine="reference")
    assert not torch.allclose(trained.W, usual.W, atol=0.01)


def test_the_papers_model_as_an_own_model_gives_the_same_result() -> None:
    experiment = small()
    for engine in ("auto", "reference"):
        as_model = train(experiment, engine=engine, model=reference.build)
        same(as_model.parameters, train(experiment, engine=engine).parameters)


def test_training_brings_the_loss_down() -> None:
    experiment = small(density=0.3, steps=400, seeds=4)
    trained, untrained = train(experiment), train(dataclasses.replace(experiment, learning_rate=1e-12))
    assert (trained.loss < 0.8 * untrained.loss).all()


def test_a_trained_sweep_and_its_history_cannot_be_changed() -> None:
    trained = made_up([[[1.0]]])
    with pytest.raises(dataclasses.FrozenInstanceError):
        trained.seconds = 0.0  # type: ignore[misc]
    assert isinstance(trained.history, History)
    with pytest.raises(dataclasses.FrozenInstanceError):
        trained.history.steps = ()  # type: ignore[misc]
