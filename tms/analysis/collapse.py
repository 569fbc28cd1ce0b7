"""Three correlated pairs in two dimensions: the minima in which none, one, two or all pairs have collapsed.

Source: #geometry-collapsing.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from jaxtyping import Float

from tms import theory
from tms.experiment import Experiment

PAIRS: Final = 3
"""Number of pairs; features 2k and 2k + 1 are partners."""


def start(collapsed: int) -> Float[np.ndarray, "6 2"]:
    """Embedding with some pairs collapsed, near a minimum from which a descent reaches it.

    A pair that has not collapsed takes two neighbouring corners of a regular polygon, and a collapsed one a
    single corner, at 1 / sqrt 2 for each of its features.

    Parameters
    ----------
    collapsed
        Number of collapsed pairs, 0 to 3.
    """
    corners = 2 * PAIRS - collapsed
    angles, lengths, corner = [], [], 0
    for pair in range(PAIRS):
        whole = pair < collapsed
        angles += [corner, corner if whole else corner + 1]
        lengths += [0.5**0.5 if whole else 1.0] * 2
        corner += 1 if whole else 2
    turn = 2 * np.pi * np.array(angles) / corners
    return np.asarray(np.array(lengths)[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1))


def principal(dropped: int = 2) -> Float[np.ndarray, "6 2"]:
    """Embedding in which one pair is left out and the other two are collapsed, at right angles."""
    W = np.zeros((2 * PAIRS, 2))
    for axis, pair in enumerate(pair for pair in range(PAIRS) if pair != dropped):
        W[[2 * pair, 2 * pair + 1], axis] = 0.5**0.5
    return W


def lowest_loss(experiment: Experiment) -> Float[np.ndarray, " point"]:
    """Lowest expected loss at every point that a descent reaches from any number of collapsed pairs.

    Parameters
    ----------
    experiment
        ReLU output models of three correlated pairs in two dimensions, at any densities.
    """
    quadrature = theory.Quadrature(experiment.features)
    sparse, dense = [start(k) for k in range(PAIRS + 1)], [start(PAIRS), principal()]
    losses = []
    for p, importance in zip(experiment.features.density, experiment.importance, strict=True):
        starts = [*((W, np.full(2 * PAIRS, -0.1)) for W in sparse), *((W, p / 4) for W in dense)]
        descents = (quadrature.descend(*each, density=p, importance=importance) for each in starts)
        losses.append(min(found.loss for found in descents))
    return np.array(losses)
