"""Replacing a function: under every name, in every module that holds it, and for a while."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import pytest
import torch

import claims.harness.session.plugin
import tms
from claims.harness.falsification.applying import instead_of, modules
from tests.helpers.paths import ROOT
from tms import training
from tms.analysis import geometry, regimes


def test_function_is_replaced_under_every_name_and_called_with_the_right_one() -> None:
    with instead_of(geometry.cosines, lambda right, W: right(W) + 1):
        assert torch.equal(regimes.cosines(torch.eye(2)), torch.eye(2).double() + 1)
        assert torch.equal(geometry.cosines(torch.eye(2)), torch.eye(2).double() + 1)
    assert torch.equal(regimes.cosines(torch.eye(2)), torch.eye(2).double())


def test_function_that_no_module_holds_cannot_be_replaced() -> None:
    with pytest.raises(LookupError, match="no module holds"), instead_of(lambda: None, lambda right: right):
        pass


def test_function_is_replaced_in_the_public_package_too() -> None:
    right = training.train
    with instead_of(right, lambda right, *args, **options: right(*args, **options)):
        assert training.train is not right
        assert getattr(tms, "train", None) is not right
    assert training.train is right


@pytest.fixture(scope="module")
def all_imported(pytestconfig: pytest.Config) -> set[str]:
    """Import every module of tms and every claim file; return the names of all imported modules."""
    for marker in ("claim(claim)", "identity"):
        pytestconfig.addinivalue_line("markers", marker)
    for package in ("tms", "claims"):
        pattern = "**/*.py" if package == "tms" else "test_*.py"
        for path in (ROOT / package).glob(pattern):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if "cuda" not in parts and parts[-1] != "fused_cuda":
                importlib.import_module(".".join(parts).removesuffix(".__init__"))
    return set(sys.modules)


@pytest.mark.parametrize("right", [training.train, geometry.cosines, geometry.represented])
def test_no_module_under_test_keeps_the_right_function(all_imported: set[str], right: object) -> None:
    holders = [name for name in all_imported if holds(sys.modules[name], right)]
    assert len(holders) > 1
    with instead_of(right, lambda right, *args, **options: right(*args, **options)):  # type: ignore[arg-type]
        left = {name for name in all_imported if holds(sys.modules[name], right)}
    assert not {name for name in left if name.partition(".")[0] in ("tms", "claims")} - making_mistakes()


def test_functions_are_replaced_in_the_machinery_too_but_not_where_mistakes_are_made() -> None:
    names = {module.__name__ for module in modules()}
    assert claims.harness.session.plugin.__name__ in names
    assert "claims.harness.judging.claim" in names
    assert not names & making_mistakes()


def holds(module: ModuleType, value: object) -> bool:
    return any(held is value for held in vars(module).values())


def making_mistakes() -> set[str]:
    return {name for name in sys.modules if name.startswith("claims.harness.falsification")}
