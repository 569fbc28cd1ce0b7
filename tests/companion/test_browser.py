"""The companion in a real browser, on a desk and on a phone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.browser import Page, browser, missing
from tests.helpers.paths import ROOT

pytest.importorskip("marimo", reason="marimo is not installed; the extra `explore` has it.")
pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "a browser is there")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a companion that `tms explore` serves."""
    command = [sys.executable, "-m", "claims.harness.cli", "explore", "--port", "0", "--no-browser"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        try:
            yield served.stdout.readline().split()[4]
        finally:
            served.terminate()


@pytest.fixture(params=[1280, 390])
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Page]:
    with browser(tmp_path / "profile", request.param, 1200) as opened:
        yield opened
        assert opened.errors() == []
        assert opened.hosts() == {"127.0.0.1"}


def test_moving_a_slider_changes_figure_and_link(page: Page, address: str) -> None:
    from selenium.webdriver.common.keys import Keys

    page.open(f"{address}?chapter=introduction&seed=1")
    before = page.wait_for(lambda: page.sources("img[alt]"))
    page.send("[role=slider]", Keys.ARROW_LEFT)
    page.wait_for(lambda: page.sources("img[alt]") not in ([], before))
    page.wait_for(lambda: "sparsity=0.85" in page.driver.current_url)
    assert "seed=1" in page.driver.current_url
    assert page.driver.execute_script("return document.scrollingElement.scrollWidth") <= (
        page.driver.execute_script("return window.innerWidth")
    )


def test_clicking_a_cell_shows_its_models(page: Page, address: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    page.open(f"{address}?chapter=phase&cells=4")
    canvas = page.wait_for(lambda: page.all("marimo-matplotlib canvas") or page.all("canvas"))[0]
    before = page.wait_for(lambda: page.sources("img[alt]"))
    page.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", canvas)
    width, height = canvas.size["width"], canvas.size["height"]
    # The upper left cell of the left diagram.
    ActionChains(page.driver).move_to_element_with_offset(
        canvas, int(-0.41 * width), int(-0.35 * height)
    ).click().perform()
    page.wait_for(lambda: page.sources("img[alt]") not in ([], before))
    page.wait_for(lambda: "importance=0.1&density=1" in page.driver.current_url)


def test_an_invalid_value_in_a_link_has_one_message_and_the_page_works(page: Page, address: str) -> None:
    page.open(f"{address}?chapter=demonstrating&p=0&n=6&m=2")
    alerts = page.wait_for(lambda: page.all("[role=alert]"))
    said = [alert.text for alert in alerts]
    assert said == ["The link was not used: p = 0; the density must be a number from 0.001 to 1."]
    assert page.wait_for(lambda: page.sources("img[alt]"))


def test_the_play_button_shows_training_from_its_start_and_pause_holds_it(page: Page, address: str) -> None:
    page.open(f"{address}?chapter=learning&steps=400")
    page.wait_for(lambda: "step=400" in page.driver.current_url.partition("seed=")[2])
    press(page, "Play")
    page.wait_for(lambda: "step=400" not in page.driver.current_url.partition("seed=")[2])
    press(page, "Pause")


def press(page: Page, name: str) -> None:
    """Press the button with a text."""
    buttons = page.wait_for(lambda: [each for each in page.all("button") if each.text == name])
    page.driver.execute_script("arguments[0].click()", buttons[0])
