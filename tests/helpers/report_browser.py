"""A browser that opens pages in tests; where there is none, tests are skipped and say what is missing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any, Self

import pytest

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No network traffic of its own, and no animation that a test would have to wait for.
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",
)


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
        program = next(filter(None, map(shutil.which, _BROWSERS)), None)
        driver = shutil.which("chromedriver")
        if program is None or driver is None:
            missing = "Chromium" if program is None else "chromedriver"
            pytest.skip(f"needs Chromium and its chromedriver on the path; {missing} is missing")
        options = webdriver.ChromeOptions()
        options.binary_location = program
        root = ("--no-sandbox",) if getattr(os, "geteuid", lambda: 1)() == 0 else ()
        for flag in (*_FLAGS, *root, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self._driver: Any = webdriver.Chrome(options=options, service=service.Service(driver))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._driver.quit()

    def open(self, page: Path, fragment: str = "", width: int = 1280, dark: bool = False) -> Self:
        """Open a file, as if for the first time, on a screen of a width in pixels."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._driver.get("about:blank")
        self._driver.get_log("browser")
        self._command("Emulation.setDeviceMetricsOverride", size)
        self._command("Emulation.setEmulatedMedia", {"features": [scheme]})
        self._driver.get(page.as_uri() + fragment)
        return self

    def run(self, script: str, *arguments: object) -> Any:
        """Run JavaScript and give what it returns."""
        return self._driver.execute_script(script, *arguments)

    def run_later(self, script: str) -> Any:
        """Run JavaScript and give what it passes to its last argument."""
        self._driver.set_script_timeout(110)
        return self._driver.execute_async_script(script)

    def focus(self, selector: str) -> None:
        """Focus the first element that matches, as by the Tab key."""
        self.run("document.querySelector(arguments[0]).focus()", selector)

    def press(self, *keys: str) -> None:
        """Press keys, by their names in Selenium or as text, on what has the focus."""
        names = pytest.importorskip("selenium.webdriver.common.keys").Keys
        self._driver.switch_to.active_element.send_keys(*(getattr(names, key, key) for key in keys))

    def click(self, selector: str) -> None:
        """Click on the first element that matches, which must be visible and not covered."""
        element = self._driver.find_element("css selector", selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def texts(self, selector: str) -> list[str]:
        """Give the texts of all visible elements that match."""
        script = """return [...document.querySelectorAll(arguments[0])]
            .filter(element => element.checkVisibility()).map(element => element.innerText.trim())"""
        return list(map(str, self.run(script, selector)))

    def attribute(self, selector: str, name: str) -> str | None:
        """Give an attribute of the first element that matches."""
        value = self._driver.find_element("css selector", selector).get_dom_attribute(name)
        return None if value is None else str(value)

    def address(self) -> str:
        """Give the address that the browser shows."""
        return str(self._driver.current_url)

    def print(self) -> bytes:
        """Print the page, and give a PDF in base64."""
        return str(self._command("Page.printToPDF", {})["data"]).encode()

    def complaints(self) -> list[str]:
        """Give the warnings and errors of the console since the page was opened."""
        return [f"{entry['level']} {entry['message']}" for entry in self._driver.get_log("browser")]

    def _command(self, name: str, settings: dict[str, Any]) -> Any:
        return self._driver.execute_cdp_cmd(name, settings)
