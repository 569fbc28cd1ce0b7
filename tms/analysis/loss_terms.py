"""Losses of small models by other ways than the closed forms of `tms.theory`, to compare these with.

Source: #demonstrating-math.
"""

from __future__ import annotations

from math import comb
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from scipy.integrate import quad
from scipy.optimize import minimize

from tms import theory
from tms.models import ReLUOutput


class RandomModels(NamedTuple):
    """Random ReLU output models with a random task for each.

    Attributes
    ----------
    W, b
        Weights and biases, normal.
    importance
        Importances, uniform between 0.1 and 2.
    density
        Densities, uniform between 0.01 and 1.
    """

    W: Float[np.ndarray, "model feature hidden"]
    b: Float[np.ndarray, "model feature"]
    importance: Float[np.ndarray, "model feature"]
    density: Float[np.ndarray, " model"]


def random_models(count: int, n: int, m: int) -> RandomModels:
    """Draw the same random models of n features in m dimensions at each call."""
    rng = np.random.default_rng(0)
    W, b = rng.normal(size=(count, n, m)), rng.normal(scale=0.3, size=(count, n))
    return RandomModels(W, b, rng.uniform(0.1, 2, size=(count, n)), rng.uniform(0.01, 1, size=count))


def terms_by_number_active(
    W: Float[np.ndarray, "*batch feature hidden"],
    b: Float[np.ndarray, "*batch feature"],
    importance: Float[np.ndarray, "*batch feature"],
    density: Float[np.ndarray, "*batch"] | float,
) -> Float[np.ndarray, "*batch number"]:
    """Terms C(n, k) p^k (1 - p)^(n - k) L_k of the expected loss, for k = 0 to n active features."""
    n = W.shape[-2]
    weight = [comb(n, k) * density**k * (1 - density) ** (n - k) for k in range(n + 1)]
    losses = [theory.loss_given_active(k, W, b, importance=importance) for k in range(n + 1)]
    return np.stack([w * loss for w, loss in zip(weight, losses, strict=True)], axis=-1)


def loss_of_zero_input(
    W: Float[np.ndarray, "model feature hidden"],
    b: Float[np.ndarray, "model feature"],
    importance: Float[np.ndarray, "model feature"],
) -> Float[np.ndarray, " model"]:
    """Loss of each ReLU output model on an input of zeros, by running `tms.models.ReLUOutput`."""
    model = ReLUOutput(torch.from_numpy(W))
    with torch.no_grad():
        model.b.copy_(torch.from_numpy(b))
        outputs = model(torch.zeros(len(W), 1, W.shape[-2], dtype=torch.float64))[:, 0].numpy()
    return np.asarray((importance * outputs**2).sum(-1))


def integrated_loss_given_one_active(
    W: Float[np.ndarray, "feature hidden"],
    b: Float[np.ndarray, " feature"],
    importance: Float[np.ndarray, " feature"],
) -> float:
    """L_1 of one ReLU output model, by numerical integration over the value of each active feature."""
    n = len(W)

    def error(x: float, active: int) -> float:
        out = np.maximum(W @ (W[active] * x) + b, 0)
        return float((importance * ((np.arange(n) == active) * x - out) ** 2).sum())

    gram = W @ W.T
    total = 0.0
    for active in range(n):
        kinks = [-b[i] / gram[i, active] for i in range(n) if gram[i, active] != 0]
        inside = sorted(x for x in kinks if 0 < x < 1)
        total += quad(error, 0, 1, args=(active,), points=inside or None, epsabs=1e-12, epsrel=1e-10)[0]
    return total / n


def descend_linear(
    start: Float[np.ndarray, "feature hidden"], importance: Float[np.ndarray, " feature"]
) -> tuple[Float[np.ndarray, "feature hidden"], float]:
    """Minimum of the linear model's loss that a descent reaches from a start: its W and its loss."""
    shape = start.shape

    def objective(flat: Float[np.ndarray, " weight"]) -> tuple[float, Float[np.ndarray, " weight"]]:
        W = flat.reshape(shape)
        terms = theory.linear_terms(W, importance=importance)
        return float(terms.loss), theory.linear_gradient(W, importance=importance).ravel()

    found = minimize(objective, start.ravel(), jac=True, method="BFGS", options={"gtol": 1e-8})
    return found.x.reshape(shape), float(found.fun)


def random_obtuse_triples(
    count: int,
) -> tuple[Float[np.ndarray, "model 3 2"], Float[np.ndarray, "model 3"]]:
    """Draw embeddings of three features in two dimensions, all at obtuse angles, and non-positive biases.

    Of `count` random embeddings those without a positive dot product are kept.
    """
    rng = np.random.default_rng(0)
    angles = np.sort(rng.uniform(0, 2 * np.pi, size=(count, 3)), axis=-1)
    unit = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    off_diagonal = (unit @ unit.mT)[:, *np.triu_indices(3, 1)]
    negative = unit[(off_diagonal < 0).all(-1)] * rng.uniform(
        0.5, 1.5, size=((off_diagonal < 0).all(-1).sum(), 3, 1)
    )
    return negative, -rng.uniform(0, 0.3, size=negative.shape[:-1])


def two_features_sharing_a_dimension(
    reach: float, step: float, least: float
) -> Float[np.ndarray, "model 2 1"]:
    """Grid of embeddings of two features in one dimension, both represented.

    Parameters
    ----------
    reach
        Largest |W_i| of the grid.
    step
        Distance of neighbouring points.
    least
        Size that each |W_i| exceeds.
    """
    side = np.linspace(-reach, reach, round(2 * reach / step) + 1)
    a, b = np.meshgrid(side, side)
    both = (np.abs(a) > least) & (np.abs(b) > least)
    return np.stack([a[both], b[both]], axis=-1)[..., None]
