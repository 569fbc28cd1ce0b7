"""Exact expected losses of the ReLU output model: over all inputs, or given the number of active features."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from tms.theory import _arguments as check
from tms.theory._arguments import Values
from tms.theory._kernels import LARGEST_SET, batch_loss_and_gradient
from tms.theory._sets import all_sets, probabilities, sets_of_size

MAX_FEATURES = LARGEST_SET


def expected_loss(
    W: Values, b: Values | None = None, *, density: Values, importance: Values = 1.0
) -> Float[np.ndarray, "*batch"]:
    """Exact expected loss E[sum_i I_i (x_i - x'_i)^2] of x' = ReLU(W^T W x + b), for up to three features.

    Each feature is 0 with probability 1 - density and otherwise uniform on [0, 1], independently.

    Parameters
    ----------
    W
        Embedding, shape (..., feature, hidden), with 1 to 3 features.
    b
        Bias, shape (..., feature); None for the model without bias (#comment-deepmind).
    density, importance
        Broadcast to (..., feature).

    Returns
    -------
    ndarray
        Shape (...), in units of importance times squared feature value.

    Raises
    ------
    ValueError
        If a shape, a density or an importance is not valid, or there are more than three features.

    Notes
    -----
    The integral over each set of active features is a polynomial between known breaks, integrated exactly
    (`tms.theory._halfspace`), so the only error is rounding: at most
    ``1e-14 * sum_i I_i (1 + |b_i| + sum_j |W_i . W_j|)^2``. The gradient's is the same times (1 + |W|).
    Source: #demonstrating-setup-loss, #demonstrating-math.
    """
    return expected_loss_and_gradient(W, b, density=density, importance=importance)[0]


def expected_loss_and_gradient(
    W: Values, b: Values | None = None, *, density: Values, importance: Values = 1.0
) -> tuple[
    Float[np.ndarray, "*batch"],
    Float[np.ndarray, "*batch feature hidden"],
    Float[np.ndarray, "*batch feature"],
]:
    """`expected_loss` with its gradient.

    At 0 the derivative of ReLU is taken to be 0, as usual.

    Parameters
    ----------
    W, b, density, importance
        As for `expected_loss`.

    Returns
    -------
    loss : ndarray
        Shape (...).
    dW : ndarray
        Derivative in W, shape (..., feature, hidden).
    db : ndarray
        Derivative in b, shape (..., feature); of the zero bias if b is None.

    Raises
    ------
    ValueError
        As `expected_loss`.

    Notes
    -----
    Source: #demonstrating-math.
    """
    weights, bias = check.model(W, b)
    n = weights.shape[-2]
    if not 1 <= n <= MAX_FEATURES:
        raise ValueError(f"W has {n} features; the exact expected loss covers 1 to {MAX_FEATURES}.")
    bias, density, importance = check.for_loss(n, weights, bias, density, importance)
    sets = all_sets(n)
    return over_sets(weights, bias, importance, sets, probabilities(density, sets))


def loss_given_active(
    k: int, W: Values, b: Values | None = None, *, importance: Values = 1.0
) -> Float[np.ndarray, "*batch"]:
    """L_k: exact expected loss of the ReLU output model given that exactly k features are active.

    All sets of k features are equally likely, as they are when all features share one density p. Then the
    expected loss is sum_k C(n, k) p^k (1 - p)^(n - k) L_k. (The paper writes the sum without C(n, k): its L_k
    is C(n, k) times this one.)

    Parameters
    ----------
    k
        Number of active features, 0 to 3 and at most n.
    W
        Embedding, shape (..., feature, hidden), any number of features; time grows as n C(n, k).
    b
        Bias, shape (..., feature); None for no bias.
    importance
        Broadcasts to (..., feature).

    Returns
    -------
    ndarray
        Shape (...).

    Raises
    ------
    ValueError
        If k is outside its range, or a shape or an importance is not valid.

    Notes
    -----
    Rounding error as for `expected_loss`. Source: #demonstrating-math.
    """
    weights, bias = check.model(W, b)
    n = weights.shape[-2]
    if not 0 <= k <= min(n, LARGEST_SET):
        raise ValueError(f"k is {k}; with {n} features it must lie between 0 and {min(n, LARGEST_SET)}.")
    _, bias, importance = check.per_feature(
        n, W=weights[..., 0], b=bias, importance=check.importance(importance)
    )
    sets = sets_of_size(n, k)
    equally_likely = np.full((*bias.shape[:-1], len(sets)), 1 / len(sets))
    return over_sets(weights, bias, importance, sets, equally_likely)[0]


def over_sets(
    W: Float[np.ndarray, "*weights feature hidden"],
    b: Float[np.ndarray, "*batch feature"],
    importance: Float[np.ndarray, "*batch feature"],
    sets: Int[np.ndarray, "set 3"],
    probability: Float[np.ndarray, "*batch set"],
) -> tuple[
    Float[np.ndarray, "*batch"],
    Float[np.ndarray, "*batch feature hidden"],
    Float[np.ndarray, "*batch feature"],
]:
    """Loss and gradient of a batch of models, given the probability of each set of active features."""
    batch, (n, m) = importance.shape[:-1], W.shape[-2:]
    size = int(np.prod(batch))
    loss, dW, db = np.empty(size), np.empty((size, n, m)), np.empty((size, n))
    batch_loss_and_gradient(
        # A copy: for read-only arrays, which are another type to Numba, the kernel would be compiled again.
        np.broadcast_to(W, (*batch, n, m)).copy().reshape(size, n, m),
        b.reshape(size, n),
        importance.reshape(size, n),
        sets,
        probability.reshape(size, len(sets)),
        loss,
        dW,
        db,
    )
    return loss.reshape(batch), dW.reshape(*batch, n, m), db.reshape(*batch, n)
