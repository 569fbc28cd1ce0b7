"""The exact expected loss against rational arithmetic, sampling and finite differences."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import chain, combinations, product
from math import comb, factorial, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tms.theory import expected_loss, expected_loss_and_gradient, loss_given_active

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 3))
HALVES = st.integers(-3, 3).map(lambda k: k / 2)


def rectified_power(q: int, slopes: list[Fraction], offset: Fraction) -> Fraction:
    """Integral of ReLU(slopes . x + offset)^q over the unit cube, from its values at the vertices."""
    slopes = [a for a in slopes if a != 0]
    k = len(slopes)
    total = Fraction(0)
    for vertex in product((0, 1), repeat=k):
        z = offset + sum((a * v for a, v in zip(slopes, vertex, strict=True)), Fraction(0))
        total += (-1) ** (k - sum(vertex)) * max(z, Fraction(0)) ** (q + k)
    return total * factorial(q) / (factorial(q + k) * prod(slopes, start=Fraction(1)))


def rectified_times_coordinate(slopes: list[Fraction], offset: Fraction, t: int) -> Fraction:
    """Integral of x_t ReLU(slopes . x + offset), by parts in x_t."""
    others = slopes[:t] + slopes[t + 1 :]
    if slopes[t] == 0:
        return rectified_power(1, others, offset) / 2
    edge = rectified_power(2, others, offset + slopes[t])
    return (edge - rectified_power(2, slopes, offset)) / (2 * slopes[t])


def rational_loss(W: np.ndarray, b: np.ndarray, density: np.ndarray, importance: np.ndarray) -> float:
    """Expected loss in exact arithmetic: no quadrature, no rounding before the last step."""
    n = len(W)
    rows = [[Fraction(float(w)) for w in row] for row in W]
    gram = [[sum((u * v for u, v in zip(x, y, strict=True)), Fraction(0)) for y in rows] for x in rows]
    p = [Fraction(float(value)) for value in density]
    total = Fraction(0)
    for active in chain.from_iterable(combinations(range(n), k) for k in range(n + 1)):
        chance = prod((p[j] if j in active else 1 - p[j] for j in range(n)), start=Fraction(1))
        for i in range(n):
            slopes, offset = [gram[i][j] for j in active], Fraction(float(b[i]))
            error = rectified_power(2, slopes, offset)
            if i in active:
                error += Fraction(1, 3) - 2 * rectified_times_coordinate(slopes, offset, active.index(i))
            total += chance * Fraction(float(importance[i])) * error
    return float(total)


def random_model(
    seed: int, n: int, m: int, scale: float = 0.8
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    W, b = rng.normal(scale=scale, size=(n, m)), rng.normal(scale=0.3, size=n)
    return W, b, rng.random(n), rng.uniform(0.1, 3, size=n)


def rounding_bound(W: np.ndarray, b: np.ndarray, importance: np.ndarray) -> float:
    return float(1e-14 * (importance * (1 + np.abs(b) + np.abs(W @ W.T).sum(axis=1)) ** 2).sum())


@given(seed=SEEDS, shape=SHAPES, exponent=st.integers(-12, 1))
@settings(max_examples=150, deadline=None)
def test_exact_loss_equals_rational_arithmetic_within_the_stated_rounding(
    seed: int, shape: tuple[int, int], exponent: int
) -> None:
    W, b, density, importance = random_model(seed, *shape, scale=10.0**exponent)
    exact = rational_loss(W, b, density, importance)
    ours = expected_loss(W, b, density=density, importance=importance)
    assert abs(ours - exact) <= rounding_bound(W, b, importance)


@given(
    W=st.lists(st.lists(HALVES, min_size=2, max_size=2), min_size=3, max_size=3),
    b=st.lists(HALVES, min_size=3, max_size=3),
)
@settings(max_examples=150, deadline=None)
def test_exact_loss_holds_where_planes_pass_through_vertices_and_slopes_vanish(
    W: list[list[float]], b: list[float]
) -> None:
    weights, bias, half, one = np.array(W), np.array(b), np.full(3, 0.5), np.ones(3)
    exact = rational_loss(weights, bias, half, one)
    ours = expected_loss(weights, bias, density=half)
    assert abs(ours - exact) <= rounding_bound(weights, bias, one)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_exact_loss_lies_within_the_error_of_a_million_samples(n: int) -> None:
    W, b, density, importance = random_model(n, n, 2)
    rng = np.random.default_rng(10 + n)
    x = rng.random((1_000_000, n)) * (rng.random((1_000_000, n)) < density)
    sampled = (importance * (x - np.maximum(x @ W @ W.T + b, 0)) ** 2).sum(axis=1)
    standard_error = sampled.std() / np.sqrt(len(sampled))
    assert (
        abs(sampled.mean() - expected_loss(W, b, density=density, importance=importance)) < 4 * standard_error
    )


@given(seed=SEEDS, shape=SHAPES)
@settings(max_examples=100, deadline=None)
def test_gradient_equals_finite_differences(seed: int, shape: tuple[int, int]) -> None:
    W, b, density, importance = random_model(seed, *shape)
    _, dW, db = expected_loss_and_gradient(W, b, density=density, importance=importance)
    step = 1e-5
    for gradient, theta in ((dW, W), (db, b)):
        for index in np.ndindex(theta.shape):
            centre = theta[index]
            theta[index] = centre + step
            above = expected_loss(W, b, density=density, importance=importance)
            theta[index] = centre - step
            below = expected_loss(W, b, density=density, importance=importance)
            theta[index] = centre
            slope = (above - below) / (2 * step)
            assert gradient[index] == pytest.approx(slope, abs=2e-4 * (1 + np.abs(W).max()) ** 3)


def test_an_output_that_is_0_for_every_input_has_no_gradient() -> None:
    _, dW, db = expected_loss_and_gradient(np.zeros((3, 2)), density=0.5)
    assert not dW.any()
    assert not db.any()


@given(seed=SEEDS, shape=SHAPES, density=st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_loss_is_the_binomial_sum_over_numbers_of_active_features(
    seed: int, shape: tuple[int, int], density: float
) -> None:
    n, m = shape
    W, b, _, importance = random_model(seed, n, m)
    total = sum(
        comb(n, k) * density**k * (1 - density) ** (n - k) * loss_given_active(k, W, b, importance=importance)
        for k in range(n + 1)
    )
    assert total == pytest.approx(
        float(expected_loss(W, b, density=density, importance=importance)), rel=1e-12, abs=1e-14
    )


def test_loss_given_three_active_of_eight_lies_within_the_error_of_samples() -> None:
    W, b, _, importance = random_model(3, 8, 3, scale=0.5)
    rng = np.random.default_rng(4)
    active = rng.permuted(np.tile(np.arange(8) < 3, (300_000, 1)), axis=1)
    x = rng.random(active.shape) * active
    sampled = (importance * (x - np.maximum(x @ W @ W.T + b, 0)) ** 2).sum(axis=1)
    exact = loss_given_active(3, W, b, importance=importance)
    assert abs(sampled.mean() - exact) < 4 * sampled.std() / np.sqrt(len(sampled))


def test_a_batch_gives_what_its_members_give_alone() -> None:
    rng = np.random.default_rng(0)
    W, b = rng.normal(size=(4, 1, 3, 2)), rng.normal(size=(5, 3))
    density, importance = rng.random((4, 5, 1)), rng.random(3)
    loss, dW, db = expected_loss_and_gradient(W, b, density=density, importance=importance)
    assert (loss.shape, dW.shape, db.shape) == ((4, 5), (4, 5, 3, 2), (4, 5, 3))
    alone = expected_loss_and_gradient(W[2, 0], b[3], density=density[2, 3], importance=importance)
    for together, single in zip((loss, dW, db), alone, strict=True):
        np.testing.assert_array_equal(together[2, 3], single)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"density": [0.5, 1.5]}, "density contains 1.5; every density must lie in [0, 1]."),
        ({"density": [0.5, -0.5]}, "density contains -0.5; every density must lie in [0, 1]."),
        ({"importance": [1.0, -1.0]}, "importance contains -1; every importance must be at least 0."),
        ({"W": np.ones((4, 2))}, "W has 4 features; the exact expected loss covers 1 to 3."),
        ({"W": np.ones((0, 2))}, "W has 0 features; the exact expected loss covers 1 to 3."),
        ({"W": np.ones(3)}, "W has shape (3,); its last two axes must be (feature, hidden)."),
        ({"W": [[1.0], [np.nan]]}, "W contains nan; every value must be finite."),
        ({"b": np.ones(3)}, "b has shape (3,); its last axis must hold the 2 features of W."),
        ({"b": np.ones(1)}, "b has shape (1,); its last axis must hold the 2 features of W."),
        ({"b": 0.5}, "b has shape (); its last axis must hold the 2 features of W."),
        ({"density": np.full(3, 0.5)}, "density has shape (3,); its last axis must have length 2 or 1."),
        (
            {"density": np.full((4, 2), 0.5), "importance": np.ones((3, 2))},
            "W (2,), b (2,), density (4, 2), importance (3, 2): these shapes must broadcast together.",
        ),
    ],
)
def test_bad_input_gets_one_sentence(arguments: dict[str, object], sentence: str) -> None:
    valid: dict[str, object] = {"W": np.ones((2, 1)), "density": 0.5}
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        expected_loss(**valid | arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(("k", "n", "most"), [(4, 5, 3), (3, 2, 2), (-1, 5, 3)])
def test_a_number_of_active_features_out_of_range_gets_one_sentence(k: int, n: int, most: int) -> None:
    with pytest.raises(
        ValueError, match=rf"^k is {k}; with {n} features it must lie between 0 and {most}\.$"
    ):
        loss_given_active(k, np.ones((n, 2)))


def test_a_negative_importance_of_active_features_gets_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^importance contains -1; every importance must be at least 0\.$"):
        loss_given_active(1, np.ones((2, 2)), importance=-1.0)
