"""Import another implementation of the paper that the command line names; see `tms.protocol`."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

from claims.harness.baselines.places import Judged
from claims.harness.errors import one_line
from claims.harness.session.name_collisions import collision
from tms.engines.isolation import described

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
    """

    seam: str
    name: str
    digest: str
    function: Callable[..., Any]
    judged: Judged

    @property
    def how(self) -> str:
        """The role of the implementation in training, in words."""
        return "a model trained by the reference engine" if self.seam == "model" else "a training function"

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
    is_path = place.endswith(".py") or "/" in place or "\\" in place
    path = base / place
    if is_path and (not path.is_file() or path.suffix != ".py"):
        raise pytest.UsageError(f"{option}: there is no Python file {place}.")
    try:
        module = _from_file(path) if is_path else _from_package(place, base)
    except ModuleNotFoundError as error:
        _refuse_collisions(option, path, base)
        raise pytest.UsageError(f"{option} cannot be imported: {one_line(error)}.") from error
    except SyntaxError as error:
        where = f" (line {error.lineno})" if error.lineno else ""
        raise pytest.UsageError(f"{option} cannot be imported: {one_line(error)}{where}.") from error
    except (Exception, SystemExit) as error:
        _refuse_collisions(option, path, base)
        raise pytest.UsageError(f"{option} cannot be imported: {described(error)}.") from error
    source = Path(module.__file__ or "")
    _refuse_collisions(option, source, base)
    function = getattr(module, name, None)
    if function is None:
        raise pytest.UsageError(f"{option}: {place} has no function {name!r}.")
    if not callable(function):
        raise pytest.UsageError(f"{option}: {name!r} is of type {type(function).__name__}, not a function.")
    digest = hashlib.sha256(source.read_bytes() if source.is_file() else b"").hexdigest()
    stable = _relative(path, base) if is_path else place
    judged = Judged(seam, f"{stable}:{name}")
    return Implementation(seam, f"{source.name or place}:{name}", digest, function, judged)


def _refuse_collisions(option: str, file: Path, base: Path) -> None:
    """Refuse an implementation that means a module of its own where it would find one of this program."""
    for folder in (file.parent, base):
        if sentence := collision(file, folder):
            raise pytest.UsageError(f"{option} cannot be judged: {sentence}.")


def _relative(path: Path, base: Path) -> str:
    """Name a file relative to the caller's folder if it lies inside it."""
    file, folder = path.resolve(), base.resolve()
    return (file.relative_to(folder) if file.is_relative_to(folder) else file).as_posix()


def _from_file(path: Path) -> ModuleType:
    # Modules beside the file can be imported, as when it runs as a script, but hide none of this package.
    sys.path.append(str(path.resolve().parent))
    name = f"_judged_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # as dataclasses and pickle expect
    specification.loader.exec_module(module)
    return module


def _from_package(name: str, base: Path) -> ModuleType:
    if not all(part.isidentifier() for part in name.split(".")):
        raise ModuleNotFoundError(f"{name!r} is not the name of a module")
    sys.path.append(str(base))
    return importlib.import_module(name)
