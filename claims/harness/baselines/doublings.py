"""Doubling tests that a baseline stores: how much models changed when they were trained twice as long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from jaxtyping import Float

from claims.harness.baselines.drift import rounded
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
    points
        Its change at every point, to six significant digits.
    """

    fingerprint: str
    of: str
    points: tuple[float, ...]

    @classmethod
    def of_experiment(cls, experiment: Experiment, changes: Float[np.ndarray, " point"]) -> Self:
        """Make the entry of an experiment.

        Parameters
        ----------
        experiment
            An experiment whose `convergence` is a `Doubling`.
        changes
            What `tms.analysis.convergence.measured` returned.
        """
        return cls(*_identity(experiment), tuple(rounded(change) for change in changes.tolist()))

    def fits(self, experiment: Experiment) -> bool:
        """Whether the test is of this experiment, with any run seed, and of the quantity that it names."""
        return (self.fingerprint, self.of) == _identity(experiment)


def as_json(doubling: StoredDoubling) -> dict[str, Any]:
    """Write a doubling test as plain data."""
    return {"fingerprint": doubling.fingerprint, "of": doubling.of, "points": list(doubling.points)}


def from_json(block: dict[str, Any]) -> StoredDoubling:
    """Read the data that `as_json` wrote."""
    return StoredDoubling(block["fingerprint"], block["of"], tuple(map(float, block["points"])))


def _identity(experiment: Experiment) -> tuple[str, str]:
    rule = experiment.convergence
    quantity = rule.quantity if isinstance(rule, Doubling) else ""
    return experiment.with_run_seed(0).fingerprint(), quantity
