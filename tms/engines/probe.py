"""A small part of an experiment, and inputs for it, on which a module and an engine are compared."""

from __future__ import annotations

import dataclasses
import math
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from tms.experiment import Experiment
from tms.features import sample

STEPS: Final = 3
"""Steps of the comparison of whole trainings; from the second on they show how moments decay."""
_NUMBERS: Final = 2**16
"""Inputs x features x points that a comparison is to stay below."""
_FEWEST, _MOST = 32, 4096
"""Limits on the inputs of a batch."""
_ACTIVE: Final = 16
"""Active features that a batch is to have at every point."""
_DENSE: Final = 0.5
"""Least density of inputs on which outputs alone are compared."""


def part_of(experiment: Experiment) -> Experiment:
    """Describe a small part of an experiment: the first trial of its points, and a few steps.

    Sampling, initial weights and learning rates keep their form. All points are kept unless they are so many
    that the comparison would take long.
    """
    density = experiment.features.density.sum(1)
    sparsest = density[density > 0].min() if (density > 0).any() else 1.0
    wanted = int(np.clip(math.ceil(_ACTIVE / sparsest), _FEWEST, _MOST))
    most_points = max(1, _NUMBERS // (_FEWEST * experiment.n_features))
    points = np.unique(
        np.linspace(0, experiment.n_points - 1, min(experiment.n_points, most_points)).astype(int)
    )
    fitting = _NUMBERS // (len(points) * experiment.n_features)
    rows = max(_FEWEST, min(wanted, fitting))
    return dataclasses.replace(
        experiment.at(points),
        seeds=1,
        best_of=1,
        steps=STEPS,
        batch_size=rows,
        held_out=rows,
        checkpoints=tuple(range(STEPS + 1)),
    )


def inputs(part: Experiment, device: str) -> Float[Tensor, "instance batch feature"]:
    """Draw inputs of a part of an experiment, denser than its own where these are sparse.

    Inputs that training draws seldom follow: without active features, with all, and with one alone.
    """
    own = part.instances
    denser = np.maximum(own.density, _DENSE)
    drawn = sample(part.features, denser, own.keys, 0, _FEWEST, device)
    instances, n = len(drawn), part.n_features
    alone = torch.arange(instances)[:, None] + torch.arange(min(n, _FEWEST))
    one = nn.functional.one_hot(alone % n, n).to(drawn)
    every = torch.ones(instances, 1, n).to(drawn)
    seldom = torch.cat([0 * every, every, one], 1)
    return torch.cat([drawn, seldom, -seldom] if part.features.signed else [drawn, seldom], 1)


def generator(part: Experiment) -> torch.Generator:
    """Return a random generator for perturbations, seeded by the experiment."""
    return torch.Generator().manual_seed(int(part.instances.keys[0]) % 2**63)
