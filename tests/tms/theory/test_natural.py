"""The natural solutions' closed forms and boundaries."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import dblquad

from tms.theory import TRIPLE_POINT, boundary, expected_loss, three_in_two, two_in_one

DENSITY = np.linspace(0.01, 1, 30)[:, None]
RELATIVE = np.geomspace(0.1, 10, 25)


@pytest.mark.parametrize("diagram", [two_in_one, three_in_two])
def test_closed_forms_equal_the_exact_loss_of_their_models(diagram) -> None:  # type: ignore[no-untyped-def]
    natural = diagram(DENSITY, RELATIVE)
    n = natural.W.shape[1]
    importance = np.ones((len(RELATIVE), n))
    importance[:, -1] = RELATIVE
    exact = expected_loss(
        natural.W, natural.b, density=DENSITY[..., None, None], importance=importance[:, None]
    )
    np.testing.assert_allclose(natural.loss, exact, rtol=1e-13, atol=1e-15)


def test_superposing_costs_what_adaptive_quadrature_says() -> None:
    p, r = 0.3, 2.5

    def squared_error(y: float, x: float) -> float:
        return (x - max(x - y, 0)) ** 2 + r * (y - max(y - x, 0)) ** 2

    both, _ = dblquad(squared_error, 0, 1, 0, lambda x: x)
    both += dblquad(squared_error, 0, 1, lambda x: x, 1)[0]
    superposed = two_in_one(p, r).loss[2]
    assert superposed == pytest.approx(p**2 * both, rel=1e-10)


@given(st.floats(0.01, 0.79))
def test_ignoring_and_superposing_the_extra_feature_cost_the_same_on_the_boundary(density: float) -> None:
    r = boundary(density)
    small, large = two_in_one(density, r).loss, two_in_one(density, 1 / r).loss
    assert small[0] == pytest.approx(small[2], rel=1e-12)
    assert large[1] == pytest.approx(large[2], rel=1e-12)
    three = three_in_two(density, r).loss
    assert three[0] == pytest.approx(three[2], rel=1e-12)


def test_superposing_is_never_better_from_density_four_fifths_on() -> None:
    np.testing.assert_array_equal(boundary([0.8, 0.9, 1.0]), np.inf)
    assert (two_in_one([[0.8], [0.9], [1.0]], RELATIVE).best != 2).all()


@pytest.mark.parametrize("diagram", [two_in_one, three_in_two])
def test_all_natural_solutions_meet_in_the_triple_point(diagram) -> None:  # type: ignore[no-untyped-def]
    assert np.ptp(diagram(*TRIPLE_POINT).loss) < 1e-15


def test_regions_of_the_two_diagrams_lie_as_in_the_paper() -> None:
    density, relative = [0.05, 0.95, 0.95, 0.05], [1.5, 0.2, 5.0, 0.5]
    two, three = two_in_one(density, relative), three_in_two(density, relative)
    assert [two.names[k] for k in two.best] == ["superposed", "extra ignored", "first ignored", "superposed"]
    assert [three.names[k] for k in three.best] == [
        "⊥ [1, 1, 0]",
        "⊥ [0, 0, 1]",
        "⊥ [1, 0, 0]",
        "⊥ [0, 1, 1]",
    ]
    assert [two.outcomes[k] for k in two.best] == ["superposed", "ignored", "dedicated", "superposed"]
    assert [three.outcomes[k] for k in three.best] == ["dedicated", "ignored", "dedicated", "superposed"]


def test_relative_gap_compares_the_best_with_the_second_best() -> None:
    natural = two_in_one(0.5, 1.0)
    best, second = 0.25 / 3, 0.5 / 3 - 0.25 / 4
    assert natural.best_loss == pytest.approx(best)
    assert natural.relative_gap == pytest.approx(second / best - 1)


@pytest.mark.parametrize(
    ("density", "relative", "sentence"),
    [
        ([0.5, 0.0], 1.0, "density contains 0; every value must be above 0."),
        ([0.5, 1.5], 1.0, "density contains 1.5; every density must lie in [0, 1]."),
        (0.5, -2.0, "relative_importance contains -2; every value must be above 0."),
        (
            [0.1, 0.2],
            [1, 2, 3],
            "density (2,), relative_importance (3,): these shapes must broadcast together.",
        ),
    ],
)
def test_bad_input_gets_one_sentence(density: object, relative: object, sentence: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        two_in_one(density, relative)  # type: ignore[arg-type]


def test_there_is_no_boundary_at_a_negative_density() -> None:
    with pytest.raises(ValueError, match=r"^density contains -0.5; every density must lie in \[0, 1\].$"):
        boundary([0.5, -0.5])
