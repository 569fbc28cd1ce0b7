"""L_0 and L_1 of the ReLU output model in closed form, for any number of features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from tms.theory import _arguments as check
from tms.theory._arguments import Values


@dataclass(frozen=True, eq=False)
class OneActive:
    """The loss given that exactly one feature is active, in the paper's two terms.

    Attributes
    ----------
    feature_benefit
        E[I_i (x_i - ReLU(|W_i|^2 x_i + b_i))^2] / n of each feature i, shape (..., feature): the error of the
        active feature itself.
    interference
        E[I_j ReLU(W_j . W_i x_i + b_j)^2] / n of each active i and each other output j, shape
        (..., active, output); 0 on the diagonal.
    """

    feature_benefit: Float[np.ndarray, "*batch feature"]
    interference: Float[np.ndarray, "*batch active output"]

    @property
    def loss(self) -> Float[np.ndarray, "*batch"]:
        """L_1, the sum of all terms, shape (...)."""
        return np.asarray(self.feature_benefit.sum(axis=-1) + self.interference.sum(axis=(-2, -1)))


def loss_given_none_active(b: Values, *, importance: Values = 1.0) -> Float[np.ndarray, "*batch"]:
    """L_0 = sum_i I_i ReLU(b_i)^2: the loss when no feature is active.

    Parameters
    ----------
    b
        Bias, shape (..., feature).
    importance
        Broadcasts to (..., feature).

    Returns
    -------
    ndarray
        Shape (...).

    Raises
    ------
    ValueError
        If b or importance is not valid.

    Notes
    -----
    Source: #demonstrating-math.
    """
    bias = check.real("b", b)
    if bias.ndim == 0:
        raise ValueError("b has shape (); its last axis must be the feature axis.")
    bias, importance = check.per_feature(bias.shape[-1], b=bias, importance=check.importance(importance))
    return np.asarray((importance * np.maximum(bias, 0) ** 2).sum(axis=-1))


def loss_given_one_active(W: Values, b: Values | None = None, *, importance: Values = 1.0) -> OneActive:
    """L_1: the loss when one feature, each equally likely, is active and uniform on [0, 1].

    The paper's L_1 is the sum over active features, n times the mean that is returned here.

    Parameters
    ----------
    W
        Embedding, shape (..., feature, hidden).
    b
        Bias, shape (..., feature); None for no bias.
    importance
        Broadcasts to (..., feature).

    Returns
    -------
    OneActive
        The terms and their sum.

    Raises
    ------
    ValueError
        If a shape or an importance is not valid.

    Notes
    -----
    An output equals g x + b where its ReLU is on: between the root of that line, clamped to [0,
    1], and an end of [0, 1]. There its square and its product with x are quadratic, so Simpson's rule
    integrates them exactly. If W_i . W_j <= 0 and b_j <= 0, output j is never on and the interference term is
    exactly 0: with one active feature, negative interference costs nothing. Source: #demonstrating-math.
    """
    weights, bias = check.model(W, b)
    n = weights.shape[-2]
    _, bias, importance = check.per_feature(
        n, W=weights[..., 0], b=bias, importance=check.importance(importance)
    )
    gram = weights @ weights.mT
    own = np.diagonal(gram, axis1=-2, axis2=-1)
    squared, times_x = _clipped_line(own, bias)
    benefit = importance * (1 / 3 - 2 * times_x + squared) / n
    interference = importance[..., None, :] * _clipped_line(gram, bias[..., None, :])[0] / n
    return OneActive(benefit, np.where(np.eye(n, dtype=bool), 0.0, interference))


def _clipped_line(
    slope: Float[np.ndarray, "..."], offset: Float[np.ndarray, "..."]
) -> tuple[Float[np.ndarray, "..."], Float[np.ndarray, "..."]]:
    """Integrals over [0, 1] of ReLU(slope x + offset)^2 and of x ReLU(slope x + offset)."""
    slope, offset = np.broadcast_arrays(slope, offset)
    with np.errstate(over="ignore"):
        root = np.divide(-offset, slope, out=np.zeros(slope.shape), where=slope != 0)
    root = np.clip(root, 0, 1)
    start = np.where(slope > 0, root, 0.0)
    end = np.where(slope < 0, root, 1.0)
    squared, times_x = np.zeros(slope.shape), np.zeros(slope.shape)
    for share, weight in ((0.0, 1 / 6), (0.5, 4 / 6), (1.0, 1 / 6)):
        x = start + share * (end - start)
        output = np.maximum(slope * x + offset, 0)
        squared += weight * (end - start) * output**2
        times_x += weight * (end - start) * output * x
    return squared, times_x
