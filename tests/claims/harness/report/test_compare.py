"""Two stored runs are compared without training: what moved, which verdicts changed, nothing by chance."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from claims.harness.baselines.losses import Losses
from claims.harness.judging.claim import Claim
from claims.harness.judging.quantity import Kind
from claims.harness.judging.verdict import Verdict
from claims.harness.records import results
from claims.harness.records.comparison import compare
from claims.harness.records.results import Document, Outcome
from tests.helpers.command import tms
from tests.helpers.reports import HOSTILE, PIXEL, Page, document, measured

STEADY = tuple(1 + 0.01 * i for i in range(10))


def claim(
    *values: float,
    number: int = 1,
    verdict: Verdict = Verdict.REPLICATED,
    kind: Kind = Kind.MEAN,
    **settings: Any,
) -> Outcome:
    stated = Claim(id=f"DEMO-{number}", sentence=settings.pop("words", "It holds."), source="demo")
    name = settings.pop("name", "norm")
    shown = measured(*values, kind=kind, name=name, acceptance=(0, 5))
    settings = {"experiments": ("Demonstrating superposition",), **settings}
    return Outcome(claim=stated, test="test_it", verdict=verdict, measured=(shown,), **settings)


def losses(factor: float = 1.0, points: int = 3) -> Losses:
    values = np.random.default_rng(0).uniform(0.1, 0.12, (points, 16))
    return Losses(0, 1, tuple(map(tuple, (factor * values).tolist())), (1e-7,) * 32)


def run(*outcomes: Outcome, trained: Losses | None = None, **environment: Any) -> Document:
    written = document(*outcomes)
    block = {
        "seed": 0,
        "best_of": 1,
        "twins": list(losses().twins),
        "values": [list(r) for r in (trained or losses()).values],
    }
    written["experiments"][0]["losses"] = block
    written["environment"] |= environment
    return written


def test_a_run_does_not_differ_from_itself() -> None:
    comparison = compare(run(claim(*STEADY)), run(claim(*STEADY)))
    assert not comparison.differs
    assert comparison.compared == 2


def test_a_quantity_that_moved_is_told_with_its_size() -> None:
    moved = tuple(value + 0.2 for value in STEADY)
    [move] = compare(run(claim(*STEADY)), run(claim(*moved))).changes
    assert (move.claims, move.name) == (("DEMO-1",), "norm")
    assert move.before == pytest.approx(1.045)
    assert move.relative == pytest.approx(0.2 / 1.045, rel=1e-4)
    assert move.effect == pytest.approx(0.2 / np.std(STEADY, ddof=1), rel=1e-3)
    assert move.p_value < move.alpha


def test_chance_is_no_move() -> None:
    by_chance = tuple(np.random.default_rng(1).permutation(STEADY) + 0.004)
    assert not compare(run(claim(*STEADY)), run(claim(*by_chance))).differs


def test_a_loss_that_moved_by_two_percent_is_told_with_the_claims_that_rest_on_it() -> None:
    other = claim(*STEADY, number=2, experiments=())
    comparison = compare(run(claim(*STEADY), other), run(claim(*STEADY), other, trained=losses(1.02)))
    [move] = comparison.changes
    assert move.claims == ("DEMO-1",)
    assert move.relative == pytest.approx(0.02, rel=0.05)
    assert not compare(run(claim(*STEADY)), run(claim(*STEADY), trained=losses(1 + 1e-6))).differs


def test_a_verdict_that_changed_is_told() -> None:
    comparison = compare(
        run(claim(*STEADY)), run(claim(*STEADY, verdict=Verdict.FAILED, error="TypeError: no"))
    )
    [change] = comparison.verdicts
    assert (change.claim, change.before, change.now) == ("DEMO-1", "replicated", "failed")
    assert change.error == "TypeError: no"
    assert comparison.differs


def test_what_only_one_run_measured_differs_and_what_only_one_run_ran_does_not() -> None:
    renamed = compare(run(claim(*STEADY)), run(claim(*STEADY, name="angle")))
    assert (renamed.lost, renamed.new) == (("DEMO-1: norm",), ("DEMO-1: angle",))
    assert renamed.differs
    fewer = compare(run(claim(*STEADY), claim(*STEADY, number=2)), run(claim(*STEADY)))
    assert (fewer.only_before, fewer.only_now) == (("DEMO-2",), ())
    assert not fewer.differs
    skipped = run(claim(*STEADY), claim(*STEADY, number=2, verdict=Verdict.NOT_RUN))
    assert compare(run(claim(*STEADY), claim(*STEADY, number=2)), skipped).only_before == ("DEMO-2",)


def test_an_experiment_with_other_points_differs() -> None:
    comparison = compare(run(claim(*STEADY)), run(claim(*STEADY), trained=losses(points=4)))
    assert comparison.new == ("other points of Demonstrating superposition",)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    moved = claim(*(value + 0.2 for value in STEADY), figures=("failed/demo/a.png",), words=HOSTILE)
    runs = {"before": claim(*STEADY, figures=("figures/demo/a.png",), words=HOSTILE), "now": moved}
    for name, outcome in runs.items():
        results.write(tmp_path / name / "results.json", run(outcome))
        figure = tmp_path / name / outcome.figures[0]
        figure.parent.mkdir(parents=True)
        figure.write_bytes(PIXEL)
    return tmp_path / "before" / "results.json", tmp_path / "now" / "results.json"


def test_command_prints_and_writes_the_comparison_and_fails_if_something_moved(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, now = map(str, folders)
    assert tms("compare", before, now, "--output", tmp_path / "out") == 1
    assert "2 quantities and losses compared: 1 changed, 0 verdicts changed." in capsys.readouterr().out
    data = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert data["schema_version"] == 2
    assert data["differs"] is True
    assert data["changes"][0]["name"] == "norm"
    assert "+19" in (tmp_path / "out" / "comparison.md").read_text()
    assert tms("compare", before, before, "--output", tmp_path / "same") == 0
    assert tms("compare", before, now) == 1
    assert (tmp_path / "now" / "comparison.html").is_file()


def test_page_shows_both_figures_and_trusts_nothing(folders: tuple[Path, Path]) -> None:
    tms("compare", *folders)
    page = Page((folders[1].parent / "comparison.html").read_text())
    assert page.tags.count("img") == 2
    assert "script" not in page.tags
    assert all(value.startswith("data:") for name, value in page.attributes if name in ("src", "href"))


def changed(path: Path, *keys: str | int, to: Any) -> None:
    written = json.loads(path.read_text())
    block = written
    for key in keys[:-1]:
        block = block[key]
    block[keys[-1]] = to
    path.write_text(json.dumps(written))


@pytest.mark.parametrize(
    ("keys", "to", "words"),
    [
        (("environment", "profile"), "paper", "Runs of two profiles"),
        (("claims",), [], "no claim in common"),
        (("claims", 0, "quantities", 0, "values"), [1.0], "is invalid: measure('norm'): a mean needs"),
        (("claims", 0, "quantities", 0, "values"), "x", "does not fit its schema"),
        (("experiments", 0, "losses", "values"), [[1.0], [1.0, 2.0]], "the same number of models"),
        (("schema_version",), 1, "has schema version 1; this program reads version 4"),
    ],
)
def test_runs_that_cannot_be_compared_are_one_sentence(
    folders: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
    keys: tuple[str | int, ...],
    to: Any,
    words: str,
) -> None:
    changed(folders[1], *keys, to=to)
    assert tms("compare", *folders) == 2
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1
    assert not (folders[1].parent / "comparison.json").exists()


def test_an_output_that_is_a_file_is_one_sentence(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").touch()
    assert tms("compare", *folders, "--output", tmp_path / "taken") == 2
    assert "cannot be written" in capsys.readouterr().err


def test_losses_of_another_seed_are_compared_by_points() -> None:
    other = dataclasses.replace(losses(), seed=0)
    later = run(claim(*STEADY), trained=other)
    later["experiments"][0]["losses"]["seed"] = 1
    assert not compare(run(claim(*STEADY)), later).differs
