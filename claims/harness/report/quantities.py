"""Format the quantities of a results.json as rows of a claim's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from claims.harness.report import text
from claims.harness.report.bars import bar_of
from claims.harness.report.view import QuantityView
from claims.harness.report.view_parts import Status, UnmeasuredView, status

Entry = Mapping[str, Any]
"""A quantity of a results.json."""


def quantity_view(quantity: Entry) -> QuantityView:
    """Format a quantity of a results.json."""
    drift = quantity["drift"]
    tested = drift["p_value"] is not None
    drifted = drift["status"] == "drifted"
    return QuantityView(
        name=quantity["name"],
        because=quantity["because"],
        measured=text.measured(quantity),
        mean=f"{text.number(quantity['mean'])} {quantity['unit']}".rstrip(),
        interval=text.interval(quantity),
        n=quantity["n"],
        paper=text.number(quantity["paper"]),
        position=_position(quantity["position"]),
        acceptance=text.acceptance(quantity),
        bar=bar_of(quantity),
        drift=status(drift["status"]),
        baseline=text.baseline(quantity),
        p_value=f"p = {drift['p_value']:.2g}" if tested else "",
        change=text.change(drift) if drifted else "",
        power=text.power(drift["detectable"], quantity["unit"]) if tested else "",
    )


def unmeasured_view(quantity: Entry) -> UnmeasuredView:
    """Format a quantity that the models do not have."""
    return UnmeasuredView(
        name=quantity["name"],
        because=quantity["because"],
        measured=f"not measured: {quantity['why']}",
        paper=text.number(quantity["paper"]),
        acceptance=text.acceptance(quantity),
        position=None if quantity["acceptance"] is None else _position("outside"),
    )


def main_of(
    quantities: Sequence[QuantityView], unmeasured: Sequence[UnmeasuredView]
) -> QuantityView | UnmeasuredView | None:
    """Choose the quantity that says most about a claim, as `ClaimView.main` describes it."""
    outside, undecided = (
        [q for q in quantities if q.position and q.position.word == word] for word in ("outside", "undecided")
    )
    drifted = [q for q in quantities if q.drift.word == "drifted"]
    most_telling: list[QuantityView | UnmeasuredView] = [
        *unmeasured,
        *outside,
        *undecided,
        *drifted,
        *quantities,
    ]
    return most_telling[0] if most_telling else None


def _position(word: str | None) -> Status | None:
    return None if word is None else Status(word, text.POSITIONS[word])
