"""Import of a user's module, and what to say where that fails."""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import sys
import warnings
from pathlib import Path
from types import ModuleType

from claims.harness.errors import one_line
from tms.engines.isolation import described
from tms_replication import PACKAGES


class ImportFailure(Exception):
    """A user's module cannot be used; the message continues a sentence that begins with its name."""


def load(place: str, base: Path) -> ModuleType:
    """Import a module of the user's.

    Parameters
    ----------
    place
        Path of a file, relative to `base` or absolute, or the dotted name of a module.
    base
        Folder that a path is relative to.

    Raises
    ------
    ImportFailure
        If there is no such module, or importing it fails.
    """
    try:
        return _from_file(file_of(place, base)) if is_path(place) else _from_package(place)
    except ImportFailure:
        raise
    except ModuleNotFoundError as error:
        raise ImportFailure(f" cannot be imported: {one_line(error)}.{_remedy(error, base)}") from error
    except SyntaxError as error:
        where = f" (line {error.lineno})" if error.lineno else ""
        raise ImportFailure(f" cannot be imported: {one_line(error)}{where}.") from error
    except (Exception, SystemExit) as error:
        raise ImportFailure(f" cannot be imported: {described(error)}.{_hint(error, place, base)}") from error


def parsed(path: Path) -> ast.Module:
    """Parse a user's file; one that cannot be parsed is empty here, as its import says what is wrong."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def is_path(place: str) -> bool:
    """Whether the user names a file, and not a module by its dotted name."""
    return place.endswith(".py") or "/" in place or "\\" in place


def expected_file(place: str, base: Path) -> Path:
    """Return the path that a user's file has, or that a module has if it lies in a folder.

    Parameters
    ----------
    place
        Path of the file, or the dotted name of the module.
    base
        The folder that a path is relative to, and in which a module is looked for.
    """
    if is_path(place):
        return base / place
    stem = base.joinpath(*place.split("."))
    return stem / "__init__.py" if stem.is_dir() else stem.with_name(f"{stem.name}.py")


def file_of(place: str, base: Path) -> Path:
    """Find a user's file.

    Parameters
    ----------
    place
        Path of the file.
    base
        Folder that it is relative to.

    Raises
    ------
    ImportFailure
        If there is no such Python file.
    """
    path = base / place
    if not path.is_file() or path.suffix != ".py":
        raise ImportFailure(f": there is no Python file {place}.")
    return path


def _from_file(path: Path) -> ModuleType:
    name = f"_judged_{hashlib.sha256(str(path).encode(errors='surrogateescape')).hexdigest()[:12]}"
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # as dataclasses and pickle expect
    specification.loader.exec_module(module)
    return module


def _from_package(name: str) -> ModuleType:
    if not all(part.isidentifier() for part in name.split(".")):
        raise ImportFailure(f" cannot be imported: {name!r} is not the name of a module.")
    return importlib.import_module(name)


def _remedy(error: ModuleNotFoundError, base: Path) -> str:
    """Say how a missing package gets into this environment; nothing for a module of the user's own folder."""
    package = (error.name or "").partition(".")[0]
    if not package.isidentifier() or package in (*PACKAGES, *sys.stdlib_module_names):
        return ""
    if (base / package).exists() or (base / f"{package}.py").exists():
        return ""
    tool = f"{sys.executable} -m pip install"
    if importlib.util.find_spec("pip") is None:
        tool = f"uv pip install --python {sys.executable}"
    return f" If it is a package, install it into this environment: {tool} {package}"


def _hint(error: BaseException, place: str, base: Path) -> str:
    """Say how a file that imports relatively can be named."""
    if not isinstance(error, ImportError) or "relative import" not in str(error) or not is_path(place):
        return ""
    path = (base / place).resolve()
    package = path.parent
    while (package.parent / "__init__.py").is_file():
        package = package.parent
    module = ".".join(path.relative_to(package.parent).with_suffix("").parts)
    return f" It belongs to a package: name it {module}:function, from the folder {package.parent}."
