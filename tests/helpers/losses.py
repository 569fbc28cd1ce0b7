"""Losses of a small sweep, as a baseline stores them, and changes of them."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import numpy as np

from claims.harness.baselines.baseline import Baseline, LossEntry
from claims.harness.baselines.losses import Losses
from claims.harness.baselines.twins import twins_of
from tests.helpers.small import small
from tms.experiment import Experiment
from tms.training import train

ALPHA = 1e-7
"""About the level of one comparison among 600."""


def sweep(**changes: Any) -> Experiment:
    """Describe a small sweep over the density."""
    settings = {"density": np.geomspace(0.05, 1, 6)[:, None], "seeds": 8, "steps": 400, "batch_size": 128}
    return small(**{**settings, "learning_rate": 0.02, **changes})


@cache
def stored() -> Losses:
    """Losses of the sweep as a baseline stores them, with twins."""
    trained = train(sweep(), engine="fused")
    return Losses.of(trained).with_twins(train(twin, engine="fused") for twin in twins_of(sweep()))


def changed(**changes: Any) -> Losses:
    """Losses of the sweep with other settings."""
    return Losses.of(train(dataclasses.replace(sweep(), **changes), engine="fused"))


def shifted(losses: Losses, factor: float, points: slice = slice(None)) -> Losses:
    """Multiply losses by a factor, at all points or at some."""
    values = np.array(losses.values)
    values[points] *= factor
    return dataclasses.replace(losses, values=tuple(map(tuple, values.tolist())))


def baseline_of(losses: Losses) -> Baseline:
    """Make a baseline that stores the losses of one experiment, "small"."""
    return Baseline(device="cpu", profile="quick", losses={"small": LossEntry({"torch": "2.6"}, losses)})
