"""The global optimum against methods that share nothing with its search, and what it looks like."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy.optimize import differential_evolution

from tms.theory import (
    Optimum,
    boundary,
    expected_loss,
    expected_loss_and_gradient,
    global_optimum,
    no_bias_loss,
    three_in_two,
    two_in_one,
)
from tms.theory.optimum import _starts

DENSITY = np.geomspace(0.01, 1, 6)[:, None]
RELATIVE = np.geomspace(0.1, 10, 6)


def importances(n: int, relative: np.ndarray) -> np.ndarray:
    result = np.ones((*np.shape(relative), n))
    result[..., -1] = relative
    return result


def two_features(density: object, relative: object, *, bias: bool = True) -> Optimum:
    p, r = np.broadcast_arrays(np.asarray(density, dtype=float), np.asarray(relative, dtype=float))
    return global_optimum(1, density=p[..., None], importance=importances(2, r), bias=bias)


@pytest.mark.parametrize(("m", "diagram"), [(1, two_in_one), (2, three_in_two)])
def test_optimum_is_stationary_and_never_above_a_natural_solution(m: int, diagram) -> None:  # type: ignore[no-untyped-def]
    importance = importances(m + 1, RELATIVE)
    optimum = global_optimum(m, density=DENSITY[..., None], importance=importance)
    loss, dW, db = expected_loss_and_gradient(
        optimum.W, optimum.b, density=DENSITY[..., None], importance=importance
    )
    np.testing.assert_allclose(loss, optimum.loss, rtol=1e-12)
    scale = (DENSITY * importance.sum(axis=-1))[..., None] / 3
    assert (np.abs(db) < 1e-6 * scale).all()
    assert (np.abs(dW) < 1e-6 * scale[..., None]).all()
    assert (optimum.loss <= diagram(DENSITY, RELATIVE).best_loss * (1 + 1e-12)).all()


@pytest.mark.parametrize("m", [1, 2])
def test_both_halves_of_the_random_starts_find_the_same_loss_everywhere(m: int) -> None:
    optimum = global_optimum(m, density=DENSITY[..., None], importance=importances(m + 1, RELATIVE))
    assert (optimum.halves_gap < 1e-9).all()
    assert (optimum.structured_gain < 1e-9).all()
    assert (optimum.reached >= 2).all()


@pytest.mark.parametrize(("m", "diagram"), [(1, two_in_one), (2, three_in_two)])
def test_descents_start_from_every_natural_solution_and_from_a_confused_one(m: int, diagram) -> None:  # type: ignore[no-untyped-def]
    n, natural = m + 1, diagram(0.3, 1.0)
    confused = np.eye(n, m)
    confused[-2:, -1] = 0.5**0.5
    starts = _starts(n, m, np.full((1, n), 0.3), True, 2, 0)[0, 2:]
    W, b = starts[:, : n * m].reshape(-1, n, m), starts[:, n * m :]
    for own_W, own_b in [*zip(natural.W, natural.b, strict=True), (confused, np.zeros(n))]:
        same = np.isclose(W @ W.mT, own_W @ own_W.T).all(axis=(1, 2)) & np.isclose(b, own_b).all(axis=1)
        assert same.any()


@pytest.mark.parametrize(
    ("seed", "reached", "halves_gap", "structured_gain"),
    [(0, 1, 39, 0), (1, 2, 0, 0), (22, 1, 3, 0), (13, 0, 36, 3), (20, 0, 0, 3)],
)
def test_evidence_is_about_the_random_starts_as_shares_of_the_loss(
    seed: int, reached: int, halves_gap: float, structured_gain: float
) -> None:
    """A random start may end where an output is always 0, at I_i / 3; the optimum is 0.1 / 12."""
    optimum = global_optimum(2, density=1.0, importance=[1.0, 1.0, 0.1], random_starts=2, seed=seed)
    assert optimum.loss == pytest.approx(0.1 / 12)
    assert optimum.random_starts == 2
    assert optimum.reached == reached
    assert optimum.halves_gap == pytest.approx(halves_gap, abs=1e-9)
    assert optimum.structured_gain == pytest.approx(structured_gain, abs=1e-9)


@pytest.mark.parametrize(
    ("density", "relative"), [(0.05, 0.3), (0.3, 1.0), (0.57, 0.9), (0.7, 1.0), (0.85, 1.1), (1.0, 0.5)]
)
def test_no_point_of_a_dense_grid_is_below_the_optimum_and_the_nearest_is_close(
    density: float, relative: float
) -> None:
    first, second = np.linspace(0, 1.4, 57)[:, None, None], np.linspace(-1.4, 1.4, 113)[:, None]
    b = np.linspace(-0.4, 1, 57)
    W = np.stack(np.broadcast_arrays(first, second), axis=-1)[..., None]
    grid = np.zeros(W.shape[:2])
    # Given W, the error of output i depends on b_i alone: its best bias can be chosen output by output.
    for i, weight in ((0, 1.0), (1, relative)):
        bias, importance = np.zeros((len(b), 2)), np.zeros(2)
        bias[:, i], importance[i] = b, weight
        grid += expected_loss(W, bias, density=density, importance=importance).min(axis=-1)
    optimum = float(two_features(density, relative).loss)
    scale = density * (1 + relative) / 3
    assert optimum - 1e-14 <= grid.min() <= optimum + 1.5e-3 * scale


@pytest.mark.parametrize(("density", "relative"), [(0.1, 0.5), (0.6, 0.9), (0.62, 1.2)])
def test_differential_evolution_finds_nothing_better_for_three_features(
    density: float, relative: float
) -> None:
    importance = importances(3, np.asarray(relative))

    def losses(theta: np.ndarray) -> np.ndarray:
        # The hidden space can be turned so that W_1 has only one coordinate.
        W = np.zeros((theta.shape[1], 3, 2))
        W[:, 0, 0], W[:, 1:] = theta[0], theta[1:5].T.reshape(-1, 2, 2)
        return expected_loss(W, theta[5:].T, density=density, importance=importance)

    found = differential_evolution(
        losses,
        [(0, 1.3)] + [(-1.3, 1.3)] * 4 + [(-0.2, 0.7)] * 3,
        vectorized=True,
        updating="deferred",
        popsize=40,
        tol=1e-8,
        rng=np.random.default_rng(0),
    )
    optimum = float(global_optimum(2, density=density, importance=importance).loss)
    assert optimum - 1e-13 <= found.fun <= optimum * (1 + 1e-6)


def test_no_bias_optimum_is_the_lowest_point_of_the_closed_form_loss_surface() -> None:
    w1, w2 = np.linspace(0, 1.4, 281)[:, None], np.linspace(-1.4, 1.4, 561)
    for density, relative in ((0.05, 0.3), (0.5, 1.0), (0.65, 1.0), (0.65, 0.3), (1.0, 3.0)):
        surface = no_bias_loss(w1, w2, density=density, relative_importance=relative)
        optimum = two_features(density, relative, bias=False)
        assert not optimum.b.any()
        assert optimum.loss - 1e-14 <= surface.min() <= optimum.loss + 1e-4 * density
        at_optimum = no_bias_loss(
            optimum.W[0, 0], optimum.W[1, 0], density=density, relative_importance=relative
        )
        assert at_optimum == pytest.approx(float(optimum.loss), rel=1e-12)


def test_as_many_dimensions_as_features_leave_no_loss() -> None:
    optimum = global_optimum(2, density=[[0.1], [0.9]], importance=[1.0, 2.0])
    assert (np.abs(optimum.loss) < 1e-15).all()
    np.testing.assert_allclose(optimum.W @ optimum.W.mT, np.tile(np.eye(2), (2, 1, 1)), atol=1e-6)
    assert (optimum.reached >= 2).all()
    assert (np.abs(optimum.halves_gap) < 1e-6).all()


def test_of_equally_good_solutions_the_one_that_favours_the_first_feature_is_reported() -> None:
    optimum = two_features(np.linspace(0.75, 0.95, 5), 1.0)
    assert (optimum.W[:, 0, 0] > 0.9).all()
    assert (np.abs(optimum.W[:, 1, 0]) < 0.5).all()


def test_optimum_does_not_depend_on_the_other_cells() -> None:
    together = two_features(np.array([0.2, 0.5]), np.array([0.5, 2.0]))
    alone = two_features(0.5, 2.0)
    np.testing.assert_array_equal(together.W[1], alone.W)
    np.testing.assert_array_equal(together.loss[1], alone.loss)


def test_densities_or_importances_alone_can_have_the_feature_axis() -> None:
    full = global_optimum(1, density=[0.3, 0.3], importance=[2.0, 2.0]).loss
    assert global_optimum(1, density=[0.3, 0.3], importance=2.0).loss == full
    assert global_optimum(1, density=0.3, importance=[2.0, 2.0]).loss == full


# What the optima look like.


def test_confused_weights_are_optimal_without_bias_for_equal_features_above_a_density() -> None:
    critical = (40 - 4 * np.sqrt(14)) / 43
    below, above = (two_features(critical + step, 1.0, bias=False) for step in (-1e-6, 1e-6))
    antipodal = np.sqrt((8 - 5 * critical) / (8 - 6 * critical))
    np.testing.assert_allclose(np.abs(below.W[:, 0]), antipodal, atol=1e-5)
    assert below.W[0, 0] * below.W[1, 0] < 0
    np.testing.assert_allclose(above.W[:, 0], np.sqrt(0.5), atol=1e-5)
    assert above.loss == pytest.approx(float(below.loss), rel=1e-5)
    dense = two_features(1.0, 1.0, bias=False)
    np.testing.assert_allclose(dense.W[:, 0], np.sqrt(0.5), atol=1e-7)
    assert dense.loss == pytest.approx(1 / 12, rel=1e-12)


def test_with_bias_weights_of_equal_sign_are_never_better_than_opposite_ones() -> None:
    optimum = two_features(np.linspace(0.1, 0.98, 12)[:, None], np.geomspace(0.3, 3, 13))
    assert (optimum.W[..., 0, 0] * optimum.W[..., 1, 0] < 1e-5).all()


@pytest.mark.parametrize("bias", [True, False])
def test_from_ignored_to_superposed_the_optimum_jumps_even_for_sparse_features(bias: bool) -> None:
    # To leading order in p the loss of W = [1, -t] is r p/3 (1 - t^2)^2 + p^2 (t^2/3 - t^3/6), whose minimum
    # leaves t = 0 at r = (2 + sqrt 2)/8 p, for t = 2 - sqrt 2.
    p = 1e-4
    critical = (2 + np.sqrt(2)) / 8 * p
    below, above = (two_features(p, critical * factor, bias=bias) for factor in (0.999, 1.001))
    assert abs(below.W[1, 0]) < 1e-3
    assert above.W[1, 0] == pytest.approx(-(2 - np.sqrt(2)), abs=5e-3)
    assert critical < 0.9 * boundary(p)


def test_near_the_triple_point_natural_solutions_cost_a_sixth_more_than_the_optimum() -> None:
    p, r = np.linspace(0.45, 0.65, 21)[:, None], np.linspace(0.7, 1, 13)
    excess = two_in_one(p, r).best_loss / two_features(p, r).loss - 1
    worst = np.unravel_index(excess.argmax(), excess.shape)
    assert 0.16 < excess[worst] < 0.17
    assert p[worst[0], 0] == pytest.approx(4 / 7, abs=0.01)
    assert r[worst[1]] == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"density": 0.0}, "density contains 0; every value must be above 0."),
        ({"density": 1.5}, "density contains 1.5; every density must lie in [0, 1]."),
        (
            {"importance": [0.0, 0.0]},
            "importance is 0 for all features of a cell; at least one must be above 0.",
        ),
        ({"n_hidden": 0}, "n_hidden is 0; it must lie between 1 and 3."),
        ({"n_hidden": 4}, "n_hidden is 4; it must lie between 1 and 3."),
        ({"random_starts": 5}, "random_starts is 5; it must be even and at least 2."),
        ({"random_starts": 0}, "random_starts is 0; it must be even and at least 2."),
        (
            {"importance": np.ones(4)},
            "density and importance have 4 features; the exact optimum covers 1 to 3.",
        ),
    ],
)
def test_bad_input_gets_one_sentence(arguments: dict[str, object], sentence: str) -> None:
    valid: dict[str, object] = {"n_hidden": 1, "density": 0.5, "importance": [1.0, 1.0]}
    with pytest.raises(ValueError, match="^" + re.escape(sentence) + "$"):
        global_optimum(**valid | arguments)  # type: ignore[arg-type]
