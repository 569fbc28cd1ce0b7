"""Doubling tests that a baseline stores: how much models changed when they were trained twice as long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from jaxtyping import Float

from claims.harness.baselines.drift import rounded
from tms.analysis.convergence import doubled_seeds
from tms.experiment import Experiment
from tms.experiment.convergence import Doubling


@dataclass(frozen=True)
class StoredDoubling:
    """The doubling test of one experiment, of one run seed.

    What is allowed is not stored: the experiment says it.

    Parameters
    ----------
    fingerprint
        Fingerprint of the experiment with run seed 0, so that a run with another seed can use the test.
    of
        Name of the quantity, as `Doubling.quantity` gives it.
    seeds
        Number of seeds that were trained twice as long.
    points
        Change of the quantity's mean over these seeds at every point, to six significant digits.
    """

    fingerprint: str
    of: str
    seeds: int
    points: tuple[float, ...]

    @classmethod
    def of_experiment(cls, experiment: Experiment, changes: Float[np.ndarray, " point"], seeds: int) -> Self:
        """Make the entry of an experiment.

        Parameters
        ----------
        experiment
            An experiment whose `convergence` is a `Doubling`.
        changes
            What `tms.analysis.convergence.measured` returned.
        seeds
            Number of seeds that were trained twice as long.
        """
        return cls(*_identity(experiment), seeds, tuple(rounded(change) for change in changes.tolist()))

    def obstacle(self, experiment: Experiment) -> str | None:
        """Say in a predicate why the test says nothing about an experiment; None if it does.

        It does if it is of this experiment, with any run seed, of the quantity that its rule names, and of
        at least as many seeds as the rule asks for.
        """
        if (self.fingerprint, self.of) != _identity(experiment):
            return "is of other settings"
        asked = doubled_seeds(experiment)
        if self.seeds < asked:
            return f"is of {self.seeds} {'seed' if self.seeds == 1 else 'seeds'}, and {asked} are asked for"
        return None


def as_json(doubling: StoredDoubling) -> dict[str, Any]:
    """Write a doubling test as plain data."""
    return {
        "fingerprint": doubling.fingerprint,
        "of": doubling.of,
        "seeds": doubling.seeds,
        "points": list(doubling.points),
    }


def from_json(block: dict[str, Any]) -> StoredDoubling:
    """Read the data that `as_json` wrote."""
    points = tuple(map(float, block["points"]))
    return StoredDoubling(block["fingerprint"], block["of"], block["seeds"], points)


def _identity(experiment: Experiment) -> tuple[str, str]:
    rule = experiment.convergence
    quantity = rule.quantity if isinstance(rule, Doubling) else ""
    return experiment.with_run_seed(0).fingerprint(), quantity
