"""Every figure function has tests that draw it."""

import ast
import inspect
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from matplotlib.figure import Figure

import figures
from tests.helpers.paths import ROOT

ELSEWHERE = {"falsification"}
"""Modules whose figures are tested with the report that draws them."""


def figure_functions() -> list[tuple[str, str]]:
    """Return the module and the name of each public function that returns a figure."""
    found = []
    for info in iter_modules(figures.__path__):
        if info.ispkg or info.name in ELSEWHERE:
            continue
        module = import_module(f"figures.{info.name}")
        for name, value in vars(module).items():
            own = inspect.isfunction(value) and value.__module__ == module.__name__
            if own and not name.startswith("_") and inspect.signature(value).return_annotation is Figure:
                found.append((info.name, name))
    return found


def calls(path: Path) -> set[tuple[str, str]]:
    """Return the calls MODULE.FUNCTION(...) of a test module."""
    return {
        (node.func.value.id, node.func.attr)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
    }


@pytest.fixture(scope="module")
def drawn() -> set[tuple[str, str]]:
    return set().union(*(calls(path) for path in (ROOT / "tests" / "figures").glob("test_*.py")))


@pytest.mark.parametrize(("module", "function"), figure_functions())
def test_a_figure_function_is_drawn_in_a_test(
    module: str, function: str, drawn: set[tuple[str, str]]
) -> None:
    assert (module, function) in drawn
