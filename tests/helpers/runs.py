"""Two runs to compare: invented claims, and the losses of one experiment."""

from __future__ import annotations

from typing import Any

import numpy as np

from claims.harness.baselines.losses import Losses
from claims.harness.judging.claim import Claim
from claims.harness.judging.outcomes import Verdict
from claims.harness.judging.quantity import Kind
from claims.harness.records.results import Document, Outcome
from tests.helpers.reports import document, measured

STEADY = tuple(1 + 0.01 * i for i in range(10))


def claim(
    *values: float,
    number: int = 1,
    verdict: Verdict = Verdict.REPLICATED,
    kind: Kind = Kind.MEAN,
    **settings: Any,
) -> Outcome:
    """Make the outcome of a claim that measured one quantity."""
    stated = Claim(id=f"DEMO-{number}", sentence=settings.pop("words", "It holds."), source="demo")
    name = settings.pop("name", "norm")
    shown = measured(*values, kind=kind, name=name, acceptance=(0, 5))
    settings = {
        "passes": verdict is not Verdict.FAILED,
        "experiments": ("Demonstrating superposition",),
        **settings,
    }
    return Outcome(claim=stated, test="test_it", verdict=verdict, measured=(shown,), **settings)


def losses(factor: float = 1.0, points: int = 3) -> Losses:
    """Make losses of 16 models a point, with twins that end in the same minima."""
    values = np.random.default_rng(0).uniform(0.1, 0.12, (points, 16))
    return Losses(0, 1, tuple(map(tuple, (factor * values).tolist())), (1e-7,) * 32)


def run(*outcomes: Outcome, trained: Losses | None = None, **environment: Any) -> Document:
    """Make the results of a run with these claims and one experiment."""
    written = document(*outcomes)
    block = {
        "seed": 0,
        "best_of": 1,
        "twins": list(losses().twins),
        "values": [list(r) for r in (trained or losses()).values],
    }
    written["experiments"][0]["losses"] = block
    written["environment"] |= environment
    return written
