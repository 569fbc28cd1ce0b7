"""Mistakes in what is measured on trained models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import torch
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from claims.harness.falsification.applying import instead_of
from claims.harness.falsification.control import Control, Kind
from tms.analysis import adversarial, clusters, geometry, jumps, neurons, polytopes, sets, sparse_autoencoder

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


def _signed_components(
    right: Measurement, W: Tensor, orthogonal: float = polytopes.ORTHOGONAL
) -> list[tuple[int, ...]]:
    """Join features of positive cosine alone."""
    del right
    there = geometry.represented(W)
    numbers = torch.nonzero(there)[:, 0].tolist()
    joined = (geometry.cosines(W[there]) > orthogonal).numpy()
    _, labels = connected_components(joined, directed=False)
    members: dict[int, list[int]] = {}
    for number, label in zip(numbers, labels.tolist(), strict=True):
        members.setdefault(label, []).append(number)
    return sorted(map(tuple, members.values()), key=lambda group: (-len(group), group))


def _first_of_its_size(right: Measurement, gram: np.ndarray) -> tuple[polytopes.Polytope | None, float]:
    """Name a component by its number of features alone."""
    del right
    fitting = [p for p in polytopes.known() if p.size == len(gram)]
    return (fitting[0], 0.0) if fitting else (None, 1.0)


def _without_spread(
    right: Measurement, values: np.ndarray, fraction: float, half: float = clusters.HALF_WIDTH
) -> float:
    """Count what is near a fraction, whatever a smooth spread would have there."""
    del right
    near = (np.abs(np.asarray(values) - fraction) < half).sum()
    return float((near + 1) / (near + 3))


def _by_nearest(
    right: Measurement, values: np.ndarray, fraction: float, half: float = clusters.HALF_WIDTH
) -> float:
    """Count every value for the fraction that it is nearest to."""
    fractions = np.array(list(clusters.FRACTIONS.values()))
    off = np.abs(np.asarray(values)[..., None] - fractions)
    result: float = right(fractions[off.argmin(-1)], fraction, half)
    return result


def _count_of_features(right: Measurement, W: Tensor) -> Tensor:
    """Divide m by the number of represented features."""
    del right
    return W.shape[-1] / geometry.represented(W).sum(-1).double()


def _median_of_features(right: Measurement, W: Tensor) -> Tensor:
    """Take the median D_i of the represented features."""
    del right
    D = geometry.dimensionality(W)
    return D.where(geometry.represented(W), torch.nan).nanmedian(-1).values


def _default_threshold(right: Measurement, W: Tensor, *threshold: float) -> Tensor:
    """Ask for no other weight than usually."""
    del threshold
    result: Tensor = right(W)
    return result


def _neurons_for_features(right: Measurement, W: Tensor, *threshold: float) -> Tensor:
    """Count the neurons of each feature instead of the features of each neuron."""
    result: Tensor = right(W.mT, *threshold)
    return result


def _unnormalised_alignment(right: Measurement, W: Tensor) -> Tensor:
    del right
    return (W.double() ** 4).sum(-1)


def _interleaved(right: Measurement, W: Tensor, groups: Sequence[Sequence[int]]) -> Tensor:
    """Take every so-manyth feature for a set, where sets are neighbours."""
    order = [i for group in groups for i in group]
    count = len(groups)
    result: Tensor = right(W, tuple(tuple(order[k::count]) for k in range(count)))
    return result


def _any_move(right: Measurement, steps: object, D: np.ndarray, **asked: float) -> list[jumps.Jump]:
    """Count every change of D_i as a jump, however slow and small."""
    del asked
    found: list[jumps.Jump] = right(steps, D, speed=0.001, move=0.01)
    return found


def _own_features(right: Measurement, W: Tensor) -> Tensor:
    """Attack each feature along itself."""
    del right
    return torch.eye(W.shape[-2], dtype=W.dtype).expand(*W.shape[:-2], -1, -1)


def _of_full_length(right: Measurement, W: Tensor) -> Tensor:
    """Leave attacks as long as the rows of the Gram matrix are."""
    del right
    return W @ W.mT


def _of_a_size_for_each_coordinate(right: Measurement, W: Tensor) -> Tensor:
    """Give an attack's root mean square over features the size that its norm should have."""
    result: Tensor = W.shape[-2] ** 0.5 * right(W)
    return result


