"""What a run shows: a bar on a terminal, plain lines elsewhere, and totals that add up."""

import contextlib
import io
import sys

import numpy as np
import pytest

from claims.harness.baselines.drift import Drift, Steadiness
from claims.harness.baselines.losses import Losses
from claims.harness.judging.claim import Claim
from claims.harness.judging.quantity import Kind, Quantity
from claims.harness.judging.statistics import Interval
from claims.harness.judging.verdict import Verdict
from claims.harness.records.results import Measured, Outcome, TrainedOnce
from claims.harness.report.terminal import Display, thinnest, total
from tms.experiment import Experiment, sweep


@pytest.fixture
def experiment() -> Experiment:
    return sweep(
        "demo/[red]tiny", n_features=2, n_hidden=1, architecture="linear", density=1.0, seeds=2, steps=3,
        batch_size=4, learning_rate=1e-2,
    )  # fmt: skip


@pytest.fixture
def display() -> Display:
    return Display(contextlib.nullcontext)


def test_training_is_a_plain_line_where_there_is_no_terminal(
    display: Display, experiment: Experiment, capsys: pytest.CaptureFixture[str]
) -> None:
    with display.training(experiment) as report:
        report(experiment.name, 3, 6)
    assert capsys.readouterr().out == f"training {experiment}\n"


def test_long_training_reports_rate_and_remaining_time(
    display: Display,
    experiment: Experiment,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter([0.0, 20.0, 21.0, 40.0])
    monkeypatch.setattr("claims.harness.report.terminal.time.perf_counter", lambda: next(clock))
    with display.training(experiment) as report:
        for done in (100, 110, 300):
            report(experiment.name, done, 400)
    lines = capsys.readouterr().out.splitlines()[1:]
    assert lines == ["  25%, 5 instance-steps/s, 60 s left", "  75%, 8 instance-steps/s, 13 s left"]


def test_training_is_a_bar_with_rate_on_a_terminal(
    display: Display,
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


def test_trained_experiment_says_what_it_took(display: Display, capsys: pytest.CaptureFixture[str]) -> None:
    log = TrainedOnce(
        name="demo/tiny", description="", seconds=2.5, instance_steps_per_second=1234567.0, engine="fused",
        device="cpu", reused=False, coordinates={}, losses=Losses(0, 1, ((0.1,),)),
    )  # fmt: skip
    display.trained(log)
    told = "trained demo/tiny in 2.5 s, 1,234,567 instance-steps/s, fused on cpu\n"
    assert capsys.readouterr().out == told


def test_total_names_what_is_wrong_and_leaves_out_what_is_not() -> None:
    counts = {
        "replicated": 41,
        "not_replicated": 2,
        "failed": 0,
        "not_run": 0,
        "drifted": 0,
        "missing": 0,
        "drifted_losses": 0,
        "missing_losses": 0,
    }
    assert total(counts, 214.2) == "41 replicated, 2 not replicated, 0 failed, 0 drifted in 214 s"
    counts |= {"missing": 3, "not_run": 1}
    assert total(counts, 1).endswith("0 drifted, 3 without baseline, 1 not run in 1 s")


def judged(claim: str, lo: float, verdict: Verdict = Verdict.REPLICATED) -> Outcome:
    values = tuple(np.linspace(0.9, 1.1, 8))
    quantity = Quantity(
        name="q", kind=Kind.MEAN, values=values, paper=None, acceptance=Interval(lo, 2), because="of theory"
    )
    stated = Claim(id=claim, sentence="It holds.", source="")
    measured = Measured(quantity, None, Drift(status=Steadiness.NOT_COMPARED))
    return Outcome(claim=stated, test="test_it", verdict=verdict, measured=(measured,))


def test_claims_that_may_fail_with_other_seeds_are_named_the_likeliest_first() -> None:
    outcomes = [
        judged("DEMO-1", 0.1),
        judged("DEMO-2", 0.88),
        judged("DEMO-3", 0.9),
        judged("DEMO-4", 1.9, Verdict.NOT_REPLICATED),
        judged("DEMO-5", 0.9, Verdict.FAILED),
    ]
    said = thinnest(outcomes)
    assert said.startswith("chance to fail with other seeds, as far as these tell, where above 0.1%: DEMO-3 ")
    assert "DEMO-2" in said
    assert not {"DEMO-1", "DEMO-4", "DEMO-5"} & set(said.replace(",", "").split())
    assert thinnest([judged("DEMO-1", 0.1), judged("DEMO-4", 1.9, Verdict.NOT_REPLICATED)]) == ""


def test_sign_that_a_terminal_lacks_becomes_a_question_mark(
    display: Display, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii", write_through=True))
    display.line("norm ≠ 1 …")
    assert written.getvalue() == b"norm ? 1 ?\n"
