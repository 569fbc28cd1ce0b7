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

from claims.harness.baselines import store as baselines
from claims.harness.baselines.baseline import Baseline, Entry, Key, LossEntry
from claims.harness.baselines.drift import Steadiness, Stored
from claims.harness.baselines.losses import Losses
from claims.harness.files import FileError
from claims.harness.flakiness import __main__ as command
from claims.harness.flakiness.record import Compared, Identity, append, compared_with, identity_of, line_of
from claims.harness.flakiness.runs import Runs, read
from claims.harness.flakiness.summary import ClaimFlakes, Rate, summarize
from claims.harness.flakiness.table import is_thin, markdown
from claims.harness.judging.claim import Claim
from claims.harness.judging.quantity import Kind
from claims.harness.judging.verdict import Verdict
from claims.harness.records import results
from claims.harness.records.results import Outcome
from tests.helpers.reports import document, measured

IDENTITY = Identity("quick", "fused", "cpu", "7e57", "c0de")
DEMO_1, DEMO_2 = Key("DEMO-1", "test_it"), Key("DEMO-2", "test_it")
COMPARED = Compared({DEMO_1: "ba5e", DEMO_2: "f00d"}, {"demo": "1055"})
ALONE = Compared({DEMO_2: "f00d"}, {"demo": "1055"})


def claim(
    verdict: Verdict, *values: float, of: str = "DEMO-2", documented: bool = False, **settings: Any
) -> Outcome:
    stated = Claim(id=of, sentence="It | holds.", source="demo", not_replicated="so" if documented else None)
    shown = measured(*values, acceptance=(0.0, 2.0), name="no | rm")
    return Outcome(claim=stated, test="test_it", verdict=verdict, measured=(shown,), **settings)


def run(
    seed: int, *outcomes: Outcome, identity: Identity = IDENTITY, compared: Compared = COMPARED
) -> dict[str, Any]:
    written = document(*outcomes)
    written["environment"]["seed"] = seed
    return line_of(written, identity, compared)


def together(lines: list[dict[str, Any]], compared: Compared = ALONE) -> Runs:
    runs = Runs(compared)
    for number, line in enumerate(lines):
        runs.add(line, f"line {number}")
    return runs


def one(lines: list[dict[str, Any]]) -> ClaimFlakes:
    [summed] = summarize(together(lines)).claims
    return summed


def test_rates_count_runs_and_their_intervals_are_exact() -> None:
    steady, drifted = Steadiness.STEADY, Steadiness.DRIFTED
    lines = [
        run(1, claim(Verdict.REPLICATED, 1.0, 1.1, baseline=steady)),
        run(2, claim(Verdict.FAILED, 1.9, 2.1, baseline=steady)),
        run(3, claim(Verdict.REPLICATED, 1.0, 1.2, baseline=drifted)),
        run(4, claim(Verdict.NOT_RUN, 1.0, 1.2, baseline=Steadiness.NOT_COMPARED)),
    ]
    summary = summarize(together(lines))
    assert (summary.failed, summary.drifted, summary.either) == (Rate(1, 4), Rate(1, 4), Rate(2, 4))
    assert one(lines).failed == Rate(1, 3)
    assert one(lines).drifted == Rate(1, 3)
    assert Rate(0, 100).interval == pytest.approx((0.0, 1 - 0.025 ** (1 / 100)))


def test_drift_of_a_loss_is_drift_of_the_run() -> None:
    lines = [run(1, claim(Verdict.REPLICATED, 1.0, 1.1)), run(2, claim(Verdict.REPLICATED, 1.0, 1.1))]
    lines[0]["losses"] = {"demo": ["steady", "1055"]}
    lines[1]["losses"] = {"demo": ["drifted", "1055"], "gone": ["drifted", "01d"]}
    summary = summarize(together(lines))
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
    assert "never varies" in markdown(summarize(together(lines)))


