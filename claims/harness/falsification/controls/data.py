"""Mistakes in data: which features are active, which are active together, and with what values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from claims.harness.falsification.applying import sampled_as, trained_as
from claims.harness.falsification.control import Control, Kind
from tms.experiment import Experiment

BY_REFERENCE: Final = (
    "Touches all data, but only the reference engine draws them in Python; left out are experiments that "
    "take it minutes."
)


def with_features(experiment: Experiment, **changes: Any) -> Experiment:
    """Change the feature distribution of an experiment."""
    return replace(experiment, features=replace(experiment.features, **changes))


def in_one_set(experiment: Experiment) -> Experiment:
    """Correlate all features if they are independent and have one density."""
    features = experiment.features
    if features.sets or np.ptp(features.density, axis=1).any():
        return experiment
    return with_features(experiment, correlated=(tuple(range(experiment.n_features)),))


def without_sets(experiment: Experiment) -> Experiment:
    """Make all features independent, with the density that each has in its set."""
    density = experiment.features.density.copy()
    for group in experiment.features.anticorrelated:
        density[:, group] /= len(group)
    return with_features(experiment, density=density, correlated=(), anticorrelated=())


def with_sets_exchanged(experiment: Experiment) -> Experiment:
    """Exchange correlated and anticorrelated sets."""
    features = experiment.features
    return with_features(experiment, correlated=features.anticorrelated, anticorrelated=features.correlated)


def of_first_density(experiment: Experiment) -> Experiment:
    """Give every point of a sweep the densities of the first."""
    density = experiment.features.density
    return with_features(experiment, density=np.broadcast_to(density[:1], density.shape).copy())


def constant(x: Tensor) -> Tensor:
    """Set the size of every active value to 1."""
    return x.sign()


def gaussian(x: Tensor) -> Tensor:
    """Map active values from the uniform distribution on [0, 1] to the standard normal one."""
    size = x.abs().clamp(1e-6, 1 - 1e-6)
    return torch.where(x != 0, x.sign() * torch.special.ndtri(size), 0.0).to(x.dtype)


CONTROLS: Final = (
    Control(
        name="density-for-sparsity",
        mistake="Density and sparsity are exchanged: features are active with probability S.",
        kind=Kind.DATA,
        against="INTRO DEMO-1 DEMO-2 MATH-3 PHASE-3 PHASE-4 PHASE-7 NONU CORR LEARN-2 LEARN-3 LEARN-4 ADV-1 "
        "ADV-2 PRIV-5 COMP-1 COMP-5 WIDE",
        because="Touches all data; dense data are slow, so that the largest models are left out.",
        apply=lambda: trained_as(lambda e: with_features(e, density=1 - e.features.density)),
    ),
    Control(
        name="one-density",
        mistake="All points of a sweep are trained at the density of its first point.",
        kind=Kind.DATA,
        against="INTRO DEMO-2 DEMO-4 DEMO-5 DEMO-6 DEMO-7 DEMO-8 PHASE-1 PHASE-7 NONU CORR-5 CORR-6 ADV-1 "
        "ADV-2 PRIV-5 COMP-5 WIDE-2",
        because="Touches sweeps of the density; those that would take longest are left out.",
        apply=lambda: trained_as(of_first_density),
    ),
    Control(
        name="features-correlated",
        mistake="All features are active together, where they should be independent.",
        kind=Kind.DATA,
        against="INTRO DEMO MATH-3 PHASE-3 PHASE-4 PHASE-7 LEARN-1 ADV-1 ADV-2 PRIV-5 COMP-1 COMP-5 WIDE",
        because="Touches independent features; the largest models are left out for time.",
        apply=lambda: trained_as(in_one_set),
    ),
    Control(
        name="sets-independent",
        mistake="The features of correlated and anticorrelated sets are independent.",
        kind=Kind.DATA,
        against="CORR LEARN-2 LEARN-3 LEARN-4",
        because="Touches the experiments that have sets, and no others.",
        apply=lambda: trained_as(without_sets),
    ),
    Control(
        name="sets-exchanged",
        mistake="Correlated sets are drawn as anticorrelated ones, and the reverse.",
        kind=Kind.DATA,
        against="CORR LEARN-2 LEARN-3 LEARN-4",
        because="Touches the experiments that have sets, and no others.",
        apply=lambda: trained_as(with_sets_exchanged),
    ),
    Control(
        name="values-constant",
        mistake="Active features have the value 1 instead of one uniform on [0, 1].",
        kind=Kind.DATA,
        against="PHASE-3 GEO-8::test_simplices_alone_where_features_are_sparse CORR-1 CORR-2 "
        "CORR-3 LEARN-2 PRIV-5 COMP-1 WIDE-3",
        because=BY_REFERENCE,
        apply=lambda: sampled_as(constant),
    ),
    Control(
        name="values-gaussian",
        mistake="Active features have standard normal values instead of uniform ones.",
        kind=Kind.DATA,
        against="PHASE-3 CORR-1 CORR-2 CORR-3 LEARN-2 PRIV-5 COMP-1 WIDE-3",
        because=BY_REFERENCE,
        apply=lambda: sampled_as(gaussian),
    ),
    Control(
        name="values-signed",
        mistake="Values carry a random sign where they should lie in [0, 1].",
        kind=Kind.DATA,
        against="INTRO DEMO MATH-3 PHASE-3 PHASE-4 NONU CORR LEARN-2 LEARN-3 PRIV-5 WIDE-1",
        because="Touches all data but those of |x|; the largest models are left out for time.",
        apply=lambda: trained_as(lambda e: with_features(e, signed=True)),
    ),
    Control(
        name="values-unsigned",
        mistake="Values lie in [0, 1] where they should be signed.",
        kind=Kind.DATA,
        against="COMP",
        because="Only the models of |x| have signed inputs.",
        apply=lambda: trained_as(lambda e: with_features(e, signed=False)),
    ),
    Control(
        name="target-without-absolute",
        mistake="Models that should compute |x| are trained to return x.",
        kind=Kind.DATA,
        against="COMP",
        because="Only this section has such targets.",
        apply=lambda: trained_as(lambda e: replace(e, target="identity")),
    ),
)
