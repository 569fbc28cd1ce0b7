"""The settings of the paper's experiments at every profile are those of experiments.json."""

from __future__ import annotations

import dataclasses
import difflib
import os
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from tests.helpers.described_experiments import LONG, description, descriptions, shown
from tests.helpers.paper_experiments import FACTORIES
from tests.helpers.small import small
from tms.experiment import Experiment
from tms.experiment.convergence import Doubling

GOLDEN: Final = Path(__file__).with_name("experiments.json")
UPDATE: Final = "UPDATE_EXPERIMENTS"
COMMAND: Final = f"{UPDATE}=1 python -m pytest tests/tms/paper/test_stored_settings.py"
"""Rewrites the file; look at its diff before you commit it."""


def test_every_setting_at_every_profile_is_the_stored_one() -> None:
    now = descriptions(FACTORIES.values())
    if os.environ.get(UPDATE):
        GOLDEN.write_text(now, "utf-8")
    stored = GOLDEN.read_text("utf-8")
    if now != stored:
        lines = difflib.unified_diff(stored.splitlines(), now.splitlines(), "stored", "now", n=6, lineterm="")
        pytest.fail("\n".join([*lines, "", f"If this is what you want: {COMMAND}"]), pytrace=False)


def test_a_change_of_any_setting_changes_the_description() -> None:
    experiment = small(n_features=3, n_hidden=2, density=[[0.1], [1.0]])
    changes: dict[str, Any] = {
        "name": "other",
        "seeds": experiment.seeds + 1,
        "best_of": 3,
        "steps": experiment.steps + 1,
        "batch_size": experiment.batch_size + 1,
        "learning_rate": 0.0123,
        "schedule": "constant",
        "weight_decay": 0.1,
        "init_scale": 0.7,
        "activation": "gelu",
        "target": "absolute",
        "hidden_l1": 0.2,
        "held_out": experiment.held_out + 1,
        "checkpoints": (0, 1),
        "run_seed": 5,
        "importance": experiment.importance * 0.9,
        "point_ids": experiment.point_ids + 1,
        "coordinates": {"other": np.array([1.0, 2.0])},
        "features": dataclasses.replace(experiment.features, correlated=((0, 1),)),
        "convergence": Doubling(at_most=0.125),
    }
    for setting, value in changes.items():
        changed = dataclasses.replace(experiment, **{setting: value})
        assert description(changed) != description(experiment), setting
    assert description(experiment) == description(dataclasses.replace(experiment))


def test_rows_and_columns_of_an_array_are_told_apart() -> None:
    by_feature, by_point = np.array([[1.0, 0.5], [1.0, 0.5]]), np.array([[1.0, 1.0], [0.5, 0.5]])
    assert shown(by_feature) == "at every point 1, 0.5"
    assert shown(by_point) == "of every feature 1, 0.5"
    assert shown(np.array([[1.0, 0.1], [1.0, 0.2]])) == "feature 0: 1; feature 1: 0.1, 0.2"
    assert shown(np.array([[0.3, 0.3]])) == "0.3"


def test_a_long_array_is_shown_by_its_ends_and_a_digest_of_the_rest() -> None:
    values = np.linspace(0, 1, LONG + 1)
    other = values.copy()
    other[7] += 1e-3
    assert shown(values).startswith(f"{LONG + 1} numbers from 0 to 1 (digest ")
    assert shown(values) != shown(other)


def test_a_setting_that_differs_between_profiles_is_stated_for_each() -> None:
    def make(profile: str) -> Experiment:
        return small(steps={"smoke": 10, "quick": 20, "paper": 20}[profile])

    text = descriptions([make])
    assert '"smoke": "10"' in text
    assert '"paper": "20"' in text
    assert text.count('"batch_size"') == 1
