"""Mistakes in measurements that one or two sections of the paper make: neurons, sets, jumps, attacks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from claims.harness.falsification.applying import instead_of
from claims.harness.falsification.control import Control, Kind
from tms.analysis import activations, adversarial, hand_built, jumps, neurons, sets, sparse_autoencoder
from tms.analysis.sparse_autoencoder import Dictionaries
from tms.experiment import Experiment

Measurement = Callable[..., Any]


def _every_weight(right: Measurement, W: Tensor, *threshold: float) -> Tensor:
    """Store whatever has a weight."""
    del threshold
    result: Tensor = right(W, 1e-6)
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


def _from_the_start(right: Measurement, steps: np.ndarray, D: np.ndarray) -> list[jumps.Change]:
    """Count how long a change takes from the start of training."""
    found: list[jumps.Change] = right(steps, D)
    return [dataclasses.replace(change, duration=float(steps[change.last])) for change in found]


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


def _from_the_largest(right: Measurement, *args: Any) -> Tensor:
    """Number the groups of activations from the largest."""
    result: Tensor = right(*args)
    return result.flip(-1)


def _for_each_feature(right: Measurement, experiment: Experiment, loss: np.ndarray) -> np.ndarray:
    """Count a dimension as active with one of its features, however many share it."""
    density = experiment.features.density[:, :1]
    active = 1 - (1 - density) ** experiment.n_features
    result: np.ndarray = right(experiment, loss) * active / density
    return result


CONTROLS: Final = (
    Control(
        name="neurons-for-features",
        mistake="Neurons of a feature are counted instead of features of a neuron.",
        kind=Kind.MEASUREMENT,
        against="PRIV COMP-2",
        because="Touches whatever counts the features of a neuron; COMP-3 would end in an error.",
        apply=lambda: instead_of(neurons.features_per_neuron, _neurons_for_features),
    ),
    Control(
        name="every-weight-stored",
        mistake="Whatever has a weight counts as stored, however small the weight is.",
        kind=Kind.MEASUREMENT,
        against="PRIV COMP-2 COMP-3",
        because="Touches whatever counts the features of a neuron.",
        apply=lambda: instead_of(neurons.serves, _every_weight),
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
        name="jumps-timed-from-the-start",
        mistake="How long a change of D_i takes is counted from the start of training.",
        kind=Kind.MEASUREMENT,
        against="LEARN-1",
        because="No other claim looks for jumps.",
        apply=lambda: instead_of(jumps.level_changes, _from_the_start),
    ),
    Control(
        name="activations-from-the-largest",
        mistake="Groups of activations by size are numbered from the largest, and read from the smallest.",
        kind=Kind.MEASUREMENT,
        against="COMP-6",
        because="No other claim sorts activations.",
        apply=lambda: instead_of(activations.led_by_primary, _from_the_largest),
    ),
    Control(
        name="activations-of-one-feature",
        mistake="A dimension counts as active as often as one of its features, however many share it.",
        kind=Kind.MEASUREMENT,
        against="WIDE-6",
        because="No other claim counts activations.",
        apply=lambda: instead_of(hand_built.saved_for_activation, _for_each_feature),
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
