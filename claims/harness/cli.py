"""The command `tms`: run the claims, look at their results, and test the claims themselves.

Each subcommand imports what it needs when it starts, so that `tms --help` answers at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from claims.harness.command_line import PytestCommand, errors_in_one_sentence, run_and_exit

_FILE: Final = click.Path(path_type=Path)
_CLAIMS: Final = 'Only these claims, ids or sections with spaces between: "GEO-2 PHASE".'


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command `tms` and exit with its code.

    Parameters
    ----------
    arguments
        The command line after the name; that of the process if None.
    """
    run_and_exit(tms, "tms", arguments)


@click.group(context_settings={"max_content_width": 100})
def tms() -> None:
    """Replicate "Toy Models of Superposition" (Elhage et al., 2022).

    The current folder owns all stored data: baselines/ (expected results), replication/ (results and
    reports) and .cache/ (models that can be reused).
    """


@tms.command(cls=PytestCommand)
def replicate(arguments: tuple[str, ...]) -> int:
    """Train the paper's experiments, judge every claim and write a report.

    Each claim is judged against the paper and compared with its baseline. Results, reports and figures go to
    replication/. Other options go to pytest, for example:

    \b
      tms replicate                      all claims at the paper's scale
      tms replicate --profile quick      the same claims in minutes
      tms replicate --profile smoke      the same claims in less than a minute, for a first look
      tms replicate -k GEO               the claims of one section
      tms replicate -k GEO-2 --seed 3    one claim with another seed

    Exit codes are those of pytest: 0 if all claims passed, 1 if any failed or drifted, 2 if the run was
    interrupted, 4 if an option is wrong.
    """  # noqa: D301 - click reads \b
    from claims.harness.suite import run_claims

    return run_claims(Path.cwd(), arguments)


@tms.command(cls=PytestCommand, fixed=("--update-baselines", "--show-baselines"))
@click.option("--write", is_flag=True, help="Write the baselines; without it, nothing is stored.")
@click.option("--profile", help="The only profile to run: smoke, quick or paper; all by default.")
def baselines(write: bool, profile: str | None, arguments: tuple[str, ...]) -> int:
    """Train again and show how the stored baselines would change.

    With --write, the baselines are changed. Results and reports of each profile go to
    replication/baselines-PROFILE/. Other options go to pytest, for example `-k GEO` for one section.

    The exit code is that of the first run that fails, or 0.
    """
    from claims.harness.suite import run_in_turn
    from tms.paper import PROFILES

    mode = "--update-baselines" if write else "--show-baselines"
    profiles = [profile] if profile else PROFILES
    outputs = {name: f"--output=replication/baselines-{name}" for name in profiles}
    return run_in_turn(
        Path.cwd(), [[mode, f"--profile={name}", output, *arguments] for name, output in outputs.items()]
    )


@tms.command()
@click.argument("before", type=_FILE)
@click.argument("now", type=_FILE)
@click.option("--output", type=_FILE, help="The folder to write to; by default that of the later run.")
@errors_in_one_sentence
def compare(before: Path, now: Path, output: Path | None) -> int:
    """Compare two runs: which quantities changed by more than chance explains, and which verdicts.

    BEFORE and NOW are the results.json of the runs. The comparison is printed, and written as
    comparison.json, comparison.md and comparison.html.

    The exit code is 0 if no quantity moved beyond chance and no verdict changed, 1 if any did, and 2 if a
    file cannot be used.
    """
    from claims.harness.report.compare import compare_runs

    return compare_runs(before, now, output)


@tms.command()
@click.argument("results", type=_FILE)
@click.option(
    "--falsification",
    type=_FILE,
    help="The falsification.json to show in the report; by default the one of the run, if it had one.",
)
@errors_in_one_sentence
def report(results: Path, falsification: Path | None) -> int:
    """Write the reports of a stored run again.

    RESULTS is its results.json; the reports are written beside it. The exit code is 0, or 2 if a file cannot
    be used.
    """
    from claims.harness.files import relative_to_cwd
    from claims.harness.report.stored_run import write_again

    for path in write_again(results, falsification):
        click.echo(f"wrote {relative_to_cwd(path)}")
    return 0


