"""Modules of an implementation's author that have the name of a package of this program."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tms_replication import PACKAGES


def collision(file: Path, folder: Path) -> str | None:
    """Say which import of an implementation means a neighbour, but finds a package of this program.

    Python has one module of each name. A neighbour that nobody imports does no harm, and an import of
    something that only this program's package has, such as `tms.protocol`, means that package.

    Parameters
    ----------
    file
        The file of the implementation. The files of the folder that it imported are examined, too.
    folder
        The folder in which its neighbours are looked for.

    Returns
    -------
    str or None
        One sentence with the file and the line; None if there is no such import.
    """
    folder = folder.resolve()
    neighbours = {name: found for name in PACKAGES if (found := _neighbour(folder, name))}
    if not neighbours:
        return None
    for path in _files(file, folder):
        for line, name in _imports(path):
            package = name.partition(".")[0]
            if package in neighbours and not (name != package and _is_ours(name)):
                own = neighbours[package].name
                return (
                    f"{path.name} imports {name} in line {line} and {own} lies beside it, but the name "
                    f"{package} belongs to this program; rename {own}"
                )
    return None


def _neighbour(folder: Path, name: str) -> Path | None:
    """Return the module or package of a name in a folder, unless it is this program's own."""
    spec = importlib.util.find_spec(name)
    own = {Path(place) for place in (spec.submodule_search_locations or ())} if spec else set()
    module, package = folder / f"{name}.py", folder / name
    if module.is_file():
        return module
    return package if package.is_dir() and any(package.glob("*.py")) and package not in own else None


def _files(file: Path, folder: Path) -> list[Path]:
    """List the implementation's file, and those below the folder that were imported; no installed ones.

    Python forgets a module whose import failed, so imports of neighbours are followed in the text, too.
    """
    loaded = [getattr(module, "__file__", None) for module in sys.modules.values()]
    paths = dict.fromkeys(
        [file.resolve(), *(Path(name).resolve() for name in loaded if isinstance(name, str))]
    )
    found = [
        path
        for path in paths
        if path.suffix == ".py" and path.is_relative_to(folder) and "site-packages" not in path.parts
    ]
    for path in found:  # grows meanwhile
        named = [folder / f"{name.partition('.')[0]}.py" for _, name in _imports(path)]
        found += [
            each
            for each in dict.fromkeys(named)
            if each.stem not in PACKAGES and each.is_file() and each not in found
        ]
    return found


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the full name of everything that a file imports by an absolute name."""
    tree = ast.Module(body=[], type_ignores=[])
    with suppress(OSError, SyntaxError, ValueError):
        tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _is_ours(name: str) -> bool:
    """Whether a package of this program has a module or a member of a dotted name."""
    parent, _, last = name.rpartition(".")
    try:
        if importlib.util.find_spec(name):
            return True
    except (ImportError, ValueError):
        pass
    try:
        return hasattr(importlib.import_module(parent), last)
    except ImportError:
        return False
