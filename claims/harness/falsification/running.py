"""Runs of the claims under a control, each in a process of its own; the results of finished runs are kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from claims.harness.errors import MisuseError
from claims.harness.falsification.control import Control
from claims.harness.falsification.fingerprint import fingerprint, of_mistake
from claims.harness.files import FileError, read_json, write_atomically
from claims.harness.records import results
from claims.harness.records.results import Document
from claims.harness.separate_runs import LOG, RESULTS, Ended, Job, Place, baselines
from claims.harness.session.options import STORED_MODELS

PROFILE: Final = "quick"
"""Profile of all runs."""

PLAIN: Final = "plain"
"""Name of the plain run: the run without any mistake."""

_MARK: Final = "finished.json"
_MARK_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["fingerprint"],
    "properties": {"fingerprint": {"type": "string"}},
}
_LAST_LINES: Final = 12


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
    keeps_models
        Whether models trained under a mistake are stored, so that a later run judges them without training.
    """

    root: Path
    output: Path
    seed: int
    claims: tuple[str, ...]
    fresh: bool
    keeps_models: bool = False

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
    folder = setting.folder(name_of(control))
    try:
        if read_json(folder / _MARK, _MARK_SCHEMA)["fingerprint"] != setting.fingerprint(control):
            return None
        return results.read(folder / RESULTS)
    except FileError:
        return None


def job_of(setting: Setting, control: Control | None, place: Place) -> Job:
    """Describe the run of the claims under a control, or without any.

    Parameters
    ----------
    setting
        Where and how the run is made.
    control
        The mistake; None for the plain run, which keeps its models for the controls that train nothing. It
        runs alone, so on this machine it may use all threads.
    place
        Where runs are made.
    """
    arguments = [*_arguments(setting, control), "--device", place.device]
    if not place.is_here:
        return Job(arguments=tuple(arguments), threads=place.threads, files=baselines(setting.root, PROFILE))
    arguments += _stored_models(setting, control)
    return Job(
        arguments=tuple(arguments),
        threads=place.threads if control else None,
        folder=setting.root,
        output=setting.folder(name_of(control)),
    )


def document_of(setting: Setting, control: Control | None, state: str, ended: Ended) -> Document:
    """Read the results of a run that has ended, and mark it as finished.

    Parameters
    ----------
    setting, control
        As for `job_of`.
    state
        The fingerprint of the run when its job was made.
    ended
        What came of the run.

    Raises
    ------
    MisuseError
        If the run did not reach its end; the message holds the last lines that it wrote.
    """
    folder = setting.folder(name_of(control))
    ended.write(folder)
    if not ended.has_finished:
        last = "\n".join((folder / LOG).read_text(encoding="utf-8").splitlines()[-_LAST_LINES:])
        raise MisuseError(f"the run in {folder} ended with exit code {ended.code}:\n{last}")
    document = results.read(folder / RESULTS)
    if not document["complete"]:
        raise MisuseError(f"the run in {folder} was cut short.")
    write_atomically(folder / _MARK, json.dumps({"fingerprint": state}) + "\n")
    return document


def name_of(control: Control | None) -> str:
    """Name of a run: that of its control, or `PLAIN`."""
    return control.name if control else PLAIN


def _stored_models(setting: Setting, control: Control | None) -> list[str]:
    """Return the options that store and find models: the plain run's, or those trained under a mistake."""
    if control is None or not control.retrains:
        return ["--reuse"]
    if not setting.keeps_models:
        return []
    folder = Path(STORED_MODELS) / "controls" / f"{control.name}-{of_mistake(control)[:16]}"
    return ["--reuse", "--stored-models", str(folder)]


def _arguments(setting: Setting, control: Control | None) -> list[str]:
    arguments = [
        *("-q", "-p", "claims.harness.falsification.plugin", "-p", "claims.harness.session.no_figures"),
        *("--profile", PROFILE, "--seed", str(setting.seed)),
    ]
    if control:
        arguments += ["--control", control.name]
    if expression := setting.expression(control):
        arguments += ["-k", expression]
    return arguments
