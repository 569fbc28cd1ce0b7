"""Run the claims under a control in a process of its own, and keep what was finished."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from claims.harness.errors import MisuseError
from claims.harness.falsification.control import Control
from claims.harness.files import FileError, read_json, write_whole
from claims.harness.records import results
from claims.harness.records.results import Document
from tms import sources

AS_WRITTEN: Final = "as-written"
"""Name of the run without any mistake."""

_MARK: Final = "finished.json"
_MARK_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["of"],
    "properties": {"of": {"type": "string"}},
}
_LAST_LINES: Final = 12
_DECIDING: Final = (
    "*.py",
    "harness/judging/*.py",
    "harness/baselines/*.py",
    "harness/session/*.py",
    "harness/falsification/applying.py",
    "harness/falsification/plugin.py",
)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Where and how the runs are made.

    Parameters
    ----------
    root
        Folder of the project.
    output
        Folder of the runs, one in it for each control.
    seed
        Seed of all runs.
    claims
        Sections and ids of the only claims to judge; empty for all.
    fresh
        Whether to run again what was finished before.
    """

    root: Path
    output: Path
    seed: int
    claims: tuple[str, ...]
    fresh: bool

    def folder(self, name: str) -> Path:
        """Folder of one run; those that judge a part of the claims keep apart."""
        return self.output.joinpath(*self.claims and ["+".join(self.claims)], name)

    def expression(self, control: Control | None) -> str:
        """Which claims to judge, as pytest's -k wants to be told."""
        parts = [control.expression if control else "", " or ".join(self.claims)]
        return " and ".join(f"({part})" for part in parts if part)


def finished(setting: Setting, control: Control | None) -> Document | None:
    """Give the results of a run that an earlier call finished on the same sources; None if there is none."""
    folder = setting.folder(control.name if control else AS_WRITTEN)
    if setting.fresh:
        return None
    try:
        if read_json(folder / _MARK, _MARK_SCHEMA)["of"] != _fingerprint(setting, control):
            return None
        return results.read(folder / "results.json")
    except FileError:
        return None


def run(setting: Setting, control: Control | None) -> Document:
    """Judge the claims under a control, or without any.

    Parameters
    ----------
    setting
        Where and how.
    control
        The mistake; None runs all claims as they are written, and keeps their models for controls that train
        nothing.

    Raises
    ------
    MisuseError
        If the run did not come to its end; the message has the last lines that it wrote.
    """
    folder = setting.folder(control.name if control else AS_WRITTEN)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [
        *(sys.executable, "-m", "pytest", "claims", "-q"),
        *("-p", "claims.harness.falsification.plugin", "-p", "claims.harness.session.no_figures"),
        *("--profile", "quick", "--seed", str(setting.seed), "--output", str(folder)),
    ]
    if control:
        command += ["--control", control.name]
    if expression := setting.expression(control):
        command += ["-k", expression]
    if control is None or not control.retrains:
        command.append("--reuse")
    log = folder / "log.txt"
    with log.open("w", encoding="utf-8") as told:
        code = subprocess.run(
            command, cwd=setting.root, stdout=told, stderr=subprocess.STDOUT, env=os.environ, check=False
        ).returncode
    # 1 is a run with failures, which is what a mistake is for.
    if code not in (0, 1):
        last = "\n".join(log.read_text(encoding="utf-8").splitlines()[-_LAST_LINES:])
        raise MisuseError(f"the run in {folder} ended with exit code {code}:\n{last}")
    document = results.read(folder / "results.json")
    if not document["complete"]:
        raise MisuseError(f"the run in {folder} was cut short.")
    mark = {"of": _fingerprint(setting, control)}
    write_whole(folder / _MARK, json.dumps(mark) + "\n")
    return document


def _fingerprint(setting: Setting, control: Control | None) -> str:
    """Digest of all that a run depends on: the sources, the baseline, and what is asked of them."""
    claims = setting.root / "claims"
    paths = [path for pattern in _DECIDING for path in claims.glob(pattern)]
    paths += (setting.root / "baselines").glob("*-quick.json")
    if control:
        paths.append(Path(inspect.getfile(control.apply)))
    total = hashlib.sha256(sources.digest().encode())
    for path in sorted(paths):
        total.update(path.read_bytes())
    asked = (setting.seed, control.name if control else "", setting.expression(control))
    total.update(repr(asked).encode())
    return total.hexdigest()
