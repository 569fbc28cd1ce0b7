"""The command `tms`: its help, its errors in one sentence, and what each subcommand calls."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from claims.harness import cli, suite
from claims.harness.falsification import command as falsification
from claims.harness.files import FileError
from claims.harness.flakiness import command as flakiness
from claims.harness.records import falsification_file, results
from claims.harness.suite import claims_folder
from tests.helpers.calls import Calls
from tests.helpers.command import tms
from tests.helpers.matrices import CAUGHT, matrix_of
from tests.helpers.reports import document
from tms.paper import PROFILES

SUBCOMMANDS = (
    "replicate",
    "baselines",
    "compare",
    "report",
    "bench",
    "counts",
    "falsify",
    "flakes",
    "explore",
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The caller's folder, which is not the checkout."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def pytest_calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    calls = Calls()
    monkeypatch.setattr(pytest, "main", calls)
    return calls


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Arguments of the runs that would be started in processes of their own."""
    started: list[list[str]] = []

    def run_in_turn(root: Path, runs: list[list[str]]) -> int:
        assert root == Path.cwd()
        started.extend(runs)
        return 1

    monkeypatch.setattr(suite, "run_in_turn", run_in_turn)
    return started


def test_help_lists_every_subcommand(capsys: pytest.CaptureFixture[str]) -> None:
    assert tms("--help") == 0
    text = capsys.readouterr().out
    assert all(f"\n  {name} " in text for name in SUBCOMMANDS)
    assert set(SUBCOMMANDS) == set(cli.tms.commands)


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_help_describes_every_option_and_the_exit_code(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert tms(name, "--help") == 0
    assert "exit code" in " ".join(capsys.readouterr().out.lower().split())
    options = [p for p in cli.tms.commands[name].params if isinstance(p, click.Option)]
    assert all(option.help and option.help.endswith(".") for option in options)


def test_help_of_replicate_lists_the_options_of_the_claims(capsys: pytest.CaptureFixture[str]) -> None:
    tms("replicate", "--help")
    text = capsys.readouterr().out
    assert "--model" in text
    assert "--update-baselines" in text


def test_help_of_baselines_leaves_out_the_options_that_it_sets(capsys: pytest.CaptureFixture[str]) -> None:
    tms("baselines", "--help")
    text = capsys.readouterr().out
    assert "--device" in text
    assert "--update-baselines" not in text
    assert text.count("--profile ") == 1


def test_first_help_imports_neither_torch_nor_pytest() -> None:
    code = "import sys, claims.harness.cli; print([m for m in ('torch', 'pytest') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["falsfy"], "tms: No such command 'falsfy'"),
        (["flakes", "--run", "3"], "tms flakes: No such option"),
        (["flakes", "--runs", "0"], "tms flakes: Invalid value for '--runs': 0 is not in the range x>=1."),
        (["flakes", "--first-seed", "-1"], "-1 is not in the range x>=0."),
        (["flakes", "--profile", "large"], "--profile 'large' must be one of smoke, quick, paper."),
        (["flakes", "--engine", "fast"], "'fast' is unknown"),
        (["bench"], "tms bench needs a checkout of tms-replication as the current folder; "),
        (["falsify", "--seed", "x"], "tms falsify: Invalid value for '--seed'"),
        (["falsify", "no-such-control"], "there is no control 'no-such-control'"),
        (["compare", "before.json"], "tms compare: Missing argument 'NOW'."),
        (["compare", "before.json", "now.json"], "before.json is missing."),
        (["report", "absent.json"], "absent.json is missing."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_ends_in_one_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tms(*arguments) == 2
    written = capsys.readouterr()
    assert message in written.err
    assert written.err.count("\n") == 1
    assert not written.out


def test_replicate_passes_unknown_arguments_to_pytest(pytest_calls: Calls, folder: Path) -> None:
    pytest_calls.returned = pytest.ExitCode.TESTS_FAILED
    assert tms("replicate", "--profile", "quick", "-k", "GEO-2 or PHASE", "-x", "--model=m.py:f") == 1
    [((arguments,), _)] = pytest_calls
    assert arguments[0] == str(claims_folder())
    assert f"--rootdir={folder}" in arguments
    assert arguments[-6:] == ["--profile", "quick", "-k", "GEO-2 or PHASE", "-x", "--model=m.py:f"]


def test_replicate_passes_arguments_after_two_dashes_to_pytest(pytest_calls: Calls) -> None:
    assert tms("replicate", "--seed", "1", "--", "--help") == 0
    [((arguments,), _)] = pytest_calls
    assert arguments[-3:] == ["--seed", "1", "--help"]


def test_baselines_shows_all_profiles_in_folders_of_their_own(runs: list[list[str]]) -> None:
    assert tms("baselines", "-k", "GEO") == 1
    assert runs == [
        ["--show-baselines", f"--profile={name}", f"--output=replication/baselines-{name}", "-k", "GEO"]
        for name in PROFILES
    ]


def test_baselines_writes_one_profile(runs: list[list[str]]) -> None:
    tms("baselines", "--write", "--profile=paper")
    assert runs == [["--update-baselines", "--profile=paper", "--output=replication/baselines-paper"]]


def test_bench_passes_every_argument_to_pytest(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    calls = Calls(subprocess.CompletedProcess([], 1))
    monkeypatch.setattr(subprocess, "run", calls)
    (folder / "tests" / "benchmarks").mkdir(parents=True)
    assert tms("bench", "-k", "phase", "--device", "cpu", "--update-baselines") == 1
    [((command,), settings)] = calls
    assert command[1:4] == ["-m", "pytest", "tests/benchmarks"]
    assert command[-5:] == ["-k", "phase", "--device", "cpu", "--update-baselines"]
    assert settings["cwd"] == folder


def test_falsify_takes_paths_from_the_callers_folder(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    calls = Calls(1)
    monkeypatch.setattr(falsification, "falsify", calls)
    chosen = ("bias-frozen", "-k", "bias", "--claims", "GEO", "--seed", "3")
    assert tms("falsify", *chosen, "--fresh", "--keep-models", "--store", "--cluster", "tcp://there:1") == 1
    [(_, settings)] = calls
    assert settings == {
        "root": folder,
        "names": ("bias-frozen",),
        "part": "bias",
        "claims": "GEO",
        "seed": 3,
        "output": folder / "replication" / "falsify",
        "fresh": True,
        "keep_models": True,
        "store": True,
        "workers": None,
        "cluster": "tcp://there:1",
    }


def test_falsify_lists_the_chosen_controls_and_runs_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(falsification, "falsify", pytest.fail)
    assert tms("falsify", "--list", "-k", "importance") == 0
    text = capsys.readouterr().out
    assert "importance-ignored: The loss weighs all features alike." in text
    assert "bias-frozen" not in text


def test_falsify_that_is_interrupted_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(**_: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(falsification, "falsify", interrupted)
    assert tms("falsify") == 130
    assert "the same command continues" in capsys.readouterr().err


def test_flakes_counts_the_seeds_that_are_asked_for(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    calls = Calls()
    monkeypatch.setattr(flakiness, "count_flakes", calls)
    chosen = ("--runs", "3", "--first-seed", "5", "--file", "f.jsonl", "--claims", "DEMO")
    assert tms("flakes", *chosen, "--workers", "4") == 0
    assert tms("flakes", "--report-only") == 0
    [(_, asked), (_, report)] = calls
    assert asked == {
        "root": folder,
        "path": folder / "f.jsonl",
        "seeds": range(5, 8),
        "profile": "quick",
        "engine": "auto",
        "device": "auto",
        "claims": "DEMO",
        "workers": 4,
        "cluster": None,
    }
    assert report["path"] is None
    assert not report["seeds"]


def test_flakes_that_did_not_reach_its_end_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(**_: Any) -> None:
        raise FileError("seed 13 did not reach its end.")

    monkeypatch.setattr(flakiness, "count_flakes", broken)
    assert tms("flakes") == 2
    assert capsys.readouterr().err == "seed 13 did not reach its end.\n"


def test_matrix_that_does_not_exist_is_named_with_the_command_that_writes_it(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    results.write(folder / "results.json", document())
    assert tms("report", "results.json", "--falsification", "absent.json") == 2
    assert "absent.json is missing. Write it anew: tms falsify" in capsys.readouterr().err


def test_report_is_written_beside_the_results(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    results.write(folder / "run" / "results.json", document())
    falsification_file.save(matrix_of({"one": CAUGHT}, {}), folder / "falsification.json")
    assert tms("report", "run/results.json", "--falsification", "falsification.json") == 0
    assert "wrote run/report.html" in capsys.readouterr().out
    assert (folder / "run" / "report.html").is_file()


def test_comparison_of_a_run_with_itself_finds_nothing(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    results.write(folder / "run" / "results.json", document())
    assert tms("compare", "run/results.json", "run/results.json", "--output", "out") == 0
    assert (folder / "out" / "comparison.html").is_file()
    assert "wrote out/comparison.html" in capsys.readouterr().out


FULL = OSError(errno.ENOSPC, "No space left on device")
FILE = OSError(errno.EDQUOT, "Disk quota exceeded", "runs/log.txt")
FOLDER = FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (FULL, "The output cannot be written: No space left on device."),
        (FILE, "runs/log.txt cannot be written: Disk quota exceeded."),
        (FOLDER, "A temporary file cannot be written: No usable temporary directory found in ['/tmp']."),
    ],
)
def test_full_disk_ends_any_command_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: OSError, sentence: str
) -> None:
    def write(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(falsification, "falsify", write)
    assert tms("falsify") == 2
    assert capsys.readouterr().err == f"{sentence}\n"


def test_other_errors_of_the_system_are_shown_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object, **__: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", "none")

    monkeypatch.setattr(falsification, "falsify", read)
    with pytest.raises(FileNotFoundError):
        cli.main(["falsify"])
