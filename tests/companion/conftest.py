"""A companion that `tms explore` serves."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.helpers.paths import ROOT


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of its page."""
    pytest.importorskip("marimo", reason="marimo is not installed; the extra `explore` has it.")
    command = [sys.executable, "-m", "claims.harness.cli", "explore", "--port", "0", "--no-browser"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        try:
            yield served.stdout.readline().split()[4]
        finally:
            served.terminate()
