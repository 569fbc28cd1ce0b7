"""The command `tms`: run the claims, look at their results, and test the claims themselves.

Each subcommand imports what it needs when it starts, so that `tms --help` answers at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from claims.harness.command_line import PytestCommand, errors_in_one_sentence, run_and_exit
from claims.harness.validation_commands import falsify, flakes

_FILE: Final = click.Path(path_type=Path)


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
      tms replicate --profile smoke      the same claims in about a minute, for a first look
      tms replicate -k GEO               the claims of one section
      tms replicate -k GEO-2 --seed 3    one claim with another seed

    The exit code is 0 if all claims passed; 1 if any failed or drifted, a baseline is missing or a figure
    could not be drawn; 2 if the run was interrupted; 3 if results could not be written; 4 if an option is
    wrong; 5 if no claim was selected.
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
    folder must be one. All options go to pytest, for example `-k phase`, `--device cpu`,
    `--model file.py:factory`, `--trainer file.py:function` or `--update-baselines`.

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


tms.add_command(falsify)
tms.add_command(flakes)


if __name__ == "__main__":
    # Python puts the current folder first then, whose modules may have the names of this program's packages.
    from tms_replication import main as checked

    checked()
