"""The table of settings covers every experiment, and shows what each trains."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from claims.harness.documentation import settings
from claims.harness.judging.claim import SECTIONS
from tests.helpers.paper_experiments import FACTORIES
from tests.helpers.small import small

COMPARISONS = settings.comparisons()


def test_every_experiment_of_the_claims_has_one_entry() -> None:
    listed = sorted(name for entry in COMPARISONS for name in entry.names)
    assert listed == sorted(make("paper").name for make in FACTORIES.values())


def test_entries_are_in_the_order_of_the_papers_sections() -> None:
    order = [list(SECTIONS).index(entry.section) for entry in COMPARISONS]
    assert order == sorted(order)


def test_every_entry_gives_the_reasons_for_its_departures() -> None:
    assert [entry.title for entry in COMPARISONS if not entry.departure.endswith(".")] == []


def test_reasons_come_from_the_docstring_without_what_it_says_of_the_paper() -> None:
    def make() -> None:
        """One model.

        Paper: n = 5.

        Departures: fewer features, because
        `time` is short.

        Also fewer dimensions.

        Parameters
        ----------
        n
            Number of features.
        """

    expected = "Fewer features, because time is short. Also fewer dimensions."
    assert settings.departure(make) == expected
    make.__doc__ = "One model.\n\nPaper: n = 5."
    with pytest.raises(ValueError, match="make states no departures"):
        settings.departure(make)


def test_an_entry_shows_the_papers_setting_beside_each_profile() -> None:
    [basic] = [entry for entry in COMPARISONS if entry.names == ("demonstrating/relu_80x20",)]
    assert basic.rows[0] == ("size", *["n = 80, m = 20"] * 4)
    assert basic.rows[1] == ("importance", *["0.9^i"] * 4)
    [uniform] = [entry for entry in COMPARISONS if entry.names == ("adversarial/uniform",)]
    size, *_, training = uniform.rows
    assert size == ("size", settings.NOT_STATED, "n = 120, m = 12", "n = 200, m = 20", "n = 400, m = 30")
    assert training[2].startswith("2,000 steps of 128 inputs, Adam at 0.003 (cosine)")
    assert training[4].startswith("3,000 steps of 128 inputs, Adam at 0.003 (cosine)")


def test_a_family_of_experiments_shows_each_setting_once() -> None:
    [others] = [entry for entry in COMPARISONS if "adversarial/20x5" in entry.names]
    rows = {name: full for name, *_, full in others.rows}
    assert rows["size"] == "n = 20, 50 with m = 5; n = 100, m = 10; n = 100, m = 20"
    assert rows["models"] == "8 seeds at each of 2 points"


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
