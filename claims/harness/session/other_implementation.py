"""Which claims a run of another implementation skips, and how its failures to train are reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from claims.harness.errors import ImplementationError, one_line
from claims.harness.session.implementation import Implementation
from tms.engines.independence import repeated
from tms.experiment import Experiment
from tms.protocol import BrokenImplementation, Unsupported
from tms.training import Trained

INDEPENDENT: Final = "it does not depend on the implementation that is judged"
"""The reason for which a claim is skipped when another implementation is judged."""


def depends_on_training(item: pytest.Item) -> bool:
    """Whether a claim can depend on the implementation: it asks for trained models and is no identity."""
    return "trained" in getattr(item, "fixturenames", ()) and item.get_closest_marker("identity") is None


def check_independence(trained: Trained) -> None:
    """Check that other seeds gave other weights: a statistic of one seed, repeated, is no interval.

    Parameters
    ----------
    trained
        The trained models.

    Raises
    ------
    BrokenImplementation
        If some models of every point are the same, bit for bit.
    """
    W = trained.trial_parameters["W"].flatten(0, 2)
    if few := repeated(trained.experiment, W, trained.trial_loss.flatten()):
        raise BrokenImplementation(
            f"different seeds give the same weights ({few}), so no interval can be computed; each instance "
            "must have its own seed, such as its number in experiment.instances.keys."
        )


class GuardedTraining:
    """Trains with another implementation, asking it once for each experiment.

    Parameters
    ----------
    implementation
        The implementation that is judged; None for this package's own, whose errors are not caught.
    """

    def __init__(self, implementation: Implementation | None) -> None:
        self._implementation = implementation
        self._refusals: dict[str, BrokenImplementation | Unsupported] = {}

    def __call__(self, experiment: Experiment, train: Callable[[Experiment], Trained]) -> Trained:
        """Train an experiment, or repeat the refusal of an earlier attempt.

        Parameters
        ----------
        experiment
            The experiment.
        train
            The function that trains it.

        Raises
        ------
        claims.harness.errors.ImplementationError
            If the implementation could not train it.
        pytest.skip.Exception
            If the implementation lacks what the experiment needs.
        """
        judged = self._implementation
        if judged is None:
            return train(experiment)
        fingerprint = experiment.fingerprint()
        try:
            if fingerprint in self._refusals:
                raise self._refusals[fingerprint]
            trained = train(experiment)
            check_independence(trained)
            return trained
        except Unsupported as error:
            self._refusals[fingerprint] = error
            reason = one_line(error).partition(": ")[2] or "it lacks what the experiment needs"
            pytest.skip(f"{judged.name} does not support {experiment.name}: {reason}")
        except BrokenImplementation as error:
            self._refusals[fingerprint] = error
            raise ImplementationError(f"{judged.name} on {experiment.name}: {error}") from error
