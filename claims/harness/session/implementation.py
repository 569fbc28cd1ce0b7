"""Import another implementation of the paper that the command line names; see `tms.protocol`."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

from claims.harness.baselines.places import Judged
from claims.harness.session import user_module
from claims.harness.session.name_collisions import collision
from claims.harness.session.user_function import check_source, function_of
from claims.harness.session.user_module import ImportFailure
from tms.engines.isolation import imported

SEAMS: Final = ("model", "trainer")


@dataclass(frozen=True)
class Implementation:
    """Another implementation of the paper, whose models are judged instead of this package's.

    Parameters
    ----------
    seam
        The protocol of `tms.protocol` that it follows, "model" or "trainer".
    name
        File and function, without the folder, such as "model.py:factory".
    digest
        SHA-256 of the file (64 hexadecimal digits).
    function
        A `ModelFactory` or a `Trainer`.
    judged
        The implementation as baselines and commands name it.
    base
        The folder that a path in `judged` is relative to.
    """

    seam: str
    name: str
    digest: str
    function: Callable[..., Any]
    judged: Judged
    base: Path

    @property
    def how(self) -> str:
        """The role of the implementation in training, in words."""
        return "a model" if self.seam == "model" else "a training function"

    def __str__(self) -> str:
        """Name the implementation, with the beginning of its digest."""
        return f"{self.name}, {self.how} (sha256 {self.digest[:12]})"


def find(seam: str, spec: str, base: Path) -> Implementation:
    """Import the function that an option names.

    Parameters
    ----------
    seam
        The name of the option, one of `SEAMS`.
    spec
        ``path/to/file.py:function`` or ``package.module:function``.
    base
        Folder that a path is relative to, and in which a package is looked for.

    Raises
    ------
    pytest.UsageError
        If there is no such file, module or function, or importing it fails; the message is one sentence.
    """
    option = f"--{seam} {spec!r}"
    place, colon, name = spec.rpartition(":")
    if not (colon and place and name):
        raise pytest.UsageError(f"{option} must be path/to/file.py:function or package.module:function.")
    modules: list[ModuleType] = []

    def load() -> Callable[..., Any]:
        modules.append(user_module.load(place, base))
        return function_of(modules[-1], name, place)

    path = user_module.expected_file(place, base)
    try:
        folder = base
        if user_module.is_path(place):
            path = user_module.file_of(place, base)
            check_source(path, name)
            folder = path.resolve().parent
        # Modules beside a file can be imported, as when it runs as a script, but hide none of this package.
        sys.path.append(str(folder))
        function = imported(load)
    except ImportFailure as error:
        _refuse_collisions(option, path, base)
        raise pytest.UsageError(f"{option}{error}") from error
    [module] = modules
    source = Path(module.__file__ or "")
    _refuse_collisions(option, source, base)
    digest = hashlib.sha256(source.read_bytes() if source.is_file() else b"").hexdigest()
    stable = _relative(path, base) if user_module.is_path(place) else place
    judged = Judged(seam, f"{stable}:{name}")
    return Implementation(seam, f"{source.name or place}:{name}", digest, function, judged, base)


def _refuse_collisions(option: str, file: Path, base: Path) -> None:
    """Refuse an implementation that means a module of its own where it would find one of this program."""
    for folder in (file.parent, base):
        if sentence := collision(file, folder):
            raise pytest.UsageError(f"{option} cannot be judged: {sentence}.")


def _relative(path: Path, base: Path) -> str:
    """Name a file relative to the caller's folder if it lies inside it."""
    file, folder = path.resolve(), base.resolve()
    return (file.relative_to(folder) if file.is_relative_to(folder) else file).as_posix()
