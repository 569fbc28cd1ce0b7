"""Digests of source files, by which caches recognise the state of the code; the cache of compiled code."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numba
from numba import config
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.dispatcher import Dispatcher

PACKAGE: Final = Path(__file__).parent

COMPILED: Final = (
    "arguments.py",
    "engines/activations.py",
    "engines/batches.py",
    "engines/cpu/*.py",
    "engines/optimizer.py",
    "engines/squared_error.py",
    "features.py",
    "random_streams.py",
    "sources.py",
    "theory/*.py",
)
"""The files that define compiled kernels, and every file of the package from which they import, as globs."""

TRAINING: Final = (
    "analysis/adversarial.py",
    "analysis/attacked_training.py",
    "arguments.py",
    "engines/**/*.py",
    "experiment/**/*.py",
    "features.py",
    "models.py",
    "processors.py",
    "protocol.py",
    "random_streams.py",
    "sources.py",
    "training/**/*.py",
)
"""The files on which trained models depend besides their experiment, as globs: those that train, those that
train under attack, and every file of the package from which they import."""


def digest(patterns: Iterable[str] = ("**/*.py",)) -> str:
    """Digest source files of the package by name and content (64 hexadecimal digits).

    Parameters
    ----------
    patterns
        The files, as glob patterns relative to the package; by default all of its Python files.
    """
    total = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in PACKAGE.glob(pattern)}):
        total.update(f"{path.relative_to(PACKAGE).as_posix()}\n".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def separate_compiled_code() -> None:
    """Give each state of the sources in `COMPILED` a folder of its own in Numba's cache.

    Numba caches machine code on disk and reuses it as long as the file that defines a kernel does not change.
    It does not look at other files: after an edit of a constant or an inlined function in one file, kernels
    in other files would go on running with the former value, without an error. Here the name of the cache
    folder contains a digest of all files concerned, so that any edit leads to a fresh compilation.

    This applies to a checkout of the repository, where source files are edited; a checkout is recognised by
    the pyproject.toml beside the package, and its cache lies in ``.cache/numba``. The files of an installed
    package do not change, so Numba's default folder is right for it. A folder that the user names in
    NUMBA_CACHE_DIR is left alone.

    Numba reads the folder when a kernel is defined, so this must be called before any module that defines
    kernels is imported.
    """
    checkout = PACKAGE.parent
    if "NUMBA_CACHE_DIR" not in os.environ and (checkout / "pyproject.toml").is_file():
        folder = checkout / ".cache" / "numba" / digest(COMPILED)[:16]
        config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]


@cache
def compiled_code_is_stored() -> bool:
    """Whether Numba finds a folder for its cache: NUMBA_CACHE_DIR, one beside the sources, or one at home.

    Without such a folder, kernels are compiled in every process that uses them.
    """
    try:
        FunctionCache(digest)  # type: ignore[no-untyped-call]
    except RuntimeError:
        return False
    return True


def compiles() -> bool:
    """Whether Numba compiles at all: the variable NUMBA_DISABLE_JIT turns that off."""
    return not config.DISABLE_JIT  # type: ignore[attr-defined]


class _FilesOfTheirOwn(IndexDataCacheFile):
    """Numba's files of compiled code, of which two processes never write the same one.

    Numba numbers the files. Processes that compile a kernel for other types at the same time, in an empty
    cache, give both codes the same number, and the index can then name the code of one for the other.
    """

    def _data_name(self, number: int) -> str:
        return str(super()._data_name(number)).replace(f".{number}.", f".{uuid4().hex[:16]}.")  # type: ignore[no-untyped-call]


class _CacheThatMayFill(FunctionCache):
    """Numba's cache of a function's compiled code, in which code is left out if it cannot be written."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        implementation = self._impl
        self._cache_file = _FilesOfTheirOwn(  # type: ignore[no-untyped-call]
            cache_path=self._cache_path,
            filename_base=implementation.filename_base,
            source_stamp=implementation.locator.get_source_stamp(),
        )

    def save_overload(self, sig: Any, data: Any) -> None:
        """Store compiled code; a warning says why that fails."""
        try:
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
        except OSError as error:
            warnings.warn(
                f"compiled code cannot be stored in {self.cache_path}: {error.strerror}.",
                RuntimeWarning,
                stacklevel=2,
            )


def njit(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Compile a function with Numba, as its decorator of this name does.

    Its machine code is used where it cannot be stored, too, such as on a full disk, on which Numba's own
    decorator lets the first call fail.

    Parameters
    ----------
    **options
        Options of `numba.njit`.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        kernel = numba.njit(**options)(function)
        if options.get("cache") and isinstance(kernel, Dispatcher):
            kernel._cache = _CacheThatMayFill(function)  # type: ignore[attr-defined]
        return kernel

    return decorate
