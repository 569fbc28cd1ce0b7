"""Run the claims seed after seed, and append one line a run; seeds that have a run are left out."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from claims.harness.baselines.baseline import Key
from claims.harness.files import FileError
from claims.harness.flakiness.identity import Identity
from claims.harness.flakiness.record import append, line_of
from claims.harness.flakiness.runs import Runs, require_kind
from claims.harness.records import results
from claims.harness.suite import claims_command, environment_of_experiments

# Exit codes of pytest: all claims passed, or some failed. Any other run gives no outcome.
_FINISHED: Final = (0, 1)


@dataclass(frozen=True)
class Runner:
    """Runs seeds and adds their outcomes to a file.

    Parameters
    ----------
    root
        The folder that owns baselines/ and .cache/.
    path
        The file of the runs, one line a run.
    identity
        What the outcomes depend on.
    runs
        The runs that the file holds; new runs are added.
    chosen
        Ids of the claims to run; empty for all.
    console
        The console that shows each run.
    """

    root: Path
    path: Path
    identity: Identity
    runs: Runs
    chosen: Sequence[str]
    console: Console

    def run(self, seeds: Sequence[int]) -> None:
        """Run the claims that have no run of a seed; changed code repeats an earlier seed first.

        Raises
        ------
        FileError
            If the file holds runs of another kind, changed code gives another outcome, or a run does not
            reach its end. Earlier runs are kept.
        """
        require_kind(self.identity, self.runs, self.path)
        self._repeat()
        left = [seed for seed in seeds if not self._wanted() or self.runs.lacking(seed, self._wanted())]
        stored = len(seeds) - len(left)
        self.console.print(Text(f"{stored} of {len(seeds)} seeds are in {self.path.name} already."))
        for done, seed in enumerate(left, start=1):
            started = time.perf_counter()
            line = self._add(seed, self.runs.lacking(seed, self._wanted()))
            failures = _failures(line)
            took = f"{done}/{len(left)}  seed {seed}  {time.perf_counter() - started:.0f} s"
            self.console.print(Text(took + failures, "bold red" if failures else ""))

    def _wanted(self) -> list[Key]:
        return [key for key in self.runs.known if not self.chosen or key.claim in self.chosen]

    def _repeat(self) -> None:
        """Repeat a seed of every claim that has runs, but none of this code; `Runs.add` compares them."""
        left = self.runs.unproven(self.identity.code, self._wanted())
        while left:
            seed = next(reversed(self.runs.claims[left[0]]))
            self.console.print(
                Text(f"The code is not that of {self.path.name}: seed {seed} is repeated first.")
            )
            repeated = [key for key in left if seed in self.runs.claims[key]]
            left = [key for key in left if key not in repeated]
            self._add(seed, repeated)

    def _add(self, seed: int, keys: Sequence[Key]) -> Mapping[str, Any]:
        every_claim = not self.chosen and len(keys) == len(self._wanted())
        select = "" if every_claim else " or ".join(dict.fromkeys(key.claim for key in keys))
        line = line_of(self._document_of(seed, select), self.identity, self.runs.compared)
        self.runs.add(line, f"the run of seed {seed}")
        append(self.path, line)
        return line

    def _document_of(self, seed: int, select: str) -> results.Document:
        # Each run is a separate process, so that no state leaks from one run into the next.
        folder = self.root / ".cache" / "flakes" / str(seed)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        settings = {name: getattr(self.identity, name) for name in ("profile", "engine", "device")}
        command = [*claims_command(), "-p", "claims.harness.session.no_figures"]
        command += ["-k", select] if select else []
        command += [f"--seed={seed}", f"--output={folder}"]
        command += [f"--{name}={value}" for name, value in settings.items()]
        log = folder / "log.txt"
        with log.open("wb") as file:
            code = subprocess.run(
                command,
                cwd=self.root,
                env=environment_of_experiments(),
                stdout=file,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
        if code not in _FINISHED:
            raise FileError(f"seed {seed} did not reach its end (exit code {code}); {log} says why.")
        document = results.read(folder / "results.json")
        if not document["complete"]:
            raise FileError(f"seed {seed} was cut short; {log} says why.")
        shutil.rmtree(folder)
        return document


def _failures(line: Mapping[str, Any]) -> str:
    """Name what failed in a run, with its verdict, and what drifted; empty if nothing did."""
    failed = sorted(
        {f"{claim['id']} ({claim['verdict']})" for claim in line["claims"] if not claim["passes"]}
    )
    drifted = sorted({claim["id"] for claim in line["claims"] if claim["baseline"] == "drifted"})
    drifted += sorted(name for name, (status, _) in line["losses"].items() if status == "drifted")
    text = f"  failed: {', '.join(failed)}" if failed else ""
    return text + (f"  drifted: {', '.join(drifted)}" if drifted else "")
