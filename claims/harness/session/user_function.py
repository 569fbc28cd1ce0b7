"""Check that a user's function takes an experiment, before its file is run and after."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from claims.harness.session.user_module import ImportFailure, parsed


def check_source(path: Path, name: str) -> None:
    """Check the arguments of a function or class as its file writes them: a script may train when it is run.

    Parameters
    ----------
    path
        The file.
    name
        The function or class.

    Raises
    ------
    ImportFailure
        If the file defines it, and it needs other arguments than one.
    """
    defined = [
        n for n in parsed(path).body if isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name == name
    ]
    if not defined:
        return
    node = defined[-1]
    given = 1
    if isinstance(node, ast.ClassDef):
        inits = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
        if not inits:
            return
        node, given = inits[-1], 2
    if node.decorator_list:
        return
    own = node.args
    positional = [*own.posonlyargs, *own.args]
    needed = len(positional) - len(own.defaults)
    keywords = sum(default is None for default in own.kw_defaults)
    if needed <= given and not keywords and (own.vararg or given <= len(positional)):
        return
    names = [argument.arg for argument in [*positional, *own.kwonlyargs]][given - 1 :]
    raise _takes(name, f"({', '.join(names)})")


def function_of(module: ModuleType, name: str, place: str) -> Callable[..., Any]:
    """Find a function of a module, and check that it can be called with one argument.

    Parameters
    ----------
    module
        The imported module.
    name
        The function.
    place
        The module as the user named it.

    Raises
    ------
    ImportFailure
        If there is no such function, or it needs other arguments than one.
    """
    function: Any = getattr(module, name, None)
    if function is None:
        raise ImportFailure(f": {place} has no function {name!r}.")
    if not callable(function):
        raise ImportFailure(f": {name!r} is of type {type(function).__name__}, not a function.")
    checked: Callable[..., Any] = function
    try:
        signature = inspect.signature(checked)
    except (TypeError, ValueError):  # a function of a compiled module may have none
        return checked
    try:
        signature.bind(object())
    except TypeError as error:
        raise _takes(name, str(signature)) from error
    return checked


def _takes(name: str, arguments: str) -> ImportFailure:
    return ImportFailure(f": {name} takes {arguments}; it must take one argument, an experiment.")
