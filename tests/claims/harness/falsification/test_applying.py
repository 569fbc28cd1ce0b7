"""Replacing a function: under every name, in every module that holds it, and for a while."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Iterable
from types import CellType, FunctionType, ModuleType
from typing import Any

import pytest
import torch

import claims.harness.judging.claim
import claims.harness.session.plugin
import tms
from claims.harness.falsification.applying import instead_of, modules
from claims.harness.falsification.controls import CONTROLS
from tests.helpers.paths import ROOT
from tms import training
from tms.analysis import geometry


def test_function_is_replaced_under_every_name_and_called_with_the_right_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tms, "angles", geometry.cosines, raising=False)
    eye = torch.eye(2)
    with instead_of(geometry.cosines, lambda right, W: right(W) + 1):
        assert torch.equal(geometry.cosines(eye), eye.double() + 1)
        assert torch.equal(vars(tms)["angles"](eye), eye.double() + 1)
    assert torch.equal(geometry.cosines(eye), eye.double())
    assert vars(tms)["angles"] is geometry.cosines


def test_function_that_no_module_holds_cannot_be_replaced() -> None:
    with pytest.raises(LookupError, match="no module holds"), instead_of(lambda: None, lambda right: right):
        pass


def test_function_is_replaced_where_the_public_package_exports_it(monkeypatch: pytest.MonkeyPatch) -> None:
    right = training.train
    monkeypatch.setattr(tms, "train", right, raising=False)
    with instead_of(right, unchanged):
        assert vars(tms)["train"] is training.train is not right
    assert vars(tms)["train"] is training.train is right


@pytest.fixture(scope="module")
def _all_imported(pytestconfig: pytest.Config) -> None:
    """Import every module of tms that needs no GPU, and every claim file."""
    for marker in ("claim(claim)", "identity"):
        pytestconfig.addinivalue_line("markers", marker)
    for package, pattern in (("tms", "**/*.py"), ("claims", "test_*.py")):
        for path in (ROOT / package).glob(pattern):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if "cuda" not in parts and parts[-1] != "fused_cuda":
                importlib.import_module(".".join(parts).removesuffix(".__init__"))


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """All functions that controls replace, by name."""
    functions: dict[str, Any] = {}

    def recording(right: Any, wrong: Any) -> Any:
        functions[f"{right.__module__}.{right.__qualname__}"] = right
        return instead_of(right, wrong)

    for module in making_mistakes():
        if vars(module).get("instead_of") is instead_of:
            monkeypatch.setattr(module, "instead_of", recording)
    for control in CONTROLS:
        with control.apply():
            pass
    return functions


@pytest.mark.usefixtures("_all_imported")
def test_no_module_under_test_keeps_a_right_function(replaced: dict[str, Any]) -> None:
    assert len(replaced) > 30
    under_test = [m for n, m in sys.modules.items() if n.partition(".")[0] in ("tms", "claims")]
    for right in replaced.values():
        with instead_of(right, unchanged):
            keeping = [module for module in under_test if is_in(right, vars(module).values())]
        assert set(keeping) <= making_mistakes()


@pytest.mark.usefixtures("_all_imported")
def test_only_modules_hold_the_functions_that_controls_replace(replaced: dict[str, Any]) -> None:
    # A table, a default argument or a closure would go on using the right function.
    namespaces = {id(vars(module)) for module in sys.modules.values() if isinstance(module, ModuleType)}
    for name in [name for name, right in replaced.items() if isinstance(right, FunctionType)]:
        holders = [
            holder
            for holder in gc.get_referrers(replaced[name])
            if isinstance(holder, dict | tuple | list | CellType)
        ]
        elsewhere = [holder for holder in holders if id(holder) not in namespaces and holder is not replaced]
        assert not elsewhere, name


def test_functions_are_replaced_in_the_machinery_too_but_not_where_mistakes_are_made() -> None:
    assert claims.harness.session.plugin in modules()
    assert claims.harness.judging.claim in modules()
    assert not set(modules()) & making_mistakes()


def unchanged(right: Any, *arguments: Any, **options: Any) -> Any:
    """Replace a function by one that does the same."""
    return right(*arguments, **options)


def is_in(value: object, values: Iterable[object]) -> bool:
    return any(other is value for other in values)


def making_mistakes() -> set[ModuleType]:
    return {module for name, module in sys.modules.items() if name.startswith("claims.harness.falsification")}
