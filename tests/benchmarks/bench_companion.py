"""Measure how long the companion takes from a pressed key to a new picture, with compiled kernels."""

from __future__ import annotations

from statistics import median
from typing import Final

import pytest

from tests.helpers.browser import Browser

LONGEST: Final = 0.3
"""Seconds within which chapters that follow a slider answer on two cores."""
ROUNDS: Final = 10
COMPILING: Final = 600
"""Seconds within which the first picture comes: the engine may have to be compiled."""
WATCH: Final = """
const picture = () => document.querySelector("img[alt]")?.src;
const before = picture();
let pressed = null;
addEventListener("keydown", () => { pressed = performance.now(); }, { capture: true });
window.answered = null;
const look = () => {
  if (pressed && picture() && picture() !== before) window.answered = (performance.now() - pressed) / 1000;
  else requestAnimationFrame(look);
};
look();
"""


@pytest.mark.parametrize(("chapter", "control"), [("introduction", "slider"), ("demonstrating", "number")])
def test_a_moved_control_changes_the_picture_at_once(
    chapter: str, control: str, browser: Browser, address: str, record_property: pytest.RecordProperty
) -> None:
    browser.open(f"{address}?chapter={chapter}&seed=7&sparsity=0.999")
    browser.wait_for(lambda: browser.elements("img[alt]"), COMPILING)
    took = [round_of(browser, control, number) for number in range(ROUNDS + 1)][1:]
    record_property("seconds", sorted(took))
    print(f"{chapter}: median {median(took):.3f} s, {min(took):.3f} to {max(took):.3f} s")
    assert median(took) < LONGEST


def round_of(browser: Browser, control: str, number: int) -> float:
    """Move the first slider or type another seed; return the seconds until the new picture."""
    browser.run(WATCH)
    if control == "slider":
        browser.focus("[role=slider]")
        browser.press("ARROW_LEFT")
    else:
        browser.find("const box = found.at(-1); box.focus(); box.select()", "input[inputmode]")
        browser.press(str(100 + number), "ENTER")
    return float(browser.wait_for(lambda: browser.run("return window.answered")))
