"""The page about contradicted statements has every one of them, with the numbers of the recorded run."""

from __future__ import annotations

import re
from typing import Final

import pytest

from claims.harness.documentation import record
from tests.helpers.paths import ROOT

_MEASURED: Final = re.compile(r"(-?[\d.]+)(%?)\s\[(-?[\d.]+)%?, (-?[\d.]+)%?\]")

NOT_RECORDED: Final = {
    # The two shares of L_1 whose difference is recorded.
    "MATH-5": {("7.4", "6.8", "8.0"), ("11.2", "10.7", "11.7")},
}
"""Intervals that no quantity of the claim has."""

RECORD: Final = record.read(record.path_of(ROOT))


def sections() -> dict[str, str]:
    text = (ROOT / "docs" / "contradicted.md").read_text("utf-8")
    _, *parts = re.split(r"^## ([A-Z]+-\d+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_page_has_a_section_for_each_contradicted_claim_in_the_order_of_the_paper() -> None:
    contradicted = [each["id"] for each in RECORD.claims if each["verdict"] == "contradicted"]
    assert list(sections()) == list(dict.fromkeys(contradicted))


def printed(values: list[float], like: tuple[str, ...], factor: float) -> tuple[str, ...]:
    """Print numbers with as many digits as the page has."""
    decimals = [len(text.partition(".")[2]) for text in like]
    return tuple(f"{factor * value:.{digits}f}" for value, digits in zip(values, decimals, strict=True))


@pytest.mark.parametrize("claim", sections())
def test_intervals_are_those_of_the_record(claim: str) -> None:
    quantities = [q for each in RECORD.claims if each["id"] == claim for q in each["quantities"]]
    for mean, percent, low, high in _MEASURED.findall(sections()[claim]):
        shown = (mean, low, high)
        factor = 100.0 if percent else 1.0
        recorded = set()
        for quantity in quantities:
            (start, end), middle = quantity["interval"], quantity["mean"]
            recorded.add(printed([middle, start, end], shown, factor))
            # Where a difference is negative, the page says by how much something is less.
            recorded.add(printed([-middle, -end, -start], shown, factor))
        assert shown in recorded | NOT_RECORDED.get(claim, set()), f"{claim}: {shown} is not recorded"
