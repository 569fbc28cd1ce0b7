"""Settings for all tests. Warnings are errors: see `filterwarnings` in pyproject.toml."""

import os

import torch
from hypothesis import settings

from tests.helpers import runtime_types

pytest_plugins = ["pytester"]

runtime_types.install()

# Messages name the nox session instead of `tms` where this variable is set, as it is in `nox -s tests`.
os.environ.pop("NOX_CURRENT_SESSION", None)

if not torch.cuda.is_available():
    # Triton reads this when it defines a kernel; its interpreter then runs the kernels in NumPy.
    os.environ.setdefault("TRITON_INTERPRET", "1")

settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")
