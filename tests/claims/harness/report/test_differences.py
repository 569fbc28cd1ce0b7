"""The table of differences between a baseline and its update has the old values before the new ones."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.table import Table
from rich.text import Text

from claims.harness.baselines.baseline import Baseline, DoublingEntry, LossEntry, entry_of
from claims.harness.baselines.doublings import StoredDoubling
from claims.harness.baselines.losses import Losses
from claims.harness.report.differences import DRIFTED, differences
from tests.helpers.baselines import ENVIRONMENT, KEY, STEADY, baseline_with, quantity, scaled

EMPTY = Baseline(device="cpu", profile="quick")


def rows(table: Table) -> list[tuple[str, ...]]:
    return list(zip(*([str(cell) for cell in column.cells] for column in table.columns), strict=True))


def names_in_red(table: Table) -> list[str]:
    cells = (cell for cell in table.columns[1].cells if isinstance(cell, Text))
    return [cell.plain for cell in cells if cell.style == DRIFTED]


def test_a_quantity_shows_its_old_and_new_values_unless_they_are_the_same() -> None:
    old = baseline_with(*(quantity(*STEADY, name=name) for name in ("moved", "same", "gone", "near")))
    now = [
        quantity(*scaled(2.0), name="moved"),
        quantity(*STEADY, name="same"),
        quantity(*scaled(1.001), name="near"),
        quantity(*STEADY, name="added"),
    ]
    new = old.updated({KEY: entry_of(now, ENVIRONMENT)}, existing=None)
    table, same = differences(old, new, {KEY: now}, {}, {})
    moved, near, added, gone = rows(table)
    assert same == 1
    assert moved[:6] == ("DEMO-1", "moved", "1.035 (0.024, 8)", "2.07 (0.049, 8)", "+100.00%", "+42")
    assert float(moved[6]) < 1e-6
    assert near[:5] == ("DEMO-1", "near", "1.035 (0.024, 8)", "1.03604 (0.025, 8)", "+0.10%")
    assert added == ("DEMO-1", "added", "", "1.035 (0.024, 8)", "", "", "")
    assert gone == ("DEMO-1", "gone", "1.035 (0.024, 8)", "removed", "", "", "")
    assert names_in_red(table) == ["moved"]


def test_losses_show_their_means_and_numbers_of_points_and_models() -> None:
    before, after = (Losses(0, 1, ((loss,) * 16, (loss,) * 16, (loss,) * 16)) for loss in (0.1, 0.2))
    first, swapped = (Losses(0, 1, (pair,) * 3) for pair in ((0.1, 0.3), (0.3, 0.1)))
    stored = {"moved": before, "same": before, "swapped": first, "gone": before}
    trained = {"moved": after, "same": before, "swapped": swapped, "added": after}
    old, new = (
        replace(EMPTY, losses={name: LossEntry({}, losses) for name, losses in each.items()})
        for each in (stored, trained)
    )
    table, same = differences(old, new, {}, new.losses, {})
    found = {row[1].removeprefix("trained loss of "): row[2:] for row in rows(table)}
    assert same == 1
    assert list(found) == ["moved", "swapped", "added", "gone"]
    assert found["moved"][:4] == ("0.1001 (3 x 16)", "0.2001 (3 x 16)", "+99.90%", "")
    assert float(found["moved"][4]) < 1e-6
    assert found["added"] == ("", "0.2001 (3 x 16)", "", "", "")
    assert found["gone"] == ("0.1001 (3 x 16)", "removed", "", "", "")
    assert names_in_red(table) == ["trained loss of moved"]


@pytest.mark.parametrize(
    ("stored", "tested", "shown"),
    [
        ((0.01, 0.03), (0.05, 0.02), [("0.03 of loss", "0.05 of loss")]),
        ((0.01, 0.03), (0.01, 0.03), []),
        (None, (0.01, 0.03), [("", "0.03 of loss")]),
        ((0.01, 0.03), None, [("0.03 of loss", "removed")]),
    ],
)
def test_a_doubling_test_shows_its_largest_change(
    stored: tuple[float, ...] | None, tested: tuple[float, ...] | None, shown: list[tuple[str, str]]
) -> None:
    old, new = (
        replace(
            EMPTY,
            convergence={}
            if points is None
            else {"demo/tiny": DoublingEntry(ENVIRONMENT, StoredDoubling("0" * 64, "loss", 2, points))},
        )
        for points in (stored, tested)
    )
    table, same = differences(old, new, {}, {}, new.convergence)
    assert [row[2:4] for row in rows(table)] == shown
    assert {row[1] for row in rows(table)} <= {"largest change of demo/tiny after twice as many steps"}
    assert same == (not shown)
    assert names_in_red(table) == []
