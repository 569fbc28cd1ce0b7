"""The runs that count: those of this checkout's settings, rules and baseline, claim by claim.

Code and baselines may change while runs add up over days. A claim keeps its runs as long as what it is
compared with stays the same and changed code gives the same outcome: the first run of a code that a claim
counts repeats one of its seeds. A claim whose baseline was renewed begins anew, and only that claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from claims.harness.baselines.store import Key
from claims.harness.files import FileError, parse_json
from claims.harness.flakiness.record import SCHEMA, Compared, Identity, key_of


@dataclass
class Runs:
    """Outcomes by claim and seed.

    Parameters
    ----------
    compared
        What they must have been compared with to count.
    claims
        By test and seed, its entry of a line.
    losses
        By experiment and seed, the status of the drift test.
    codes
        By test, the codes that gave its outcomes.
    lines
        All lines that were added.
    """

    compared: Compared
    claims: dict[Key, dict[int, Mapping[str, Any]]] = field(default_factory=dict)
    losses: dict[str, dict[int, str]] = field(default_factory=dict)
    codes: dict[Key, set[str]] = field(default_factory=dict)
    lines: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, line: Mapping[str, Any], where: str) -> None:
        """Count a line's claims.

        Parameters
        ----------
        line
            Of a run.
        where
            What it is called in an error.

        Raises
        ------
        FileError
            If a seed has two outcomes, the line is not of the others' kind, or changed code did not begin
            with a seed of the former; nothing is counted then.
        """
        seed, code = line["seed"], line["identity"]["code"]
        if self.lines and (unlike := differences(line["identity"], self.lines[0]["identity"])):
            raise FileError(f"{where} comes from another {', '.join(unlike)} than the first line.")
        counted = {key_of(c): c for c in line["claims"] if self._counts(c)}
        for key, entry in counted.items():
            known = self.claims.get(key, {})
            if seed in known and entry != known[seed]:
                raise FileError(
                    f"{where}: {key.claim} has another outcome at seed {seed} than before; renew its "
                    "baseline, or count in another --file."
                )
            if known and seed not in known and code not in self.codes[key]:
                raise FileError(f"{where} comes from other code, which repeated no seed of {key.claim}.")
        for key, entry in counted.items():
            self.claims.setdefault(key, {})[seed] = entry
            self.codes.setdefault(key, set()).add(code)
        for name, (status, compared) in line["losses"].items():
            if compared == self.compared.losses.get(name, ""):
                self.losses.setdefault(name, {})[seed] = status
        self.lines.append(line)

    @property
    def known(self) -> list[Key]:
        """Claims to run: those with a stored baseline, or without any all that have runs."""
        return list(self.compared.claims or self.claims)

    def lacking(self, seed: int, wanted: Iterable[Key]) -> list[Key]:
        """Which claims have no run of a seed."""
        return [key for key in wanted if seed not in self.claims.get(key, {})]

    def at(self, seed: int) -> list[Mapping[str, Any]]:
        """What every claim gave that has a run of a seed."""
        return [of[seed] for of in self.claims.values() if seed in of]

    def unproven(self, code: str, wanted: Iterable[Key]) -> list[Key]:
        """Which claims have runs, but none of this code."""
        return [key for key in wanted if self.claims.get(key) and code not in self.codes[key]]

    def _counts(self, entry: Mapping[str, Any]) -> bool:
        return bool(entry["compared"] == self.compared.claims.get(key_of(entry), ""))


def read(path: Path, compared: Compared) -> Runs:
    """Read all whole lines, trusting nothing in them.

    Parameters
    ----------
    path
        File to read; without it there are no runs.
    compared
        What a run of this checkout would be compared with.

    Raises
    ------
    FileError
        If a line is damaged or contradicts those before it, as of `Runs.add`. A last line without its end is
        what an interrupted run leaves, and is passed over.
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
    """Refuse to add runs to a file of unlike ones.

    Raises
    ------
    FileError
        If settings or rules are others.
    """
    if runs.lines and (unlike := differences(vars(identity), runs.lines[0]["identity"])):
        raise FileError(
            f"{path} holds runs of another {', '.join(unlike)}; give another --file, or remove this one."
        )


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Name the parts in which two identities differ, code apart."""
    return [name for name in one if name != "code" and one[name] != other[name]]
