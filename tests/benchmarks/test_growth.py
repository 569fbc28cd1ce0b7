"""The fitted power law of training time is exact on exact data and uncertain on noise."""

from __future__ import annotations

import pytest

from tests.benchmarks.growth import power


def test_exponent_of_an_exact_power_is_found_without_doubt_and_noise_widens_its_interval() -> None:
    values = (1.0, 2.0, 4.0, 8.0)
    exponent, (low, high) = power(values, tuple(3 * value**1.5 for value in values))
    assert (exponent, low, high) == pytest.approx((1.5, 1.5, 1.5))
    _, (low, high) = power(values, (1.0, 3.0, 3.5, 9.0))
    assert high - low > 0.3
