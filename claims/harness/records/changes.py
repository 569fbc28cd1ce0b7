"""Changes between two runs that chance does not explain, one line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from claims.harness.baselines.losses import from_json

COLUMNS: Final = ("claim", "quantity", "before", "now", "change", "change in sd", "p-value")
"""Headings of `Change.cells`."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A quantity, or the losses of an experiment, that differs between two runs by more than chance explains.

    Parameters
    ----------
    claims
        Ids of the claims: the one that measured the quantity, or those that rest on the experiment.
    name
        Name of the quantity, or "trained loss of" the experiment.
    unit
        Unit of `before` and `now`.
    before, now
        Means of the two runs; geometric means of losses, in units of the loss of a model that outputs 0.
    relative
        Change relative to `before`; None where that is 0.
    effect
        Change in standard deviations over seeds; None where there is no spread, and for losses.
    p_value, alpha
        P-value of the drift test, and its level.
    where
        The point of an experiment's sweep that changed most, with its change; empty for quantities.
    """

    claims: tuple[str, ...]
    name: str
    unit: str
    before: float
    now: float
    relative: float | None
    effect: float | None
    p_value: float
    alpha: float
    where: str = ""

    def cells(self) -> tuple[str, ...]:
        """Format the change as a row of a table with the headings `COLUMNS`."""
        unit = f" {self.unit}" if self.unit else ""
        return (
            ", ".join(self.claims),
            f"{self.name} ({self.where})" if self.where else self.name,
            f"{self.before:.5g}{unit}",
            f"{self.now:.5g}{unit}",
            "" if self.relative is None else f"{self.relative:+.2%}",
            "" if self.effect is None else f"{self.effect:+.2g}",
            f"{self.p_value:.1g}",
        )


def changes_from_baseline(document: Mapping[str, Any]) -> list[Change]:
    """List all changes of a run from its baseline: quantities in the order of claims, then losses.

    Parameters
    ----------
    document
        A results.json.
    """
    quantities = [
        Change(
            claims=(claim["id"],),
            name=quantity["name"],
            unit=quantity["unit"],
            before=quantity["baseline"]["mean"],
            now=quantity["mean"],
            relative=drift["relative"],
            effect=drift["effect"],
            p_value=drift["p_value"],
            alpha=drift["alpha"],
        )
        for claim in document["claims"]
        for quantity in claim["quantities"]
        if _is_drift(drift := quantity["drift"]) and quantity["baseline"]
    ]
    losses = [
        change_of_losses(experiment, experiment["drift"], document["claims"])
        for experiment in document["experiments"]
        if _is_drift(experiment["drift"]) and experiment["drift"]["change"] is not None
    ]
    return quantities + losses


def change_of_losses(
    experiment: Mapping[str, Any], drift: Mapping[str, Any], claims: Sequence[Mapping[str, Any]]
) -> Change:
    """Describe how the losses of an experiment changed.

    Parameters
    ----------
    experiment
        The experiment's entry in a results.json.
    drift
        The drift of its losses, as in the schema of results.json, with the status drifted.
    claims
        The claims of the same results.json.
    """
    now = from_json(experiment["losses"]).mean
    ids = (claim["id"] for claim in claims if experiment["name"] in claim["experiments"])
    return Change(
        claims=tuple(dict.fromkeys(ids)),
        name=f"trained loss of {experiment['name']}",
        unit="",
        before=now / (1 + drift["change"]),
        now=now,
        relative=drift["change"],
        effect=None,
        p_value=drift["p_value"],
        alpha=drift["alpha"],
        where=_largest_change(experiment["coordinates"], drift["points"]),
    )


def _is_drift(drift: Mapping[str, Any]) -> bool:
    return drift["status"] == "drifted" and drift["p_value"] is not None and drift["alpha"] is not None


def _largest_change(coordinates: Mapping[str, Sequence[float]], points: Sequence[float]) -> str:
    if len(points) < 2:
        return ""
    most = max(range(len(points)), key=lambda k: abs(points[k]))
    place = ", ".join(
        f"{name} {values[most]:.3g}" for name, values in coordinates.items() if most < len(values)
    )
    return f"{points[most]:+.2%} at {place or f'point {most}'}"
