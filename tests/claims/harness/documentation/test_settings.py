"""The table of settings covers every experiment, and shows what each trains."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from claims.harness.documentation import settings
from tests.helpers.paths import ROOT
from tests.helpers.small import small

COMPARISONS = settings.comparisons()
OWN_LOOP = {"adversarial/training_20x4", "adversarial/training_80x8"}
"""Experiments that no engine trains, so that no losses of theirs are stored."""


def test_every_experiment_of_the_claims_has_an_entry() -> None:
    trained = json.loads((ROOT / "baselines" / "cpu-paper.json").read_text("utf-8"))["losses"].keys()
    listed = [name for entry in COMPARISONS for name in entry.names]
    assert len(listed) == len(set(listed))
    assert set(listed) == trained | OWN_LOOP


def test_an_entry_shows_the_papers_setting_beside_each_profile() -> None:
    [uniform] = [entry for entry in COMPARISONS if entry.names == ("uniform/superposition",)]
    size, importance, _, _, training = uniform.rows
    assert size == ("size", "n = 400, m = 30", "n = 150, m = 12", "n = 150, m = 12", "n = 400, m = 30")
    assert importance == ("importance", "1", "1", "1", "1")
    assert training[1] == settings.NOT_STATED
    assert training[4].startswith("8,000 steps of 128 inputs, Adam at 0.003 (cosine)")


def test_a_family_of_experiments_shows_each_setting_once() -> None:
    [competition] = [entry for entry in COMPARISONS if len(entry.names) == 5]
    rows = {name: full for name, *_, full in competition.rows}
    assert rows["size"] == "n = 150, 30, 60 with m = 12"
    assert rows["models"] == "24 seeds at each of 4 points"


def test_a_feature_that_differs_from_the_others_is_named() -> None:
    rows = {entry.names[0]: {row[0]: row[-1] for row in entry.rows} for entry in COMPARISONS}
    assert rows["nonuniform/perturbed_pentagon"]["density"] == "0.05, 0.005 to 0.5 for the first feature"
    assert rows["phase/two_in_one"]["importance"] == "1, 0.1 to 10 for the last feature"
    assert rows["demonstrating/relu_20x5"]["importance"] == "0.7^i"


def test_an_importance_that_the_table_cannot_show_is_refused() -> None:
    experiment = small(n_features=3)
    odd = replace(experiment, importance=np.array([[1.0, 0.5, 0.4]] * experiment.n_points))
    with pytest.raises(ValueError, match="neither constant nor geometric"):
        settings._settings([odd])
