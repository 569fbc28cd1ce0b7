"""The global optimum of the exact expected loss, with evidence that it is the global one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import scipy.linalg
from jaxtyping import Float, Int

from tms.theory import _arguments as check
from tms.theory._arguments import Values
from tms.theory._quasi_newton import descend_all
from tms.theory._sets import all_sets, probabilities
from tms.theory.exact import MAX_FEATURES

SAME_LOSS = 1e-7
"""Relative difference below which two descents count as having found the same loss."""

TIED = 1e-14
"""Difference of losses that rounding alone can cause, as a share of the loss of a model that outputs 0."""

GRADIENT_TOLERANCE = 1e-9
"""Norm of the gradient at which a descent ends, as a share of the loss of a model that outputs 0."""

TOGETHER = 4
"""Number of problems that a thread takes at a time."""

JITTER = 0.1


@dataclass(frozen=True, eq=False)
class Optimum:
    """The lowest expected loss found in each cell, and the evidence that it is the global minimum.

    Attributes
    ----------
    loss
        Expected loss, shape (...).
    W
        Embedding, shape (..., feature, hidden), rotated so that the longest W_i points along the first hidden
        axis, and so on; a rotation does not change the loss. Of several solutions with the same loss, as when
        two features are alike, the one in which the first feature is the longer.
    b
        Bias, shape (..., feature).
    random_starts
        Number of descents from random starts.
    reached
        Number of those that ended within `SAME_LOSS` of the loss, shape (...).
    halves_gap
        Difference between the best losses of the two halves of the random starts, as a share of the loss,
        shape (...). Where it is 0, each half alone finds the best loss of the other.
    structured_gain
        Difference between the best loss of the random starts and the loss, as a share of the loss, shape
        (...): what the structured starts gained.
    """

    loss: Float[np.ndarray, "*cell"]
    W: Float[np.ndarray, "*cell feature hidden"]
    b: Float[np.ndarray, "*cell feature"]
    random_starts: int
    reached: Int[np.ndarray, "*cell"]
    halves_gap: Float[np.ndarray, "*cell"]
    structured_gain: Float[np.ndarray, "*cell"]


def global_optimum(
    n_hidden: int,
    *,
    density: Values,
    importance: Values,
    bias: bool = True,
    random_starts: int = 48,
    seed: int = 0,
) -> Optimum:
    """Minimise the exact expected loss over W and b, from many starts, in every cell.

    Parameters
    ----------
    n_hidden
        Number of hidden dimensions, 1 to 3.
    density, importance
        Broadcast to (..., feature), with 1 to 3 features; at least one of the two has the feature axis at
        full length. Densities are above 0; in each cell at least one importance is above 0.
    bias
        Whether b is free; otherwise it is fixed at 0 (#comment-deepmind).
    random_starts
        Number of random starts per cell, even and at least 2.
    seed
        Seed of the random starts, which are the same in every cell up to the scale of b.

    Returns
    -------
    Optimum
        Best solution of each cell, with its evidence.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Notes
    -----
    If there is one feature more than dimensions, there are structured starts, too: every solution in which
    one feature is ignored, or two share a dimension antipodally or with equal sign, both exactly and
    slightly disturbed. The loss is therefore never above that of a natural solution. Each start descends by
    BFGS on the exact loss and gradient, in float64. In flat directions (the weights of a feature of
    importance 0) the result is wherever the descent ended. Source: #phase-change.
    """
    p, importances = check.positive("density", check.density(density)), check.importance(importance)
    n = max([1, *p.shape[-1:], *importances.shape[-1:]])
    p, importances = check.per_feature(n, density=p, importance=importances)
    if n > MAX_FEATURES:
        raise ValueError(
            f"density and importance have {n} features; the exact optimum covers 1 to {MAX_FEATURES}."
        )
    if not 1 <= n_hidden <= MAX_FEATURES:
        raise ValueError(f"n_hidden is {n_hidden}; it must lie between 1 and {MAX_FEATURES}.")
    if random_starts < 2 or random_starts % 2:
        raise ValueError(f"random_starts is {random_starts}; it must be even and at least 2.")
    batch = p.shape[:-1]
    p, importances = p.reshape(-1, n), importances.reshape(-1, n)
    scale = (p * importances).sum(axis=1) / 3
    if not (scale > 0).all():
        raise ValueError("importance is 0 for all features of a cell; at least one must be above 0.")

    points = _starts(n, n_hidden, p, bias, random_starts, seed)
    losses = _descend(points, n_hidden, bias, scale, p, importances)
    loss = losses.min(axis=1)
    found = points[..., : n * n_hidden].reshape(*losses.shape, n, n_hidden)
    earlier_longer = (found**2).sum(axis=-1) @ np.arange(n, 0, -1)
    tied = losses - loss[:, None] <= TIED * scale[:, None]
    best = points[np.arange(len(points)), np.where(tied, earlier_longer, -np.inf).argmax(axis=1)]
    by_chance = losses[:, :random_starts]
    halves = by_chance.reshape(len(losses), 2, random_starts // 2).min(axis=2)
    # A loss of 0 (as many dimensions as features) is compared on the scale of the losses instead.
    unit = np.maximum(loss, SAME_LOSS * scale)
    return Optimum(
        loss=loss.reshape(batch),
        W=np.stack([_turned(W.reshape(n, n_hidden)) for W in best[:, : n * n_hidden]]).reshape(
            *batch, n, n_hidden
        ),
        b=best[:, n * n_hidden :].reshape(*batch, n),
        random_starts=random_starts,
        reached=(by_chance - loss[:, None] <= SAME_LOSS * unit[:, None]).sum(axis=1).reshape(batch),
        halves_gap=(np.ptp(halves, axis=1) / unit).reshape(batch),
        structured_gain=((by_chance.min(axis=1) - loss) / unit).reshape(batch),
    )


def _descend(
    points: Float[np.ndarray, "problem start parameter"],
    m: int,
    bias: bool,
    scale: Float[np.ndarray, " problem"],
    density: Float[np.ndarray, "problem feature"],
    importance: Float[np.ndarray, "problem feature"],
) -> Float[np.ndarray, "problem start"]:
    """Move every start to a minimum, several problems in parallel; return the losses."""
    losses, n = np.empty(points.shape[:2]), density.shape[1]
    sets = all_sets(n)
    probability = probabilities(density, sets)

    def descend_in(own: slice) -> None:
        descend_all(
            points[own],
            n,
            m,
            bias,
            GRADIENT_TOLERANCE,
            scale[own],
            importance[own],
            sets,
            probability[own],
            losses[own],
        )

    with ThreadPoolExecutor() as pool:
        own = (slice(first, first + TOGETHER) for first in range(0, len(points), TOGETHER))
        list(pool.map(descend_in, own))
    return losses


def _starts(
    n: int, m: int, density: Float[np.ndarray, "problem feature"], bias: bool, n_random: int, seed: int
) -> Float[np.ndarray, "problem start parameter"]:
    """List the starts, random ones first, then structured ones; biases are proportional to the density."""
    rng = np.random.default_rng(seed)
    embeddings = [rng.normal(scale=0.7, size=(n_random, n, m))]
    offsets = [rng.uniform(-0.3, 0.7, size=(n_random, n))]
    if m == n - 1:
        directions = np.array(list(_unrepresented(n)))
        exact = np.stack([_complement(v) for v in directions])
        mean_of_ignored = (
            0.5 * (np.abs(directions) == 1) * (np.abs(directions).sum(axis=1, keepdims=True) == 1)
        )
        embeddings += [exact, exact + rng.normal(scale=JITTER, size=exact.shape)]
        offsets += [mean_of_ignored, mean_of_ignored]
    W, b = np.concatenate(embeddings), np.concatenate(offsets)
    points = np.empty((len(density), len(W), n * m + n))
    points[..., : n * m] = W.reshape(len(W), n * m)
    points[..., n * m :] = b * density[:, None, :] if bias else 0.0
    return points


def _unrepresented(n: int) -> Iterator[Float[np.ndarray, " feature"]]:
    """Directions e_i, e_i + e_j and e_i - e_j: each is the null direction of one structured start."""
    axes = np.eye(n)
    yield from axes
    for i, j in combinations(range(n), 2):
        yield axes[i] + axes[j]
        yield axes[i] - axes[j]


def _complement(direction: Float[np.ndarray, " feature"]) -> Float[np.ndarray, "feature hidden"]:
    """Embed the features outside ``direction`` in a dimension each, and a pair within it in a shared one.

    A pair of equal sign has norm 1 / sqrt 2, as in McGrath's confused solution, an antipodal one norm 1.
    """
    columns = [axis for axis in np.eye(len(direction)) if not axis @ direction]
    pair = np.flatnonzero(direction)
    if len(pair) == 2:
        shared = np.zeros(len(direction))
        antipodal = direction[pair[0]] == direction[pair[1]]
        shared[pair] = (1.0, -1.0) if antipodal else (0.5**0.5, 0.5**0.5)
        columns.append(shared)
    return np.stack(columns, axis=1)


def _turned(W: Float[np.ndarray, "feature hidden"]) -> Float[np.ndarray, "feature hidden"]:
    """Rotate the hidden space so that W, its longest rows first, is lower triangular with a diagonal >= 0."""
    R, order = scipy.linalg.qr(W.T, mode="r", pivoting=True)
    k = min(W.shape)
    sign = np.where(np.diagonal(R) < 0, -1.0, 1.0)
    turned = np.zeros(W.shape)
    turned[order, :k] = (sign[:k, None] * R[:k]).T
    return turned
