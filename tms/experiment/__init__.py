"""Experiments: frozen descriptions of what to train, on which inputs, for how long and with which seeds."""

from tms.experiment import convergence
from tms.experiment._experiment import Experiment
from tms.experiment._instances import Instances
from tms.experiment._schedules import SCHEDULES
from tms.experiment._sweep import sweep
from tms.experiment._validation import ARCHITECTURES, COUNTS, TARGETS
from tms.features import InvalidExperiment

__all__ = [
    "ARCHITECTURES",
    "COUNTS",
    "SCHEDULES",
    "TARGETS",
    "Experiment",
    "Instances",
    "InvalidExperiment",
    "convergence",
    "sweep",
]
