"""sweep(name, ...) -> Experiment: the way to write an experiment down."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tms.arguments import shown
from tms.experiment._experiment import Experiment
from tms.experiment._rules import COUNT
from tms.features import FeatureDistribution, InvalidExperiment, as_numbers, as_sets, broadcast


def sweep(
    name: str,
    *,
    n_features: int,
    n_hidden: int,
    architecture: str,
    density: ArrayLike,
    importance: ArrayLike = 1.0,
    coordinates: Mapping[str, ArrayLike] | None = None,
    correlated: ArrayLike | tuple[tuple[int, ...], ...] = (),
    anticorrelated: ArrayLike | tuple[tuple[int, ...], ...] = (),
    signed: bool = False,
    **settings: Any,
) -> Experiment:
    """Build an Experiment from numbers and broadcastable arrays.

    Parameters
    ----------
    name, n_features, n_hidden, architecture
        As in `Experiment`.
    density, importance
        1 - S and I_i: a number, or an array of shape (point, feature) in which either axis may be 1.
    coordinates
        The coordinates of the points, by name, shape (point,); by default the density of the first feature.
    correlated, anticorrelated, signed
        As in `tms.features.FeatureDistribution`.
    **settings
        All other fields of `Experiment`.

    Raises
    ------
    InvalidExperiment
        If any value is not valid; the message is one sentence.
    """
    fields = [entry.name for entry in dataclasses.fields(Experiment)]
    if unknown := [setting for setting in settings if setting not in fields]:
        nearest = difflib.get_close_matches(unknown[0], fields, n=1, cutoff=0)
        raise InvalidExperiment(f"{name}: there is no setting {unknown[0]!r}; the nearest is {nearest[0]}.")
    for which, count in (("n_features", n_features), ("n_hidden", n_hidden)):
        COUNT.check(name, which, count)
    density, importance = as_numbers(density, "density"), as_numbers(importance, "importance")
    points = max(np.shape(values)[0] if np.ndim(values) == 2 else 1 for values in (density, importance))
    spread = broadcast(density, points, n_features, "density")
    named = {"density": spread[:, 0]} if coordinates is None else coordinates
    if not isinstance(named, Mapping):
        raise InvalidExperiment(f"{name}: coordinates = {shown(named)}; it must map names to arrays.")
    return Experiment(
        name=name,
        n_features=n_features,
        n_hidden=n_hidden,
        architecture=architecture,
        features=FeatureDistribution(
            density=spread,
            correlated=as_sets(correlated),  # type: ignore[arg-type]
            anticorrelated=as_sets(anticorrelated),  # type: ignore[arg-type]
            signed=signed,
        ),
        importance=broadcast(importance, points, n_features, "importance"),
        coordinates={key: as_numbers(values, f"coordinate {key!r}") for key, values in named.items()},
        **settings,
    )
