"""Repeat the claims over many seeds, and count which claims fail and drift."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from claims.harness.files import FileError, relative_to_cwd, write_atomically
from claims.harness.flakiness.identity import Compared, compared_with, identity_of
from claims.harness.flakiness.record import path_of
from claims.harness.flakiness.running import Runner
from claims.harness.flakiness.runs import read
from claims.harness.flakiness.summary import summarize
from claims.harness.flakiness.table import markdown, show
from claims.harness.locks import lock_of, locked
from claims.harness.separate_runs import place_of_runs
from tms import training
from tms.paper import PROFILES


def count_flakes(
    *,
    root: Path,
    path: Path | None,
    seeds: Sequence[int],
    profile: str,
    engine: str,
    device: str,
    claims: str,
    workers: int | None = None,
    cluster: str | None = None,
) -> None:
    """Run the seeds that a file does not hold yet, then print the table and write it beside the file.

    Parameters
    ----------
    root
        The folder that owns baselines/ and .cache/.
    path
        The file of the runs, one line a run; None for `record.path_of`. The table is written beside it as
        Markdown.
    seeds
        The seeds to run; empty to summarize the file as it is.
    profile, engine, device
        Scale of the experiments, engine and device; "auto" resolves the last two.
    claims
        The only sections and ids of claims to run, separated by spaces; all if empty.
    workers, cluster
        Where the runs are made, as in `place_of_runs`.

    Raises
    ------
    FileError
        If a file cannot be used, the profile is unknown, a claim has no baseline, or a run did not reach its
        end, or other runs are under way.
    ValueError
        If the engine or the device is not available.
    """
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160, highlight=False)
    if profile not in PROFILES:
        raise FileError(f"--profile {profile!r} must be one of {', '.join(PROFILES)}.")
    engine, device = training.resolve(engine, device)
    path = path or path_of(root, profile=profile, device=device)
    compared = compared_with(root, profile=profile, device=device)
    chosen = _chosen(claims, compared)
    if seeds:
        identity = identity_of(profile=profile, engine=engine, device=device)
        busy = "Another tms flakes runs in this folder; wait for it."
        with (
            locked(lock_of(root / ".cache" / "flakes"), busy),
            place_of_runs(workers, device, cluster) as place,
        ):
            Runner(root, path, identity, read(path, compared), chosen, place, console).run(seeds)
    runs = read(path, compared)
    if not runs.claims:
        raise FileError(f"{path} holds no runs that were compared with this baseline.")
    summary = summarize(runs)
    show(summary, console)
    table = path.with_suffix(".md")
    write_atomically(table, markdown(summary))
    console.print(Text(f"wrote {relative_to_cwd(table)}"))


def _chosen(text: str, compared: Compared) -> tuple[str, ...]:
    """List the ids of the chosen claims, given by id or section; empty for all of them."""
    known = dict.fromkeys(key.claim for key in compared.claims)
    chosen: list[str] = []
    for name in text.upper().split():
        found = [claim for claim in known if name in (claim, claim.partition("-")[0])]
        if not found:
            raise FileError(f"--claims: {name!r} is neither a section nor a claim with a stored baseline.")
        chosen += found
    return tuple(chosen)
