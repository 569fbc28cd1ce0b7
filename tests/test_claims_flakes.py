"""Flakes: runs add up seed by seed, whatever interrupts them, and unlike runs are never mixed."""

from __future__ import annotations

import json
import math
import subprocess
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from test_claims_report import document, measured, outcome

from claims import results
from claims.claim import Claim, Steadiness, Verdict
from claims.files import FileError
from claims.flakes import __main__ as command
from claims.flakes.record import Identity, append, identity_of, line_of, read
from claims.flakes.summary import ClaimFlakes, Rate, summarize
from claims.flakes.table import is_thin, markdown
from claims.results import Outcome

IDENTITY = Identity("quick", "", "fused", "cpu", "7e57", "ba5e", "c0de")


def claim(verdict: Verdict, *values: float, documented: bool = False, **settings: Any) -> Outcome:
    stated = Claim(
        id="DEMO-2", sentence="It | holds.", source="demo", not_replicated="so" if documented else None
    )
    shown = measured(*values, acceptance=(0.0, 2.0), name="no | rm")
    return Outcome(claim=stated, test="test_it", verdict=verdict, measured=(shown,), **settings)


def run(seed: int, *outcomes: Outcome) -> dict[str, Any]:
    written = document(*outcomes)
    written["environment"]["seed"] = seed
    return line_of(written, IDENTITY)


def one(lines: list[dict[str, Any]]) -> ClaimFlakes:
    [summed] = summarize(lines).claims
    return summed


def test_rates_count_runs_and_their_intervals_are_exact() -> None:
    steady, drifted = Steadiness.STEADY, Steadiness.DRIFTED
    lines = [
        run(1, claim(Verdict.REPLICATED, 1.0, 1.1, baseline=steady)),
        run(2, claim(Verdict.FAILED, 1.9, 2.1, baseline=steady)),
        run(3, claim(Verdict.REPLICATED, 1.0, 1.2, baseline=drifted)),
        run(4, claim(Verdict.NOT_RUN, 1.0, 1.2, baseline=Steadiness.NOT_COMPARED)),
    ]
    summary = summarize(lines)
    assert (summary.failed, summary.drifted, summary.either) == (Rate(1, 4), Rate(1, 4), Rate(2, 4))
    assert one(lines).failed == Rate(1, 3)
    assert one(lines).drifted == Rate(1, 3)
    assert Rate(0, 100).interval == pytest.approx((0.0, 1 - 0.025 ** (1 / 100)))


def test_drift_of_a_loss_is_drift_of_the_run() -> None:
    lines = [run(1, claim(Verdict.REPLICATED, 1.0, 1.1)), run(2, claim(Verdict.REPLICATED, 1.0, 1.1))]
    lines[1]["losses"] = {"demo": "drifted"}
    lines[0]["losses"] = {"demo": "steady"}
    summary = summarize(lines)
    assert summary.drifted == Rate(1, 2)
    assert summary.losses == {"demo": Rate(1, 2)}


def test_margin_is_the_distance_to_the_edge_in_standard_deviations_over_runs() -> None:
    lines = [run(k, claim(Verdict.REPLICATED, 1.7 + 0.01 * k, 1.7 + 0.01 * k)) for k in (1, 2, 3)]
    [margin] = one(lines).margins
    assert margin.of_mean == pytest.approx((2 - 1.72) / 0.01)
    assert margin.of_interval == pytest.approx((2 - 1.72) / 0.01)
    assert margin.spread == pytest.approx(0.01)
    assert one(lines).margin == margin.of_interval
    assert not is_thin(one(lines))


def test_margin_of_the_interval_is_that_of_its_end() -> None:
    lines = [run(k, claim(Verdict.REPLICATED, 1.5 + 0.01 * k, 1.51 + 0.01 * k)) for k in (1, 2, 3)]
    [margin] = one(lines).margins
    assert 0 < margin.of_interval < margin.of_mean


def test_margin_of_a_documented_miss_is_how_far_its_clearest_miss_is_out() -> None:
    lines = [
        run(k, claim(Verdict.NOT_REPLICATED, 2.5 + 0.1 * k, 2.5 + 0.1 * k, documented=True))
        for k in (1, 2, 3)
    ]
    assert one(lines).margin == pytest.approx((2.7 - 2) / 0.1)
    nearer = [run(k, claim(Verdict.NOT_REPLICATED, 2 + k / 10, 2 + k / 10, documented=True)) for k in (1, 2)]
    assert is_thin(one(nearer))


