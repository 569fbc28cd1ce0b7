"""Lowest expected loss with a smooth output activation, for two features at most (#comment-redwood)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

from tms.theory import _arguments as check
from tms.theory._arguments import Values
from tms.theory.activations import MAX_FEATURES, SMOOTH

_Function = Callable[[Float[np.ndarray, "..."]], Float[np.ndarray, "..."]]

SLOPES: Final[dict[str, _Function]] = {
    "gelu": lambda z: ndtr(z) + z * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi),
    "quadratic": lambda z: 2 * z,
}
"""Derivatives of the smooth output activations."""

NODES: Final = 12
"""Nodes of the quadrature for each active feature: exact for "quadratic"; to 1e-6 for "gelu" near optima."""

ITERATIONS: Final = 40


class _Problem(NamedTuple):
    """Inputs, and the square roots of their weights in the loss of each cell."""

    activation: str
    x: Float[np.ndarray, "node feature"]
    root: Float[np.ndarray, "cell node feature"]


def smooth_minimum(
    activation: str,
    n_hidden: int,
    *,
    density: Values,
    importance: Values,
    random_starts: int = 12,
    seed: int = 0,
) -> Float[np.ndarray, " cell"]:
    """Lowest expected loss of x' = f(W^T W x + b) for a smooth f, over W and b, from many random starts.

    Parameters
    ----------
    activation
        "gelu", z Phi(z), or "quadratic", z^2.
    n_hidden
        Number of hidden dimensions.
    density, importance
        Shape (cell, feature), with one or two features; densities are above 0.
    random_starts
        Number of random starts, the same in every cell.
    seed
        Seed of the random starts.

    Returns
    -------
    ndarray
        Shape (cell,).

    Raises
    ------
    ValueError
        If an argument is not valid.

    Notes
    -----
    Each start descends by the method of Levenberg and Marquardt: the loss is a weighted sum of squares.
    """
    if activation not in SMOOTH:
        raise ValueError(f"activation is {activation!r}; it must be one of {', '.join(map(repr, SMOOTH))}.")
    p, importances = check.positive("density", check.density(density)), check.importance(importance)
    if p.ndim != 2 or p.shape != importances.shape or not 1 <= p.shape[1] <= MAX_FEATURES:
        raise ValueError(
            f"density {p.shape}, importance {importances.shape}: both must have the shape (cell, feature), "
            f"with 1 to {MAX_FEATURES} features."
        )
    n = p.shape[1]
    problem = _problem(activation, p, importances)
    rng = np.random.default_rng(seed)
    starts = rng.normal(scale=0.7, size=(random_starts, n * n_hidden + n))
    lowest = np.empty(len(p))
    for cell, root in enumerate(problem.root):
        lowest[cell] = _descend(problem._replace(root=root[None]), starts.copy(), n_hidden).min()
    return lowest


def _problem(
    activation: str, p: Float[np.ndarray, "cell feature"], importance: Float[np.ndarray, "cell feature"]
) -> _Problem:
    node, weight = np.polynomial.legendre.leggauss(NODES)
    values, weights = (node + 1) / 2, weight / 2
    inputs, shares = [], []
    for active in product((False, True), repeat=p.shape[1]):
        grid = np.meshgrid(*(values if on else np.zeros(1) for on in active))
        grid_weight = np.meshgrid(*(weights if on else np.ones(1) for on in active))
        inputs.append(np.stack(grid, axis=-1).reshape(-1, p.shape[1]))
        probability = np.where(active, p, 1 - p).prod(-1)
        shares.append(probability[:, None] * np.prod(grid_weight, axis=0).ravel())
    share = np.concatenate(shares, axis=1)
    return _Problem(activation, np.concatenate(inputs), np.sqrt(share[:, :, None] * importance[:, None, :]))


def _descend(
    problem: _Problem, points: Float[np.ndarray, "start parameter"], m: int
) -> Float[np.ndarray, " start"]:
    """Descend from every start, with a damping for each that falls where a step lowers the loss."""
    damping = np.full(len(points), 1e-2)
    residual, jacobian = _residuals(problem, points, m)
    loss = (residual**2).sum(-1)
    for _ in range(ITERATIONS):
        normal = np.einsum("srp,srq->spq", jacobian, jacobian)
        gradient = np.einsum("srp,sr->sp", jacobian, residual)
        scale = np.einsum("spp->sp", normal)
        floor = 1e-9 * scale.max(-1, keepdims=True) + np.finfo(float).tiny
        damped = normal + np.eye(points.shape[1]) * (damping[:, None] * (scale + floor))[:, None, :]
        damped += np.eye(points.shape[1]) * floor[:, :, None]
        moved = points - np.linalg.solve(damped, gradient[..., None])[..., 0]
        new_residual, new_jacobian = _residuals(problem, moved, m)
        new_loss = (new_residual**2).sum(-1)
        better = new_loss < loss
        points = np.where(better[:, None], moved, points)
        residual = np.where(better[:, None], new_residual, residual)
        jacobian = np.where(better[:, None, None], new_jacobian, jacobian)
        loss = np.where(better, new_loss, loss)
        damping = np.clip(np.where(better, damping / 5, damping * 4), 1e-12, 1e12)
    return np.asarray(loss)


def _residuals(
    problem: _Problem, points: Float[np.ndarray, "start parameter"], m: int
) -> tuple[Float[np.ndarray, "start residual"], Float[np.ndarray, "start residual parameter"]]:
    """Weighted errors of the outputs, and their derivatives by W and b."""
    x, n = problem.x, problem.x.shape[1]
    W, b = points[:, : n * m].reshape(-1, n, m), points[:, n * m :]
    hidden = np.einsum("kj,sjh->skh", x, W)
    z = np.einsum("skh,sih->ski", hidden, W) + b[:, None, :]
    error = problem.root * (SMOOTH[problem.activation](z) - x)
    # z_i = W_i . h + b_i, where h is the sum of x_j W_j.
    dz = np.zeros((len(points), len(x), n, points.shape[1]))
    for i in range(n):
        for a in range(n):
            own = hidden if a == i else 0.0
            dz[:, :, i, a * m : (a + 1) * m] = own + W[:, None, i, :] * x[None, :, a, None]
        dz[:, :, i, n * m + i] = 1.0
    jacobian = (problem.root * SLOPES[problem.activation](z))[..., None] * dz
    size = len(x) * n
    return error.reshape(-1, size), jacobian.reshape(-1, size, points.shape[1])
