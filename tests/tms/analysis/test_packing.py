"""Packings: closed forms where there are any, and the order in which polytopes take over from each other."""

from __future__ import annotations

import numpy as np
import pytest

from tms.analysis import packing


@pytest.mark.parametrize("inverse_density", [1.0, 2.0, 10.0])
def test_a_dedicated_dimension_gains_all_that_its_feature_loses(inverse_density: float) -> None:
    p = 1 / inverse_density
    assert packing.gain("dedicated", inverse_density) == pytest.approx(1 / 3 - p / 4, rel=1e-6)


def test_a_digon_gains_at_least_what_its_natural_solution_does() -> None:
    p = 1 / 3
    natural = (2 * (p / 3 - p**2 / 4) - p**2 / 3) / p
    assert natural < packing.gain("digon", 3.0) < 1.02 * natural


@pytest.mark.parametrize(
    ("name", "packed", "at"),
    [("triangle", 3 / 2, 1.5), ("pentagon", 5 / 2, 6.0), ("square antiprism", 8 / 3, 6.0)],
)
def test_no_packing_gains_more_for_a_dimension_than_all_that_its_features_lose(
    name: str, packed: float, at: float
) -> None:
    assert 0.5 * packed < packing.gain(name, at) / (1 / 3 - 1 / (4 * at)) < packed


def test_polytopes_take_over_from_triangles_to_antiprisms_as_features_grow_sparser() -> None:
    pairs = packing.takeover("triangle", "digon", 1.5, 1.6)
    pentagons = packing.takeover("digon", "pentagon", 4, 5)
    antiprisms = packing.takeover("pentagon", "square antiprism", 4.8, 5.2)
    assert (pairs, pentagons, antiprisms) == pytest.approx((1.547, 4.415, 5.015), abs=0.01)


def test_where_a_polytope_is_no_minimum_it_gains_nothing() -> None:
    assert packing.gain("digon", 1.3) == -np.inf


def test_bad_requests_are_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="do not exchange places between"):
        packing.takeover("digon", "pentagon", 6, 7)
    with pytest.raises(ValueError, match="there is no polytope named 'dogon'"):
        packing.gain("dogon", 2)
    with pytest.raises(ValueError, match=r"inverse_density is 0\.5"):
        packing.gain("digon", 0.5)


def test_pairs_pack_best_between_triangles_and_pentagons() -> None:
    assert packing.pairs_pack_best() == pytest.approx((1.547, 4.415), abs=0.01)
