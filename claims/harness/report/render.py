"""Make report.md, report.html and the README's tables from a results.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import jinja2

from claims.harness.baselines.baseline import Key
from claims.harness.baselines.significance import SUITE_FALSE_ALARM
from claims.harness.files import FileError, write_atomically
from claims.harness.judging.claim import PAPER
from claims.harness.records.changes import COLUMNS, changes_from_baseline
from claims.harness.records.falsification_matrix import Matrix
from claims.harness.records.results import Document
from claims.harness.report import pictures as figures
from claims.harness.report import text
from claims.harness.report.bars import WIDTH, bar_of

_TEMPLATES: Final = resources.files(__package__).joinpath("templates")
_SHARED: Final[dict[str, Any]] = {
    "paper": PAPER,
    "symbols": text.SYMBOLS,
    "number": text.number,
    "measured": text.measured,
    "acceptance": text.acceptance,
    "missed": text.missed,
    "baseline": text.baseline,
    "memory": text.memory,
    "main_quantity": text.main_quantity,
    "false_alarm": SUITE_FALSE_ALARM,
    "move_columns": COLUMNS,
    "earlier": figures.earlier,
    "power": text.power,
    "losses": text.losses,
    "stems": figures.stems,
    "bar_of": bar_of,
    "bar_width": WIDTH,
}


def html(
    document: Document, folder: Path, falsification: Matrix | None = None, heatmap: Sequence[str] = ()
) -> str:
    """Write the report as one page that holds its style and its figures.

    Parameters
    ----------
    document
        A results.json; every text in it is escaped.
    folder
        Where its figures are.
    falsification
        Which claims catch which mistakes, where that is known.
    heatmap
        Files of its figure, relative to the folder.
    """

    def catches_of(claim: dict[str, Any]) -> list[str]:
        key = Key(claim["id"], claim["test"])
        return falsification.catches(key) if falsification and key in falsification.claims else []

    shown: set[str] = set()
    drawn = list(heatmap)

    def picture(stem: str, paths: list[str]) -> str | None:
        files = figures.files_of(stem, paths, folder)
        if not files:
            return None
        shown.add(stem)
        return figures.embedded(files[0])

    return (
        environment(escaping_markdown=False)
        .get_template("report.html.jinja")
        .render(
            document,
            moves=changes_from_baseline(document),
            by_section=_by_section(document),
            picture=picture,
            shown=shown,
            style=style(),
            took=text.took(document),
            falsification=falsification,
            heatmap=picture(figures.stems(drawn)[0], drawn) if drawn else None,
            catches_of=catches_of,
        )
    )


def markdown(document: Document, folder: Path) -> str:
    """Write the report as Markdown that links to the figures beside it.

    Parameters
    ----------
    document
        A results.json; every text in it is escaped.
    folder
        Where its figures are.
    """

    def picture(stem: str, paths: list[str]) -> text.Raw | None:
        files = [file for file in figures.files_of(stem, paths, folder) if file.suffix == ".png"]
        if not files:
            return None
        path = files[0].relative_to(folder.resolve()).as_posix()
        return text.Raw(f"![{text.markdown(stem)}](<{path.replace('<', '%3C').replace('>', '%3E')}>)")

    return (
        environment(escaping_markdown=True)
        .get_template("report.md.jinja")
        .render(
            document,
            moves=changes_from_baseline(document),
            by_section=_by_section(document),
            picture=picture,
            took=text.took(document),
        )
    )


def table(document: Document) -> str:
    """Write the table of claims with their verdicts, in Markdown."""
    return environment(escaping_markdown=True).get_template("table.md.jinja").render(document).strip()


def departures(document: Document) -> str:
    """Write what did not replicate, and what only under a reading, with the numbers, in Markdown."""
    stated: dict[str, list[dict[str, Any]]] = {"not_replicated": [], "reading": []}
    for claim in document["claims"]:
        if claim["not_replicated"]:
            stated["not_replicated"].append(claim)
        elif claim["reading"]:
            stated["reading"].append(claim)
    return environment(escaping_markdown=True).get_template("departures.md.jinja").render(stated).strip()


TABLES: Final = {"claims": table, "departures": departures}
"""Tables of the README, each between the lines that `markers` of its name gives."""


def markers(name: str) -> tuple[str, str]:
    """Lines of a README between which a table of `TABLES` stands."""
    return f"<!-- {name}:begin -->", f"<!-- {name}:end -->"


def write_reports(
    document: Document, folder: Path, falsification: Matrix | None = None, heatmap: Sequence[str] = ()
) -> tuple[Path, Path]:
    """Write report.md and report.html beside a results.json.

    Parameters
    ----------
    document, folder, falsification, heatmap
        As for `html`; the Markdown file leaves falsification out.

    Returns
    -------
    tuple of pathlib.Path
        The Markdown file and the page.
    """
    written = folder / "report.md", folder / "report.html"
    write_atomically(written[0], markdown(document, folder))
    write_atomically(written[1], html(document, folder, falsification, heatmap))
    return written


def rewrite_readme(path: Path, document: Document) -> None:
    """Replace each of `TABLES` between its markers of a README; raises as `rewrite_between`."""
    page = _read(path)
    for name, write in TABLES.items():
        page = _replaced(path, page, *markers(name), write(document))
    write_atomically(path, page)


def rewrite_between(path: Path, begin: str, end: str, text: str) -> None:
    """Replace what stands between two markers of a file.

    Raises
    ------
    FileError
        If the file cannot be read or does not hold each marker once, in order; nothing is written then.
    """
    write_atomically(path, _replaced(path, _read(path), begin, end, text))


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")  # with the line ends that it has
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path} cannot be read.") from error


def _replaced(path: Path, page: str, begin: str, end: str, text: str) -> str:
    if page.count(begin) != 1 or page.count(end) != 1 or page.index(begin) > page.index(end):
        raise FileError(f"{path} must hold the lines {begin} and {end} once each, in this order.")
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}"


def _by_section(document: Document) -> dict[str, list[dict[str, Any]]]:
    sections: dict[str, list[dict[str, Any]]] = {}
    tests_of: Counter[str] = Counter()
    for claim in document["claims"]:
        tests_of[claim["id"]] += 1
        nth = tests_of[claim["id"]]
        anchor = claim["id"] if nth == 1 else f"{claim['id']}.{nth}"
        sections.setdefault(claim["section"], []).append({**claim, "anchor": anchor})
    return sections


def style() -> str:
    """Read the style of every page."""
    return _TEMPLATES.joinpath("style.css").read_text(encoding="utf-8")


@cache
def environment(*, escaping_markdown: bool) -> jinja2.Environment:
    """Make the environment of all templates, which escapes whatever they print."""
    # HTML escapes by itself; escaping Markdown is more than that, so finalize escapes whatever is printed.
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("claims.harness.report"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=not escaping_markdown,
        finalize=text.markdown if escaping_markdown else None,
    )
    environment.globals.update(_SHARED)
    environment.filters["raw"] = text.Raw
    return environment
