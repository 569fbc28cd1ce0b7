"""The harness of the claims: from a measurement to a verdict, a report and a baseline.

A claim is written with the names that this package exports::

    from claims.harness import claim

    @claim("DEMO-1", "The linear model keeps the top m features.", source="demonstrating-basic-results")
    def test_linear_model_keeps_the_top_features(trained, measure, draw):
        ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from claims.harness.drawing.draw import Draw
    from claims.harness.judging.claim import Claim, claim, identity, note
    from claims.harness.judging.measure import Measure
    from claims.harness.judging.outcomes import Position, Verdict
    from claims.harness.judging.quantity import Quantity
    from claims.harness.session.trained_models import TrainedModels

__all__ = [
    "Claim",
    "Draw",
    "Measure",
    "Position",
    "Quantity",
    "TrainedModels",
    "Verdict",
    "claim",
    "identity",
    "note",
]

_MODULES = {
    "Claim": "claims.harness.judging.claim",
    "claim": "claims.harness.judging.claim",
    "identity": "claims.harness.judging.claim",
    "note": "claims.harness.judging.claim",
    "Draw": "claims.harness.drawing.draw",
    "Measure": "claims.harness.judging.measure",
    "Position": "claims.harness.judging.outcomes",
    "Quantity": "claims.harness.judging.quantity",
    "TrainedModels": "claims.harness.session.trained_models",
    "Verdict": "claims.harness.judging.outcomes",
}


def __getattr__(name: str) -> Any:
    """Import an exported name when it is used, so that importing any part of the harness imports no other."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_MODULES[name]), name)
