"""McGrath's closed form for two features in one dimension without bias."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad

from tms.theory import expected_loss, no_bias_loss

WEIGHT = st.floats(-2, 2)


@given(w1=WEIGHT, w2=WEIGHT, density=st.floats(0, 1), relative=st.floats(0.01, 100))
@settings(max_examples=300, deadline=None)
@example(w1=2.3e-309, w2=-1.0, density=0.5, relative=1.0)
def test_closed_form_equals_the_exact_loss(w1: float, w2: float, density: float, relative: float) -> None:
    exact = expected_loss([[w1], [w2]], density=density, importance=[1.0, relative])
    closed = no_bias_loss(w1, w2, density=density, relative_importance=relative)
    assert closed == pytest.approx(float(exact), rel=1e-11, abs=1e-13 * (1 + relative))


@pytest.mark.parametrize("w2", [-0.5, -1.3, 0.4])
def test_closed_form_equals_adaptive_quadrature(w2: float) -> None:
    w1, r = 0.9, 0.7

    def squared_error(y: float, x: float) -> float:
        h = w1 * x + w2 * y
        return (x - max(w1 * h, 0)) ** 2 + r * (y - max(w2 * h, 0)) ** 2

    def kink(x: float) -> float:
        return float(np.clip(-w1 * x / w2, 0, 1))

    both = dblquad(squared_error, 0, 1, 0, kink)[0] + dblquad(squared_error, 0, 1, kink, 1)[0]
    assert no_bias_loss(w1, w2, density=1, relative_importance=r) == pytest.approx(both, rel=1e-6)


def test_loss_surface_broadcasts_and_is_even_in_the_overall_sign() -> None:
    w1, w2 = np.linspace(-1, 1, 5)[:, None], np.linspace(-1, 1, 7)
    surface = no_bias_loss(w1, w2, density=0.3, relative_importance=2.0)
    assert surface.shape == (5, 7)
    np.testing.assert_allclose(surface, surface[::-1, ::-1], rtol=1e-12)


def test_by_default_the_features_are_equally_important() -> None:
    alike = no_bias_loss(0.9, -0.5, density=0.3, relative_importance=1.0)
    assert no_bias_loss(0.9, -0.5, density=0.3) == alike


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"w1": np.inf}, "w1 contains inf; every value must be finite."),
        ({"w2": np.nan}, "w2 contains nan; every value must be finite."),
        ({"density": -0.5}, "density contains -0.5; every density must lie in [0, 1]."),
        ({"relative_importance": 0.0}, "relative_importance contains 0; every value must be above 0."),
    ],
)
def test_bad_input_gets_one_sentence(arguments: dict[str, float], sentence: str) -> None:
    valid = {"w1": 1.0, "w2": 0.0, "density": 0.5}
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        no_bias_loss(**valid | arguments)
