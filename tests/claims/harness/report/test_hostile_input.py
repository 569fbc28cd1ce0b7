"""Reports show texts and figures of any origin without obeying them."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from claims.harness.judging.outcomes import Verdict
from claims.harness.records import results
from claims.harness.report import pictures as figures
from claims.harness.report import text
from tests.helpers.command import tms
from tests.helpers.damaged_files import is_clear_error
from tests.helpers.reports import PIXEL, Page, document, html_of, markdown_of, outcome

HOSTILE = (
    "</td></tr></table><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<svg/onload=alert(1)>",
    "<!-- <style>*{display:none}</style>",
    "]]></pre></details><iframe src='javascript:alert(1)'>",
    "{{ 7 * 7 }} {% include '/etc/passwd' %} ${7*7} <%= 7*7 %>",
    "[a](javascript:alert(1)) ![b](http://example.com/c.png) <javascript:alert(1)> [d]: javascript:e",
    "| a | b |\n|---|---|\n# heading\n- list\n1. list\n> quote\n```\ncode",
    "- list",
    "+ list",
    "12. list",
    "12) list",
    "===",
    "---",
    "&lt;script&gt; &amp; &#60; &quot;",
    "\\| \\` \\<b> \\\\",
    "`code` *a* _b_ ~~c~~ **d** __e__",
    "http://example.com www.example.com a@example.com",
    "\u202eright to left\u2028line\u2029",
    "a" * 5000,
)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_texts_change_nothing_of_a_report_but_its_words(tmp_path: Path, words: str) -> None:
    # An error is a list, with an item for each of its lines.
    lines = "\n".join("calm" for _ in words.splitlines())
    hostile, calm = (
        document(
            dataclasses.replace(outcome(told, Verdict.FAILED), reason=error, figures=("figures/a.png",)),
            words=told,
        )
        for told, error in ((words, words), ("calm", lines))
    )
    pages = [Page(html_of(each, tmp_path)) for each in (hostile, calm)]
    assert pages[0].tags == pages[1].tags
    names = [[name for name, _ in page.attributes] for page in pages]
    assert names[0] == names[1]
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    written = [structure(reader.parse(markdown_of(each, tmp_path))) for each in (hostile, calm)]
    assert written[0] == written[1]


def structure(tokens: list[Any]) -> list[str]:
    """Kinds of all that a Markdown document holds, but for plain text."""
    kinds = []
    for token in tokens:
        if token.type not in ("text", "text_special", "softbreak", "hardbreak"):
            kinds.append(token.type)
        kinds += structure(token.children or [])
    return kinds


@pytest.mark.parametrize("address", ["http://example.com", "www.example.com", "me@example.com", "https://x"])
def test_an_address_in_a_text_is_no_link_in_markdown(address: str) -> None:
    assert address not in text.markdown(f"see {address}")


FIGURES = (
    "", ".", "..", "/", "//", "a/..", "../secret.png", "/etc/passwd", "figures/../../secret.png", "\x00.png",
    "a" * 5000 + ".png", "a/" * 3000 + "b.png", "loop.png", "loop/b.png", "figures", ".png", "C:\\secret.png",
    "<script>.png", "javascript:alert(1).svg", "data:text/html,x.svg", "figures/a.png/", "big.png",
    "pipe.png",
)  # fmt: skip


@pytest.mark.parametrize("path", FIGURES)
def test_odd_names_of_figures_open_nothing_outside_the_folder(tmp_path: Path, path: str) -> None:
    home = tmp_path / "run"
    (home / "figures").mkdir(parents=True)
    (home / "figures" / "a.png").write_bytes(PIXEL)
    (home / "loop.png").symlink_to("loop.png")
    (home / "loop").symlink_to(".")
    os.mkfifo(home / "pipe.png")
    with (home / "big.png").open("wb") as big:
        big.truncate(2**33)
    (tmp_path / "secret.png").write_bytes(b"secret")
    written = document(dataclasses.replace(outcome(), figures=(path,)))
    found = figures.files_of(figures.names([path])[0], [path], home)
    assert all(file == home.resolve() / "figures" / "a.png" for file in found)
    page = Page(html_of(written, home))
    assert page.runs_only_its_own_script
    assert "<script" not in markdown_of(written, home)


def test_reports_that_cannot_be_written_are_told_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results.write(tmp_path / "results.json", document())
    before = (tmp_path / "results.json").read_bytes()
    (tmp_path / "report.html").mkdir()
    assert tms("report", tmp_path / "results.json") == 2
    assert is_clear_error(capsys.readouterr().err.removesuffix("\n"), tmp_path / "report.html")
    assert (tmp_path / "results.json").read_bytes() == before
    assert not list(tmp_path.glob(".report*"))
