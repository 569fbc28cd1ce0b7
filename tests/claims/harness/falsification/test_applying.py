"""Replacing a function: under every name, in every module that holds it, and for a while."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from typing import Any

import pytest
import torch

import claims.harness.judging.claim
import claims.harness.session.plugin
import tms
from claims.harness.falsification.applying import instead_of, modules
from tests.helpers.paths import ROOT
from tests.helpers.replaced_functions import import_all, making_mistakes, replaced
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


def test_no_module_under_test_keeps_a_right_function(pytestconfig: pytest.Config) -> None:
    for marker in ("claim(claim)", "identity"):
        pytestconfig.addinivalue_line("markers", marker)
    import_all()
    functions = replaced()
    assert len(functions) > 30
    under_test = [m for n, m in sys.modules.items() if n.partition(".")[0] in ("tms", "claims")]
    for right in functions.values():
        with instead_of(right, unchanged):
            keeping = [module for module in under_test if is_in(right, vars(module).values())]
        assert set(keeping) <= making_mistakes()


def test_only_modules_hold_the_functions_that_controls_replace() -> None:
    command = [sys.executable, "-W", "ignore", "-m", "tests.helpers.replaced_functions"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert not done.stdout.split()


def test_functions_are_replaced_in_the_machinery_too_but_not_where_mistakes_are_made() -> None:
    assert claims.harness.session.plugin in modules()
    assert claims.harness.judging.claim in modules()
    assert not set(modules()) & making_mistakes()


def unchanged(right: Any, *arguments: Any, **options: Any) -> Any:
    """Replace a function by one that does the same."""
    return right(*arguments, **options)


def is_in(value: object, values: Iterable[object]) -> bool:
    return any(other is value for other in values)
