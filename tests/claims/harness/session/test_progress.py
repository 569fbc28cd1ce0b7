"""The display of training: a bar in a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time

import pytest

from claims.harness.baselines.losses import Losses
from claims.harness.records.results import TrainedOnce
from claims.harness.session.pace import Pace
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


def test_a_line_appears_every_so_often_though_nothing_is_reported(
    experiment: Experiment, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = ""
    with TrainingDisplay(contextlib.nullcontext, seconds_between_lines=0.01).training(experiment):
        until = time.monotonic() + 60
        while " s so far" not in shown:
            assert time.monotonic() < until
            time.sleep(0.01)
            shown += capsys.readouterr().out
    assert shown.splitlines()[1] == "  0 s so far"


def test_colour_that_is_forced_draws_no_bar_into_a_file(
    experiment: Experiment, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with TrainingDisplay(contextlib.nullcontext).training(experiment) as report:
        report(experiment.name, 3, 6)
    shown = capsys.readouterr().out
    assert shown.count("\n") == 1
    assert "\r" not in shown
    assert "instance-steps/s" not in shown


def test_rate_counts_from_the_first_report_and_not_from_the_compilation_before_it() -> None:
    now = 0.0
    pace = Pace(lambda: now)
    now = 20.0
    assert pace.line == "20 s so far"
    pace.report(100, 500)
    assert pace.line == "20%, 20 s so far"
    now = 20.00001
    pace.report(110, 500)
    assert pace.line == "22%, 20 s so far"
    now = 24.0
    pace.report(300, 500)
    assert pace.line == "60%, 50 instance-steps/s, 4 s left, 24 s so far"
    now = 27.0
    assert pace.line == "60%, 50 instance-steps/s, 1 s left, 27 s so far"


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
        report(experiment.name, 1, 6)
        time.sleep(0.1)
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
