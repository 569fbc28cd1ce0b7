"""Fixtures of tests and benchmarks that open pages in a browser."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.helpers.browser import Browser
from tests.helpers.paths import ROOT


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser for the tests of a module; where there is none, they are skipped and say what is missing."""
    with Browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of the page of a companion that `tms explore` serves."""
    pytest.importorskip("marimo", reason="marimo is not installed; the extra `explore` has it.")
    command = [sys.executable, "-m", "claims.harness.cli", "explore", "--port", "0", "--no-browser"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        try:
            yield served.stdout.readline().split()[4]
        finally:
            served.terminate()
