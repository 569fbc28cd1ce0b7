"""Quantities are read back with every number and every word that was stored of them."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest

from claims.harness.files import FileError
from claims.harness.judging.quantity import Kind, Quantity
from claims.harness.judging.statistics import Interval
from claims.harness.records.stored_quantities import quantities_of
from tests.helpers.reports import measured, outcome

ANGLE = Quantity(
    name="angle",
    kind=Kind.MEAN,
    values=(1.0, 2.0, 6.0),
    paper=2.5,
    acceptance=Interval(0.0, math.inf),
    because="so",
    unit="degrees",
    resolution=0.125,
)


@pytest.mark.parametrize(
    "quantity",
    [
        ANGLE,
        dataclasses.replace(ANGLE, acceptance=Interval(-math.inf, 0.0)),
        dataclasses.replace(ANGLE, acceptance=Interval(0.0, 0.0)),
        dataclasses.replace(ANGLE, acceptance=None, paper=None, because=""),
        dataclasses.replace(ANGLE, kind=Kind.SHARE, values=(0.0, 1.0), resolution=None),
        dataclasses.replace(ANGLE, kind=Kind.COUNT, values=(0.0, 4.0)),
        dataclasses.replace(ANGLE, kind=Kind.EXACT, values=(3.0,)),
    ],
)
def test_a_quantity_is_read_back_as_it_was_measured(quantity: Quantity) -> None:
    written = outcome(measured=(dataclasses.replace(measured(1.0, 1.1), quantity=quantity),))
    assert quantities_of(json.loads(json.dumps(written.entry))) == [quantity]


def test_a_stored_count_of_parts_of_things_is_refused() -> None:
    entry = outcome(measured=(measured(1.0, 1.1),)).entry
    written = json.loads(json.dumps(entry))
    written["quantities"][0]["kind"] = "count"
    with pytest.raises(
        FileError, match=r"A quantity of claim .* is invalid: .* must be a whole number from 0"
    ):
        quantities_of(written)