@tms.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST OPTIONS]")
@errors_in_one_sentence
def bench(arguments: tuple[str, ...]) -> int:
    """Measure training throughput beside other ways to train.

    The benchmarks and what they are compared with belong to a checkout of the repository, so the current
    folder must be one. All options go to pytest, for example `-k phase` or `--device cpu`.

    The exit code is 0, 1 if an engine fell behind its baseline, and 2 outside a checkout.
    """
    from claims.harness.suite import run_benchmarks

    return run_benchmarks(Path.cwd(), arguments)


@tms.command()
@click.argument("results", type=_FILE)
@errors_in_one_sentence
def counts(results: Path) -> int:
    """Print the verdict about a stored run and its counts, one NAME=VALUE a line.

    RESULTS is its results.json. Shells, the outputs of a GitHub job and the dotenv reports of GitLab read
    these lines. The verdict is passed, failed, drifted, missing (the baseline lacks something) or incomplete.

    The exit code is 0 whatever the verdict, and 2 if the file cannot be used.
    """
    from claims.harness.records.results import read
    from claims.harness.report.run_verdict import counts as counts_of

    for name, value in counts_of(read(results)).items():
        click.echo(f"{name}={value}")
    return 0


@tms.command()
@click.argument("controls", nargs=-1)
@click.option("-k", "part", default="", metavar="TEXT", help="Only controls whose name contains this text.")
@click.option("--claims", default="", metavar="IDS", help=_CLAIMS)
@click.option("--list", "only_list", is_flag=True, help="List the controls and run nothing.")
@click.option("--fresh", is_flag=True, help="Repeat the runs that an earlier call finished.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all runs.")
@click.option(
    "--output", type=_FILE, default="replication/falsify", show_default=True, help="Folder of the runs."
)
@errors_in_one_sentence
def falsify(
    controls: tuple[str, ...],
    part: str,
    claims: str,
    only_list: bool,
    fresh: bool,
    seed: int,
    output: Path,
) -> int:
    """Make mistakes on purpose, and record which claims notice them.

    A control is one such mistake, for example a loss that ignores importance. CONTROLS are the names of
    those to run, all by default. Each runs in a separate process, in the quick profile. A finished run is
    kept until the code, the packages or the baselines change, so an interrupted call can be repeated.

    The matrix of all controls and claims is stored in baselines/falsification.json, and `tms replicate`
    shows it in its report. A part of it is stored in the output folder.

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
        root=root, names=controls, part=part, claims=claims, seed=seed, output=root / output, fresh=fresh
    )


@tms.command()
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
    default="baselines/flakes.jsonl",
    show_default=True,
    help="The file of the runs, one line a run; the table is written beside it.",
)
@click.option("--report-only", is_flag=True, help="Run nothing; summarize the file.")
@errors_in_one_sentence
def flakes(
    runs: int,
    first_seed: int,
    profile: str,
    engine: str,
    device: str,
    claims: str,
    path: Path,
    report_only: bool,
) -> int:
    """Count how often claims fail or drift by chance, over many seeds.

    Each seed runs in a separate process and adds one line to the file. Seeds that the file holds are not
    repeated, so an interrupted call can be repeated, too. After a change of the code, one seed is repeated
    first and must give the same numbers.

    The exit code is 0 whatever failed by chance, and 2 if something cannot be run or read.
    """
    from claims.harness.errors import MisuseError
    from claims.harness.flakiness.command import count_flakes

    root = Path.cwd()
    try:
        count_flakes(
            root=root,
            path=root / path,
            seeds=() if report_only else range(first_seed, first_seed + runs),
            profile=profile,
            engine=engine,
            device=device,
            claims=claims,
        )
    except ValueError as error:
        raise MisuseError(str(error)) from error
    return 0


@tms.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8517,
    show_default=True,
    help="The port; 0 for a free one.",
)
@click.option("--no-browser", is_flag=True, help="Only serve the page; open no browser.")
@errors_in_one_sentence
def explore(port: int, no_browser: bool) -> int:
    """Open an interactive companion of the paper in the browser.

    Each chapter trains its models when a control moves. The page is served to this machine only, until
    Ctrl-C, and needs no network. It needs the extra `explore`: pip install "tms-replication[explore]".

    The exit code is 0, or 2 if the page cannot be served.
    """
    from claims.harness.explore import serve_companion

    serve_companion(port, browser=not no_browser)
    return 0


if __name__ == "__main__":
    # Python puts the current folder first then, whose modules may have the names of this program's packages.
    from tms_replication import main as checked

    checked()
