"""The display of training: a bar in a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import sys

import pytest

from claims.harness.baselines.losses import Losses
from claims.harness.records.results import TrainedOnce
from claims.harness.session.progress import TrainingDisplay
from tms.experiment import Experiment, sweep


@pytest.fixture
def experiment() -> Experiment:
    return sweep(
        "demo/[red]tiny", n_features=2, n_hidden=1, architecture="linear", density=1.0, seeds=2, steps=3,
        batch_size=4, learning_rate=1e-2,
    )  # fmt: skip


@pytest.fixture
def display() -> TrainingDisplay:
    return TrainingDisplay(contextlib.nullcontext)


def test_training_is_a_plain_line_where_there_is_no_terminal(
    display: TrainingDisplay, experiment: Experiment, capsys: pytest.CaptureFixture[str]
) -> None:
    with display.training(experiment) as report:
        report(experiment.name, 3, 6)
    assert capsys.readouterr().out == f"training {experiment}\n"


def test_long_training_reports_rate_and_remaining_time(
    display: TrainingDisplay,
    experiment: Experiment,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter([0.0, 20.0, 21.0, 40.0])
    monkeypatch.setattr("claims.harness.session.progress.time.perf_counter", lambda: next(clock))
    with display.training(experiment) as report:
        for done in (100, 110, 300):
            report(experiment.name, done, 400)
    lines = capsys.readouterr().out.splitlines()[1:]
    assert lines == ["  25%, 5 instance-steps/s, 60 s left", "  75%, 8 instance-steps/s, 13 s left"]


def test_training_is_a_bar_with_rate_on_a_terminal(
    display: TrainingDisplay,
    experiment: Experiment,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with display.training(experiment) as report:
        report(experiment.name, 3, 6)
    shown = capsys.readouterr().out
    assert "demo/[red]tiny" in shown
    assert "50%" in shown
    assert "instance-steps/s" in shown


def test_trained_experiment_says_what_it_took(
    display: TrainingDisplay, capsys: pytest.CaptureFixture[str]
) -> None:
    log = TrainedOnce(
        name="demo/tiny", description="", seconds=2.5, instance_steps_per_second=1234567.0, engine="fused",
        device="cpu", reused=False, coordinates={}, losses=Losses(0, 1, ((0.1,),)),
    )  # fmt: skip
    display.trained(log)
    shown = "trained demo/tiny in 2.5 s, 1,234,567 instance-steps/s, fused on cpu\n"
    assert capsys.readouterr().out == shown