def test_lines_are_read_back_and_a_truncated_last_one_is_run_again(tmp_path: Path) -> None:
    path = tmp_path / "flakes.jsonl"
    assert not read(path, COMPARED).lines
    lines = [run(k, claim(Verdict.REPLICATED, 1.0, 1.1)) for k in (1, 2)]
    append(path, lines[0])
    whole = path.read_bytes()
    append(path, lines[1])
    path.write_bytes(path.read_bytes()[:-30])
    assert read(path, COMPARED).lines == lines[:1]
    append(path, lines[1])
    assert read(path, COMPARED).lines == lines
    assert path.read_bytes().startswith(whole)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("{", "line 2 of .* is not valid JSON"),
        ("[]", "line 2 of .* does not fit its schema"),
        ('{"seed": NaN}', "line 2 of .* not a finite number"),
        (
            json.dumps(run(1, claim(Verdict.FAILED, 2.9, 3.0))),
            "line 2 of .*: DEMO-2 has another outcome at seed 1 than before; renew its baseline, or count",
        ),
        (
            json.dumps(run(2, claim(Verdict.REPLICATED, 1.0, 1.1), identity=replace(IDENTITY, code="new"))),
            "line 2 of .* comes from other code, which repeated no seed of DEMO-2",
        ),
        (
            json.dumps(run(1, claim(Verdict.REPLICATED, 1.0, 1.1), identity=replace(IDENTITY, rules="1ax"))),
            "line 2 of .* comes from another rules than the first line",
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
        (
            json.dumps(run(2, claim(Verdict.REPLICATED, 1.0, 1.1))).replace("DEMO-2", "NONE-2"),
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
        read(path, COMPARED)
    assert path.read_bytes() == before


def test_code_that_repeats_a_seed_with_the_same_outcome_adds_to_the_runs() -> None:
    same = claim(Verdict.REPLICATED, 1.0, 1.1)
    new = replace(IDENTITY, code="new")
    lines = [run(1, same), run(1, same, identity=new), run(2, same, identity=new), run(3, same)]
    summary = summarize(together(lines))
    assert (summary.seeds, summary.codes) == ((1, 2, 3), ("c0de", "new"))


def test_a_claim_whose_baseline_was_renewed_begins_anew_and_no_other() -> None:
    both = [claim(Verdict.REPLICATED, 1.0, 1.1, of=name) for name in ("DEMO-1", "DEMO-2")]
    renewed = replace(COMPARED, claims={DEMO_1: "ba5e", DEMO_2: "new"})
    lines = [run(seed, *both) for seed in (1, 2, 3)]
    lines[0]["claims"][1]["verdict"] = "failed"
    lines.append(run(2, both[1], identity=replace(IDENTITY, code="new"), compared=renewed))
    runs = together(lines, renewed)
    summary = summarize(runs)
    assert [summed.failed for summed in summary.claims] == [Rate(0, 3), Rate(0, 1)]
    assert (summary.seeds, summary.parts) == ((2,), (1, 3))
    assert summary.failed == Rate(0, 1)
    assert summarize(together(lines, COMPARED)).failed == Rate(1, 3)
    assert runs.lacking(1, renewed.claims) == [DEMO_2]
    assert runs.unproven("new", renewed.claims) == [DEMO_1]


def test_claims_stand_in_the_order_of_the_paper_whichever_ran_first() -> None:
    first = run(1, claim(Verdict.REPLICATED, 1.0, 1.1, of="GEO-10"))
    second = run(1, *(claim(Verdict.REPLICATED, 1.0, 1.1, of=name) for name in ("GEO-2", "DEMO-2")))
    unknown = Compared({}, {})
    for line in (first, second):
        line["claims"] = [entry | {"compared": ""} for entry in line["claims"]]
    summed = summarize(together([first, second], unknown)).claims
    assert [claim.key.claim for claim in summed] == ["DEMO-2", "GEO-2", "GEO-10"]


def test_identity_depends_on_claims_and_rules_and_not_on_reports(tmp_path: Path) -> None:
    judging = ["claim", "drift", "losses", "measure", "statistics"]
    names = ["test_demonstrating", "experiments", "groups", *judging]
    for name in names:
        path = tmp_path / "claims" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("")

    def now() -> Identity:
        return identity_of(tmp_path, profile="quick", engine="fused", device="cpu")

    first = now()
    for name in ("report", "baselines"):
        (tmp_path / "claims" / f"{name}.py").write_text("1")
    assert now() == first
    (tmp_path / "claims" / "test_demonstrating.py").write_text("1")
    second = now()
    assert second.code != first.code
    assert second.rules == first.rules
    for name in judging:
        before = now().rules
        (tmp_path / "claims" / f"{name}.py").write_text("1")
        assert now().rules != before


def test_what_is_compared_is_told_claim_by_claim_and_experiment_by_experiment(tmp_path: Path) -> None:
    def stored(value: float, loss: float) -> Compared:
        numbers = Stored(Kind.MEAN, "", (1.0, value))
        baseline = Baseline(
            device="cpu",
            profile="quick",
            entries={
                DEMO_1: Entry({}, {"it": Stored(Kind.MEAN, "", (3.0,))}),
                DEMO_2: Entry({}, {"it": numbers}),
            },
            losses={"demo": LossEntry({}, Losses(seed=0, best_of=1, values=((0.5, loss),), twins=()))},
        )
        baselines.save(baseline, baselines.path_of(tmp_path, "cpu", "quick"))
        return compared_with(tmp_path, profile="quick", device="cpu")

    assert compared_with(tmp_path, profile="quick", device="cpu") == Compared({}, {})
    first, second, third = stored(2.0, 0.5), stored(2.1, 0.5), stored(2.1, 0.6)
    assert first.claims[DEMO_1] == second.claims[DEMO_1]
    assert first.claims[DEMO_2] != second.claims[DEMO_2]
    assert first.losses == second.losses
    assert second.claims == third.claims
    assert second.losses != third.losses


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """Seeds that were run and what stood after -k, by a stand-in for pytest that fails on seed 13."""
    asked: list[tuple[int, str]] = []

    def pytest_run(arguments: list[str], **_settings: Any) -> Any:
        options = dict(a.removeprefix("--").split("=", 1) for a in arguments if a.startswith("--"))
        seed, chosen = int(options["seed"]), arguments[arguments.index("claims") + 3 :]
        select = chosen[1] if chosen[0] == "-k" else ""
        if seed == 13:
            return SimpleNamespace(returncode=3)
        asked.append((seed, select))
        names = select.split(" or ") if select else ["DEMO-1", "DEMO-2"]
        written = document(
            *(claim(Verdict.REPLICATED, 1.0, 1.1, of=name, baseline=Steadiness.STEADY) for name in names)
        )
        written["environment"]["seed"] = seed
        results.write(Path(options["output"]) / "results.json", written)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(subprocess, "run", pytest_run)
    as_now(monkeypatch)
    return asked


def as_now(monkeypatch: pytest.MonkeyPatch, compared: Compared = COMPARED, **changed: str) -> None:
    monkeypatch.setattr(command, "identity_of", lambda *_, **__: replace(IDENTITY, **changed))
    monkeypatch.setattr(command, "compared_with", lambda *_, **__: compared)


def flakes(root: Path, *, runs: int, first: int = 5, claims: str = "") -> int:
    settings = ["--runs", str(runs), "--first-seed", str(first), "--claims", claims]
    return command.main(["--file", "f.jsonl", *settings], root)


def test_command_runs_what_is_missing_and_writes_the_table(
    tmp_path: Path, ran: list[tuple[int, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert flakes(tmp_path, runs=2) == 0
    assert ran == [(5, ""), (6, "")]
    assert flakes(tmp_path, runs=3) == 0
    assert ran[2:] == [(7, "")]
    assert "2 of 3 seeds are in f.jsonl already." in capsys.readouterr().out
    table = (tmp_path / "f.md").read_text()
    assert "3 whole runs of quick profile, fused engine on cpu, seeds 5 to 7" in table
    assert "| DEMO-1 |" in table
    (tmp_path / "f.md").unlink()
    assert command.main(["--report-only", "--file", "f.jsonl"], tmp_path) == 0
    assert (tmp_path / "f.md").read_text() == table
    assert len(ran) == 3
    assert not list((tmp_path / ".cache" / "flakes").iterdir())


def test_command_runs_some_claims_and_later_only_the_others(
    tmp_path: Path, ran: list[tuple[int, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert flakes(tmp_path, runs=2, claims="demo-2") == 0
    told = capsys.readouterr().out
    assert "0 whole runs" in told
    assert "2 more runs of some claims only, seeds 5 to 6" in told
    assert "Without runs: DEMO-1." in told
    assert flakes(tmp_path, runs=3) == 0
    assert ran == [(5, "DEMO-2"), (6, "DEMO-2"), (5, "DEMO-1"), (6, "DEMO-1"), (7, "")]
    assert flakes(tmp_path, runs=4, claims="DEMO") == 0
    assert ran[5:] == [(8, "DEMO-1 or DEMO-2")]
    assert flakes(tmp_path, runs=4, claims="GEO DEMO") == 2
    assert "'GEO' is neither a section nor a claim with a stored baseline" in capsys.readouterr().err


def test_command_without_a_baseline_runs_whole(
    tmp_path: Path, ran: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_now(monkeypatch, Compared({}, {}))
    assert flakes(tmp_path, runs=1) == flakes(tmp_path, runs=2) == 0
    assert ran == [(5, ""), (6, "")]


def test_command_keeps_what_is_done_when_a_seed_comes_to_no_end(
    tmp_path: Path, ran: list[tuple[int, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert flakes(tmp_path, runs=3, first=11) == 2
    assert ran == [(11, ""), (12, "")]
    assert [line["seed"] for line in read(tmp_path / "f.jsonl", COMPARED).lines] == [11, 12]
    assert "seed 13 came to no end (exit code 3)" in capsys.readouterr().err


def test_command_repeats_a_seed_before_it_adds_runs_of_changed_code(
    tmp_path: Path,
    ran: list[tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert flakes(tmp_path, runs=2) == 0
    as_now(monkeypatch, code="new")
    assert flakes(tmp_path, runs=3) == 0
    assert ran[2:] == [(6, ""), (7, "")]
    assert flakes(tmp_path, runs=4) == 0
    assert ran[4:] == [(8, "")]
    capsys.readouterr()
    as_now(monkeypatch, code="newer", rules="1ax")
    assert flakes(tmp_path, runs=5) == 2
    assert "holds runs of another rules; give another --file" in capsys.readouterr().err
    assert len(ran) == 5


def test_command_runs_only_what_was_renewed_anew(
    tmp_path: Path, ran: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert flakes(tmp_path, runs=2) == 0
    renewed = replace(COMPARED, claims=COMPARED.claims | {DEMO_2: "new"})
    as_now(monkeypatch, renewed, code="new")
    assert flakes(tmp_path, runs=3) == 0
    assert ran[2:] == [(6, "DEMO-1"), (5, "DEMO-2"), (6, "DEMO-2"), (7, "")]
    assert summarize(read(tmp_path / "f.jsonl", renewed)).seeds == (5, 6, 7)


def test_command_ends_where_a_baseline_holds_a_test_that_is_gone(
    tmp_path: Path, ran: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Key("DEMO-2", "test_that_was")
    with_gone = replace(COMPARED, claims=COMPARED.claims | {gone: "01d"})
    steady = claim(Verdict.REPLICATED, 1.0, 1.1, baseline=Steadiness.STEADY)
    line = run(5, steady, compared=with_gone)
    line["claims"].append(line["claims"][0] | {"test": gone.test, "compared": "01d"})
    append(tmp_path / "f.jsonl", line)
    as_now(monkeypatch, with_gone, code="new")
    assert flakes(tmp_path, runs=1) == 0
    assert ran[0] == (5, "DEMO-2")


def test_command_refuses_changed_code_with_another_outcome(
    tmp_path: Path,
    ran: list[tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    append(tmp_path / "f.jsonl", run(5, claim(Verdict.REPLICATED, 1.0, 1.2)))
    before = (tmp_path / "f.jsonl").read_bytes()
    as_now(monkeypatch, code="new")
    assert flakes(tmp_path, runs=2) == 2
    assert "the run of seed 5: DEMO-2 has another outcome at seed 5 than before" in capsys.readouterr().err
    assert ran == [(5, "DEMO-2")]
    assert (tmp_path / "f.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--runs", "0"], "--runs must be at least 1"),
        (["--first-seed", "-1"], "--first-seed at least 0"),
        (["--engine", "fast"], "'fast' is unknown"),
        (["--report-only"], "holds no runs that were compared with this baseline"),
    ],
)
def test_what_cannot_be_run_is_one_sentence(
    tmp_path: Path,
    ran: list[tuple[int, str]],
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    assert command.main(["--file", "f.jsonl", *arguments], tmp_path) == 2
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1
    assert not ran


def test_names_are_escaped_in_markdown() -> None:
    assert "no \\| rm" in markdown(summarize(together([run(1, claim(Verdict.REPLICATED, 1.0, 1.1))])))