def test_a_quantity_that_never_varies_has_no_end_to_its_margin() -> None:
    lines = [run(k, claim(Verdict.REPLICATED, 0.1, 0.1)) for k in (1, 2, 3)]
    assert math.isinf(one(lines).margin)
    assert "never varies" in markdown(summarize(lines))


def test_lines_are_read_back_and_a_truncated_last_one_is_run_again(tmp_path: Path) -> None:
    path = tmp_path / "flakes.jsonl"
    assert read(path) == []
    lines = [run(k, claim(Verdict.REPLICATED, 1.0, 1.1)) for k in (1, 2)]
    append(path, lines[0])
    whole = path.read_bytes()
    append(path, lines[1])
    path.write_bytes(path.read_bytes()[:-30])
    assert read(path) == lines[:1]
    append(path, lines[1])
    assert read(path) == lines
    assert path.read_bytes().startswith(whole)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("{", "line 2 of .* is not valid JSON"),
        ("[]", "line 2 of .* does not fit its schema"),
        ('{"seed": NaN}', "line 2 of .* not a finite number"),
        (
            json.dumps(run(1, claim(Verdict.FAILED, 2.9, 3.0))),
            "line 2 of .* seed 1 for the second time, with another",
        ),
        (
            json.dumps(
                {
                    **run(2, claim(Verdict.REPLICATED, 1.0, 1.1)),
                    "identity": asdict(IDENTITY) | {"code": "new"},
                }
            ),
            "line 2 of .* comes from other code, which repeated no seed of the former",
        ),
        (
            json.dumps(
                {
                    **run(1, claim(Verdict.REPLICATED, 1.0, 1.1)),
                    "identity": asdict(IDENTITY) | {"select": "GEO"},
                }
            ),
            "line 2 of .* comes from other settings, rules or baselines than the first",
        ),
        (
            json.dumps(
                {
                    **run(2, claim(Verdict.REPLICATED, 1.0, 1.1)),
                    "identity": asdict(IDENTITY) | {"more": "of it"},
                }
            ),
            "line 2 of .* does not fit its schema",
        ),
    ],
)
def test_a_damaged_line_is_named_and_nothing_is_lost(tmp_path: Path, wrong: str, words: str) -> None:
    path = tmp_path / "flakes.jsonl"
    append(path, run(1, claim(Verdict.REPLICATED, 1.0, 1.1)))
    with path.open("a") as file:
        file.write(wrong + "\n")
    before = path.read_bytes()
    with pytest.raises(FileError, match=words):
        read(path)
    assert path.read_bytes() == before


def test_code_that_repeats_a_seed_with_the_same_outcome_adds_to_the_runs(tmp_path: Path) -> None:
    path = tmp_path / "flakes.jsonl"
    lines = [run(k, claim(Verdict.REPLICATED, 1.0, 1.1)) for k in (1, 2)]
    changed = [{**line, "identity": {**line["identity"], "code": "new"}} for line in lines]
    for line in (lines[0], changed[0], changed[1]):
        append(path, line)
    assert read(path) == changed
    append(path, lines[1])
    summary = summarize(read(path))
    assert (summary.seeds, summary.codes) == ((1, 2), ("new", "c0de"))


def test_identity_depends_on_claims_rules_and_baseline_and_not_on_reports(tmp_path: Path) -> None:
    (tmp_path / "baselines").mkdir()
    judging = ["baselines", "claim", "losses", "measure", "statistics"]
    names = ["test_demonstrating", "experiments", "groups", *judging]
    for name in names:
        path = tmp_path / "claims" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("")

    def now() -> Identity:
        return identity_of(tmp_path, profile="quick", select="", engine="fused", device="cpu")

    first = now()
    (tmp_path / "claims" / "report.py").write_text("1")
    assert now() == first
    (tmp_path / "claims" / "test_demonstrating.py").write_text("1")
    second = now()
    assert second.code != first.code
    assert second.rules == first.rules
    (tmp_path / "claims" / "statistics.py").write_text("1")
    assert now().rules != second.rules
    (tmp_path / "baselines" / "cpu-quick.json").write_text("{}")
    assert now().baseline != second.baseline


