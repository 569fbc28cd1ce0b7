"""One run of a falsification: what is asked of pytest, and when a finished run is reused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest

from claims.harness.errors import MisuseError
from claims.harness.falsification import fingerprint as fingerprints
from claims.harness.falsification import running
from claims.harness.falsification.control import Control
from claims.harness.falsification.controls import named
from claims.harness.falsification.running import Setting, finished
from claims.harness.files import FileError
from claims.harness.records import results
from claims.harness.records.results import Document
from claims.harness.separate_runs import Place, perform
from claims.harness.suite import claims_command
from claims.harness.workers import programs
from tests.helpers.separate_runs import InThisProcess


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    (tmp_path / "baselines").mkdir()
    return Setting(root=tmp_path, output=tmp_path / "runs", seed=0, claims=(), fresh=False)


class Process:
    """Stands in for pytest: records its arguments, stores results and ends with an exit code."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, code: int = 1, complete: bool = True) -> None:
        self.commands: list[list[str]] = []
        self.folders: list[Path] = []
        self._code, self._complete = code, complete
        monkeypatch.setattr(programs, "run", self)
        monkeypatch.setattr(results, "read", self.read)

    def __call__(self, command: list[str], cwd: Path, stdout: IO[bytes], **_: object) -> int:
        self.commands.append(command)
        self.folders.append(cwd)
        stdout.write(b"the last line\n")
        [output] = (each.removeprefix("--output=") for each in command if each.startswith("--output="))
        (Path(output) / "results.json").write_text("{}", "utf-8")
        return self._code

    def read(self, path: Path) -> dict[str, object]:
        if not path.exists():
            raise FileError(f"{path} is missing.")
        return {"complete": self._complete}


def run(setting: Setting, control: Control | None) -> Document:
    """Make a run in this process."""
    state = setting.fingerprint(control)
    ended = perform(running.job_of(setting, control, Place(InThisProcess(), 1)))
    return running.document_of(setting, control, state, ended)


def test_plain_run_uses_all_threads_because_it_runs_alone(setting: Setting) -> None:
    place = Place(InThisProcess(), 1)
    assert running.job_of(setting, None, place).threads is None
    assert running.job_of(setting, named("bias-frozen"), place).threads == 1


def test_finished_run_is_reused_only_as_it_was_made(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    Process(monkeypatch)
    control = named("bias-frozen")
    assert finished(setting, control) is None
    run(setting, control)
    assert finished(setting, control) == {"complete": True}
    assert finished(replace(setting, seed=1), control) is None
    assert finished(replace(setting, fresh=True), control) is None
    assert finished(setting, named("weights-untied")) is None
    assert finished(setting, None) is None


def test_changed_baseline_makes_every_run_obsolete(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    Process(monkeypatch)
    run(setting, None)
    assert finished(setting, None) is not None
    (setting.root / "baselines" / "cpu-quick.json").write_text("{}", "utf-8")
    assert finished(setting, None) is None


def test_run_under_code_that_changes_meanwhile_is_obsolete(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(monkeypatch)

    def changing(command: list[str], cwd: Path, stdout: IO[bytes], **_: object) -> int:
        (setting.root / "baselines" / "cpu-quick.json").write_text("{}", "utf-8")
        return process(command, cwd, stdout)

    monkeypatch.setattr(programs, "run", changing)
    run(setting, None)
    assert finished(setting, None) is None


def test_models_are_reused_by_controls_that_train_nothing_and_by_no_others(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(monkeypatch)
    for control in (None, named("norms-squared"), named("bias-subtracted"), named("steps-too-few")):
        run(setting, control)
    assert ["--reuse" in command for command in process.commands] == [True, True, True, False]


def test_models_of_mistakes_are_kept_apart_from_right_ones_and_from_each_other(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(monkeypatch)
    keeping = replace(setting, keeps_models=True)
    for control in (None, named("norms-squared"), named("steps-too-few"), named("rate-too-high")):
        run(keeping, control)
    folders = [
        command[command.index("--stored-models") + 1] if "--stored-models" in command else None
        for command in process.commands
    ]
    assert all("--reuse" in command for command in process.commands)
    assert folders[:2] == [None, None]
    assert len(set(folders)) == 3
    assert str(folders[2]).startswith(".cache/controls/steps-too-few-")


def test_models_of_a_mistake_are_not_found_after_its_code_changed(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, keeping = Process(monkeypatch), replace(setting, keeps_models=True)
    run(keeping, named("steps-too-few"))
    monkeypatch.setattr(fingerprints, "_files_of", lambda _: [setting.root / "changed.py"])
    (setting.root / "changed.py").touch()
    run(keeping, named("steps-too-few"))
    assert process.commands[0] != process.commands[1]


def test_run_judges_the_claims_that_both_the_control_and_the_caller_name(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(monkeypatch)
    control = named("sets-independent")
    run(setting, control)
    run(replace(setting, claims=("CORR-1", "DEMO")), control)
    run(setting, None)
    first, second, third = process.commands
    of_control = "(CORR or LEARN-2 or LEARN-3 or LEARN-4)"
    assert first[first.index("-k") + 1] == of_control
    assert second[second.index("-k") + 1] == f"{of_control} and (CORR-1 or DEMO)"
    assert "-k" not in third
    assert first[-1].startswith("--output=")
    assert first[-1] != second[-1]


def test_run_is_started_by_the_command_that_belongs_to_the_callers_folder(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(monkeypatch)
    run(setting, None)
    [command] = process.commands
    assert command[: len(claims_command())] == claims_command()
    assert process.folders == [setting.root]


def test_run_that_broke_down_shows_its_last_lines_and_is_not_finished(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    Process(monkeypatch, code=3)
    with pytest.raises(MisuseError, match="exit code 3:\nthe last line"):
        run(setting, None)
    assert finished(setting, None) is None


def test_run_that_was_cut_short_is_not_finished(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    Process(monkeypatch, complete=False)
    with pytest.raises(MisuseError, match="cut short"):
        run(setting, None)
    assert finished(setting, None) is None
