"""The linear model x' = W^T W x + b: exact loss, the two forces in it, and its optimum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from tms.theory import _arguments as check
from tms.theory._arguments import Values


@dataclass(frozen=True, eq=False)
class LinearTerms:
    """The loss of the linear model on centred data as the sum of two competing terms.

    Attributes
    ----------
    feature_benefit
        I_i v_i (1 - |W_i|^2)^2, shape (..., feature): falls as a feature is represented.
    interference
        I_i v_j (W_i . W_j)^2 in output i from feature j, shape (..., output, feature); 0 on the diagonal.
    """

    feature_benefit: Float[np.ndarray, "*batch feature"]
    interference: Float[np.ndarray, "*batch output feature"]

    @property
    def loss(self) -> Float[np.ndarray, "*batch"]:
        """Sum of all terms, shape (...)."""
        return np.asarray(self.feature_benefit.sum(axis=-1) + self.interference.sum(axis=(-2, -1)))


def feature_variance(density: Values) -> Float[np.ndarray, "..."]:
    """Variance p/3 - p^2/4 of a feature that is 0 with probability 1 - p, else uniform on [0, 1].

    Parameters
    ----------
    density
        p in [0, 1], any shape.

    Returns
    -------
    ndarray
        Same shape.

    Raises
    ------
    ValueError
        If a density is outside [0, 1].

    Notes
    -----
    Source: #demonstrating-setup-x.
    """
    p = check.density(density)
    return np.asarray(p / 3 - p**2 / 4)


def linear_terms(W: Values, *, variance: Values = 1.0, importance: Values = 1.0) -> LinearTerms:
    """Feature benefit and interference of x' = W^T W x on centred, uncorrelated features.

    With the bias at its optimum, b = (1 - W^T W) E[x], the same is the loss on data that are not centred.

    Parameters
    ----------
    W
        Embedding, shape (..., feature, hidden).
    variance, importance
        Variance v_i and importance I_i of the features; broadcast to (..., feature).

    Returns
    -------
    LinearTerms
        The terms and their sum.

    Raises
    ------
    ValueError
        If an argument is not valid.

    Notes
    -----
    The paper's equation, after Saxe et al., is the case v_i = 1, I_i = 1. Source: #demonstrating-math.
    """
    weights, v, importances = _model(W, variance, importance)
    gram = weights @ weights.mT
    own = np.diagonal(gram, axis1=-2, axis2=-1)
    off_diagonal = 1 - np.eye(gram.shape[-1])
    return LinearTerms(
        feature_benefit=importances * v * (1 - own) ** 2,
        interference=off_diagonal * importances[..., :, None] * v[..., None, :] * gram**2,
    )


def linear_gradient(
    W: Values, *, variance: Values = 1.0, importance: Values = 1.0
) -> Float[np.ndarray, "*batch feature hidden"]:
    """Gradient in W of the loss of `linear_terms`.

    Parameters
    ----------
    W, variance, importance
        As for `linear_terms`.

    Returns
    -------
    ndarray
        Shape (..., feature, hidden).

    Raises
    ------
    ValueError
        If an argument is not valid.

    Notes
    -----
    The loss is sum_ij A_ij (1 - W^T W)_ij^2 with A_ij = (I_i v_j + I_j v_i) / 2. Source: #demonstrating-math.
    """
    weights, v, importances = _model(W, variance, importance)
    return np.asarray(-4 * (_pair_weight(v, importances) * _residual(weights)) @ weights)


def linear_curvature(
    W: Values, direction: Values, *, variance: Values = 1.0, importance: Values = 1.0
) -> Float[np.ndarray, "*batch"]:
    """Second derivative of the loss of `linear_terms` along a direction in W.

    A stationary point at which it is negative in some direction is a saddle, not a minimum.

    Parameters
    ----------
    W, direction
        Shape (..., feature, hidden) each.
    variance, importance
        As for `linear_terms`.

    Returns
    -------
    ndarray
        d^2/dt^2 of the loss at W + t direction, t = 0; shape (...).

    Raises
    ------
    ValueError
        If an argument is not valid.

    Notes
    -----
    Source: #demonstrating-math.
    """
    weights, v, importances = _model(W, variance, importance)
    step = check.embedding(direction)
    if step.shape[-2:] != weights.shape[-2:]:
        raise ValueError(
            f"direction has shape {step.shape}; its last two axes must be those of W, {weights.shape[-2:]}."
        )
    first = weights @ step.mT + step @ weights.mT
    second = 2 * step @ step.mT
    A = _pair_weight(v, importances)
    return np.asarray(2 * (A * (first**2 - _residual(weights) * second)).sum(axis=(-2, -1)))


def linear_minimum(
    n_hidden: int, *, variance: Values = 1.0, importance: Values = 1.0
) -> Float[np.ndarray, "*batch"]:
    """Global minimum over W of the loss of `linear_terms`: the sum of the n - m smallest I_i v_i.

    Parameters
    ----------
    n_hidden
        Number m of hidden dimensions, at least 0.
    variance, importance
        Broadcast together to (..., feature).

    Returns
    -------
    ndarray
        Shape (...).

    Raises
    ------
    ValueError
        If an argument is not valid.

    Notes
    -----
    The loss is the squared Frobenius distance between diag(sqrt(I_i v_i)) and sqrt(I) W^T W sqrt(v), which
    has rank m at most. By Eckart and Young no matrix of that rank, symmetric before weighting or not, comes
    closer than the sum of the n - m smallest I_i v_i; the projection onto the other m features attains it. If
    the m-th and (m+1)-th largest differ, the closest matrix is unique: no optimum has any superposition. If
    they are equal, tied features may share their dimensions without gain or loss.
    Source: #demonstrating-math.
    """
    if n_hidden < 0:
        raise ValueError(f"n_hidden is {n_hidden}; it must be at least 0.")
    benefit = np.sort(
        np.atleast_1d(check.positive("variance", variance) * check.importance(importance)), axis=-1
    )
    return np.asarray(benefit[..., : max(benefit.shape[-1] - n_hidden, 0)].sum(axis=-1))


def linear_expected_loss(
    W: Values, b: Values | None = None, *, density: Values, importance: Values = 1.0
) -> Float[np.ndarray, "*batch"]:
    """Exact expected loss of x' = W^T W x + b for any number of independent sparse features.

    Parameters
    ----------
    W
        Embedding, shape (..., feature, hidden).
    b
        Bias, shape (..., feature); None for no bias.
    density, importance
        Broadcast to (..., feature).

    Returns
    -------
    ndarray
        Shape (...).

    Raises
    ------
    ValueError
        If an argument is not valid.

    Notes
    -----
    Its minimum over W and b is `linear_minimum` at the variance `feature_variance`. Source:
    #demonstrating-setup-loss.
    """
    weights, bias = check.model(W, b)
    bias, p, importances = check.for_loss(weights.shape[-2], weights, bias, density, importance)
    residual = _residual(weights)
    spread = (residual**2 * feature_variance(p)[..., None, :]).sum(axis=-1)
    offset = (residual * (p / 2)[..., None, :]).sum(axis=-1) - bias
    return np.asarray((importances * (spread + offset**2)).sum(axis=-1))


def _model(
    W: Values, variance: Values, importance: Values
) -> tuple[
    Float[np.ndarray, "*batch feature hidden"],
    Float[np.ndarray, "*batch feature"],
    Float[np.ndarray, "*batch feature"],
]:
    weights = check.embedding(W)
    _, v, importances = check.per_feature(
        weights.shape[-2],
        W=weights[..., 0],
        variance=check.positive("variance", variance),
        importance=check.importance(importance),
    )
    return weights, v, importances


def _pair_weight(
    v: Float[np.ndarray, "*batch feature"], importances: Float[np.ndarray, "*batch feature"]
) -> Float[np.ndarray, "*batch feature feature"]:
    one_way = importances[..., :, None] * v[..., None, :]
    return np.asarray((one_way + one_way.mT) / 2)


def _residual(W: Float[np.ndarray, "*batch feature hidden"]) -> Float[np.ndarray, "*batch feature feature"]:
    return np.asarray(np.eye(W.shape[-2]) - W @ W.mT)
