"""Run the claims with many seeds, and append one line a run; seeds that have a run are left out."""

from __future__ import annotations

import shutil
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
from claims.harness.records import environment, results
from claims.harness.separate_runs import LOG, RESULTS, Ended, Job, Place, baselines, side_by_side

_NO_FIGURES: Final = "claims.harness.session.no_figures"
_SEED: Final = "seed "


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
    place
        Where the runs are made.
    console
        The console that shows each run.
    """

    root: Path
    path: Path
    identity: Identity
    runs: Runs
    chosen: Sequence[str]
    place: Place
    console: Console

    def run(self, seeds: Sequence[int]) -> None:
        """Run the claims that have no run of a seed; changed code repeats an earlier seed first.

        Runs are added to the file as they end, whatever their order.

        Raises
        ------
        FileError
            If the file holds runs of another kind, changed code gives another outcome, or a run does not
            reach its end. Earlier runs are kept.
        """
        require_kind(self.identity, self.runs, self.path)
        self._repeat()
        left = [seed for seed in seeds if not self._wanted() or self.runs.lacking(seed, self._wanted())]
        if not self.place.is_here:
            self.console.print(Text(f"Runs are made on {self.place.executor}."))
        stored = len(seeds) - len(left)
        self.console.print(Text(f"{stored} of {len(seeds)} seeds are in {self.path.name} already."))
        self._add({seed: self.runs.lacking(seed, self._wanted()) for seed in left})

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
            self._add({seed: repeated})

    def _add(self, wanted: Mapping[int, Sequence[Key]]) -> None:
        """Run claims with some seeds, and add each run when it has ended."""
        done = 0

        def record(name: str, ended: Ended) -> None:
            nonlocal done
            seed = int(name.removeprefix(_SEED))
            line = line_of(self._document_of(seed, ended), self.identity, self.runs.compared)
            self.runs.add(line, f"the run of {name}")
            append(self.path, line)
            done += 1
            failures = _failures(line)
            took = f"{done}/{len(wanted)}  {name}  {ended.seconds:.0f} s"
            self.console.print(Text(took + failures, "bold red" if failures else ""))

        files = baselines(self.root, self.identity.profile)
        jobs = {f"{_SEED}{seed}": self._job(seed, keys, files) for seed, keys in wanted.items()}
        side_by_side(self.place, jobs, record, self.console)

    def _job(self, seed: int, keys: Sequence[Key], files: Mapping[str, bytes]) -> Job:
        every_claim = not self.chosen and len(keys) == len(self._wanted())
        select = "" if every_claim else " or ".join(dict.fromkeys(key.claim for key in keys))
        settings = {name: getattr(self.identity, name) for name in ("profile", "engine", "device")}
        arguments = ["-p", _NO_FIGURES, *(["-k", select] if select else []), f"--seed={seed}"]
        arguments += [f"--{name}={value}" for name, value in settings.items()]
        return Job(arguments=tuple(arguments), threads=self.place.threads, files=files)

    def _document_of(self, seed: int, ended: Ended) -> results.Document:
        folder = self.root / ".cache" / "flakes" / str(seed)
        shutil.rmtree(folder, ignore_errors=True)
        ended.write(folder)
        log = folder / LOG
        if not ended.has_finished:
            raise FileError(f"seed {seed} did not reach its end (exit code {ended.code}); {log} says why.")
        document = results.read(folder / RESULTS)
        if not document["complete"]:
            raise FileError(f"seed {seed} was cut short; {log} says why.")
        shutil.rmtree(folder)
        # The run knows nothing of the folder of this project.
        document["environment"]["git_commit"], _ = environment.git_state(self.root)
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
