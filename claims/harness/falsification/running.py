"""Run the claims under a control in a separate process, and keep the results of finished runs."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from claims.harness.errors import MisuseError
from claims.harness.falsification.control import Control
from claims.harness.falsification.fingerprint import fingerprint
from claims.harness.files import FileError, read_json, write_atomically
from claims.harness.records import results
from claims.harness.records.results import Document
from claims.harness.suite import claims_command, environment_of_experiments

PLAIN: Final = "plain"
"""Name of the plain run: the run without any mistake."""

_MARK: Final = "finished.json"
_MARK_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["fingerprint"],
    "properties": {"fingerprint": {"type": "string"}},
}
_LAST_LINES: Final = 12
# Exit codes of pytest: all claims passed, or some failed, which is what a mistake is for.
_FINISHED: Final = (0, 1)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Where and how the runs are made.

    Parameters
    ----------
    root
        The folder that owns baselines/ and .cache/.
    output
        The folder of the runs; each control has a folder in it.
    seed
        The seed of all runs.
    claims
        The only sections and ids of claims to judge; empty for all.
    fresh
        Whether to repeat the runs that an earlier call finished.
    """

    root: Path
    output: Path
    seed: int
    claims: tuple[str, ...]
    fresh: bool

    def folder(self, name: str) -> Path:
        """Return the folder of one run; runs that judge a part of the claims have separate folders."""
        return self.output.joinpath(*self.claims and ["+".join(self.claims)], name)

    def expression(self, control: Control | None) -> str:
        """Return the claims to judge, as an expression for pytest's -k; empty for all."""
        parts = [control.expression if control else "", " or ".join(self.claims)]
        return " and ".join(f"({part})" for part in parts if part)

    def fingerprint(self, control: Control | None) -> str:
        """Digest of everything that the outcome of a run depends on."""
        return fingerprint(self.root, control, seed=self.seed, expression=self.expression(control))


def finished(setting: Setting, control: Control | None) -> Document | None:
    """Read the results of a run that an earlier call finished; None if there are none or they are obsolete.

    Parameters
    ----------
    setting
        Where and how the runs are made.
    control
        The mistake; None for the plain run.
    """
    if setting.fresh:
        return None
    folder = setting.folder(control.name if control else PLAIN)
    try:
        if read_json(folder / _MARK, _MARK_SCHEMA)["fingerprint"] != setting.fingerprint(control):
            return None
        return results.read(folder / "results.json")
    except FileError:
        return None


def run(setting: Setting, control: Control | None) -> Document:
    """Judge the claims under a control, or without any.

    Parameters
    ----------
    setting
        Where and how the run is made.
    control
        The mistake; None for the plain run, which keeps its models for the controls that train nothing.

    Raises
    ------
    MisuseError
        If the run did not reach its end; the message holds the last lines that it wrote.
    """
    folder = setting.folder(control.name if control else PLAIN)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    state = setting.fingerprint(control)
    log = folder / "log.txt"
    with log.open("w", encoding="utf-8") as file:
        code = subprocess.run(
            _command(setting, control, folder),
            cwd=setting.root,
            env=environment_of_experiments(),
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    if code not in _FINISHED:
        last = "\n".join(log.read_text(encoding="utf-8").splitlines()[-_LAST_LINES:])
        raise MisuseError(f"the run in {folder} ended with exit code {code}:\n{last}")
    document = results.read(folder / "results.json")
    if not document["complete"]:
        raise MisuseError(f"the run in {folder} was cut short.")
    write_atomically(folder / _MARK, json.dumps({"fingerprint": state}) + "\n")
    return document


def _command(setting: Setting, control: Control | None, folder: Path) -> list[str]:
    command = [
        *(*claims_command(), "-q"),
        *("-p", "claims.harness.falsification.plugin", "-p", "claims.harness.session.no_figures"),
        *("--profile", "quick", "--seed", str(setting.seed), "--output", str(folder)),
    ]
    if control:
        command += ["--control", control.name]
    if expression := setting.expression(control):
        command += ["-k", expression]
    if control is None or not control.retrains:
        command.append("--reuse")
    return command
