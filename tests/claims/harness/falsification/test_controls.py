"""All controls together: their names, their claims, and that each changes something and changes it back."""

from __future__ import annotations

import re
import sys

import pytest

from claims.harness.errors import MisuseError
from claims.harness.falsification.control import Control, Kind
from claims.harness.falsification.controls import CONTROLS, named
from claims.harness.judging.claim import SECTIONS
from claims.harness.session.trained_models import TrainedModels
from tests.helpers.paths import ROOT


def test_names_are_unique() -> None:
    names = [control.name for control in CONTROLS]
    assert len(set(names)) == len(names)


def test_controls_of_a_kind_are_neighbours() -> None:
    kinds = [control.kind for control in CONTROLS]
    assert kinds == sorted(kinds, key=list(Kind).index)


def test_every_claim_that_a_control_names_exists() -> None:
    text = "".join(path.read_text("utf-8") for path in (ROOT / "claims").glob("test_*.py"))
    ids = set(re.findall(r'@(?:claim|note)\(\s*"([A-Z]+-\d+)"', text))
    tests = set(re.findall(r"^def (test_\w+)", text, flags=re.MULTILINE))
    for control in CONTROLS:
        for claim in control.claims:
            claim_id, _, test = claim.partition("::")
            assert claim_id in SECTIONS or claim_id in ids
            assert not test or test in tests


def test_every_section_is_judged_under_a_control() -> None:
    assert all(any(control.judges(section) for control in CONTROLS) for section in SECTIONS)


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_control_changes_something_and_changes_it_back(control: Control) -> None:
    before = snapshot()
    with control.apply():
        assert snapshot() != before
    assert snapshot() == before


def snapshot() -> dict[tuple[str, str], int]:
    """Identity of every object in the modules under test, and of the method that hands out models."""
    objects = {
        (name, key): id(value)
        for name, module in list(sys.modules.items())
        if name.split(".")[0] in ("tms", "claims") and not name.startswith("claims.harness.falsification")
        for key, value in vars(module).items()
    }
    return objects | {("TrainedModels", "__call__"): id(vars(TrainedModels)["__call__"])}


def test_code_under_test_knows_no_control() -> None:
    science = "".join(path.read_text("utf-8") for path in (ROOT / "tms").rglob("*.py"))
    claims = "".join(path.read_text("utf-8") for path in (ROOT / "claims").glob("test_*.py"))
    assert "falsif" not in science
    assert "claims.harness.falsification" not in claims


def test_unknown_control_is_answered_with_the_nearest() -> None:
    with pytest.raises(MisuseError, match="learning-rate-zero"):
        named("learning-rate-0")
