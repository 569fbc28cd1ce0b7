"""The report in a browser: its controls work, by keyboard too, and without scripts it shows everything."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from html import unescape
from pathlib import Path

import pytest

from claims.harness.report.templating import policy
from tests.helpers.browser import Browser

WIDTHS = pytest.mark.parametrize("width", [1280, 390])
AXE = "AXE_CORE"
"""The environment variable that names a file axe.min.js, for example of `npm install axe-core`."""


def shown(browser: Browser) -> list[str]:
    return browser.texts("article.claim .sentence")


def rows(browser: Browser) -> list[str]:
    return browser.texts(".overview tbody tr td:nth-child(2)")


ALL = [
    "Dense features are orthogonal.",
    "It holds.",
    "Note. It holds elsewhere.",
    "It does not hold.",
    "It may hold.",
]


def test_the_policy_allows_the_page_s_script_and_no_other(page: Path) -> None:
    written = page.read_text(encoding="utf-8")
    (script,) = re.findall(r"<script>(.*?)</script>", written, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (stated,) = re.findall(r'http-equiv="Content-Security-Policy" content="(.*?)"', written)
    rules = dict(rule.strip().split(" ", 1) for rule in unescape(stated).split(";"))
    assert rules["script-src"] == f"'sha256-{digest}'"
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert policy(script) != policy(script + " ")


@WIDTHS
def test_the_page_opens_without_complaints_and_is_not_wider_than_the_screen(
    browser: Browser, page: Path, width: int
) -> None:
    browser.open(page, width=width)
    assert shown(browser) == rows(browser) == ALL
    assert browser.sideways() == 0
    assert browser.complaints() == []


@pytest.mark.parametrize(
    "word",
    [
        "<script>window.ran = 1</script>",
        "<img src=x onerror='window.ran = 1'>",
        "<svg onload='window.ran = 1'>",
    ],
)
def test_the_policy_stops_a_script_that_the_page_did_not_come_with(
    browser: Browser, page: Path, tmp_path: Path, word: str
) -> None:
    changed = tmp_path / "report.html"
    changed.write_text(
        page.read_text(encoding="utf-8").replace("</main>", f"{word}</main>"), encoding="utf-8"
    )
    browser.open(changed)
    assert browser.run("return window.ran ?? null") is None
    assert "Content Security Policy" in " ".join(browser.complaints())


@WIDTHS
def test_claims_are_filtered_by_verdict_section_and_text(browser: Browser, page: Path, width: int) -> None:
    browser.open(page, width=width)
    browser.click("label:has([value=contradicted])")
    assert shown(browser) == rows(browser) == ["It does not hold."]
    assert browser.texts("#filter [role=status]") == ["1 of 5 claims and notes is shown."]
    assert browser.texts("#INTRO, #inconclusive") == []
    browser.click("label:has([value=inconclusive])")
    assert shown(browser) == ["It does not hold.", "It may hold."]
    browser.focus("#filter [type=search]")
    browser.press("MAY hold")
    assert shown(browser) == rows(browser) == ["It may hold."]
    browser.click("#filter .everything")
    assert shown(browser) == ALL
    browser.click("#filter select")
    browser.press("INTRO", "ENTER")
    assert shown(browser) == rows(browser) == ALL[:1]
    browser.click("#filter .everything")
    assert browser.texts("#filter [role=status]") == ["All 5 claims and notes are shown."]
    assert browser.complaints() == []


def test_a_filter_that_nothing_passes_says_so(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.focus("#filter [type=search]")
    browser.press("no such words", "ENTER")
    assert shown(browser) == []
    assert browser.texts("#filter [role=status]") == ["None of 5 claims and notes is shown."]


def test_the_address_keeps_the_filter(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.focus("#filter [value=noted]")
    browser.press("SPACE")
    fragment = browser.address().removeprefix(page.as_uri())
    assert fragment == "#?status=noted"
    browser.open(page, fragment)
    assert shown(browser) == ["Note. It holds elsewhere."]
    assert browser.run("return document.querySelector('[value=noted]').checked")


def test_a_link_shows_a_claim_that_the_filter_hides(browser: Browser, page: Path) -> None:
    browser.open(page, "#?status=noted")
    browser.run("location.hash = '#DEMO-3'")
    browser.wait_for(lambda: shown(browser) == ALL)
    top = browser.run("return document.getElementById('DEMO-3').getBoundingClientRect().top")
    assert 0 <= top < 900


def test_a_table_is_sorted_by_keyboard_and_back_to_its_order(browser: Browser, page: Path) -> None:
    browser.open(page)
    for order, expected in (
        ("ascending", [ALL[0], *ALL[1:3], ALL[4], ALL[3]]),
        ("descending", [ALL[3], ALL[4], *reversed(ALL[1:3]), ALL[0]]),
        (None, ALL),
    ):
        browser.focus(".overview th:nth-child(4) button")
        browser.press("ENTER")
        assert browser.attribute(".overview th:nth-child(4)", "aria-sort") == order
        assert rows(browser) == expected


def test_empty_cells_are_sorted_last_in_both_orders(browser: Browser, page: Path) -> None:
    browser.open(page)
    for _ in range(2):
        browser.click(".overview th:nth-child(5) button")
        assert (
            browser.run(
                "return [...document.querySelectorAll('.overview tr td:nth-child(5)')].at(-1).textContent"
            )
            == ""
        )


@WIDTHS
def test_a_figure_is_enlarged_and_put_back_by_keyboard(browser: Browser, page: Path, width: int) -> None:
    browser.open(page, width=width)
    figure = '[id="figure-figures/demo/bars"]'
    small = browser.run(f"return document.querySelector('{figure} img').offsetWidth")
    browser.focus(f"{figure} .enlarge")
    browser.press("ENTER")
    assert browser.run("return document.getElementById('enlarged').open")
    assert browser.run(f"return document.querySelector('dialog {figure} img').offsetWidth") > 1.5 * small
    assert browser.run("return document.activeElement.textContent") == "Close"
    browser.press("ESCAPE")
    browser.wait_for(
        lambda: browser.run(
            f"return document.activeElement === document.querySelector('main {figure} .enlarge')"
        )
    )
    browser.click(f"{figure} .enlarge")
    browser.click("#enlarged form button")
    browser.wait_for(lambda: not browser.run("return document.getElementById('enlarged').open"))
    assert browser.complaints() == []


@WIDTHS
def test_the_border_between_two_runs_follows_the_slider(browser: Browser, page: Path, width: int) -> None:
    browser.open(page, width=width)
    images = browser.run("return document.querySelector('.pair .images').offsetWidth")
    assert clip(browser) == "inset(0px 50% 0px 0px)"
    assert line(browser) == pytest.approx(images / 2, abs=0.1)
    browser.focus(".pair input")
    browser.press("HOME")
    assert (clip(browser), line(browser)) == ("inset(0px 100% 0px 0px)", 0)
    browser.press("ARROW_RIGHT")
    assert clip(browser) == "inset(0px 99% 0px 0px)"
    assert line(browser) == pytest.approx(images / 100, abs=0.1)
    browser.click(".pair .beside")
    assert clip(browser) == "none"
    assert browser.texts(".pair .tag") == ["earlier run", "this run"]


@WIDTHS
def test_a_film_shows_the_frame_that_the_slider_chooses(browser: Browser, page: Path, width: int) -> None:
    browser.open(page, width=width)
    boxes = []
    for caption in ("0% sparse, 1 − S = 1", "80% sparse, 1 − S = 0.2", "90% sparse, 1 − S = 0.1"):
        assert browser.texts(".film output") == [caption]
        assert browser.attribute(".film input", "aria-valuetext") == caption
        boxes.append(browser.attribute(".screen", "viewBox"))
        browser.focus(".film input")
        browser.press("ARROW_RIGHT")
    assert len(set(boxes)) == 3
    browser.click(".film .all")
    assert str(browser.attribute(".screen", "viewBox")).startswith("0 0 648")
    assert browser.complaints() == []


def test_a_film_plays_to_its_end(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.click(".film .play")
    assert browser.texts(".film .play") == ["Pause"]
    browser.wait_for(lambda: browser.texts(".film output") == ["90% sparse, 1 − S = 0.1"])
    assert browser.texts(".film .play") == ["Play"]


def test_a_film_can_be_enlarged_and_still_plays(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.click(".film .enlarge")
    browser.focus("dialog .film input")
    browser.press("END")
    assert browser.texts("dialog .film output") == ["90% sparse, 1 − S = 0.1"]
    browser.press("ESCAPE")
    browser.wait_for(lambda: browser.texts("main .film output") == ["90% sparse, 1 − S = 0.1"])


@WIDTHS
def test_without_scripts_everything_is_shown_and_no_control_is(
    browser: Browser, page: Path, tmp_path: Path, width: int
) -> None:
    written = page.read_text(encoding="utf-8")
    without = tmp_path / "report.html"
    without.write_text(written[: written.index("<script>")] + "</body></html>", encoding="utf-8")
    browser.open(without, width=width)
    assert shown(browser) == rows(browser) == ALL
    assert browser.texts("#filter, .player, dialog, th button") == []
    assert str(browser.attribute(".screen", "viewBox")).startswith("0 0 648")
    assert browser.run("return [...document.images].every(image => image.offsetWidth > 100)")
    assert browser.texts(".pair .tag") == ["earlier run", "this run"]
    browser.click('[id="figure-figures/demo/bars"] summary')
    assert browser.run("return document.querySelector('details.zoom').open")


def test_a_print_shows_all_frames_and_the_screen_the_chosen_one_again(browser: Browser, page: Path) -> None:
    browser.open(page)
    before = browser.attribute(".screen", "viewBox")
    browser.run("addEventListener('beforeprint', () => { window.printed = document.body.outerHTML; })")
    assert browser.print()
    assert 'viewBox="0 0 648' in browser.run("return window.printed")
    assert browser.attribute(".screen", "viewBox") == before


@pytest.mark.skipif(AXE not in os.environ, reason=f"needs axe-core: {AXE} must name its axe.min.js")
@pytest.mark.parametrize("dark", [False, True])
@WIDTHS
def test_axe_finds_nothing_serious(browser: Browser, page: Path, width: int, dark: bool) -> None:
    browser.open(page, width=width, dark=dark)
    browser.run(Path(os.environ[AXE]).read_text(encoding="utf-8"))
    found = browser.run_later("axe.run({resultTypes: ['violations']}).then(arguments[0])")
    assert [
        (each["id"], each["impact"])
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ] == []


def line(browser: Browser) -> float:
    """Place of the line between two runs, in pixels from the left."""
    style = "const style = getComputedStyle(document.querySelector('.pair .images'), '::after');"
    width, left = browser.run(f"{style} return [style.borderLeftWidth, style.left].map(parseFloat)")
    assert width == 2
    return float(left)


def clip(browser: Browser) -> str:
    return str(browser.run("return getComputedStyle(document.querySelector('.then')).clipPath"))
