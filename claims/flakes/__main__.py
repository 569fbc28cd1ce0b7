"""Repeat the claims over many seeds and count what fails and drifts: `python -m claims.flakes --runs 100`."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from claims import results
from claims.files import FileError, write_whole
from claims.flakes.record import Identity, append, differences, identity_of, line_of, read, same_outcome
from claims.flakes.summary import summarize
from claims.flakes.table import markdown, show
from claims.options import PROFILES
from tms import training

ROOT: Final = Path(__file__).parent.parent.parent

# Of pytest: all claims stand, or some do not. Anything else is no result.
_FINISHED: Final = (0, 1)


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Run the seeds that a file does not hold yet, then print the table and write it beside the file.

    Parameters
    ----------
    arguments
        Of the command line; those of the process if None.
    root
        Folder of the project.

    Returns
    -------
    int
        0, whatever failed by chance; 2 after a sentence on what could not be run or read.
    """
    asked = _parser().parse_args(arguments)
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160, highlight=False)
    path = root / asked.file
    try:
        if not asked.report_only:
            if asked.runs < 1 or asked.first_seed < 0:
                raise FileError("--runs must be at least 1, and --first-seed at least 0.")
            engine, device = training.resolve(asked.engine, asked.device)
            identity = identity_of(root, profile=asked.profile, select=asked.k, engine=engine, device=device)
            _run(identity, range(asked.first_seed, asked.first_seed + asked.runs), path, root, console)
        lines = read(path)
        if not lines:
            raise FileError(f"{path} holds no runs yet.")
        summary = summarize(lines)
        show(summary, console)
        write_whole(path.with_suffix(".md"), markdown(summary))
    except (FileError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    console.print(Text(f"wrote {path.with_suffix('.md').name} beside {path.name}"))
    return 0


def _run(identity: Identity, seeds: range, path: Path, root: Path, console: Console) -> None:
    lines = read(path)
    if lines:
        _require_one_kind(identity, lines, path, root, console)
    held = {line["seed"] for line in lines}
    left = [seed for seed in seeds if seed not in held]
    console.print(Text(f"{len(seeds) - len(left)} of {len(seeds)} seeds are in {path.name} already."))
    for done, seed in enumerate(left, start=1):
        started = time.perf_counter()
        line = line_of(_document_of(identity, seed, root), identity)
        append(path, line)
        failed = sorted({claim["id"] for claim in line["claims"] if claim["verdict"] == "failed"})
        drifted = sorted({claim["id"] for claim in line["claims"] if claim["baseline"] == "drifted"})
        drifted += sorted(name for name, status in line["losses"].items() if status == "drifted")
        told = f"{done}/{len(left)}  seed {seed}  {time.perf_counter() - started:.0f} s"
        told += f"  failed: {', '.join(failed)}" if failed else ""
        told += f"  drifted: {', '.join(drifted)}" if drifted else ""
        console.print(Text(told, "bold red" if failed or drifted else ""))


def _require_one_kind(
    identity: Identity, lines: Sequence[Mapping[str, Any]], path: Path, root: Path, console: Console
) -> None:
    """Refuse runs unlike those in a file; changed code first repeats the last of them."""
    cure = "give another --file, or remove this one"
    if parts := differences(asdict(identity), lines[0]["identity"]):
        raise FileError(f"{path} holds runs with another {', '.join(parts)}; {cure}.")
    if identity.code in {line["identity"]["code"] for line in lines}:
        return
    last = lines[-1]
    console.print(Text(f"The code is not that of {path.name}: seed {last['seed']} is repeated first."))
    again = line_of(_document_of(identity, last["seed"], root), identity)
    if not same_outcome(again, last):
        raise FileError(f"{path} holds runs of code with another outcome of seed {last['seed']}; {cure}.")
    append(path, again)


def _document_of(identity: Identity, seed: int, root: Path) -> results.Document:
    # A process of its own, so that nothing of one run can leak into the next.
    folder = root / ".cache" / "flakes" / str(seed)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    chosen = ["-k", identity.select] if identity.select else []
    settings = {"profile": identity.profile, "engine": identity.engine, "device": identity.device}
    command = [sys.executable, "-m", "pytest", "claims", "-p", "claims.undrawn", *chosen]
    command += [f"--seed={seed}", f"--output={folder}"]
    command += [f"--{name}={value}" for name, value in settings.items()]
    log = folder / "log.txt"
    with log.open("wb") as file:
        code = subprocess.run(
            command, cwd=root, stdout=file, stderr=subprocess.STDOUT, check=False
        ).returncode
    if code not in _FINISHED:
        raise FileError(f"seed {seed} came to no end (exit code {code}); {log} says why.")
    document = results.read(folder / "results.json")
    if not document["complete"]:
        raise FileError(f"seed {seed} was cut short; {log} says why.")
    shutil.rmtree(folder)
    return document


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m claims.flakes", description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="seeds to run, those in the file among them")
    parser.add_argument("--first-seed", type=int, default=1, help="first of them (baselines come from 0)")
    parser.add_argument("--profile", choices=PROFILES, default="quick", help="scale of the experiments")
    parser.add_argument("--engine", default="auto", help="as of the claims")
    parser.add_argument("--device", default="auto", help="as of the claims")
    parser.add_argument("-k", default="", help="claims to run, as of pytest; all of them unless stated")
    parser.add_argument(
        "--file", default="baselines/flakes.jsonl", help="a line a run; the table goes beside it"
    )
    parser.add_argument("--report-only", action="store_true", help="run nothing, only sum up the file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
