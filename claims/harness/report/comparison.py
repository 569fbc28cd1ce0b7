"""The report of a comparison of two runs: its view model, rendered as a page and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from claims.harness.records.comparison import Comparison, VerdictChange
from claims.harness.report.pictures import Album, Picture, drawn_earlier, names
from claims.harness.report.templating import as_html, as_markdown


@dataclass(frozen=True)
class FigurePair:
    """A figure as the two runs drew it; a picture is None if its file is missing."""

    name: str
    before: Picture | None
    now: Picture | None


@dataclass(frozen=True, kw_only=True)
class ComparisonView:
    """A comparison, formatted as text.

    Parameters
    ----------
    headline
        The number of comparisons and of changes, in one line.
    differs
        Whether the runs differ by more than chance explains.
    environment
        Rows of the table of the two runs: name, value before, value now.
    changes
        Rows of the table of changes, with the headings `claims.harness.records.changes.COLUMNS`.
    verdicts
        Claims with different verdicts.
    lists
        Titles and names of quantities and claims that only one run has.
    figures
        Pairs of figures, by claim and test.
    """

    headline: str
    differs: bool
    environment: tuple[tuple[str, str, str], ...]
    changes: tuple[tuple[str, ...], ...]
    verdicts: tuple[VerdictChange, ...]
    lists: tuple[tuple[str, tuple[str, ...]], ...]
    figures: tuple[tuple[str, tuple[FigurePair, ...]], ...]


def build(comparison: Comparison, before: Path, now: Path) -> ComparisonView:
    """Build the view model of a comparison.

    Parameters
    ----------
    comparison
        The comparison.
    before, now
        Folders of the two runs, which contain their figures.
    """
    old, new = comparison.environments
    lists = (
        ("Quantities that only the earlier run measured", comparison.lost),
        ("Quantities that only the later run measured", comparison.new),
        ("Claims that only the earlier run judged", comparison.only_before),
        ("Claims that only the later run judged", comparison.only_now),
    )
    return ComparisonView(
        headline=headline(comparison),
        differs=comparison.differs,
        environment=tuple((name.replace("_", " "), _value(old[name]), _value(new[name])) for name in old),
        changes=tuple(change.cells() for change in comparison.changes),
        verdicts=comparison.verdicts,
        lists=tuple((title, listed) for title, listed in lists if listed),
        figures=tuple(_figures(comparison, Album(before), Album(now))),
    )


def headline(comparison: Comparison) -> str:
    """Count the comparisons and the changes in one line."""
    changed, verdicts = len(comparison.changes), len(comparison.verdicts)
    return (
        f"{comparison.compared} quantities and losses compared: {changed} changed, "
        f"{verdicts} {'verdict' if verdicts == 1 else 'verdicts'} changed."
    )


def html(view: ComparisonView) -> str:
    """Write one page with the figures of both runs side by side; every text in it is escaped."""
    return as_html("comparison.html.jinja", comparison=view)


def markdown(view: ComparisonView) -> str:
    """Write the tables of a comparison as Markdown; every text in them is escaped."""
    return as_markdown("comparison.md.jinja", comparison=view)


def _figures(
    comparison: Comparison, before: Album, now: Album
) -> Iterator[tuple[str, tuple[FigurePair, ...]]]:
    for claim, (old, new) in comparison.figures.items():
        pairs = tuple(
            FigurePair(
                name.partition("/")[2],
                next((before.picture(earlier, old) for earlier in drawn_earlier(name, old)), None),
                now.picture(name, new),
            )
            for name in names(new)
        )
        if pairs:
            yield claim, pairs


def _value(value: Any) -> str:
    return "none" if value is None else str(value)
