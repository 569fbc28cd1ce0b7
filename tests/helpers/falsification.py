"""Experiments that train within milliseconds, with and without a mistake."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import torch

from tms import training
from tms.experiment import Experiment, sweep
from tms.training import Trained

Apply = Callable[[], AbstractContextManager[None]]


def tiny(**settings: Any) -> Experiment:
    """Describe models of four features in two dimensions, at three densities."""
    defaults: dict[str, Any] = {
        "n_features": 4,
        "n_hidden": 2,
        "architecture": "relu_output",
        "density": np.array([[0.9], [0.5], [0.2]]),
        "importance": np.array([[1.0, 0.7, 0.5, 0.3]]),
        "seeds": 2,
        "best_of": 2,
        "steps": 6,
        "batch_size": 16,
        "learning_rate": 0.05,
        "held_out": 64,
    }
    return sweep("falsify/tiny", **(defaults | settings))


def trained(experiment: Experiment) -> Trained:
    """Train an experiment without any mistake."""
    return training.train(experiment, device="cpu", engine="reference")


def trained_under(apply: Apply, experiment: Experiment) -> Trained:
    """Train an experiment under a mistake."""
    with apply():
        return trained(experiment)


def are_equal(a: Trained, b: Trained) -> bool:
    """Whether two trainings gave the same weights and biases, bit for bit."""
    return torch.equal(a.W, b.W) and torch.equal(a.b, b.b)
