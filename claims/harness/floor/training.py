"""The floor of a run: the least time that the training of its experiments needs, beside the time it took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from claims.harness.floor.ceilings_file import MeasuredCeilings
from claims.harness.floor.counting import least_seconds
from tms.experiment import Experiment


@dataclass(frozen=True, kw_only=True)
class TrainingFloor:
    """The least time that training needs on a machine, and the time that it took.

    Parameters
    ----------
    seconds
        The least seconds, summed over the counted experiments.
    trained_seconds
        Wall seconds that their training took, more than 0.
    not_counted
        Names of the experiments that are in neither number.
    limits
        The measured speed limits of the machine.
    """

    seconds: float
    trained_seconds: float
    not_counted: tuple[str, ...]
    limits: MeasuredCeilings

    @classmethod
    def of(
        cls, trained: Sequence[tuple[Experiment, float]], not_counted: Iterable[str], limits: MeasuredCeilings
    ) -> Self:
        """Add up experiments.

        Parameters
        ----------
        trained
            The counted experiments, each with the wall seconds of its training.
        not_counted, limits
            As for the class.
        """
        return cls(
            seconds=sum(least_seconds(experiment, limits.ceilings) for experiment, _ in trained),
            trained_seconds=sum(seconds for _, seconds in trained),
            not_counted=tuple(not_counted),
            limits=limits,
        )

    @property
    def share(self) -> float:
        """The least time, divided by the time that training took."""
        return self.seconds / self.trained_seconds

    def entry(self) -> dict[str, Any]:
        """Return the member "training_floor" of a results.json."""
        return {
            "seconds": float(f"{self.seconds:.4g}"),
            "trained_seconds": float(f"{self.trained_seconds:.4g}"),
            "share": float(f"{self.share:.4g}"),
            "not_counted": list(self.not_counted),
            **self.limits.as_json(),
        }
