"""Measure how the fastest engine's time grows with the size of an experiment."""

from __future__ import annotations

from tests.benchmarks.growth import curve
from tests.benchmarks.run import Bench
from tests.benchmarks.stacks import Stack


def test_growth(stack: Stack, varied: str, bench: Bench) -> None:
    bench.report(stack.device).curves.append(curve(stack, varied))
