"""A real browser that opens pages of this machine and reaches no other."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

PATIENCE: Final = 600
"""Seconds after which a page that should have changed has failed."""
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
_DEEP: Final = """
const found = [];
const walk = root => {
  found.push(...root.querySelectorAll(arguments[0]));
  root.querySelectorAll('*').forEach(each => each.shadowRoot && walk(each.shadowRoot));
};
walk(document);
return found;
"""


def missing() -> str:
    """Say what a browser test lacks here; empty if nothing."""
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "selenium is not installed."
    if not shutil.which("chromedriver"):
        return "chromedriver is not installed; Debian has it as chromium-driver."
    if not any(map(shutil.which, _BROWSERS)):
        return "there is no Chromium."
    return ""


class Page:
    """A page in a browser.

    Parameters
    ----------
    driver
        Selenium's driver.
    """

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, url: str) -> None:
        """Go to an address."""
        self.driver.get(url)

    def all(self, selector: str) -> list[Any]:
        """Return the elements of a selector, also those inside other elements' shadow trees."""
        return list(self.driver.execute_script(_DEEP, selector))

    def sources(self, selector: str) -> list[str]:
        """Return where the images of a selector come from."""
        script = "const s=arguments[0];return [...document.querySelectorAll(s)].map(i=>i.src)"
        return list(self.driver.execute_script(script, selector))

    def wait_for(self, what: Callable[[], Any]) -> Any:
        """Return a value once it is true; fail after `PATIENCE` seconds."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if found := what():
                return found
            time.sleep(0.2)
        raise AssertionError(f"nothing came within {PATIENCE} s on {self.driver.current_url}")

    def send(self, selector: str, key: str) -> None:
        """Press a key on the first element of a selector, again if the page drew it anew meanwhile."""
        from selenium.common.exceptions import WebDriverException

        def pressed() -> bool:
            try:
                self.all(selector)[0].send_keys(key)
            except (IndexError, WebDriverException):
                return False
            return True

        self.wait_for(pressed)

    def errors(self) -> list[str]:
        """Return what the console has logged as errors."""
        return [each["message"] for each in self.driver.get_log("browser") if each["level"] == "SEVERE"]

    def hosts(self) -> set[str]:
        """Return the hosts that pages asked for anything over a network."""
        asked = [json.loads(each["message"])["message"] for each in self.driver.get_log("performance")]
        urls = [
            urlsplit(each["params"]["request"]["url"])
            for each in asked
            if each["method"] == "Network.requestWillBeSent"
        ]
        return {str(url.hostname) for url in urls if url.scheme in ("http", "https", "ws", "wss")}


@contextmanager
def browser(folder: Path, width: int, height: int) -> Iterator[Page]:
    """Start a browser with an empty profile.

    Parameters
    ----------
    folder
        An empty folder for its profile.
    width, height
        Size of the page, in pixels.
    """
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = next(filter(None, map(shutil.which, _BROWSERS)))
    for argument in (*_ARGUMENTS, f"--user-data-dir={folder}", f"--window-size={width},{height}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    try:
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        yield Page(driver)
    finally:
        driver.quit()
