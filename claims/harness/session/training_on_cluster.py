"""Train the next experiments on a cluster while claims are judged."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor

from claims.harness.session.training_ahead import Pending
from claims.harness.session.training_job import train_in_worker, without_rule
from tms import processors
from tms.experiment import Experiment
from tms.training import Trained


class TrainingOnCluster:
    """Trains experiments as jobs of an executor, before claims ask for them.

    All are submitted at once, in the order in which claims ask for them. Each is one job, which uses one
    processor, as the workers of a cluster share their machines. A claim trains an experiment itself if its
    job fails.

    Parameters
    ----------
    executor
        The executor; its workers train nothing else meanwhile.
    engine, device
        As for `tms.training.train`.
    """

    def __init__(self, executor: Executor, engine: str, device: str) -> None:
        self._executor, self._engine, self._device = executor, engine, device
        self._pending: dict[str, Pending] = {}

    def start(self, experiments: Iterable[Experiment]) -> None:
        """Submit experiments.

        Parameters
        ----------
        experiments
            The experiments to train, in the order in which claims ask for them.
        """
        for experiment in experiments:
            job = self._executor.submit(_train, without_rule(experiment), self._engine, self._device)
            self._pending[experiment.fingerprint()] = Pending(experiment, job=job)

    def begun(self, experiment: Experiment) -> Pending | None:
        """Hand over the training of an experiment to a claim; None if it was not submitted."""
        return self._pending.pop(experiment.fingerprint(), None)

    def end(self) -> list[Trained]:
        """Cancel what has not ended, and return the results that no claim asked for."""
        left, self._pending = list(self._pending.values()), {}
        for pending in left:
            pending.job.cancel()
        return [pending.result().trained for pending in left if pending.has_succeeded]

    def problem(self) -> str | None:
        """Return None: the failure of one job says nothing about the others."""
        return None


def _train(experiment: Experiment, engine: str, device: str) -> bytes:
    with processors.at_most(1):
        return train_in_worker(experiment, engine, device)
