"""The import graph of the project, read from its sources without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tests.helpers.paths import ROOT

PACKAGES: Final = ("tms", "claims", "figures")


def path_of(module: str) -> Path | None:
    """Find the file of a module of the project; None for other modules and for names in modules."""
    if module.partition(".")[0] not in PACKAGES:
        return None
    stem = ROOT.joinpath(*module.split("."))
    return next((path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()), None)


def run_time_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """List a node and everything in it, except for blocks that only type checkers read."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        yield from run_time_nodes(child)


def imported_by(path: Path) -> set[Path]:
    """List the files of the project that a file imports at run time, with the packages that hold them."""
    names: set[str] = set()
    for node in run_time_nodes(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    parents = {".".join(parts[:i]) for name in names for parts in [name.split(".")] for i in range(1, 9)}
    return {found for name in parents if (found := path_of(name))}


def reached_from(paths: Iterable[Path]) -> set[Path]:
    """List files and all files of the project that they import, directly or through others."""
    reached: set[Path] = set()
    left = list(paths)
    while left:
        path = left.pop()
        if path not in reached:
            reached.add(path)
            left.extend(imported_by(path))
    return reached
