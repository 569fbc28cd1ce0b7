"""Mistakes in measurements of embeddings: norms, cosines, interference, dimensionality."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor

from claims.harness.falsification.applying import instead_of
from claims.harness.falsification.control import Control, Kind
from tms.analysis import geometry, superposition

Measurement = Callable[..., Any]


def _unnormalised_dimensionality(right: Measurement, W: Tensor) -> Tensor:
    del right
    W = W.double()
    squared = (W**2).sum(-1)
    shared = ((W @ W.mT) ** 2).sum(-1)
    return torch.where(shared > 0, squared / shared.clamp(min=torch.finfo(torch.float64).tiny), 0.0)


def _transposed(right: Measurement, W: Tensor) -> Tensor:
    result: Tensor = right(W.mT)
    return result


def _squared(right: Measurement, W: Tensor) -> Tensor:
    result: Tensor = right(W) ** 2
    return result


def _absolute(right: Measurement, W: Tensor) -> Tensor:
    result: Tensor = right(W).abs()
    return result


def _dot_products(right: Measurement, W: Tensor) -> Tensor:
    del right
    return W.double() @ W.double().mT


def _with_itself(right: Measurement, W: Tensor) -> Tensor:
    result: Tensor = right(W) + (W.double() ** 2).sum(-1)
    return result


def _every_one(right: Measurement, W: Tensor, threshold: float = 0.0) -> Tensor:
    result: Tensor = right(W, min(threshold, 0.01))
    return result


def _without_inverse(right: Measurement, W: Tensor) -> Tensor:
    del right
    return (W.double() ** 2).sum(-1)


def _unsorted(right: Measurement, W: Tensor) -> Tensor:
    del right
    angles = torch.rad2deg(torch.atan2(W.double()[..., 1], W.double()[..., 0]))
    return (torch.cat([angles[..., 1:], angles[..., :1]], dim=-1) - angles) % 360


def _count_of_features(right: Measurement, W: Tensor) -> Tensor:
    """Divide m by the number of represented features."""
    del right
    return W.shape[-1] / geometry.represented(W).sum(-1).double()


def _median_of_features(right: Measurement, W: Tensor) -> Tensor:
    """Take the median D_i of the represented features."""
    del right
    D = geometry.dimensionality(W)
    return D.where(geometry.represented(W), torch.nan).nanmedian(-1).values


CONTROLS: Final = (
    Control(
        name="dimensionality-unnormalised",
        mistake="D_i divides by sum_j (W_i . W_j)^2, with the unnormalised dot product.",
        kind=Kind.MEASUREMENT,
        against="GEO LEARN-1 ADV-3 WIDE-1",
        because="Touches whatever measures D_i.",
        apply=lambda: instead_of(geometry.dimensionality, _unnormalised_dimensionality),
    ),
    Control(
        name="dimensionality-transposed",
        mistake="D_i is measured on W transposed: a dimensionality for each hidden dimension.",
        kind=Kind.MEASUREMENT,
        against="GEO LEARN-1 ADV-3 WIDE-1",
        because="Touches whatever measures D_i.",
        apply=lambda: instead_of(geometry.dimensionality, _transposed),
    ),
    Control(
        name="norms-squared",
        mistake="The norm of an embedding is returned without its square root.",
        kind=Kind.MEASUREMENT,
        against="INTRO DEMO PHASE-1 PHASE-2 PHASE-4 GEO NONU CORR LEARN PRIV",
        because="Touches norms and which features count as represented.",
        apply=lambda: instead_of(geometry.norms, _squared),
    ),
    Control(
        name="cosines-without-sign",
        mistake="The sign of cosines is lost, so that antipodal and parallel look alike.",
        kind=Kind.MEASUREMENT,
        against="INTRO DEMO-6 GEO NONU-3 CORR LEARN",
        because="Touches whatever measures cosines.",
        apply=lambda: instead_of(geometry.cosines, _absolute),
    ),
    Control(
        name="cosines-unnormalised",
        mistake="Dot products are taken for cosines.",
        kind=Kind.MEASUREMENT,
        against="INTRO DEMO-6 GEO NONU-3 CORR LEARN",
        because="Touches whatever measures cosines.",
        apply=lambda: instead_of(geometry.cosines, _dot_products),
    ),
    Control(
        name="interference-with-itself",
        mistake="The interference of a feature counts the feature itself.",
        kind=Kind.MEASUREMENT,
        against="DEMO-1 DEMO-5 DEMO-6 DEMO-8 PHASE-1 PHASE-2 PHASE-4 PHASE-7",
        because="Touches whatever measures interference.",
        apply=lambda: instead_of(geometry.interference, _with_itself),
    ),
    Control(
        name="positive-share-of-interference",
        mistake="The positive share of the interference is taken for the negative one.",
        kind=Kind.MEASUREMENT,
        against="DEMO-8",
        because="No other claim measures this share.",
        apply=lambda: instead_of(superposition.negative_share, lambda right, W: 1 - right(W)),
    ),
    Control(
        name="features-counted",
        mistake="Dimensions per feature are m over the number of features, not over their squared norms.",
        kind=Kind.MEASUREMENT,
        against="GEO-1 GEO-2 GEO-7 ADV-1 ADV-2",
        because="Touches whatever measures dimensions per feature.",
        apply=lambda: instead_of(geometry.dimensions_per_feature, _count_of_features),
    ),
    Control(
        name="median-of-features",
        mistake="Dimensions per feature are the median D_i of the represented features.",
        kind=Kind.MEASUREMENT,
        against="GEO-1 GEO-2 GEO-7",
        because="Touches whatever measures dimensions per feature; attacks have them on an axis alone.",
        apply=lambda: instead_of(geometry.dimensions_per_feature, _median_of_features),
    ),
    Control(
        name="every-feature-represented",
        mistake="Whatever has an embedding of any length counts as represented.",
        kind=Kind.MEASUREMENT,
        against="DEMO PHASE-1 PHASE-2 GEO-3 GEO-6 GEO-10 CORR-1 ADV-3 PRIV-1 WIDE",
        because="Touches whatever counts represented features.",
        apply=lambda: instead_of(geometry.represented, _every_one),
    ),
    Control(
        name="leverage-without-inverse",
        mistake="Leverage scores leave out the inverse of the Gram matrix.",
        kind=Kind.MEASUREMENT,
        against="GEO-9",
        because="No other claim measures leverage.",
        apply=lambda: instead_of(geometry.leverage, _without_inverse),
    ),
    Control(
        name="angles-unsorted",
        mistake="Angles between neighbours are taken in the order of the features, not around the circle.",
        kind=Kind.MEASUREMENT,
        against="INTRO-3 NONU CORR-3",
        because="Touches embeddings in two dimensions of which the claim is about angles.",
        apply=lambda: instead_of(geometry.angular_gaps, _unsorted),
    ),
)
