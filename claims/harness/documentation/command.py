"""Generate the documentation's pages: `python -m claims.harness.documentation [--write]`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from claims.harness.documentation import record, throughput
from claims.harness.documentation.pages import all_pages
from claims.harness.files import FileError, relative_to_cwd, write_atomically
from claims.harness.records import results

WRITE_COMMAND: Final = "nox -s docs -- --write"


@click.command()
@click.option("--write", is_flag=True, help="Write the pages and the figures that they show.")
@click.option(
    "--results",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The results.json of a complete run, from which to write the record of the claims first.",
)
def main(write: bool, results: Path | None) -> None:
    """Check that the generated pages show what is stored, or write them."""
    root = Path.cwd()
    try:
        if write:
            _write(root, results)
        elif results:
            raise click.UsageError("--results is for --write.")
        elif stale := stale_pages(root):
            names = ", ".join(str(relative_to_cwd(path)) for path in stale)
            raise click.ClickException(
                f"{names} do not show what is stored. Write them anew: {WRITE_COMMAND}"
            )
    except FileError as error:
        raise click.ClickException(str(error)) from error


def stale_pages(root: Path) -> list[Path]:
    """List the files whose text differs from the one that would be generated now.

    Raises
    ------
    FileError
        As `claims.harness.documentation.pages.all_pages`.
    """
    return [
        path for path, text in all_pages(root).items() if not path.exists() or path.read_text("utf-8") != text
    ]


def _write(root: Path, run: Path | None) -> None:
    if run:
        record.write(record.path_of(root), record.document_of(results.read(run)))
        click.echo(f"wrote {relative_to_cwd(record.path_of(root))}")
    for path in throughput.draw(root, root / "figures" / "benchmarks"):
        click.echo(f"wrote {relative_to_cwd(path)}")
    for path, text in all_pages(root).items():
        write_atomically(path, text)
        click.echo(f"wrote {relative_to_cwd(path)}")
