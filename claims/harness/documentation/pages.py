"""The generated pages of docs/ and the generated part of README.md, as texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2

from claims.harness.documentation import arithmetic, mistakes, record, throughput
from claims.harness.documentation.settings import comparisons
from claims.harness.files import FileError
from claims.harness.judging.claim import SECTIONS
from claims.harness.judging.outcomes import Position, Verdict
from claims.harness.report import text

README: Final = "README.md"
BEGIN: Final = "<!-- results:begin -->"
END: Final = "<!-- results:end -->"
_NOTICE: Final = "<!-- Generated from stored data. Change it by: nox -s docs -- --write -->"
_PICTURES: Final = "../../figures/benchmarks"
_MOST_MISSED: Final = 3


def all_pages(root: Path) -> dict[Path, str]:
    """Generate every page that shows stored data.

    Parameters
    ----------
    root
        The repository, with baselines/ and README.md.

    Returns
    -------
    dict
        The whole text of each file, by its path.

    Raises
    ------
    FileError
        If stored data is missing or damaged, or README.md lacks the lines between which its table belongs.
    """
    generated = root / "docs" / "generated"
    found = record.read(record.path_of(root))
    pages = {
        generated / "claims.md": claims_page(found),
        generated / "departures.md": departures_page(found),
        generated / "settings.md": settings_page(),
        generated / "mistakes.md": mistakes_page(root),
        generated / "throughput.md": throughput_page(root),
        generated / "arithmetic.md": arithmetic_page(root),
    }
    return {path: f"{_NOTICE}\n\n{page}" for path, page in pages.items()} | {
        root / README: readme(root, found)
    }


def claims_page(found: record.Record) -> str:
    """Write the page of all claims with their verdicts."""
    return _rendered("claims", **_context(found))


def departures_page(found: record.Record) -> str:
    """Write the page of statements that do not replicate, or under a reading only, and of notes."""
    by_verdict = {
        verdict: [claim for claim in found.claims if claim["verdict"] == verdict] for verdict in Verdict
    }
    departures = {
        verdict.value.capitalize(): by_verdict[verdict]
        for verdict in (Verdict.CONTRADICTED, Verdict.INCONCLUSIVE)
    }
    reading = [claim for claim in by_verdict[Verdict.REPLICATED] if claim["reading"]]
    return _rendered("departures", **_context(found), departures=departures, reading=reading)


def settings_page() -> str:
    """Write the page of all experiments beside the paper's settings."""
    entries = comparisons()
    return _rendered(
        "settings", sections=SECTIONS, by_section=_by_section(entries, lambda entry: entry.section)
    )


def mistakes_page(root: Path) -> str:
    """Write the page of the mistakes made on purpose, and of the claims that notice them."""
    return _rendered("mistakes", **mistakes.shown(root))


def throughput_page(root: Path) -> str:
    """Write the page of the stored throughput measurements."""
    return _rendered("throughput", tables=throughput.markdown(root, _PICTURES))


def arithmetic_page(root: Path) -> str:
    """Write the page of the stored errors of forms of matrix products."""
    return _rendered("arithmetic", tables=arithmetic.markdown(root), factor=str(arithmetic.AS_FLOAT32))


def readme(root: Path, found: record.Record) -> str:
    """Replace the results in the README's text.

    Raises
    ------
    FileError
        If the file cannot be read, or does not hold the lines `BEGIN` and `END` once each and in this order;
        or as `claims.harness.documentation.throughput.summary`.
    """
    path = root / README
    try:
        page = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path} cannot be read.") from error
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise FileError(f"{path} must hold the lines {BEGIN} and {END} once each, in this order.")
    before, _, rest = page.partition(BEGIN)
    results = _rendered("readme_results", **_context(found), speed=throughput.summary(root)).strip()
    return f"{before}{BEGIN}\n\n{results}\n\n{END}{rest.partition(END)[2]}"


def _context(found: record.Record) -> dict[str, Any]:
    environment = found.environment
    cores = environment["cores"]
    counts = Counter(claim["verdict"] for claim in found.claims)
    return {
        "claims": found.claims,
        "sections": SECTIONS,
        "by_section": _by_section(found.claims, lambda claim: claim["section"]),
        "counts": {verdict.value: counts[verdict] for verdict in Verdict},
        "statements": sum(not claim["note"] for claim in found.claims),
        "notes": [claim for claim in found.claims if claim["note"]],
        "profile": environment["profile"],
        "place": environment["device_name"] + ("" if cores is None else f" with {cores} cores"),
    }


def _by_section(entries: Iterable[Any], section_of: Callable[[Any], str]) -> Mapping[str, list[Any]]:
    sections: dict[str, list[Any]] = {section: [] for section in SECTIONS}
    for entry in entries:
        sections[section_of(entry)].append(entry)
    return sections


def _main_quantity(claim: dict[str, Any]) -> dict[str, Any] | None:
    return next(iter([*_missed(claim), *claim["quantities"]]), None)


def _missed(claim: dict[str, Any]) -> list[dict[str, Any]]:
    """Choose at most `_MOST_MISSED` quantities that are outside or undecided, spread evenly over all.

    Where any is outside, those that are undecided come last.
    """
    found = [
        quantity
        for position in (Position.OUTSIDE, Position.UNDECIDED)
        for quantity in claim["quantities"]
        if quantity["position"] == position
    ]
    if len(found) <= _MOST_MISSED:
        return found
    return [found[k * (len(found) - 1) // (_MOST_MISSED - 1)] for k in range(_MOST_MISSED)]


def _verdict(claim: dict[str, Any]) -> text.Raw:
    """Write a verdict with its sign on one line."""
    return text.Raw(f"{text.SYMBOLS[claim['verdict']]} {claim['verdict']}".replace(" ", "&nbsp;"))


def _rendered(template: str, **context: Any) -> str:
    return _environment().get_template(f"{template}.md.jinja").render(context).rstrip() + "\n"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("claims.harness.documentation"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # finalize escapes Markdown, and HTML with it
        finalize=text.markdown,
    )
    environment.globals.update(
        verdict=_verdict,
        number=text.number,
        measured=text.measured,
        acceptance=text.acceptance,
        missed=_missed,
        main_quantity=_main_quantity,
    )
    environment.filters["raw"] = text.Raw
    return environment
