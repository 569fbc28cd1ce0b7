"""Interference that compounds: the loss of inputs with one active feature and with more.

Source: #demonstrating-math.
"""

from __future__ import annotations

from math import comb
from typing import Final

import numpy as np
from jaxtyping import Float

from tms import theory

INTERFERES: Final = 0.1
"""Two features interfere if |W_i . W_j| is at least this: a tenth of an antipodal pair's 1, and a third of
the 0.31 between neighbours of a pentagon."""

BIASES: Final = np.linspace(-1, 1, 81)
"""Biases among which `best_biases` chooses."""

_INPUTS: Final = 4096
_NEGLIGIBLE: Final = 1e-7


def with_random_directions(
    W: Float[np.ndarray, "feature hidden"], seed: int
) -> Float[np.ndarray, "feature hidden"]:
    """Keep every norm of an embedding, and turn every feature to a random direction.

    Parameters
    ----------
    W
        The embedding.
    seed
        Seed of the draw.
    """
    drawn = np.random.default_rng(seed).normal(size=W.shape)
    unit = drawn / np.linalg.norm(drawn, axis=-1, keepdims=True)
    return np.asarray(unit * np.linalg.norm(W, axis=-1, keepdims=True))


def alone_among_interfering(W: Float[np.ndarray, "feature hidden"], density: float) -> float:
    """Share of the interference with represented features that comes from one active feature alone.

    Parameters
    ----------
    W
        Embedding of features that share one density; those with a norm of 0.5 or less are left out.
    density
        1 - S.

    Returns
    -------
    float
        Probability that exactly one of the features that interfere with a feature is active, divided by the
        probability that at least one is; the mean over features with which any interferes, and nan if there
        are none.
    """
    kept = W[np.linalg.norm(W, axis=-1) > 0.5]
    gram = kept @ kept.T
    others = ((np.abs(gram) >= INTERFERES) & ~np.eye(len(kept), dtype=bool)).sum(-1)
    others = others[others > 0]
    if not len(others):
        return float("nan")
    one = others * density * (1 - density) ** (others - 1)
    return float((one / (1 - (1 - density) ** others)).mean())


def best_biases(
    W: Float[np.ndarray, "feature hidden"], *, density: float, seed: int
) -> Float[np.ndarray, " feature"]:
    """Biases of `BIASES` with which a ReLU output model with these embeddings has the lowest loss.

    Every output has its own bias, so that each is found alone, whatever the importances are.

    Parameters
    ----------
    W
        The embedding.
    density
        1 - S of all features.
    seed
        Seed of the inputs on which the losses are compared.
    """
    n = len(W)
    rng = np.random.default_rng(seed)
    x = rng.random((_INPUTS, n)) * (rng.random((_INPUTS, n)) < density)
    without = x @ (W @ W.T)
    losses = [((np.maximum(without + bias, 0) - x) ** 2).mean(0) for bias in BIASES]
    return np.asarray(BIASES[np.argmin(losses, axis=0)])


def sampled_terms_by_number_active(
    W: Float[np.ndarray, "feature hidden"],
    b: Float[np.ndarray, " feature"],
    *,
    importance: Float[np.ndarray, " feature"],
    density: float,
    seed: int,
) -> Float[np.ndarray, " number"]:
    """Terms C(n, k) p^k (1 - p)^(n - k) L_k of the expected loss, for k = 0 to n active features.

    `tms.analysis.loss_terms.terms_by_number_active` is exact, for up to three features.

    Parameters
    ----------
    W, b
        A ReLU output model.
    importance
        Importances of its features.
    density
        1 - S of all features.
    seed
        Seed of the inputs.

    Returns
    -------
    ndarray
        Shape (n + 1,). L_0 and L_1 are exact; L_k for more active features is a mean over 4,096 inputs, and
        is left out where fewer than one input in ten million has k active features.
    """
    n = len(W)
    terms = [comb(n, k) * density**k * (1 - density) ** (n - k) for k in range(n + 1)]
    terms[0] *= float(theory.loss_given_none_active(b, importance=importance))
    terms[1] *= float(theory.loss_given_one_active(W, b, importance=importance).loss)
    for k in range(2, n + 1):
        terms[k] *= _loss_given_active(k, W, b, importance, seed) if terms[k] > _NEGLIGIBLE else 0.0
    return np.array(terms)


def _loss_given_active(
    k: int,
    W: Float[np.ndarray, "feature hidden"],
    b: Float[np.ndarray, " feature"],
    importance: Float[np.ndarray, " feature"],
    seed: int,
) -> float:
    rng = np.random.default_rng([seed, k])
    rank = rng.random((_INPUTS, len(W))).argsort(-1)
    x = np.where(rank < k, rng.random(rank.shape), 0.0)
    outputs = np.maximum(x @ (W @ W.T) + b, 0)
    return float((importance * (x - outputs) ** 2).sum(-1).mean())
