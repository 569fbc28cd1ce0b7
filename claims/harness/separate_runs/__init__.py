"""Runs of the claims in processes of their own, several at a time."""

from claims.harness.separate_runs.job import LOG, RESULTS, Ended, Job, packed, perform
from claims.harness.separate_runs.performing import side_by_side
from claims.harness.separate_runs.place import Place, this_machine

__all__ = ["LOG", "RESULTS", "Ended", "Job", "Place", "packed", "perform", "side_by_side", "this_machine"]
