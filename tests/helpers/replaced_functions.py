"""The functions that controls replace, and what else than a module holds them.

As a program, ``python -m tests.helpers.replaced_functions`` prints the functions that are held elsewhere: in
a table, a default argument or a closure, which would go on using the right function. It needs a process of
its own, because tests keep functions in tables, too.
"""

from __future__ import annotations

import gc
import importlib
import sys
from types import CellType, FunctionType, ModuleType
from typing import Any

import pytest

from claims.harness.falsification.applying import instead_of
from claims.harness.falsification.controls import CONTROLS
from tests.helpers.paths import ROOT


def import_all() -> None:
    """Import every module of tms that needs no GPU, and every claim file."""
    for package, pattern in (("tms", "**/*.py"), ("claims", "test_*.py")):
        for path in (ROOT / package).glob(pattern):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if "cuda" not in parts and parts[-1] != "fused_cuda":
                importlib.import_module(".".join(parts).removesuffix(".__init__"))


def making_mistakes() -> set[ModuleType]:
    return {module for name, module in sys.modules.items() if name.startswith("claims.harness.falsification")}


def replaced() -> dict[str, Any]:
    """All functions that controls replace, by name."""
    functions: dict[str, Any] = {}

    def recording(right: Any, wrong: Any) -> Any:
        functions[f"{right.__module__}.{right.__qualname__}"] = right
        return instead_of(right, wrong)

    with pytest.MonkeyPatch.context() as patch:
        for module in making_mistakes():
            if vars(module).get("instead_of") is instead_of:
                patch.setattr(module, "instead_of", recording)
        for control in CONTROLS:
            with control.apply():
                pass
    return functions


def held_elsewhere() -> list[str]:
    """Names of replaced functions that something else than a module holds."""
    functions = replaced()
    allowed = {id(functions)} | {id(vars(module)) for module in sys.modules.values()}
    return [
        name
        for name in functions
        if isinstance(functions[name], FunctionType)
        and any(
            isinstance(holder, dict | tuple | list | CellType) and id(holder) not in allowed
            for holder in gc.get_referrers(functions[name])
        )
    ]


if __name__ == "__main__":
    import_all()
    print(*held_elsewhere(), sep="\n")
