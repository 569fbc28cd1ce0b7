"""Make the report of a comparison of two runs."""

from __future__ import annotations

from pathlib import Path

from claims.harness.records.changes import COLUMNS
from claims.harness.records.comparison import Comparison
from claims.harness.report import pictures as figures
from claims.harness.report.render import environment, style


def html(comparison: Comparison, before: Path, now: Path) -> str:
    """Write one page with the figures of both runs side by side; every text in it is escaped.

    Parameters
    ----------
    comparison
        What to show.
    before, now
        Folders of the two runs, where their figures are.
    """

    def picture(stem: str, paths: tuple[str, ...], folder: Path) -> str | None:
        files = figures.files_of(stem, list(paths), folder)
        return figures.embedded(files[0]) if files else None

    def pairs(claim: str) -> list[tuple[str, str | None, str | None]]:
        old, new = comparison.figures[claim]
        by_name = {stem.partition("/")[2]: stem for stem in figures.stems(list(old))}
        return [
            (name, picture(by_name[name], old, before) if name in by_name else None, picture(stem, new, now))
            for stem in figures.stems(list(new))
            for name in [stem.partition("/")[2]]
        ]

    return (
        environment(escaping_markdown=False)
        .get_template("comparison.html.jinja")
        .render(comparison=comparison, columns=COLUMNS, pairs=pairs, style=style())
    )


def markdown(comparison: Comparison) -> str:
    """Write the tables of a comparison; every text in them is escaped."""
    return (
        environment(escaping_markdown=True)
        .get_template("comparison.md.jinja")
        .render(comparison=comparison, columns=COLUMNS)
    )
