"""Small experiments that train within milliseconds, and the form that an error message should have."""

from __future__ import annotations

import re
from typing import Any, Final

from tms.experiment import Experiment, sweep

VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "linear": {"architecture": "linear"},
    "relu_output": {"architecture": "relu_output"},
    "gelu": {"architecture": "relu_output", "activation": "gelu"},
    "quadratic": {"architecture": "relu_output", "activation": "quadratic"},
    "relu_hidden": {"architecture": "relu_hidden"},
    "relu_hidden with a bias": {"architecture": "relu_hidden", "hidden_bias": True},
    "untied": {"architecture": "relu_hidden_untied", "n_hidden": 8, "signed": True, "target": "absolute"},
    "untied from sizes": {
        "architecture": "relu_hidden_untied",
        "n_hidden": 8,
        "signed": True,
        "target": "absolute",
        "initial_output": "sizes",
    },
    "untied with a bias": {"architecture": "relu_hidden_untied", "hidden_bias": True},
    "L1": {"architecture": "relu_hidden", "hidden_l1": 0.01},
    "correlated": {"correlated": ((0, 1), (2, 3))},
    "anticorrelated": {"anticorrelated": ((0, 1, 2),), "signed": True},
    "importance": {"importance": [[1.0, 0.5, 0.2, 2.0, 0.0]]},
    "decay": {"weight_decay": 0.1, "schedule": "constant"},
}
"""Settings of experiments: every architecture and every option for which an engine has code of its own."""


def small(**changes: Any) -> Experiment:
    """Build an experiment of two points and two seeds: 5 features in 2 dimensions by default."""
    settings: dict[str, Any] = {
        "name": "small",
        "n_features": 5,
        "n_hidden": 2,
        "architecture": "relu_output",
        "density": [[0.1], [0.5]],
        "seeds": 2,
        "steps": 30,
        "batch_size": 100,
        "learning_rate": 0.01,
        "held_out": 1500,
    }
    settings |= changes
    return sweep(settings.pop("name"), **settings)


def ignore(_steps: int) -> None:
    """Ignore a report of progress."""


def is_one_sentence(message: str) -> bool:
    """Whether a message is one sentence on one line, short enough to read."""
    return (
        message.endswith(".")
        and len(message) < 240
        and "\n" not in message
        and not re.search(r"[.!?] [A-Z]", message)
    )