@pytest.fixture
def seeds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seeds that were run, by a stand-in for pytest that fails on seed 13."""
    ran: list[int] = []

    def pytest_run(arguments: list[str], **_settings: Any) -> Any:
        options = dict(a.removeprefix("--").split("=", 1) for a in arguments if a.startswith("--"))
        seed = int(options["seed"])
        if seed == 13:
            return SimpleNamespace(returncode=3)
        ran.append(seed)
        written = document(outcome(baseline=Steadiness.STEADY))
        written["environment"]["seed"] = seed
        results.write(Path(options["output"]) / "results.json", written)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(subprocess, "run", pytest_run)
    monkeypatch.setattr(command, "identity_of", lambda *_, **__: IDENTITY)
    return ran


def test_command_runs_what_is_missing_and_writes_the_table(
    tmp_path: Path, seeds: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ["--file", "flakes.jsonl", "--first-seed", "5"]
    assert command.main(["--runs", "2", *settings], tmp_path) == 0
    assert seeds == [5, 6]
    assert command.main(["--runs", "3", *settings], tmp_path) == 0
    assert seeds == [5, 6, 7]
    assert "2 of 3 seeds are in flakes.jsonl already." in capsys.readouterr().out
    table = (tmp_path / "flakes.md").read_text()
    assert "3 runs of quick profile, fused engine on cpu, seeds 5 to 7" in table
    assert "| DEMO-1 |" in table
    (tmp_path / "flakes.md").unlink()
    assert command.main(["--report-only", *settings], tmp_path) == 0
    assert (tmp_path / "flakes.md").read_text() == table
    assert seeds == [5, 6, 7]
    assert not list((tmp_path / ".cache" / "flakes").iterdir())


def test_command_keeps_what_is_done_when_a_seed_comes_to_no_end(
    tmp_path: Path, seeds: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--runs", "3", "--file", "f.jsonl", "--first-seed", "11"], tmp_path) == 2
    assert seeds == [11, 12]
    assert [line["seed"] for line in read(tmp_path / "f.jsonl")] == [11, 12]
    assert "seed 13 came to no end (exit code 3)" in capsys.readouterr().err


def as_code(monkeypatch: pytest.MonkeyPatch, **changed: str) -> None:
    monkeypatch.setattr(command, "identity_of", lambda *_, **__: replace(IDENTITY, **changed))


def test_command_repeats_a_seed_before_it_adds_runs_of_changed_code(
    tmp_path: Path, seeds: list[int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ["--file", "f.jsonl", "--first-seed", "5"]
    assert command.main(["--runs", "2", *settings], tmp_path) == 0
    as_code(monkeypatch, code="new")
    assert command.main(["--runs", "3", *settings], tmp_path) == 0
    assert seeds == [5, 6, 6, 7]
    assert command.main(["--runs", "4", *settings], tmp_path) == 0
    assert seeds == [5, 6, 6, 7, 8]
    capsys.readouterr()
    as_code(monkeypatch, code="newer", rules="1ax")
    assert command.main(["--runs", "5", *settings], tmp_path) == 2
    assert "holds runs with another rules; give another --file" in capsys.readouterr().err
    assert seeds == [5, 6, 6, 7, 8]


def test_command_refuses_changed_code_with_another_outcome(
    tmp_path: Path, seeds: list[int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    append(tmp_path / "f.jsonl", run(5, outcome()))
    before = (tmp_path / "f.jsonl").read_bytes()
    as_code(monkeypatch, code="new")
    assert command.main(["--runs", "2", "--first-seed", "5", "--file", "f.jsonl"], tmp_path) == 2
    assert "another outcome of seed 5" in capsys.readouterr().err
    assert seeds == [5]
    assert (tmp_path / "f.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--runs", "0"], "--runs must be at least 1"),
        (["--first-seed", "-1"], "--first-seed at least 0"),
        (["--engine", "fast"], "'fast' is unknown"),
        (["--report-only"], "holds no runs yet"),
    ],
)
def test_what_cannot_be_run_is_one_sentence(
    tmp_path: Path, seeds: list[int], capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert command.main(["--file", "f.jsonl", *arguments], tmp_path) == 2
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1
    assert not seeds


def test_names_are_escaped_in_markdown() -> None:
    assert "no \\| rm" in markdown(summarize([run(1, claim(Verdict.REPLICATED, 1.0, 1.1))]))
