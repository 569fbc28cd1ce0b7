"""A control: its form, and the claims that are judged under it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from claims.harness.errors import MisuseError
from claims.harness.falsification.control import Control, Kind
from claims.harness.falsification.controls import CONTROLS


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": "Not This"}, "joined by hyphens"),
        ({"mistake": "no end"}, "must be a sentence"),
        ({"because": ""}, "must be a sentence"),
        ({"against": ""}, "names no claim"),
        ({"against": "GEO-2 NOWHERE"}, "'NOWHERE'"),
        ({"against": "GEO-"}, "'GEO-'"),
        ({"against": "GEO-2::"}, "'GEO-2::'"),
        ({"against": "GEO-2::a or b"}, "'GEO-2::a'"),
    ],
)
def test_control_of_another_form_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(MisuseError, match=reason):
        replace(CONTROLS[0], **changes)


def test_one_test_of_a_claim_can_be_named() -> None:
    control = replace(CONTROLS[0], against="INTRO GEO-8::test_simplices_alone")
    assert control.expression == "INTRO or (GEO-8 and test_simplices_alone)"
    assert control.judges("GEO-8")


@pytest.mark.parametrize(
    ("against", "claim", "judged"),
    [("GEO-2", "GEO", True), ("GEO", "GEO-20", True), ("GEO-2", "GEO-20", False), ("DEMO", "GEO", False)],
)
def test_section_stands_for_its_claims(against: str, claim: str, judged: bool) -> None:
    assert replace(CONTROLS[0], against=against).judges(claim) is judged


@pytest.mark.parametrize(
    ("kind", "retrains"),
    [
        (Kind.MODEL, True),
        (Kind.TRAINING, True),
        (Kind.DATA, True),
        (Kind.LABELS, False),
        (Kind.MEASUREMENT, False),
        (Kind.THEORY, False),
    ],
)
def test_only_mistakes_that_training_sees_need_models_of_their_own(kind: Kind, retrains: bool) -> None:
    control: Control = replace(CONTROLS[0], kind=kind)
    assert control.retrains is retrains
