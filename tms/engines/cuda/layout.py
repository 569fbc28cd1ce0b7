"""The layout of parameters and sets of features in the arrays that the CUDA kernels read."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from tms.engines.cuda.plan import ANTICORRELATED, CORRELATED, FREE, Plan
from tms.experiment import Experiment
from tms.features import FeatureDistribution


@dataclass(frozen=True)
class Place:
    """The place of a parameter in the array of its instance: offset, shape with padding, shape without."""

    offset: int
    padded: tuple[int, ...]
    shape: tuple[int, ...]


def layout(experiment: Experiment, plan: Plan, n: int) -> dict[str, Place]:
    """Lay out the parameters of an instance in one array.

    Parameters
    ----------
    experiment
        The experiment to train.
    plan
        Its plan, which sets the padding of the hidden dimensions.
    n
        Number of features, padding included.

    Returns
    -------
    dict
        Places by name. The hidden bias has a place even if the model has none.
    """
    features, hidden = experiment.n_features, experiment.n_hidden
    shapes = {"W": ((n, plan.hidden), (features, hidden))}
    if not plan.tied:
        shapes["W_out"] = shapes["W"]
    rows = {"b_hidden": ((plan.hidden,), (hidden,)), "b": ((n,), (features,))}
    places, offset = {}, 0
    for name, (padding, shape) in {**shapes, **rows}.items():
        places[name] = Place(offset, padding, shape)
        offset += math.prod(padding)
    return places


def views(flat: Float[Tensor, "instance size"], places: dict[str, Place]) -> dict[str, Tensor]:
    """View the parameters, or gradients, of a stack by name, without the padding."""
    out = {}
    for name, place in places.items():
        block = flat[:, place.offset : place.offset + math.prod(place.padded)]
        block = block.view(len(flat), *place.padded)
        out[name] = block[(slice(None), *map(slice, place.shape))]
    return out


def set_table(features: FeatureDistribution, n: int) -> NDArray[np.int32]:
    """Tabulate the sets of features for the kernels.

    Parameters
    ----------
    features
        The feature distribution.
    n
        Number of features, padding included.

    Returns
    -------
    ndarray
        Shape (4, n): for each feature the kind of its set, the column of the set's draw, the feature's
        position in the set, and the size of the set.
    """
    table = np.zeros((4, n), dtype=np.int32)
    table[0], table[3] = FREE, 1
    for column, group in enumerate(features.sets, start=features.n_features):
        kind = CORRELATED if group in features.correlated else ANTICORRELATED
        for place, i in enumerate(group):
            table[:, i] = kind, column, place, len(group)
    return table
