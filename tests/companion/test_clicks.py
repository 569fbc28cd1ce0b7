"""Clicks of the tests' browser on a page that draws a part of itself again."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.browser import Browser

REPLACED = """
<button onclick="document.title = 'pressed'">Stop</button>
<script>
const scroll = Element.prototype.scrollIntoView;
Element.prototype.scrollIntoView = function (...options) {
  scroll.apply(this, options);
  if (!window.replaced) this.replaceWith(this.cloneNode(true));
  window.replaced = true;
};
</script>
"""
LATE = """
<script>
setTimeout(() => document.body.innerHTML = `<button onclick="document.title = 'pressed'">Stop</button>`, 500);
</script>
"""


def title_after_a_click(browser: Browser, folder: Path, page: str) -> str:
    file = folder / "page.html"
    file.write_text(f"<!doctype html><body>{page}</body>", encoding="utf-8")
    browser.open(file)
    browser.click("button", "Stop")
    return str(browser.run("return document.title"))


def test_a_click_finds_the_element_that_replaced_another(browser: Browser, tmp_path: Path) -> None:
    assert title_after_a_click(browser, tmp_path, REPLACED) == "pressed"
    assert browser.run("return window.replaced")


def test_a_click_waits_for_its_element(browser: Browser, tmp_path: Path) -> None:
    assert title_after_a_click(browser, tmp_path, LATE) == "pressed"
