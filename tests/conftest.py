"""Settings for all tests. Warnings of this project's code are errors, here and nowhere else."""

import os
from multiprocessing.sharedctypes import RawArray

import numba
import pytest
import torch
from hypothesis import settings

from tests.helpers import runtime_types
from tests.helpers.browser_fixtures import address, browser  # noqa: F401 - fixtures of all tests

pytest_plugins = ["pytester"]

runtime_types.install()

# Pytester forgets what was first imported during its runs, and some modules cannot be imported twice: the
# parts of numba that are imported when it compiles, and the shared arrays of multiprocessing.
numba.njit(lambda number: number + 1)(1.0)
RawArray("q", 1)

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
