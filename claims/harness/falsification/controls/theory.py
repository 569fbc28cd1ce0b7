"""Mistakes in theory: missing terms, wrong signs, ignored sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
from scipy.special import comb

from claims.harness.falsification.applying import instead_of
from claims.harness.falsification.control import Control, Kind
from tms import theory
from tms.analysis import almost_orthogonal, loss_terms
from tms.features import FeatureDistribution
from tms.theory import optimum

Formula = Callable[..., Any]

GRID: Final = 0.1
"""Spacing of a coarse grid of weights."""


def _linear_interference(right: Formula, W: Any, b: Any = None, *, importance: Any = 1.0) -> theory.OneActive:
    """Count negative interference as the linear model does."""
    found: theory.OneActive = right(W, b, importance=importance)
    W = np.asarray(W, dtype=np.float64)
    n = W.shape[-2]
    I = np.broadcast_to(np.asarray(importance, dtype=np.float64), found.feature_benefit.shape)  # noqa: E741
    gram = W @ np.swapaxes(W, -2, -1)
    squares = I[..., None, :] * np.where(np.eye(n, dtype=bool), 0.0, gram**2) / 3 / n
    return replace(found, interference=np.where(gram < 0, squares, found.interference))


def _turned_bias(right: Formula, b: Any, *, importance: Any = 1.0) -> Any:
    return right(-np.asarray(b), importance=importance)


def _without_pairs(right: Formula, k: int, *args: Any, **options: Any) -> Any:
    return right(k, *args, **options) * (k != 2)


def _without_probability(right: Formula, W: np.ndarray, b: Any, importance: Any, density: Any) -> np.ndarray:
    """Return the losses given k active features, whatever the probability of k is."""
    n = W.shape[-2]
    p = np.asarray(density, dtype=np.float64)[..., None]
    k = np.arange(n + 1)
    terms: np.ndarray = right(W, b, importance, density)
    return np.asarray(terms / (comb(n, k) * p**k * (1 - p) ** (n - k)))


def _benefit_alone(right: Formula, *args: Any, **options: Any) -> theory.LinearTerms:
    terms: theory.LinearTerms = right(*args, **options)
    return replace(terms, interference=np.zeros_like(terms.interference))


def _half_gradient(right: Formula, W: Any, *, variance: Any = 1.0, importance: Any = 1.0) -> Any:
    """Leave out the off-diagonal of the residual, as if features did not interfere."""
    del right
    W = np.asarray(W, dtype=np.float64)
    own = (W**2).sum(-1)
    return -4 * (np.asarray(importance) * np.asarray(variance) * (1 - own))[..., None] * W


def _largest_left(right: Formula, n_hidden: int, *, variance: Any = 1.0, importance: Any = 1.0) -> Any:
    """Sum the losses of the n - m features that matter most."""
    del right
    benefit = np.sort(np.atleast_1d(np.asarray(variance) * np.asarray(importance)), axis=-1)
    return benefit[..., n_hidden:].sum(axis=-1)


def _mean_forgotten(right: Formula, density: Any) -> Any:
    del right
    return np.asarray(density) / 3


def _pairs_without_relu(right: Formula, density: Any, relative_importance: Any) -> theory.NaturalSolutions:
    """Charge antipodal pairs for negative interference: p/3 of their importance instead of p^2/6."""
    found: theory.NaturalSolutions = right(density, relative_importance)
    shared = found.W.any(axis=-1).all(axis=-1)
    dearer = 2 / np.asarray(density, dtype=np.float64)[..., None]
    return replace(found, loss=np.where(shared, found.loss * dearer, found.loss))


def _equally_important(right: Formula, *args: Any, importance: Any = 1.0, **options: Any) -> Any:
    return right(*args, importance=np.ones_like(np.asarray(importance, dtype=np.float64)), **options)


def _with_bias(right: Formula, *args: Any, bias: bool = True, **options: Any) -> theory.Optimum:
    del bias
    found: theory.Optimum = right(*args, **options)
    return found


def _from_one_start(right: Formula, *args: Any) -> np.ndarray:
    """Let every descent begin at the first start."""
    starts: np.ndarray = right(*args)
    return np.broadcast_to(starts[:, :1], starts.shape).copy()


def _not_normalised(right: Formula, dimensions: int, cosine: float, **options: int) -> int:
    """Compare dot products of normal numbers, which are as many times larger as there are dimensions."""
    found: int = right(dimensions, cosine / dimensions, **options)
    return found


def _on_a_grid(right: Formula, *args: Any, **options: Any) -> theory.Optimum:
    """Round the weights to a grid, as a grid search would."""
    found: theory.Optimum = right(*args, **options)
    return replace(found, W=np.round(found.W / GRID) * GRID)


def _independent(features: FeatureDistribution) -> FeatureDistribution:
    return replace(features, correlated=(), anticorrelated=())


def _without_sets(right: Formula, features: FeatureDistribution, *args: Any) -> Any:
    return right(_independent(features), *args)


CONTROLS: Final = (
    Control(
        name="interference-without-relu",
        mistake="L_1 counts negative interference as the linear model does.",
        kind=Kind.THEORY,
        against="MATH-2 MATH-4",
        because="Touches the loss of one active feature.",
        apply=lambda: instead_of(theory.loss_given_one_active, _linear_interference),
    ),
    Control(
        name="bias-sign-in-theory",
        mistake="L_0 takes ReLU(-b_i) for ReLU(b_i).",
        kind=Kind.THEORY,
        against="MATH-1 MATH-2",
        because="Touches the loss without an active feature.",
        apply=lambda: instead_of(theory.loss_given_none_active, _turned_bias),
    ),
    Control(
        name="pairs-left-out-of-the-sum",
        mistake="The term of two active features is missing from the decomposition of the loss.",
        kind=Kind.THEORY,
        against="MATH-1 MATH-5",
        because="No other claim decomposes the loss.",
        apply=lambda: instead_of(theory.loss_given_active, _without_pairs),
    ),
    Control(
        name="terms-without-probability",
        mistake="The term of k active features is taken without the probability that k are active.",
        kind=Kind.THEORY,
        against="MATH-1 MATH-5",
        because="No other claim decomposes the loss.",
        apply=lambda: instead_of(loss_terms.terms_by_number_active, _without_probability),
    ),
    Control(
        name="linear-interference-forgotten",
        mistake="The loss of the linear model has no interference term.",
        kind=Kind.THEORY,
        against="MATH-3 MATH-4",
        because="Touches the two forces of the linear model.",
        apply=lambda: instead_of(theory.linear_terms, _benefit_alone),
    ),
    Control(
        name="linear-gradient-of-benefit-alone",
        mistake="The gradient of the linear model's loss leaves interference out.",
        kind=Kind.THEORY,
        against="MATH-3",
        because="No other claim takes this gradient.",
        apply=lambda: instead_of(theory.linear_gradient, _half_gradient),
    ),
    Control(
        name="linear-minimum-of-the-largest",
        mistake="The minimum of the linear model leaves out the most important features.",
        kind=Kind.THEORY,
        against="MATH-3",
        because="No other claim has this minimum.",
        apply=lambda: instead_of(theory.linear_minimum, _largest_left),
    ),
    Control(
        name="variance-without-the-mean",
        mistake="The variance of a feature is taken as p/3, without the square of its mean.",
        kind=Kind.THEORY,
        against="MATH-3",
        because="Touches the loss of the linear model on data that are not centred.",
        apply=lambda: instead_of(theory.feature_variance, _mean_forgotten),
    ),
    Control(
        name="exact-loss-without-importance",
        mistake="The exact expected loss ignores importance.",
        kind=Kind.THEORY,
        against="MATH-1 PHASE-1 PHASE-2 PHASE-3 PHASE-4 PHASE-5",
        because="Touches what trials are chosen by in the phase diagrams.",
        apply=lambda: instead_of(theory.expected_loss, _equally_important),
    ),
    Control(
        name="pairs-without-relu-in-one",
        mistake="The diagram of two features in one dimension charges pairs for negative interference.",
        kind=Kind.THEORY,
        against="PHASE-1",
        because="No other claim has this diagram.",
        apply=lambda: instead_of(theory.two_in_one, _pairs_without_relu),
    ),
    Control(
        name="pairs-without-relu-in-two",
        mistake="The diagram of three features in two dimensions charges pairs for negative interference.",
        kind=Kind.THEORY,
        against="PHASE-2",
        because="No other claim has this diagram.",
        apply=lambda: instead_of(theory.three_in_two, _pairs_without_relu),
    ),
    Control(
        name="bias-where-there-is-none",
        mistake="The exact optimum without bias has one.",
        kind=Kind.THEORY,
        against="PHASE-6",
        because="No other claim is about models without bias.",
        apply=lambda: instead_of(theory.global_optimum, _with_bias),
    ),
    Control(
        name="optimum-from-one-start",
        mistake="The exact optimum is searched from one start instead of many.",
        kind=Kind.THEORY,
        against="PHASE-3 PHASE-5 PHASE-6",
        because="Touches whatever compares with the exact optimum.",
        apply=lambda: instead_of(optimum._starts, _from_one_start),
    ),
    Control(
        name="optimum-at-equal-importance",
        mistake="The exact optimum takes all features to be equally important.",
        kind=Kind.THEORY,
        against="PHASE-6 PHASE-9",
        because="Touches whatever is said of optima of unequal features; PHASE-3 would end in an error.",
        apply=lambda: instead_of(theory.global_optimum, _equally_important),
    ),
    Control(
        name="directions-not-normalised",
        mistake="Dot products of directions are taken for cosines before the directions are normalised.",
        kind=Kind.THEORY,
        against="MATH-6",
        because="No other claim draws directions.",
        apply=lambda: instead_of(almost_orthogonal.count_almost_orthogonal, _not_normalised),
    ),
    Control(
        name="optimum-on-a-grid",
        mistake="The weights of the exact optimum are read off a grid in steps of 0.1.",
        kind=Kind.THEORY,
        against="PHASE-6 GEO-8::test_three_features_alone_are_best_a_triangle "
        "GEO-8::test_simplices_alone_where_features_are_sparse",
        because="Touches whatever is said of the optimum's weights; not of its loss.",
        apply=lambda: instead_of(theory.global_optimum, _on_a_grid),
    ),
    Control(
        name="quadrature-without-sets",
        mistake="Exact losses take the features of sets to be independent.",
        kind=Kind.THEORY,
        against="CORR",
        because="Touches what trials are chosen by where features come in sets.",
        apply=lambda: instead_of(theory.Quadrature, _without_sets),
    ),
    Control(
        name="covariance-without-sets",
        mistake="The covariance of the inputs takes the features of sets to be independent.",
        kind=Kind.THEORY,
        against="CORR-6",
        because="No other claim needs the covariance.",
        apply=lambda: instead_of(theory.feature_covariance, _without_sets),
    ),
)
