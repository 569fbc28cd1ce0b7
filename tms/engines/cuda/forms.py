"""Forms of the CUDA kernels that are off by default, and the setting that turns them on.

Each form computes what the default form computes, up to the order in which float32 sums are rounded. None of
them has been timed on a GPU, so none is on by default; `tests/gpu/check_gpu.py` measures them.
"""

from __future__ import annotations

import os
from typing import Final

VARIABLE: Final = "TMS_CUDA_FORMS"
"""The environment variable that names the forms to use, separated by commas; "none" turns all of them off."""
TENSOR_CORES: Final = "tensor-cores"
"""Matrix products of large models run on tensor cores, with the factors split in bfloat16 terms."""
REGISTERS: Final = "registers"
"""The inputs of models with few features, and the moments of their parameters, stay in registers."""
ACTIVE_INPUTS: Final = "active-inputs"
"""The same, and inputs without an active feature are counted instead of being computed one by one."""
FORMS: Final = (TENSOR_CORES, REGISTERS, ACTIVE_INPUTS)
DEFAULT: Final[tuple[str, ...]] = ()
"""The forms that are used where the variable is not set."""


def chosen() -> tuple[str, ...]:
    """Return the names of the forms to use, in the order of `FORMS`.

    Raises
    ------
    ValueError
        If the variable names a form that does not exist.
    """
    value = os.environ.get(VARIABLE)
    if value is None:
        return DEFAULT
    names = [name.strip() for name in value.split(",")]
    wanted = [] if names in ([""], ["none"]) else names
    if unknown := [name for name in wanted if name not in FORMS]:
        raise ValueError(
            f"{VARIABLE} names the form {unknown[0]!r}; it must be none or some of {', '.join(FORMS)}, "
            "separated by commas."
        )
    return tuple(form for form in FORMS if form in wanted)
