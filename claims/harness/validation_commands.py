"""The subcommands of `tms` that test the claims themselves, by many runs: falsify and flakes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from claims.harness.command_line import errors_in_one_sentence

_FILE: Final = click.Path(path_type=Path)
_CLAIMS: Final = 'Only these claims, ids or sections with spaces between: "GEO-2 PHASE".'
_CLUSTER: Final = "A Dask scheduler whose workers make the runs, such as tcp://10.0.0.1:8786."
_KEEP: Final = "Store models trained under mistakes (some GB), so that changed claims need no training."
_STORE: Final = (
    "Store the matrix of some controls, too: it joins a stored part of the same code and machine, whose "
    "controls are not run again."
)
_WORKERS: Final = "Number of runs at a time; by default one for each processor, or one on a GPU."


@click.command()
@click.argument("controls", nargs=-1)
@click.option("-k", "part", default="", metavar="TEXT", help="Only controls whose name contains this text.")
@click.option("--claims", default="", metavar="IDS", help=_CLAIMS)
@click.option("--list", "only_list", is_flag=True, help="List the controls and run nothing.")
@click.option("--fresh", is_flag=True, help="Repeat the runs that an earlier call finished.")
@click.option("--keep-models", is_flag=True, help=_KEEP)
@click.option("--store", is_flag=True, help=_STORE)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all runs.")
@click.option(
    "--output", type=_FILE, default="replication/falsify", show_default=True, help="Folder of the runs."
)
@click.option("--workers", type=click.IntRange(min=1), help=_WORKERS)
@click.option("--cluster", metavar="ADDRESS", help=_CLUSTER)
@errors_in_one_sentence
def falsify(
    controls: tuple[str, ...],
    part: str,
    claims: str,
    only_list: bool,
    fresh: bool,
    keep_models: bool,
    store: bool,
    seed: int,
    output: Path,
    workers: int | None,
    cluster: str | None,
) -> int:
    """Make mistakes on purpose, and record which claims notice them.

    A control is one such mistake, for example a loss that ignores importance. CONTROLS are the names of
    those to run, all by default. Each runs in a separate process, in the quick profile, several at a time. A
    finished run is kept until the code, the packages or the baselines change, so an interrupted call can be
    repeated.

    The matrix of all controls and claims is stored in baselines/falsification.json, and `tms replicate`
    shows it in its report. A part of it is stored in the output folder, or with --store in baselines/, too:
    a matrix can so be measured in several calls.

    The exit code is 0 if every control is caught and every claim catches one, 1 if not, and 2 if something
    cannot be run.
    """
    from claims.harness.falsification import command

    if only_list:
        for control in command.chosen(controls, part):
            click.echo(f"{control.name}: {control.mistake} ({control.against})")
        return 0
    root = Path.cwd()
    return command.falsify(
        root=root,
        names=controls,
        part=part,
        claims=claims,
        seed=seed,
        output=root / output,
        fresh=fresh,
        keep_models=keep_models,
        store=store,
        workers=workers,
        cluster=cluster,
    )


@click.command()
@click.option("--runs", type=click.IntRange(min=1), default=100, show_default=True, help="Number of seeds.")
@click.option(
    "--first-seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="The first seed; baselines come from seed 0.",
)
@click.option(
    "--profile", default="quick", show_default=True, help="smoke, quick or paper: scale of the experiments."
)
@click.option("--engine", default="auto", show_default=True, help="How to train: auto, reference or fused.")
@click.option("--device", default="auto", show_default=True, help="Where to train: auto, cpu or cuda.")
@click.option("--claims", default="", metavar="IDS", help=_CLAIMS)
@click.option(
    "--file",
    "path",
    type=_FILE,
    help="The file of the runs, one line a run; the table is written beside it. By default, that of the "
    "device and the profile in baselines/, such as flakes-cpu-quick.jsonl.",
)
@click.option("--workers", type=click.IntRange(min=1), help=_WORKERS)
@click.option("--cluster", metavar="ADDRESS", help=_CLUSTER)
@click.option("--report-only", is_flag=True, help="Run nothing; summarize the file.")
@errors_in_one_sentence
def flakes(
    runs: int,
    first_seed: int,
    profile: str,
    engine: str,
    device: str,
    claims: str,
    path: Path | None,
    workers: int | None,
    cluster: str | None,
    report_only: bool,
) -> int:
    """Count how often claims fail or drift by chance, over many seeds.

    Each seed runs in a separate process, several at a time, and adds one line to the file when it ends. Seeds
    that the file holds are not repeated, so an interrupted call can be repeated, too. After a change of the
    code, one seed is repeated first and must give the same numbers.

    The exit code is 0 whatever failed by chance, and 2 if something cannot be run or read.
    """
    from claims.harness.errors import MisuseError
    from claims.harness.flakiness.command import count_flakes

    root = Path.cwd()
    try:
        count_flakes(
            root=root,
            path=path and root / path,
            seeds=() if report_only else range(first_seed, first_seed + runs),
            profile=profile,
            engine=engine,
            device=device,
            claims=claims,
            workers=workers,
            cluster=cluster,
        )
    except ValueError as error:
        raise MisuseError(str(error)) from error
    return 0
