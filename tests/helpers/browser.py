"""A browser that opens pages of this machine in tests, and reaches no other machine.

Where Chromium, its driver or Selenium is missing, tests that start it are skipped and say what is missing.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

import pytest

_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS: Final = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-prefers-reduced-motion",  # a test would have to wait for animations
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
_REQUESTS: Final = ("Network.requestWillBeSent", "Network.webSocketCreated")
_DEEP: Final = """
const found = [];
const walk = root => {
  found.push(...root.querySelectorAll(arguments[0]));
  root.querySelectorAll('*').forEach(each => each.shadowRoot && walk(each.shadowRoot));
};
walk(document);
"""
"""Finds the elements of a selector, also those inside other elements' shadow trees."""


class Browser:
    """A Chromium without a window, driven by Selenium.

    Parameters
    ----------
    profile
        An empty folder for its settings.
    """

    def __init__(self, profile: Path) -> None:
        webdriver = pytest.importorskip("selenium.webdriver", reason="needs Selenium: pip install selenium")
        service = pytest.importorskip("selenium.webdriver.chrome.service")
        program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
        driver = shutil.which("chromedriver")
        if program is None or driver is None:
            missing = "Chromium" if program is None else "chromedriver"
            pytest.skip(f"needs Chromium and its chromedriver on the path; {missing} is missing")
        self._replaced: Any = pytest.importorskip("selenium.common.exceptions").StaleElementReferenceException
        options = webdriver.ChromeOptions()
        options.binary_location = program
        root = ("--no-sandbox",) if getattr(os, "geteuid", lambda: 1)() == 0 else ()
        for flag in (*_FLAGS, *root, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self._driver: Any = webdriver.Chrome(options=options, service=service.Service(driver))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._driver.quit()

    def open(
        self, page: Path | str, fragment: str = "", width: int = 1280, height: int = 900, dark: bool = False
    ) -> Self:
        """Open a file or an address, as if for the first time, on a screen of a size in pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._driver.get("about:blank")
        for log in ("browser", "performance"):
            self._driver.get_log(log)  # reading it empties it
        self._command("Emulation.setDeviceMetricsOverride", size)
        self._command("Emulation.setEmulatedMedia", {"features": [scheme]})
        self._driver.get((page.as_uri() if isinstance(page, Path) else page) + fragment)
        return self

    def run(self, script: str, *arguments: object) -> Any:
        """Run JavaScript and give what it returns."""
        return self._driver.execute_script(script, *arguments)

    def run_later(self, script: str) -> Any:
        """Run JavaScript and give what it passes to its last argument."""
        self._driver.set_script_timeout(110)
        return self._driver.execute_async_script(script)

    def wait_for(self, condition: Callable[[], Any], seconds: float = 120) -> Any:
        """Give what a condition returns once it is true; fail where it is not within some seconds."""
        found = self.awaited(condition, seconds)
        assert found, f"nothing came within {seconds:g} s on {self.address()}"
        return found

    def awaited(self, condition: Callable[[], Any], seconds: float) -> Any:
        """Give what a condition returns once it is true, or what it returns after some seconds.

        A page that draws a part of itself again replaces elements. A condition that holds such an element is
        asked again.
        """
        end = time.monotonic() + seconds
        found = None
        while not found and time.monotonic() < end:
            with suppress(self._replaced):
                if not (found := condition()):
                    time.sleep(0.05)
        return found

    def find(self, script: str, selector: str, *arguments: object) -> Any:
        """Run JavaScript in which `found` is the elements that match, also those inside shadow trees."""
        return self.run(_DEEP + script, selector, *arguments)

    def elements(self, selector: str) -> list[Any]:
        """Give the elements that match."""
        return list(self.find("return found", selector))

    def focus(self, selector: str) -> None:
        """Focus the first element that matches, as by the Tab key."""
        self.find("found[0].focus()", selector)

    def press(self, *keys: str) -> None:
        """Press keys, by their names in Selenium or as text, on what has the focus."""
        names = pytest.importorskip("selenium.webdriver.common.keys").Keys
        chain = self._chain()
        for key in keys:
            chain.send_keys(getattr(names, key, key))
        chain.perform()

    def click(self, selector: str, text: str = "", at: tuple[float, float] | None = None) -> None:
        """Click on the first element that matches, once it is there; it must be visible and not covered.

        Parameters
        ----------
        selector
            The element's CSS selector.
        text
            Text of the element, if several match the selector.
        at
            The place in it, as shares of its width and height; by default the middle of its visible part.
        """
        self.wait_for(lambda: self._clicked(selector, text, at))

    def _clicked(self, selector: str, text: str, at: tuple[float, float] | None) -> bool:
        element = next((each for each in self.elements(selector) if text in ("", each.text)), None)
        if element is None:
            return False
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        if at is None:
            element.click()  # says so if something else is on top
        else:
            script = "const box = arguments[0].getBoundingClientRect(); return [box.x, box.y]"
            (x, y), size = self.run(script, element), element.size
            chain = self._chain()
            chain.w3c_actions.pointer_action.move_to_location(
                round(x + at[0] * size["width"]), round(y + at[1] * size["height"])
            )
            chain.click().perform()
        return True

    def texts(self, selector: str) -> list[str]:
        """Give the texts of all visible elements that match."""
        shown = "found.filter(element => element.checkVisibility()).map(element => element.innerText.trim())"
        return list(map(str, self.find(f"return {shown}", selector)))

    def attribute(self, selector: str, name: str) -> str | None:
        """Give an attribute of the first element that matches."""
        value = self.find("return found[0].getAttribute(arguments[1])", selector, name)
        return None if value is None else str(value)

    def sideways(self) -> int:
        """Give by how many pixels the page, or a box as tall as the screen, can be scrolled sideways."""
        tall = "found.filter(each => each.clientHeight >= 0.9 * innerHeight)"
        scrolls = (
            "each => each === document.documentElement || getComputedStyle(each).overflowX !== 'visible'"
        )
        wider = f"{tall}.filter({scrolls}).map(each => each.scrollWidth - each.clientWidth)"
        return int(self.find(f"return Math.max(...{wider})", "*"))

    def copied(self) -> str:
        """Give the text of the clipboard."""
        allowed = ["clipboardReadWrite", "clipboardSanitizedWrite"]
        self._command("Browser.grantPermissions", {"permissions": allowed})
        return str(self.run_later("navigator.clipboard.readText().then(arguments[0])"))

    def downloads_to(self, folder: Path) -> None:
        """Save downloads in a folder from now on."""
        self._command("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})

    def address(self) -> str:
        """Give the address that the browser shows."""
        return str(self._driver.current_url)

    def print(self) -> bytes:
        """Print the page, and give a PDF in base64."""
        return str(self._command("Page.printToPDF", {})["data"]).encode()

    def complaints(self, *levels: str) -> list[str]:
        """Give what the console has shown, of some levels, since the page was opened or the last call."""
        entries = self._driver.get_log("browser")
        return [
            f"{each['level']} {each['message']}" for each in entries if not levels or each["level"] in levels
        ]

    def hosts(self) -> set[str]:
        """Give the hosts that the page asked for anything since it was opened, or since the last call."""
        events = [json.loads(each["message"])["message"] for each in self._driver.get_log("performance")]
        asked = [each["params"] for each in events if each["method"] in _REQUESTS]
        urls = [urlsplit(each.get("request", each)["url"]) for each in asked]
        return {str(url.hostname) for url in urls if url.scheme in ("http", "https", "ws", "wss")}

    def _chain(self) -> Any:
        return pytest.importorskip("selenium.webdriver.common.action_chains").ActionChains(self._driver)

    def _command(self, name: str, settings: dict[str, Any]) -> Any:
        return self._driver.execute_cdp_cmd(name, settings)
