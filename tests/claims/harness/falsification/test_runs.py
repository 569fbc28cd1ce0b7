"""The runs of a falsification: the plain one comes first, and finished ones are not made again."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from claims.harness.errors import MisuseError
from claims.harness.falsification import running, runs
from claims.harness.falsification.controls import named
from claims.harness.falsification.running import PLAIN, Setting
from claims.harness.falsification.runs import Runs
from claims.harness.records import results
from claims.harness.separate_runs import LOG, RESULTS, Ended, Job, Place
from tests.helpers.separate_runs import InThisProcess

CONTROLS = [named(name) for name in ("bias-frozen", "steps-too-few", "norms-squared")]


class Made:
    """Makes runs in the opposite order, and notes which of them were made together."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, failing: str = "") -> None:
        self.together: list[list[str]] = []
        self._failing = failing
        monkeypatch.setattr(runs, "side_by_side", self)
        monkeypatch.setattr(
            results, "read", lambda path: {"complete": True, "claims": [], "of": path.parent.name}
        )

    def __call__(self, place: Place, jobs: Mapping[str, Job], record: Any, console: Console) -> None:
        del place, console
        self.together.append(list(jobs))
        for name in reversed(list(jobs)):
            code = 3 if name == self._failing else 1
            record(name, Ended(code, {RESULTS: zlib.compress(b"{}"), LOG: zlib.compress(b"why")}, 2.0))


def made(tmp_path: Path) -> tuple[Runs, io.StringIO]:
    setting = Setting(root=tmp_path, output=tmp_path / "runs", seed=0, claims=(), fresh=False)
    file = io.StringIO()
    return Runs(setting, Place(InThisProcess(), 1), Console(file=file, width=200)), file


def test_plain_run_is_made_first_and_the_others_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Made(monkeypatch)
    made_runs, file = made(tmp_path)
    plain, under = made_runs.judged(CONTROLS)
    assert process.together == [[PLAIN], [control.name for control in CONTROLS]]
    assert plain["of"] == PLAIN
    assert [(name, document["of"]) for name, document in under.items()] == [
        (c.name, c.name) for c in CONTROLS
    ]
    shown = file.getvalue().splitlines()
    assert shown[0] == "0/3  plain: 0 do not pass, 2 s"
    assert shown[-1] == "3/3  bias-frozen: 0 do not pass, 2 s"


def test_finished_runs_are_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = Made(monkeypatch, failing="steps-too-few")
    with pytest.raises(MisuseError, match="exit code 3:\nwhy"):
        made(tmp_path)[0].judged(CONTROLS)
    Made.__init__(process, monkeypatch)
    made_runs, file = made(tmp_path)
    made_runs.judged(CONTROLS)
    # Those that end after the one that failed are kept by the real `side_by_side`.
    assert process.together == [[], ["bias-frozen", "steps-too-few"]]
    assert "0/3  plain: 0 do not pass, finished before" in file.getvalue()
    assert running.finished(made_runs.setting, CONTROLS[0]) is not None
