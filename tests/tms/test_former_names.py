"""Names of earlier versions still work, with a warning."""

from __future__ import annotations

import importlib
import sys

import pytest

from tms import protocol


def test_the_protocol_can_be_imported_by_its_former_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tms.implementation", raising=False)
    with pytest.warns(DeprecationWarning, match="tms.implementation is now called tms.protocol") as warned:
        former = importlib.import_module("tms.implementation")
    assert len(warned) == 1
    public = {
        name
        for name, value in vars(protocol).items()
        if getattr(value, "__module__", "") == protocol.__name__ and not name.startswith("_")
    }
    assert public | {"ModelFactory", "OF_MODEL", "OF_TRAINING", "Trainer", "Weights"} == set(former.__all__)
    assert all(getattr(former, name) is getattr(protocol, name) for name in former.__all__)
