"""A digest of this package's sources, by which caches tell one state of the code from another."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from numba import config

PACKAGE = Path(__file__).parent


def digest() -> str:
    """Digest of every Python file of the package, by name and content (64 hexadecimal digits)."""
    total = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        total.update(f"{path.relative_to(PACKAGE).as_posix()}\n".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def separate_compiled_code() -> None:
    """Cache compiled kernels apart for every state of the sources.

    Numba itself looks at the file of a kernel alone, and would go on using a kernel compiled with the former
    value of a constant, or the former body of a function, that it takes from another file. This is done in a
    checkout only, and only where NUMBA_CACHE_DIR does not say otherwise.
    """
    checkout = PACKAGE.parent
    if "NUMBA_CACHE_DIR" not in os.environ and (checkout / "pyproject.toml").is_file():
        config.CACHE_DIR = str(checkout / ".cache" / "numba" / digest()[:16])  # type: ignore[attr-defined]
