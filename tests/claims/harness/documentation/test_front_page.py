"""The pages at the top of the repository are short, and their links lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.helpers.paths import ROOT

MOST_LINES = 150
PAGES = [
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "claims/**/*.md", "baselines/README.md", "tests/**/*.md", "docs/**/*.md")
    for path in sorted(ROOT.glob(pattern))
]


def links(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        yield from links(token.children or [])
        for name in ("href", "src"):
            if name in token.attrs:
                yield str(token.attrs[name])


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def is_on_the_site_only(page: str, target: str) -> bool:
    """The site adds anchors of the API; `mkdocs build --strict` checks these."""
    return page.startswith("docs/") and "api/" in target


def test_there_are_pages_to_check() -> None:
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/index.md"} <= set(PAGES)


def test_the_readme_is_one_page() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("page", PAGES)
def test_relative_links_lead_to_files_and_headings(page: str) -> None:
    path = ROOT / page
    parsed = MarkdownIt("commonmark").enable("table").parse(path.read_text("utf-8"))
    for link in links(parsed):
        if link.startswith(("https://", "http://")) or is_on_the_site_only(page, link):
            continue
        target, _, anchor = link.partition("#")
        file = path.parent / target if target else path
        assert file.exists(), f"{page} links to {link}"
        if anchor:
            assert anchor in anchors(file), f"{page} links to {link}"


@pytest.mark.parametrize("page", ["claims/README.md", "docs/adding-a-claim.md"])
def test_the_example_of_a_claim_is_a_claim_of_the_suite(page: str) -> None:
    parsed = MarkdownIt("commonmark").parse((ROOT / page).read_text("utf-8"))
    example = next(token.content for token in parsed if token.info == "python")
    shown = [line.partition("  # ")[0] for line in example.splitlines() if line != "    ..."]
    assert "\n".join(shown) in (ROOT / "claims" / "test_demonstrating.py").read_text("utf-8")
