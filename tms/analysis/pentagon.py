"""Five features in two dimensions: which geometry they have, and where one takes over from another.

Source: #geometry-perturb.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Shaped
from scipy import optimize
from torch import Tensor

from tms import theory
from tms.analysis import geometry
from tms.analysis.crossing import lowest_of_kind
from tms.analysis.nothing_to_measure import require
from tms.experiment import Experiment
from tms.features import FeatureDistribution
from tms.training import Trained

WEDGED: Final = 45.0
"""Angle in degrees between neighbours where a fifth feature halves the right angle of a square."""

SQUARE: Final = 90.0
"""Angle in degrees between neighbours of a square."""

VARIED: Final = 0
"""The feature that becomes denser or sparser than the other four."""

NORMS: Final[dict[str, Callable[[Tensor], Tensor]]] = {
    "1 / (1 - b)": lambda b: 1 / (1 - b),
    "1 / (1 + b), b being subtracted": lambda b: 1 / (1 + b),
    "sqrt(1 / (1 - b))": lambda b: (1 / (1 - b)) ** 0.5,
    "sqrt(1 / (1 + b)), b being subtracted": lambda b: (1 / (1 + b)) ** 0.5,
    "sqrt(1 - b), at which x = 1 comes out as 1": lambda b: (1 - b) ** 0.5,
}
"""Readings of ||W_i|| = 1/(1-b_i), as functions of the bias b that the model adds: the paper's own first,
then other signs and squares, and last the norm at which a feature that is active alone comes out as it is."""

_ANGLES: Final = np.deg2rad(72 * np.arange(5))
# Weights and biases near the minimum of either geometry, from which a descent reaches it.
_PENTAGON: Final = (1.14 * np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1), np.full(5, -0.25))
_DIGONS: Final = (np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1.0]]), np.zeros(5))
# Embeddings of the represented features of the other geometries, the most important feature first.
_REPRESENTED: Final = (
    np.array([[1.0, 0], [0, 1], [-1, 0], [0, -1]]),
    np.array([[1.0, 0], [0, 1], [0, -1]]),
    np.array([[1.0, 0], [0, 1]]),
)


def lowest_loss(experiment: Experiment) -> Float[np.ndarray, " point"]:
    """Lowest expected loss at every point that a descent reaches from any of four geometries.

    They are a pentagon, two digons, a dedicated feature beside a digon, and two dedicated features, where the
    features of the largest importance and density are represented. At the points of the paper, descents from
    random starts find nothing that is lower by more than 0.2%.

    Parameters
    ----------
    experiment
        ReLU output models of five independent features in two dimensions.
    """
    quadrature = theory.Quadrature(experiment.features)
    losses = []
    for p, importance in zip(experiment.features.density, experiment.importance, strict=True):
        order = np.argsort(-p * importance, kind="stable")
        starts = [_start(embedded, order, p) for embedded in _REPRESENTED]
        descents = [
            quadrature.descend(*start, density=p, importance=importance) for start in (_PENTAGON, *starts)
        ]
        losses.append(min(found.loss for found in descents))
    return np.array(losses)


def _start(
    embedded: Float[np.ndarray, "represented 2"],
    order: Int[np.ndarray, " 5"],
    density: Float[np.ndarray, " 5"],
) -> tuple[Float[np.ndarray, "5 2"], Float[np.ndarray, " 5"]]:
    """Represent the first features of an order; the others are at zero, with their means as biases."""
    W, b = np.zeros((5, 2)), density / 2
    W[order[: len(embedded)]] = embedded
    b[order[: len(embedded)]] = 0.0
    return W, b


def is_pentagon(W: Float[Tensor, "*batch 5 2"]) -> Bool[Tensor, "*batch"]:
    """Whether all five features are represented and are the corners of a pentagon, regular or not.

    Every angle between neighbours lies between `WEDGED` and `SQUARE`, with the 72 degrees of the regular
    pentagon in the middle. A square with a fifth feature has angles at both ends, and five corners of a
    hexagon have one of 120 degrees.
    """
    gaps = geometry.angular_gaps(W)
    between = (gaps > WEDGED) & (gaps < SQUARE)
    return geometry.represented(W).all(-1) & between.all(-1)


def is_two_digons(W: Float[Tensor, "*batch 5 2"], absent: int | None = None) -> Bool[Tensor, "*batch"]:
    """Whether four features are two antipodal pairs at right angles and the fifth is not represented.

    Every angle between neighbours of the four is within 18 degrees of 90, nearer than a pentagon's 72.

    Parameters
    ----------
    W
        Embeddings.
    absent
        The feature that must not be represented; any one of the five if None.
    """
    there = geometry.represented(W)
    kept = geometry.norms(W).topk(4, dim=-1).indices
    gaps = geometry.angular_gaps(W.take_along_dim(kept[..., None], dim=-2))
    square = (there.sum(-1) == 4) & ((gaps - SQUARE).abs() < 18).all(-1)
    return square if absent is None else square & ~there[..., absent]


def neighbour_angle(W: Float[Tensor, "*batch feature 2"], feature: int = 0) -> Float[Tensor, "*batch"]:
    """Mean of the angles between a feature and its two neighbours, in degrees; 72 in a regular pentagon."""
    W = W.double()
    angles = torch.rad2deg(torch.atan2(W[..., 1], W[..., 0]))
    others = [i for i in range(W.shape[-2]) if i != feature]
    ahead = (angles[..., others] - angles[..., feature, None]) % 360
    return (ahead.amin(-1) + 360 - ahead.amax(-1)) / 2


def kinds(W: Float[Tensor, "*batch 5 2"]) -> Shaped[np.ndarray, "*batch"]:
    """Name of each solution's geometry; `VARIED` is the feature whose density is varied."""
    names = np.full(W.shape[:-2], "other", dtype=object)
    names[is_two_digons(W).numpy()] = "two digons, another at zero"
    names[is_two_digons(W, absent=VARIED).numpy()] = "two digons, varied feature at zero"
    names[is_pentagon(W).numpy()] = "pentagon"
    return names.astype(str)


