"""The table of what differs between a baseline and its update."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from claims.harness.baselines.baseline import Baseline, DoublingEntry, Key, LossEntry
from claims.harness.baselines.drift import Drift, Steadiness, Stored
from claims.harness.judging.quantity import Quantity

DRIFTED: Final = "bold red"
"""Style of a row that differs by more than chance explains."""


def plain_table(*columns: str) -> Table:
    """Make a table without lines that keeps every word, with a bold header."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def differences(
    old: Baseline,
    new: Baseline,
    measured: Mapping[Key, Sequence[Quantity]],
    losses: Mapping[str, LossEntry],
    doublings: Mapping[str, DoublingEntry],
) -> tuple[Table, int]:
    """List what differs between a baseline and its update.

    Parameters
    ----------
    old, new
        The baseline before and after.
    measured
        The quantities of the claims that ran.
    losses
        The losses of the experiments that were trained, by experiment.
    doublings
        The doubling tests that were made, by experiment.

    Returns
    -------
    table : rich.table.Table
        One row for each difference.
    same : int
        Number of quantities, losses and doubling tests that are as before.
    """
    rows: list[tuple[list[str], Steadiness]] = []
    same = 0
    for key, quantities in measured.items():
        for quantity in quantities:
            before, now = old.stored(key, quantity), new.entries[key].quantities[quantity.name]
            if before == now:
                same += 1
                continue
            drift = old.compare(key, quantity)
            cells = [key.claim, quantity.name, _spread(before), _spread(now), *_change(drift)]
            rows.append((cells, drift.status))
    for name, entry in losses.items():
        stored = old.losses.get(name)
        if stored and stored.losses.values == entry.losses.values:
            same += 1
            continue
        change = old.compare_losses(name, entry.losses)
        cells = ["", f"trained loss of {name}", _overall(stored), _overall(entry)]
        rows.append(([*cells, _percent(change.change), "", _p(change.p_value)], change.status))
    for name, test in doublings.items():
        former = old.convergence.get(name)
        if former and former.doubling == test.doubling:
            same += 1
            continue
        cells = ["", _doubling(name), _largest(former), _largest(test), "", "", ""]
        rows.append((cells, Steadiness.NOT_COMPARED))
    rows += [(cells, Steadiness.NOT_COMPARED) for cells in _removed(old, new)]
    table = plain_table("claim", "quantity", "old mean (sd, n)", "new mean (sd, n)", "change", "in sd", "p")
    for cells, status in rows:
        table.add_row(*(Text(cell, DRIFTED if status is Steadiness.DRIFTED else "") for cell in cells))
    return table, same


def _removed(old: Baseline, new: Baseline) -> list[list[str]]:
    gone = [
        [key.claim, name, _spread(stored)]
        for key, entry in sorted(old.entries.items())
        for name, stored in sorted(entry.quantities.items())
        if key not in new.entries or name not in new.entries[key].quantities
    ]
    for name in sorted(old.losses.keys() - new.losses.keys()):
        gone.append(["", f"trained loss of {name}", _overall(old.losses[name])])
    for name in sorted(old.convergence.keys() - new.convergence.keys()):
        gone.append(["", _doubling(name), _largest(old.convergence[name])])
    return [[*cells, "removed", "", "", ""] for cells in gone]


def _doubling(name: str) -> str:
    return f"largest change of {name} after twice as many steps"


def _largest(entry: DoublingEntry | None) -> str:
    return "" if entry is None else f"{max(entry.doubling.points):.3g} of {entry.doubling.of}"


def _spread(stored: Stored | None) -> str:
    return "" if stored is None else f"{stored.mean:.6g} ({stored.sd:.2g}, {stored.n})"


def _overall(entry: LossEntry | None) -> str:
    if entry is None:
        return ""
    values = entry.losses.values
    return f"{entry.losses.mean:.6g} ({len(values)} x {len(values[0])})"


def _change(drift: Drift) -> list[str]:
    return [
        _percent(drift.relative),
        "" if drift.effect is None else f"{drift.effect:+.2g}",
        _p(drift.p_value),
    ]


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:+.2%}"


def _p(p_value: float | None) -> str:
    return "" if p_value is None else f"{p_value:.2g}"
