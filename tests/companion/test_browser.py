"""The companion in a real browser: what depends on the width on a desk and on a phone, the rest on a desk."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from PIL import Image

from companion.chapters import CHAPTERS
from companion.runs import STOPPED
from figures.toolkit.save import as_svg
from tests.helpers.browser import Browser

COMPILING = 600
"""Seconds within which the first figure comes: the engine may have to be compiled."""

DESK, PHONE = 1280, 390
BOTH_WIDTHS = pytest.mark.parametrize("visit", [DESK, PHONE], indirect=True)

BESIDE = """
let box = found[0];
while (!box.querySelector("marimo-number")) box = box.parentElement;
return box.querySelector("marimo-number").shadowRoot.textContent;
"""
"""Finds the label of the control that shares the smallest box with a message."""


class Visit(Protocol):
    """Opens a chapter at the values of a link."""

    def __call__(self, chapter: str, **values: object) -> Browser: ...


@pytest.fixture
def visit(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Visit]:
    """Open chapters on a screen of one width; they must keep to the width and to this machine."""
    width = getattr(request, "param", DESK)

    def opened(chapter: str, **values: object) -> Browser:
        query = urlencode({"chapter": chapter} | values)
        return browser.open(f"{address}?{query}", width=width, height=1200)

    yield opened
    assert browser.complaints("SEVERE") == []
    assert browser.hosts() == {"127.0.0.1"}
    assert browser.sideways() == 0


def pictures(browser: Browser) -> list[str]:
    return list(map(str, browser.find("return found.map(image => image.src)", "img[alt]")))


def figure(browser: Browser) -> list[str]:
    """Wait for the first figure."""
    return list(browser.wait_for(lambda: pictures(browser), COMPILING))


def link(browser: Browser) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(browser.address()).query))


def change(browser: Browser, name: str, text: str) -> None:
    """Type a number into the box with a label."""
    select = (
        "const box = found.find(box => box.getRootNode().textContent.includes(arguments[1]));"
        "if (box) { box.focus(); box.select(); return true; }"
    )
    browser.wait_for(lambda: browser.find(select, "input[inputmode]", name))
    browser.press(text, "ENTER")


def starts(browser: Browser, words: str) -> bool:
    """Whether a paragraph starts with some words."""
    return any(text.startswith(words) for text in browser.texts(".paragraph"))


def click_in_figure(browser: Browser, at: tuple[float, float], shown: Callable[[], Any]) -> None:
    """Click until something is shown: where a page draws its figure again, a click on the old one is lost."""

    def clicked() -> Any:
        browser.click("canvas", at=at)
        return browser.awaited(shown, 20)

    browser.wait_for(clicked)


def alerts(browser: Browser) -> list[str]:
    return browser.texts("[role=alert]")


@BOTH_WIDTHS
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_chapter_opens_with_a_figure_and_its_code(visit: Visit, chapter: str) -> None:
    browser = visit(chapter)
    browser.wait_for(lambda: browser.elements("canvas, img[alt]"), COMPILING)
    (code,) = browser.wait_for(lambda: browser.texts(".codehilite"))
    assert code == CHAPTERS[chapter].code(CHAPTERS[chapter].defaults()).strip()
    assert browser.texts("h2") == [CHAPTERS[chapter].title]
    assert alerts(browser) == []


@BOTH_WIDTHS
def test_moving_a_slider_changes_figure_and_link(visit: Visit) -> None:
    browser = visit("introduction", seed=1)
    before = figure(browser)
    browser.focus("[role=slider]")
    browser.press("ARROW_LEFT")
    browser.wait_for(lambda: pictures(browser) not in ([], before))
    browser.wait_for(lambda: link(browser).get("sparsity") == "0.85")
    assert link(browser)["seed"] == "1"


@BOTH_WIDTHS
def test_clicking_a_cell_shows_its_models(visit: Visit) -> None:
    browser = visit("phase", cells=4)
    before, dark = figure(browser), dark_pixels_of_upper_left_cell(browser)
    click_in_figure(browser, (0.09, 0.15), lambda: pictures(browser) not in ([], before))
    assert dark_pixels_of_upper_left_cell(browser) > dark + 50  # a ring marks it
    browser.wait_for(lambda: (link(browser)["importance"], link(browser)["density"]) == ("0.1", "1"))
    browser.wait_for(lambda: starts(browser, "Density 1, relative importance 0.1: the exact optimum"))


def dark_pixels_of_upper_left_cell(browser: Browser) -> int:
    """Count the dark pixels of the trained diagram in and around its upper left cell."""
    drawn = json.loads(str(browser.attribute("marimo-matplotlib", "data-chart-base64")))
    with Image.open(BytesIO(b64decode(drawn.partition(",")[2]))) as picture:
        grey = picture.convert("L").crop((0, 0, picture.width // 7, picture.height // 4))
    return sum(grey.histogram()[:80])


def test_clicking_a_point_shows_its_feature(visit: Visit) -> None:
    browser = visit("uniform", n=8, m=3, steps=400, inverse=10)
    figure(browser)
    left_end_of_the_axis = 0.06, 0.5
    click_in_figure(browser, left_end_of_the_axis, lambda: link(browser)["inverse"] == "1")
    shown = f"Feature {link(browser)['feature']} at 1/(1−S) = 1 has dimensionality"
    browser.wait_for(lambda: starts(browser, shown))


def test_a_link_restores_chapter_values_and_place(visit: Visit) -> None:
    values = {"size": "three", "cells": "3", "seed": "2", "importance": "10", "density": "0.01"}
    browser = visit("phase", **values)
    figure(browser)
    browser.wait_for(lambda: link(browser) == {"chapter": "phase"} | values)
    browser.wait_for(lambda: starts(browser, "Density 0.01, relative importance 10: the exact optimum"))
    assert dict(parse_qsl(urlsplit(last_link(browser)).query)) == {"chapter": "phase"} | values


def last_link(browser: Browser) -> str:
    """The address behind the link of the closer look, which comes last on the page."""
    named = "found.filter(link => link.innerText.trim() === 'Link to this view')"
    return str(browser.find(f"return {named}.at(-1).href", "a"))


@BOTH_WIDTHS
@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        (
            "features n",
            "1000000",
            "n = 1000000; the number of features n must be a whole number from 2 to 100.",
        ),
        ("Density p", "0", "p = 0; the density p must be a number from 0.001 to 1."),
        (
            "dimensions m",
            "7",
            "m = 7; the number of dimensions must be at most the number of features, n = 6.",
        ),
    ],
)
def test_an_invalid_value_has_one_message_beside_its_control_and_the_page_goes_on(
    visit: Visit, name: str, text: str, says: str
) -> None:
    browser = visit("demonstrating", n=6, m=2)
    before = figure(browser)
    change(browser, name, text)
    browser.wait_for(lambda: alerts(browser) == [says])
    assert name in browser.find(BESIDE, "[role=alert]")
    assert pictures(browser) == before
    assert link(browser)["n"] == "6"
    change(browser, name, {"Density p": "0.02"}.get(name, "5"))
    browser.wait_for(lambda: pictures(browser) not in ([], before))
    browser.wait_for(lambda: alerts(browser) == [])


def test_of_two_changes_in_a_row_both_are_used(visit: Visit) -> None:
    values = {"n": 8, "m": 3, "steps": 400}
    figure(visit("uniform", **values))
    browser = visit("uniform", **values)
    figure(browser)  # is kept, and comes while the page still runs its cells
    change(browser, "Number of features n", "10")
    change(browser, "Number of dimensions m", "2")
    used = browser.wait_for(lambda: [each for each in browser.texts(".codehilite") if "n_hidden=2" in each])
    assert "n_features=10" in used[0]
    assert (link(browser)["n"], link(browser)["m"]) == ("10", "2")


def test_an_invalid_value_in_a_link_has_one_message_and_the_page_works(visit: Visit) -> None:
    browser = visit("demonstrating", p=0, n=6, m=2)
    says = ["The link was not used: p = 0; the density p must be a number from 0.001 to 1."]
    assert browser.wait_for(lambda: alerts(browser), COMPILING) == says
    figure(browser)


def test_a_chapter_keeps_its_values_while_another_one_is_shown(visit: Visit) -> None:
    browser = visit("demonstrating", n=6, m=2)
    before = figure(browser)
    change(browser, "dimensions m", "3")
    browser.wait_for(lambda: pictures(browser) not in ([], before))
    choose(browser, "correlated")
    browser.wait_for(lambda: link(browser).get("chapter") == "correlated")
    choose(browser, "demonstrating")
    browser.wait_for(lambda: (link(browser)["chapter"], link(browser).get("m")) == ("demonstrating", "3"))
    assert link(browser)["n"] == "6"


def choose(browser: Browser, chapter: str) -> None:
    """Choose a chapter in the list at the top of the page."""
    browser.focus("select")
    browser.press(CHAPTERS[chapter].title[:2], "ENTER")


def test_the_play_button_shows_training_from_its_start_and_pause_holds_it(visit: Visit) -> None:
    browser = visit("learning", steps=400)
    figure(browser)
    browser.wait_for(lambda: link(browser).get("step") == "400")
    first = moment(browser)
    browser.click("button", "Play")
    browser.wait_for(lambda: int(link(browser)["step"]) < 10)
    browser.wait_for(lambda: 10 < int(link(browser)["step"]) < 400)
    browser.click("button", "Pause")
    held = browser.wait_for(still(lambda: link(browser)["step"]))
    assert int(held) < 400
    assert moment(browser) not in ("", first)


def moment(browser: Browser) -> str:
    """The picture of the closer look, which comes last on the page."""
    return pictures(browser)[-1]


def still(value: Callable[[], str]) -> Callable[[], str]:
    """Make a condition: a value is the same for 40 looks in a row."""
    seen: list[str] = []

    def condition() -> str:
        seen.append(value())
        return seen[-1] if len(seen) >= 40 and len(set(seen[-40:])) == 1 else ""

    return condition


def test_long_training_shows_progress_can_be_stopped_and_gives_way_to_a_new_value(visit: Visit) -> None:
    browser = visit("uniform", n=8, m=3, steps=400)
    figure(browser)
    change(browser, "Number of features n", "100")
    change(browser, "Steps of training", "60000")
    browser.wait_for(lambda: browser.elements("progress"))
    browser.click("button", "Stop")
    browser.wait_for(lambda: alerts(browser) == [STOPPED])
    assert browser.elements("progress") == []
    assert link(browser)["steps"] == "60000"
    change(browser, "Random seed", "1")
    browser.wait_for(lambda: browser.elements("progress"))
    change(browser, "Steps of training", "500")
    code = browser.wait_for(lambda: [each for each in browser.texts(".codehilite") if "steps=500" in each])
    assert "run_seed=1" in code[0]


def test_the_copied_code_draws_the_downloaded_figure(visit: Visit, tmp_path: Path) -> None:
    browser = visit("introduction", sparsity=0.5, decay=0.5, seed=3)
    figure(browser)
    browser.downloads_to(tmp_path)
    browser.click("a, button", "Download the figure (SVG)")
    (saved,) = browser.wait_for(lambda: list(tmp_path.glob("*.svg")))
    assert saved.name == "introduction.svg"
    browser.click("[aria-label='Copy to clipboard']")
    code = browser.wait_for(browser.copied)
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    assert without_names(as_svg(namespace["figure"])) == without_names(saved.read_bytes())


def without_names(svg: bytes) -> str:
    """Leave out the names of an SVG's parts: they change when a figure has been drawn before."""
    return re.sub(r'(id="|#)\w+', "", svg.decode())
