"""The runs that count for this code and this baseline, claim by claim.

Code and baselines may change while runs are added over days. A claim keeps its runs as long as its baseline
stays the same and changed code gives the same outcome: the first run of changed code repeats a seed that the
claim has, and must reproduce it digit for digit. This guards the models, the measurements and the rules of
judging alike. A claim whose baseline was rewritten starts again; the other claims keep their runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from claims.harness.baselines.baseline import Key
from claims.harness.files import FileError, parse_json
from claims.harness.flakiness.identity import Compared, Identity
from claims.harness.flakiness.record import SCHEMA, key_of


@dataclass
class Runs:
    """Outcomes by claim and seed.

    Parameters
    ----------
    compared
        The baseline that a run must have been compared with to count.
    claims
        The outcomes: entries of lines, by test and seed.
    losses
        The status of the drift test of the losses, by experiment and seed.
    codes
        Digests of the code that gave the outcomes, by test.
    lines
        All lines that were added.
    """

    compared: Compared
    claims: dict[Key, dict[int, Mapping[str, Any]]] = field(default_factory=dict)
    losses: dict[str, dict[int, str]] = field(default_factory=dict)
    codes: dict[Key, set[str]] = field(default_factory=dict)
    lines: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, line: Mapping[str, Any], where: str) -> None:
        """Count the claims of a line.

        Parameters
        ----------
        line
            The record of a run.
        where
            The name of the line in error messages.

        Raises
        ------
        FileError
            If a seed gets a second outcome, the line is of another kind than the others, or changed code did
            not repeat a seed first. Nothing is counted then.
        """
        seed, code = line["seed"], line["identity"]["code"]
        if self.lines and (unlike := differences(line["identity"], self.lines[0]["identity"])):
            raise FileError(f"{where} has another {', '.join(unlike)} than the first line.")
        counted = {key_of(c): c for c in line["claims"] if self._counts(c)}
        for key, entry in counted.items():
            known = self.claims.get(key, {})
            if seed in known and entry != known[seed]:
                raise FileError(
                    f"{where}: {key.claim} has another outcome at seed {seed} than before; rewrite its "
                    "baseline, or count in another --file."
                )
            if known and seed not in known and code not in self.codes[key]:
                raise FileError(f"{where} comes from changed code, which repeated no seed of {key.claim}.")
        for key, entry in counted.items():
            self.claims.setdefault(key, {})[seed] = entry
            self.codes.setdefault(key, set()).add(code)
        for name, (status, compared) in line["losses"].items():
            if compared == self.compared.losses.get(name, ""):
                self.losses.setdefault(name, {})[seed] = status
        self.lines.append(line)

    @property
    def known(self) -> list[Key]:
        """Claims to run: those with a stored baseline; without any baseline, those that have runs."""
        return list(self.compared.claims or self.claims)

    def lacking(self, seed: int, wanted: Iterable[Key]) -> list[Key]:
        """List the claims that have no run of a seed."""
        return [key for key in wanted if seed not in self.claims.get(key, {})]

    def at(self, seed: int) -> list[Mapping[str, Any]]:
        """List the outcomes of a seed, one for each claim that has a run of it."""
        return [of[seed] for of in self.claims.values() if seed in of]

    def unproven(self, code: str, wanted: Iterable[Key]) -> list[Key]:
        """List the claims that have runs, but none of this code."""
        return [key for key in wanted if self.claims.get(key) and code not in self.codes[key]]

    def _counts(self, entry: Mapping[str, Any]) -> bool:
        return bool(entry["compared"] == self.compared.claims.get(key_of(entry), ""))


def read(path: Path, compared: Compared) -> Runs:
    """Read and check all complete lines of a file.

    An incomplete last line, which an interrupted run leaves, is ignored.

    Parameters
    ----------
    path
        The file; a missing file holds no runs.
    compared
        The baseline that a run would be compared with now.

    Raises
    ------
    FileError
        If a line is damaged or contradicts an earlier one (see `Runs.add`).
    """
    runs = Runs(compared)
    if not path.exists():
        return runs
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path} cannot be read as text.") from error
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        where = f"line {number} of {path}"
        runs.add(parse_json(line, where, SCHEMA), where)
    return runs


def require_kind(identity: Identity, runs: Runs, path: Path) -> None:
    """Check that new runs are of the same kind as those of a file.

    Raises
    ------
    FileError
        If their settings or rules differ.
    """
    if runs.lines and (unlike := differences(vars(identity), runs.lines[0]["identity"])):
        raise FileError(
            f"{path} holds runs with another {', '.join(unlike)}; give another --file, or remove this one."
        )


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Name the fields in which two identities differ, except for the code."""
    return [name for name in one if name != "code" and one[name] != other[name]]
