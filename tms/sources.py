"""Digests of this package's sources, by which caches tell one state of the code from another."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from numba import config

PACKAGE: Final = Path(__file__).parent

COMPILED: Final = ("engines/cpu/*.py", "experiment.py", "random_streams.py", "theory/*.py")
"""Files that compiled kernels are made from: their own, and those that give them constants."""


def digest(patterns: Iterable[str] = ("**/*.py",)) -> str:
    """Digest of files of the package, by name and content (64 hexadecimal digits).

    Parameters
    ----------
    patterns
        Which files, as glob patterns below the package; all of its Python files unless stated.
    """
    total = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in PACKAGE.glob(pattern)}):
        total.update(f"{path.relative_to(PACKAGE).as_posix()}\n".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def separate_compiled_code() -> None:
    """Cache compiled kernels apart for every state of the sources that they are made from.

    Numba itself looks at the file of a kernel alone, and would go on using a kernel compiled with the former
    value of a constant, or the former body of a function, that it takes from another file. This is done in a
    checkout only, and only where NUMBA_CACHE_DIR does not say otherwise.
    """
    checkout = PACKAGE.parent
    if "NUMBA_CACHE_DIR" not in os.environ and (checkout / "pyproject.toml").is_file():
        place = checkout / ".cache" / "numba" / digest(COMPILED)[:16]
        config.CACHE_DIR = str(place)  # type: ignore[attr-defined]
