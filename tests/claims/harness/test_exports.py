"""The names that claims are written with."""

from __future__ import annotations

import subprocess
import sys

import pytest

import claims.harness
from claims.harness.drawing.draw import Draw
from claims.harness.judging.claim import Claim, claim, identity, note
from claims.harness.judging.measure import Measure
from claims.harness.judging.outcomes import Position, Verdict
from claims.harness.judging.quantity import Quantity
from claims.harness.session.trained_models import TrainedModels
from tests.helpers.paths import ROOT


def test_harness_exports_what_claims_are_written_with() -> None:
    exported = {name: getattr(claims.harness, name) for name in claims.harness.__all__}
    assert exported == {
        "claim": claim,
        "identity": identity,
        "note": note,
        "Claim": Claim,
        "Draw": Draw,
        "Measure": Measure,
        "Position": Position,
        "Quantity": Quantity,
        "TrainedModels": TrainedModels,
        "Verdict": Verdict,
    }


def test_harness_has_no_other_names() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'judge'"):
        claims.harness.judge  # noqa: B018


def test_part_of_the_harness_imports_no_other_part() -> None:
    script = "import sys; import claims.harness.files; print('claims.harness.judging' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    assert done.stdout == "False\n"
