"""Training: `train` an experiment, and keep, select, store and load the result as `Trained`."""

from tms.training._train import DEVICES, ENGINES, ProgressReport, resolve, train
from tms.training._trained import History, Trained, nan_last

__all__ = [
    "DEVICES",
    "ENGINES",
    "History",
    "ProgressReport",
    "Trained",
    "nan_last",
    "resolve",
    "train",
]
