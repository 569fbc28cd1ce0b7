"""Settings for all tests. Warnings of this project's code are errors, here and nowhere else."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch
from hypothesis import settings

from tests.helpers import runtime_types
from tests.helpers.browser import Browser
from tests.helpers.paths import ROOT

pytest_plugins = ["pytester"]

runtime_types.install()

# Messages name the nox session instead of `tms` where this variable is set, as it is in `nox -s tests`.
os.environ.pop("NOX_CURRENT_SESSION", None)

if not torch.cuda.is_available():
    # Triton reads this when it defines a kernel; its interpreter then runs the kernels in NumPy.
    os.environ.setdefault("TRITON_INTERPRET", "1")


def pytest_configure(config: pytest.Config) -> None:
    """Make errors of warnings that this project's code causes; declare the markers of claims, for imports."""
    for kind in ("error:::(tms|claims|figures|tests)([.]|$)", "error::pytest.PytestWarning"):
        config.addinivalue_line("filterwarnings", kind)
    for marker in ("claim(claim): of a claim file", "identity: of a claim file"):
        config.addinivalue_line("markers", marker)


settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")


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
