"""Mistakes in measurements that one or two sections of the paper make: neurons, sets, jumps, attacks."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from claims.harness.falsification.applying import instead_of
from claims.harness.falsification.control import Control, Kind
from tms.analysis import adversarial, jumps, neurons, sets, sparse_autoencoder
from tms.analysis.sparse_autoencoder import Dictionaries

Measurement = Callable[..., Any]


def _default_threshold(right: Measurement, W: Tensor, *threshold: float) -> Tensor:
    """Ignore the threshold that the caller asks for."""
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
    """Group every k-th feature into a set, instead of neighbours."""
    order = [i for group in groups for i in group]
    count = len(groups)
    result: Tensor = right(W, tuple(tuple(order[k::count]) for k in range(count)))
    return result


def _any_change(right: Measurement, steps: object, D: np.ndarray) -> list[jumps.Change]:
    """Count every change of D_i as a jump, however long it takes."""
    found: list[jumps.Change] = right(steps, D)
    return [dataclasses.replace(change, before=math.inf, after=math.inf) for change in found]


def _own_features(right: Measurement, W: Tensor) -> Tensor:
    """Attack each feature along itself."""
    del right
    return torch.eye(W.shape[-2], dtype=W.dtype).expand(*W.shape[:-2], -1, -1)


def _of_full_length(right: Measurement, W: Tensor) -> Tensor:
    """Keep the length of the rows of the Gram matrix."""
    del right
    return W @ W.mT


def _of_a_size_for_each_coordinate(right: Measurement, W: Tensor) -> Tensor:
    """Scale an attack by its root mean square over features instead of its norm."""
    result: Tensor = W.shape[-2] ** 0.5 * right(W)
    return result


def _untrained_dictionary(right: Measurement, *args: Any, **options: Any) -> Dictionaries:
    result: Dictionaries = right(*args, **(options | {"steps": 0}))
    return result


CONTROLS: Final = (
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
        mistake="Any change of D_i counts as a jump, however long it takes.",
        kind=Kind.MEASUREMENT,
        against="LEARN-1",
        because="No other claim looks for jumps.",
        apply=lambda: instead_of(jumps.level_changes, _any_change),
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
        against="WIDE-3 WIDE-7",
        because="No other claim has one.",
        apply=lambda: instead_of(sparse_autoencoder.learned_dictionaries, _untrained_dictionary),
    ),
)
