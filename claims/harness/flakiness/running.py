"""Run the claims seed after seed, only those that a seed has no run of, a line each."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from claims.harness.baselines.store import Key
from claims.harness.files import FileError
from claims.harness.flakiness.record import Identity, append, line_of
from claims.harness.flakiness.runs import Runs, require_kind
from claims.harness.records import results

# Of pytest: all claims stand, or some do not. Anything else is no result.
_FINISHED: Final = (0, 1)


@dataclass(frozen=True)
class Runner:
    """Adds runs to a file.

    Parameters
    ----------
    root
        Folder of the project.
    path
        The file, a line a run.
    identity
        What the runs depend on.
    runs
        Those that the file holds; more are added.
    chosen
        Ids of the claims to run; none stands for all.
    console
        Told of every run.
    """

    root: Path
    path: Path
    identity: Identity
    runs: Runs
    chosen: Sequence[str]
    console: Console

    def run(self, seeds: range) -> None:
        """Run what the seeds lack, after a seed that changed code repeats.

        Raises
        ------
        FileError
            If the file holds runs of another kind, changed code has another outcome, or a run comes to no
            end. What was run before is kept.
        """
        require_kind(self.identity, self.runs, self.path)
        self._prove()
        left = [seed for seed in seeds if not self._wanted() or self.runs.lacking(seed, self._wanted())]
        held = len(seeds) - len(left)
        self.console.print(Text(f"{held} of {len(seeds)} seeds are in {self.path.name} already."))
        for done, seed in enumerate(left, start=1):
            started = time.perf_counter()
            line = self._add(seed, self.runs.lacking(seed, self._wanted()))
            told, red = _told(line)
            took = f"{done}/{len(left)}  seed {seed}  {time.perf_counter() - started:.0f} s"
            self.console.print(Text(took + told, "bold red" if red else ""))

    def _wanted(self) -> list[Key]:
        return [key for key in self.runs.known if not self.chosen or key.claim in self.chosen]

    def _prove(self) -> None:
        """Let changed code repeat a seed of every claim that has runs."""
        left = self.runs.unproven(self.identity.code, self._wanted())
        while left:
            seed = next(reversed(self.runs.claims[left[0]]))
            told = f"The code is not that of {self.path.name}: seed {seed} is repeated first."
            self.console.print(Text(told))
            repeated = [key for key in left if seed in self.runs.claims[key]]
            left = [key for key in left if key not in repeated]
            self._add(seed, repeated)

    def _add(self, seed: int, keys: Sequence[Key]) -> Mapping[str, Any]:
        whole = not self.chosen and len(keys) == len(self._wanted())
        select = "" if whole else " or ".join(dict.fromkeys(key.claim for key in keys))
        line = line_of(self._document_of(seed, select), self.identity, self.runs.compared)
        self.runs.add(line, f"the run of seed {seed}")
        append(self.path, line)
        return line

    def _document_of(self, seed: int, select: str) -> results.Document:
        # A process of its own, so that nothing of one run can leak into the next.
        folder = self.root / ".cache" / "flakes" / str(seed)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        settings = {name: getattr(self.identity, name) for name in ("profile", "engine", "device")}
        command = [sys.executable, "-m", "pytest", "claims", "-p", "claims.harness.session.no_figures"]
        command += ["-k", select] if select else []
        command += [f"--seed={seed}", f"--output={folder}"]
        command += [f"--{name}={value}" for name, value in settings.items()]
        log = folder / "log.txt"
        with log.open("wb") as file:
            code = subprocess.run(
                command, cwd=self.root, stdout=file, stderr=subprocess.STDOUT, check=False
            ).returncode
        if code not in _FINISHED:
            raise FileError(f"seed {seed} came to no end (exit code {code}); {log} says why.")
        document = results.read(folder / "results.json")
        if not document["complete"]:
            raise FileError(f"seed {seed} was cut short; {log} says why.")
        shutil.rmtree(folder)
        return document


def _told(line: Mapping[str, Any]) -> tuple[str, bool]:
    """What failed and drifted in a run, and whether anything did."""
    failed = sorted({claim["id"] for claim in line["claims"] if claim["verdict"] == "failed"})
    drifted = sorted({claim["id"] for claim in line["claims"] if claim["baseline"] == "drifted"})
    drifted += sorted(name for name, (status, _) in line["losses"].items() if status == "drifted")
    told = f"  failed: {', '.join(failed)}" if failed else ""
    told += f"  drifted: {', '.join(drifted)}" if drifted else ""
    return told, bool(told)
