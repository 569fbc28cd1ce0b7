"""The command that compares two runs prints and writes what changed, and refuses what it cannot compare."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from claims.harness.judging.outcomes import Verdict
from claims.harness.records import results
from claims.harness.records.comparison import compare
from claims.harness.report.compare import show
from tests.helpers.command import tms
from tests.helpers.reports import HOSTILE, PIXEL, Page
from tests.helpers.runs import STEADY, claim, run


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


def changed(path: Path, *keys: str | int, to: Any) -> None:
    written = json.loads(path.read_text())
    block = written
    for key in keys[:-1]:
        block = block[key]
    block[keys[-1]] = to
    path.write_text(json.dumps(written))


def test_command_prints_and_writes_the_comparison_and_fails_if_something_changed(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, now = map(str, folders)
    assert tms("compare", before, now, "--output", tmp_path / "out") == 1
    assert "2 quantities and losses compared: 1 changed, 0 verdicts changed." in capsys.readouterr().out
    data = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert data["schema_version"] == 3
    assert data["differs"] is True
    assert data["changes"][0]["name"] == "norm"
    assert "+19" in (tmp_path / "out" / "comparison.md").read_text()
    assert tms("compare", before, before, "--output", tmp_path / "same") == 0
    assert tms("compare", before, now) == 1
    assert (tmp_path / "now" / "comparison.html").is_file()


def test_what_the_earlier_and_the_later_run_found_are_kept_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = run(claim(*STEADY, name="old"), claim(*STEADY, number=2), device_name="machine A")
    failed = claim(*STEADY, name="new", verdict=Verdict.FAILED, reason="KeyError: 1")
    now = run(failed, claim(*STEADY, number=3), device_name="machine B")
    paths = [tmp_path / name / "results.json" for name in ("before", "now")]
    for path, written in zip(paths, (before, now), strict=True):
        results.write(path, written)
    assert tms("compare", *paths) == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed[:-2] == [
        "DEMO-1 is failed and was replicated: It holds.",
        "no longer measured: DEMO-1: old",
        "not measured before: DEMO-1: new",
        "judged by the earlier run only: DEMO-2",
        "judged by the later run only: DEMO-3",
    ]
    text = (tmp_path / "now" / "comparison.md").read_text("utf-8")
    head, *sections = text.split("\n## ")
    assert "| device name | machine A | machine B |" in head
    assert "| git commit | none | none |" in head
    found = {title: body.strip() for title, _, body in (part.partition("\n") for part in sections)}
    assert found["Verdicts that changed"].endswith("| replicated | failed | KeyError: 1 |")
    assert found["Quantities that only the earlier run measured"] == "- DEMO-1: old"
    assert found["Quantities that only the later run measured"] == "- DEMO-1: new"
    assert found["Claims that only the earlier run judged"] == "- DEMO-2"
    assert found["Claims that only the later run judged"] == "- DEMO-3"


@pytest.mark.parametrize(("passes", "style"), [(True, "\x1b[33m"), (False, "\x1b[1;31m")])
def test_a_new_verdict_is_red_unless_the_later_run_accepts_it(passes: bool, style: str) -> None:
    now = run(claim(*STEADY, verdict=Verdict.CONTRADICTED, reason="so", passes=passes))
    with io.StringIO() as out:
        show(
            compare(run(claim(*STEADY)), now), Console(file=out, force_terminal=True, color_system="standard")
        )
        assert f"{style}DEMO-1 is contradicted" in out.getvalue()


def test_page_shows_both_figures_and_trusts_nothing(folders: tuple[Path, Path]) -> None:
    tms("compare", *folders)
    page = Page((folders[1].parent / "comparison.html").read_text())
    assert page.tags.count("img") == 2
    assert page.runs_only_its_own_script
    assert all(value.startswith("data:") for name, value in page.attributes if name in ("src", "href"))


@pytest.mark.parametrize(
    ("keys", "to", "words"),
    [
        (("environment", "profile"), "paper", "Runs of two profiles"),
        (("claims",), [], "no claim in common"),
        (("claims", 0, "quantities", 0, "values"), [1.0], "is invalid: measure('norm'): a mean needs"),
        (("claims", 0, "quantities", 0, "values"), "x", "does not fit its schema"),
        (("experiments", 0, "losses", "values"), [[1.0], [1.0, 2.0]], "the same number of models"),
        (("schema_version",), 1, f"this program reads version {results.SCHEMA_VERSION}"),
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
    message = capsys.readouterr().err
    assert words in message
    assert message.count("\n") == 1
    assert not (folders[1].parent / "comparison.json").exists()


def test_an_output_that_is_a_file_is_one_sentence(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").touch()
    assert tms("compare", *folders, "--output", tmp_path / "taken") == 2
    assert "cannot be written" in capsys.readouterr().err
