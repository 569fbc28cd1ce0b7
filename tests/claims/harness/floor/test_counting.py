"""Floors count what they say."""

from __future__ import annotations

import numpy as np
import pytest

from claims.harness.floor.counting import floor_of, least_seconds
from claims.harness.records.throughput import Ceilings
from tests.benchmarks import growth
from tests.helpers.small import small
from tms import paper
from tms.experiment import Experiment
from tms.features import FeatureDistribution, sample

DENSITY = np.array([[0.5, 0.5, 0.25, 0.25, 0.1]])


def with_sets(*, signed: bool = False) -> Experiment:
    """Describe five features: two correlated, two anticorrelated, and one in no set."""
    return small(
        n_features=5,
        density=DENSITY,
        correlated=[(0, 1)],
        anticorrelated=[(2, 3)],
        signed=signed,
        seeds=3,
        batch_size=8,
    )


def test_floor_of_a_small_model_is_the_one_counted_by_hand() -> None:
    experiment = small(n_features=2, n_hidden=1, density=0.5, seeds=3, batch_size=4, steps=10)
    floor = floor_of(experiment)
    parameters = 3 * (2 + 2)
    # An input has one active feature in the mean, and three of four have one at all.
    assert floor.sparse == 3 * 4 * ((2 + 6) * 2 * 0.75 + 8 * 1) + 12 * parameters
    assert floor.dense == 3 * 4 * (10 * 2 + 6 * 2) + 12 * parameters
    assert floor.draws == 3 * 4 * 2
    assert floor.bytes == 24 * parameters


def test_floor_counts_what_a_perfect_model_needs() -> None:
    floor = floor_of(growth.experiment_at(n=20, density=0.1, batch=50, instances=3))
    m, rows, parameters = growth.HIDDEN, 50, 3 * (20 * growth.HIDDEN + 20)
    rng = np.random.default_rng(0)
    active = rng.random((200_000, 20)) < 0.1
    products = 2 * m * (4 * active.sum(1) + 20 * active.any(1))  # k rows: in, back in, back out twice
    outputs = 6 * 20 * active.any(1)
    expected = 3 * rows * (products + outputs).mean() + 12 * parameters
    assert floor.sparse == pytest.approx(expected, rel=0.005)
    assert floor.dense == 3 * rows * (10 * 20 * m + 6 * 20) + 12 * parameters
    assert floor.bytes == 24 * parameters


def test_floor_of_dense_features_is_that_of_dense_products() -> None:
    floor = floor_of(growth.experiment_at(density=1.0))
    assert floor.sparse == pytest.approx(floor.dense)


def test_floor_of_sets_is_the_one_counted_by_hand() -> None:
    experiment, parameters = with_sets(), 3 * (5 * 2 + 5)
    floor = floor_of(experiment)
    active, occupied = 2 * 0.5 + 0.25 + 0.1, 1 - 0.5 * 0.75 * 0.9
    assert floor.sparse == pytest.approx(
        3 * 8 * ((2 * 2 + 6) * 5 * occupied + 8 * 2 * active) + 12 * parameters
    )
    # One number for the free feature, one for each set, and one for each member of an active correlated set.
    assert floor.draws == 3 * 8 * (1 + 2 + 2 * 0.5)
    assert floor_of(with_sets(signed=True)).draws == 3 * 8 * (1 + 2 + 2 * 0.5 + 0.25)


def test_floor_of_sets_counts_what_inputs_hold() -> None:
    experiment = with_sets()
    features, rows = experiment.features, 200_000
    assert isinstance(features, FeatureDistribution)
    x = sample(features, DENSITY, experiment.instances.keys[:1], 0, rows)[0].numpy()
    m, parameters = experiment.n_hidden, 3 * (5 * 2 + 5)
    work = (2 * m + 6) * 5 * (x != 0).any(1).mean() + 8 * m * (x != 0).sum(1).mean()
    assert floor_of(experiment).sparse == pytest.approx(3 * 8 * work + 12 * parameters, rel=0.005)


@pytest.mark.parametrize("factory", [paper.local_bases, paper.anticorrelated_pairs, paper.correlated_triples])
def test_experiments_with_sets_have_a_floor(factory: paper.ExperimentFactory) -> None:
    experiment = factory("smoke")
    assert experiment.features.sets
    floor = floor_of(experiment)
    assert 0 < floor.sparse < floor.dense
    assert 0 < floor.draws < experiment.batch_size * experiment.n_instances * experiment.features.columns


def test_least_seconds_are_those_of_all_steps() -> None:
    experiment = small(n_features=2, n_hidden=1, density=0.5, seeds=3, batch_size=4, steps=10)
    ceilings = Ceilings(operations=384.0, draws=24.0, bytes=1e9)
    assert least_seconds(experiment, ceilings) == 10 * (1 + 1)
