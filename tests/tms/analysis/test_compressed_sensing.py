"""The bound of compressed sensing."""

from __future__ import annotations

import numpy as np
import pytest

from tms.analysis.compressed_sensing import most_per_dimension


def test_the_bound_is_that_of_the_theorem_for_k_active_features() -> None:
    n, p = 1000.0, 0.05
    k = n * p
    m = k * np.log(n / (2 * k)) / (2 * np.log(9))
    np.testing.assert_allclose(most_per_dimension([p]), [n / m])


def test_the_bound_grows_as_features_become_sparser_by_the_order_of_the_paper() -> None:
    p = np.array([1e-4, 1e-6])
    order = -1 / (p * np.log(p))
    first, second = most_per_dimension(p) / order
    assert first == pytest.approx(second, rel=0.05)


@pytest.mark.parametrize("density", [0.0, 0.5, 1.0])
def test_densities_where_the_bound_says_nothing_are_refused(density: float) -> None:
    with pytest.raises(ValueError, match="above 0 and below 1/2"):
        most_per_dimension(density)
