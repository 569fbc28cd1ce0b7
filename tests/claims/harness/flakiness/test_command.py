"""The flake count as a command: seeds are added one by one, and runs of different kinds are never mixed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from claims.harness.baselines.baseline import Key
from claims.harness.baselines.drift import Steadiness
from claims.harness.files import FileError
from claims.harness.flakiness import command
from claims.harness.flakiness.identity import Compared
from claims.harness.flakiness.record import append
from claims.harness.flakiness.runs import read
from claims.harness.flakiness.summary import summarize
from claims.harness.judging.outcomes import Verdict
from claims.harness.records import results
from claims.harness.separate_runs import Place
from claims.harness.workers import programs
from tests.helpers.flakes import COMPARED, DEMO_2, IDENTITY, outcome, replicated, run
from tests.helpers.reports import document
from tests.helpers.separate_runs import InThisProcess

FAILING_SEED = 13


@dataclass
class Count:
    """A flake count in a folder of its own.

    `ran` lists the seeds that were run, each with the claims that were selected. pytest is replaced by a
    function that stores results, and that ends with an error for `FAILING_SEED`. Runs are made in this
    process, one after another.
    """

    root: Path
    monkeypatch: pytest.MonkeyPatch
    ran: list[tuple[int, str]] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return self.root / "f.jsonl"

    def __call__(self, *, first: int = 5, runs: int = 0, claims: str = "", **settings: Any) -> None:
        asked = {"profile": "quick", "engine": "auto", "device": "auto"} | settings
        seeds = range(first, first + runs)
        command.count_flakes(root=self.root, path=self.path, seeds=seeds, claims=claims, **asked)

    def change(self, compared: Compared = COMPARED, **identity: str) -> None:
        """Let the code or the baseline differ from what it was."""
        self.monkeypatch.setattr(command, "identity_of", lambda **_: replace(IDENTITY, **identity))
        self.monkeypatch.setattr(command, "compared_with", lambda *_, **__: compared)

    def pytest(self, arguments: Sequence[str], **_settings: Any) -> int:
        options = dict(a.removeprefix("--").split("=", 1) for a in arguments if a.startswith("--"))
        seed = int(options["seed"])
        select = arguments[arguments.index("-k") + 1] if "-k" in arguments else ""
        if seed == FAILING_SEED:
            return 3
        self.ran.append((seed, select))
        names = select.split(" or ") if select else ["DEMO-1", "DEMO-2"]
        steady = Steadiness.STEADY
        stored = document(
            *(outcome(Verdict.REPLICATED, 1.0, 1.1, of=name, baseline=steady) for name in names)
        )
        stored["environment"]["seed"] = seed
        results.write(Path(options["output"]) / "results.json", stored)
        return 0


@pytest.fixture
def count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Count:
    made = Count(tmp_path, monkeypatch)
    monkeypatch.setattr(programs, "run", made.pytest)
    monkeypatch.setattr(command, "place_of_runs", lambda *_: nullcontext(Place(InThisProcess(), 1)))
    made.change()
    return made


def test_seeds_without_a_run_are_run_and_the_table_is_written(
    count: Count, capsys: pytest.CaptureFixture[str]
) -> None:
    count(runs=2)
    assert count.ran == [(5, ""), (6, "")]
    count(runs=3)
    assert count.ran[2:] == [(7, "")]
    assert "2 of 3 seeds are in f.jsonl already." in capsys.readouterr().out
    table = count.path.with_suffix(".md").read_text()
    assert "3 complete runs of the quick profile, fused engine on cpu, seeds 5 to 7" in table
    assert "| DEMO-1 |" in table
    assert [path.name for path in (count.root / ".cache" / "flakes").iterdir()] == [".lock"]


def test_without_a_file_runs_belong_to_the_profile_and_the_device(count: Count) -> None:
    settings: dict[str, Any] = {"profile": "smoke", "engine": "auto", "device": "cpu", "claims": ""}
    command.count_flakes(root=count.root, path=None, seeds=[5], **settings)
    names = sorted(path.name for path in (count.root / "baselines").iterdir())
    assert names == ["flakes-cpu-smoke.jsonl", "flakes-cpu-smoke.md"]


def test_without_seeds_the_table_is_written_again_and_nothing_is_run(count: Count) -> None:
    count(runs=2)
    table = count.path.with_suffix(".md")
    text = table.read_text()
    table.unlink()
    count()
    assert table.read_text() == text
    assert len(count.ran) == 2


def test_some_claims_are_run_and_later_only_the_others(count: Count) -> None:
    count(runs=2, claims="demo-2")
    count(runs=3)
    assert count.ran == [(5, "DEMO-2"), (6, "DEMO-2"), (5, "DEMO-1"), (6, "DEMO-1"), (7, "")]
    count(runs=4, claims="DEMO")
    assert count.ran[5:] == [(8, "DEMO-1 or DEMO-2")]


def test_without_a_baseline_all_claims_are_run(count: Count) -> None:
    count.change(Compared({}, {}))
    count(runs=1)
    count(runs=2)
    assert count.ran == [(5, ""), (6, "")]


def test_seed_that_does_not_reach_its_end_leaves_the_earlier_ones(count: Count) -> None:
    with pytest.raises(FileError, match=r"seed 13 did not reach its end \(exit code 3\)"):
        count(runs=3, first=11)
    assert count.ran == [(11, ""), (12, "")]
    assert [line["seed"] for line in read(count.path, COMPARED).lines] == [11, 12]


def test_changed_code_repeats_a_seed_before_it_adds_runs(count: Count) -> None:
    count(runs=2)
    count.change(code="new")
    count(runs=3)
    assert count.ran[2:] == [(6, ""), (7, "")]
    count(runs=4)
    assert count.ran[4:] == [(8, "")]


def test_changed_code_with_another_outcome_is_refused(count: Count) -> None:
    append(count.path, run(5, replicated(1.0, 1.2)))
    before = count.path.read_bytes()
    count.change(code="new")
    with pytest.raises(FileError, match="the run of seed 5: DEMO-2 has another outcome at seed 5"):
        count(runs=2)
    assert count.ran == [(5, "DEMO-2")]
    assert count.path.read_bytes() == before


def test_runs_by_another_version_of_the_rules_are_refused_before_anything_runs(count: Count) -> None:
    count(runs=1)
    count.change(rules="2")
    with pytest.raises(FileError, match="holds runs with another rules; give another --file"):
        count(runs=2)
    assert len(count.ran) == 1


def test_only_claims_with_a_rewritten_baseline_are_run_again(count: Count) -> None:
    count(runs=2)
    rewritten = replace(COMPARED, claims={**COMPARED.claims, DEMO_2: "new"})
    count.change(rewritten, code="new")
    count(runs=3)
    assert count.ran[2:] == [(6, "DEMO-1"), (5, "DEMO-2"), (6, "DEMO-2"), (7, "")]
    assert summarize(read(count.path, rewritten)).seeds == (5, 6, 7)


def test_baseline_of_a_test_that_is_gone_ends_the_repetition(count: Count) -> None:
    gone = Key("DEMO-2", "test_that_was")
    with_gone = replace(COMPARED, claims={**COMPARED.claims, gone: "01d"})
    steady = outcome(Verdict.REPLICATED, 1.0, 1.1, baseline=Steadiness.STEADY)
    line = run(5, steady, compared=with_gone)
    line["claims"].append(line["claims"][0] | {"test": gone.test, "compared": "01d"})
    append(count.path, line)
    count.change(with_gone, code="new")
    count(runs=1)
    assert count.ran[0] == (5, "DEMO-2")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda count: count(runs=1, profile="large"),
            "--profile 'large' must be one of smoke, quick, paper",
        ),
        (lambda count: count(runs=1, engine="fast"), "'fast' is unknown"),
        (lambda count: count(), "holds no runs that were compared with this baseline"),
        (lambda count: count(runs=1, claims="GEO DEMO"), "'GEO' is neither a section nor a claim with"),
    ],
    ids=["profile", "engine", "no runs", "claims"],
)
def test_wrong_arguments_are_named_before_anything_runs(
    count: Count, call: Callable[[Count], None], message: str
) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        call(count)
    assert "\n" not in str(raised.value)
    assert not count.ran