def _untrained_dictionary(right: Measurement, *args: Any, **options: Any) -> Tensor:
    result: Tensor = right(*args, **(options | {"steps": 0}))
    return result


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
    Control(
        name="components-of-positive-cosines",
        mistake="Features with a negative cosine are not joined in the interference graph.",
        kind=Kind.MEASUREMENT,
        against="GEO-6 GEO-8 GEO-10 GEO-11",
        because="Touches whatever identifies polytopes.",
        apply=lambda: instead_of(polytopes.components, _signed_components),
    ),
    Control(
        name="polytopes-by-count",
        mistake="A component is named by its number of features, whatever its Gram matrix is.",
        kind=Kind.MEASUREMENT,
        against="GEO-6 GEO-8 GEO-10 GEO-11",
        because="Touches whatever identifies polytopes.",
        apply=lambda: instead_of(polytopes.nearest_polytope, _first_of_its_size),
    ),
    Control(
        name="clusters-without-spread",
        mistake="Clusters are counted without what a smooth spread would have in their place.",
        kind=Kind.MEASUREMENT,
        against="GEO-4",
        because="No other claim looks for clusters.",
        apply=lambda: instead_of(clusters.gathered, _without_spread),
    ),
    Control(
        name="clusters-of-the-nearest",
        mistake="Every D_i counts for the fraction that it is nearest to, however far away.",
        kind=Kind.MEASUREMENT,
        against="GEO-4",
        because="No other claim looks for clusters.",
        apply=lambda: instead_of(clusters.gathered, _by_nearest),
    ),
    Control(
        name="neurons-for-features",
        mistake="Neurons of a feature are counted instead of features of a neuron.",
        kind=Kind.MEASUREMENT,
        against="PRIV COMP-2 COMP-3",
        because="Touches whatever counts the features of a neuron.",
        apply=lambda: instead_of(neurons.features_per_neuron, _neurons_for_features),
    ),
    Control(
        name="one-weight-for-stored",
        mistake="Which weights count as stored is not asked for anew, but left as usual.",
        kind=Kind.MEASUREMENT,
        against="PRIV COMP-2 COMP-3",
        because="Touches whatever counts the features of a neuron.",
        apply=lambda: instead_of(neurons.serves, _default_threshold),
    ),
    Control(
        name="alignment-unnormalised",
        mistake="Alignment with neurons is not divided by the norm of the feature.",
        kind=Kind.MEASUREMENT,
        against="PRIV-1",
        because="No other claim measures it.",
        apply=lambda: instead_of(neurons.alignment, _unnormalised_alignment),
    ),
    Control(
        name="sets-interleaved",
        mistake="Features of different sets are taken for partners.",
        kind=Kind.MEASUREMENT,
        against="CORR",
        because="Touches angles between partners.",
        apply=lambda: instead_of(sets.set_cosines, _interleaved),
    ),
    Control(
        name="every-move-a-jump",
        mistake="Any change of D_i counts as a jump, however slow and small.",
        kind=Kind.MEASUREMENT,
        against="LEARN-1",
        because="No other claim looks for jumps.",
        apply=lambda: instead_of(jumps.find_jumps, _any_move),
    ),
    Control(
        name="attack-on-own-feature",
        mistake="An attack moves the attacked feature alone, not what the model confuses it with.",
        kind=Kind.MEASUREMENT,
        against="ADV-1 ADV-2",
        because="Touches every attack; training under attack is left out, as it would have to be repeated.",
        apply=lambda: instead_of(adversarial.attacks, _own_features),
    ),
    Control(
        name="attack-unnormalised",
        mistake="Attacks are not scaled to the norm that they should have.",
        kind=Kind.MEASUREMENT,
        against="ADV",
        because="Touches every attack, in training too.",
        apply=lambda: instead_of(adversarial.attacks, _of_full_length),
    ),
    Control(
        name="attack-by-root-mean-square",
        mistake="The size of an attack is its root mean square over the features, not its norm.",
        kind=Kind.MEASUREMENT,
        against="ADV",
        because="Touches every attack, in training too.",
        apply=lambda: instead_of(adversarial.attacks, _of_a_size_for_each_coordinate),
    ),
    Control(
        name="dictionary-untrained",
        mistake="The sparse autoencoder is not trained.",
        kind=Kind.MEASUREMENT,
        against="WIDE-3",
        because="No other claim has one.",
        apply=lambda: instead_of(sparse_autoencoder.learned_directions, _untrained_dictionary),
    ),
)
