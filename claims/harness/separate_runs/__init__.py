"""Runs of the claims in processes of their own, several at a time."""

from claims.harness.separate_runs.job import LOG, RESULTS, Ended, Job, baselines, packed, perform
from claims.harness.separate_runs.performing import side_by_side
from claims.harness.separate_runs.place import Place, place_of_runs

__all__ = [
    "LOG",
    "RESULTS",
    "Ended",
    "Job",
    "Place",
    "baselines",
    "packed",
    "perform",
    "place_of_runs",
    "side_by_side",
]