def lowest_by_kind(
    W: Float[Tensor, "point seed trial 5 2"], loss: Float[Tensor, "point seed trial"]
) -> tuple[Float[Tensor, "point seed"], Float[Tensor, "point seed"]]:
    """Lowest loss of each seed's two digons with the varied feature at zero, and of its pentagons."""
    return lowest_of_kind(loss, is_two_digons(W, absent=VARIED)), lowest_of_kind(loss, is_pentagon(W))


def curves_by_kind(
    x: Float[np.ndarray, " point"], loss: Float[Tensor, "point run"], names: Shaped[np.ndarray, "point run"]
) -> dict[str, tuple[Float[np.ndarray, " place"], Float[np.ndarray, " place"]]]:
    """Lowest loss along a sweep of each geometry but "other".

    Parameters
    ----------
    x
        Positions of the points.
    loss
        Loss of each run.
    names
        Name of each run's geometry, as `kinds` gives it.

    Returns
    -------
    dict
        By name, the positions at which a run has this geometry and the lowest loss of such runs.
    """
    curves = {}
    for name in set(names.ravel().tolist()) - {"other"}:
        lowest = lowest_of_kind(loss, torch.from_numpy(names == name)).numpy()
        there = np.isfinite(lowest)
        curves[name] = x[there], lowest[there]
    return curves


def exact_critical_density(features: FeatureDistribution, density: float, low: float, high: float) -> float:
    """Relative density of the varied feature at which a pentagon and two digons have equal loss.

    The losses are those of the exact minima that a descent reaches from either geometry.

    Parameters
    ----------
    features
        The distribution of five features.
    density
        Density of the other four.
    low, high
        Relative densities between which to search: two digons are lower at the one, a pentagon at the other.
    """

    def lead(log_relative: float) -> float:
        densities = np.full(5, density)
        densities[VARIED] *= np.exp(log_relative)
        digons, pentagon = (
            quadrature.descend(*start, density=densities).loss for start in (_DIGONS, _PENTAGON)
        )
        return float(np.log(digons / pentagon))

    quadrature = theory.Quadrature(features)
    return float(np.exp(optimize.brentq(lead, np.log(low), np.log(high), xtol=1e-3)))


def norm_departure(
    W: Float[Tensor, "point seed feature hidden"],
    b: Float[Tensor, "point seed feature"],
    norm: Callable[[Tensor], Tensor],
) -> Float[Tensor, " seed"]:
    """Mean relative distance of the norms from a function of the biases.

    Parameters
    ----------
    W, b
        Weights and biases.
    norm
        What the norm should be, as a function of the bias that the model adds.
    """
    return (geometry.norms(W) / norm(b.double()) - 1).abs().mean((0, -1))


def departure_among_pentagons(trained: Trained, norm: Callable[[Tensor], Tensor]) -> Float[Tensor, " seed"]:
    """Mean relative distance of the norms from a function of the biases, where all seeds have a pentagon.

    Parameters
    ----------
    trained
        Models of five features in two dimensions.
    norm
        One of `NORMS`, or another function of the bias that the model adds.

    Raises
    ------
    NothingToMeasure
        If at no point all seeds have a pentagon.
    """
    around = is_pentagon(trained.W).all(1)
    require(bool(around.any()), "there is no point at which all seeds have a pentagon")
    return norm_departure(trained.W[around], trained.b[around], norm)
