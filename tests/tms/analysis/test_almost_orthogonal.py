"""How many almost orthogonal directions fit into a space."""

from __future__ import annotations

import numpy as np
import pytest

from tms.analysis.almost_orthogonal import count_almost_orthogonal, guaranteed_almost_orthogonal


def test_only_as_many_directions_fit_into_a_plane_as_the_angle_allows() -> None:
    # Lines at 60 degrees to each other: three fit exactly, and none can be added to two at 60 to 90 degrees.
    assert count_almost_orthogonal(2, 0.3, candidates=2000, seed=0) == 2
    assert count_almost_orthogonal(2, np.cos(np.pi / 5), candidates=2000, seed=1) in (3, 4)


def test_opposite_directions_are_not_almost_orthogonal() -> None:
    assert count_almost_orthogonal(1, 0.9, candidates=50, seed=0) == 1


def test_directions_of_different_blocks_are_compared_with_each_other() -> None:
    few, many = (count_almost_orthogonal(3, 0.4, candidates=n, seed=0) for n in (256, 4096))
    assert few <= many <= 6


def test_every_direction_is_kept_if_only_equal_ones_are_too_close() -> None:
    assert count_almost_orthogonal(5, 1.0, candidates=300, seed=0) == 300


def test_the_guaranteed_number_covers_the_circle_and_the_sphere() -> None:
    # In a plane a pair of caps of 60 degrees to either side covers 2/3 of the circle.
    assert guaranteed_almost_orthogonal(2, 0.5) == pytest.approx(3 / 2)
    # In space the part of a sphere with |cos| >= c is 1 - c.
    assert guaranteed_almost_orthogonal(3, 0.8) == pytest.approx(5)


def test_the_guaranteed_number_grows_exponentially_at_the_known_rate() -> None:
    growth = np.log(guaranteed_almost_orthogonal(2000, 0.3) / guaranteed_almost_orthogonal(1000, 0.3)) / 1000
    assert growth == pytest.approx(-0.5 * np.log(1 - 0.3**2), rel=0.02)


def test_one_direction_fits_into_a_line_and_any_number_where_all_are_allowed() -> None:
    assert guaranteed_almost_orthogonal(1, 0.3) == 1
    assert guaranteed_almost_orthogonal(4, 1.0) == np.inf


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 0.3), "dimensions is 0; it must be at least 1"),
        ((4, 0.0), "cosine is 0.0; it must be above 0 and at most 1"),
        ((4, 1.5), "cosine is 1.5; it must be above 0 and at most 1"),
    ],
)
def test_what_is_not_valid_is_named(arguments: tuple[int, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        guaranteed_almost_orthogonal(*arguments)
    with pytest.raises(ValueError, match=message):
        count_almost_orthogonal(*arguments, candidates=10, seed=0)


def test_at_least_one_candidate_is_needed() -> None:
    with pytest.raises(ValueError, match="candidates is 0; it must be at least 1"):
        count_almost_orthogonal(3, 0.3, candidates=0, seed=0)
