"""Repeat the claims over many seeds and count what fails and drifts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from claims.harness.files import FileError, write_whole
from claims.harness.flakiness.record import Compared, compared_with, identity_of
from claims.harness.flakiness.running import Runner
from claims.harness.flakiness.runs import read
from claims.harness.flakiness.summary import summarize
from claims.harness.flakiness.table import markdown, show
from claims.harness.session.options import PROFILES
from tms import training

ROOT: Final = Path(__file__).parents[3]


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
        engine, device = training.resolve(asked.engine, asked.device)
        compared = compared_with(root, profile=asked.profile, device=device)
        runs = read(path, compared)
        if not asked.report_only:
            if asked.runs < 1 or asked.first_seed < 0:
                raise FileError("--runs must be at least 1, and --first-seed at least 0.")
            identity = identity_of(root, profile=asked.profile, engine=engine, device=device)
            runner = Runner(root, path, identity, runs, _chosen(asked.claims, compared), console)
            runner.run(range(asked.first_seed, asked.first_seed + asked.runs))
        if not runs.claims:
            raise FileError(f"{path} holds no runs that were compared with this baseline.")
        summary = summarize(runs)
        show(summary, console)
        write_whole(path.with_suffix(".md"), markdown(summary))
    except (FileError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    console.print(Text(f"wrote {path.with_suffix('.md').name} beside {path.name}"))
    return 0


def _chosen(text: str, compared: Compared) -> tuple[str, ...]:
    """Ids of the claims that were asked for, by id or section; none stands for all of them."""
    known = dict.fromkeys(key.claim for key in compared.claims)
    chosen: list[str] = []
    for name in text.upper().split():
        found = [claim for claim in known if name in (claim, claim.partition("-")[0])]
        if not found:
            raise FileError(f"--claims: {name!r} is neither a section nor a claim with a stored baseline.")
        chosen += found
    return tuple(chosen)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m claims.harness.flakiness", description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="seeds to run, those in the file among them")
    parser.add_argument("--first-seed", type=int, default=1, help="first of them (baselines come from 0)")
    parser.add_argument("--profile", choices=PROFILES, default="quick", help="scale of the experiments")
    parser.add_argument("--engine", default="auto", help="as of the claims")
    parser.add_argument("--device", default="auto", help="as of the claims")
    parser.add_argument("--claims", default="", help="only these claims, ids or sections with spaces between")
    parser.add_argument(
        "--file", default="baselines/flakes.jsonl", help="a line a run; the table goes beside it"
    )
    parser.add_argument("--report-only", action="store_true", help="run nothing, only sum up the file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
