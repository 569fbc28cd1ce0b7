"""Points, seeds and trials of a sweep, and what a selection of points keeps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.helpers.small import small
from tms.experiment import InvalidExperiment


def test_instances_go_point_by_point_and_trial_by_trial() -> None:
    experiment = small(seeds=2, best_of=3, importance=[[1.0], [2.0]])
    assert (experiment.n_points, experiment.trials, experiment.n_instances) == (2, 6, 12)
    assert experiment.instances.density[:, 0].tolist() == [0.1] * 6 + [0.5] * 6
    assert experiment.instances.importance[:, 0].tolist() == [1.0] * 6 + [2.0] * 6
    assert len(np.unique(experiment.instances.keys)) == 12


def test_first_trials_are_one_of_each_seed_and_of_its_point() -> None:
    experiment = small(seeds=2, best_of=3, importance=[[1.0], [2.0]])
    first = experiment.first_trials
    of_seed = experiment.instances.keys.reshape(2, 2, 3)
    assert first.keys.tolist() == of_seed[..., 0].ravel().tolist()
    np.testing.assert_array_equal(first.held_out_keys, first.keys)
    assert first.density[:, 0].tolist() == [0.1] * 2 + [0.5] * 2
    assert first.importance[:, 0].tolist() == [1.0] * 2 + [2.0] * 2
    np.testing.assert_array_equal(experiment.at(1).first_trials.keys, first.keys[2:])


def test_trials_of_one_seed_share_their_held_out_inputs_and_no_two_seeds_do() -> None:
    keys = small(seeds=2, best_of=3).instances.held_out_keys.reshape(4, 3)
    assert (keys == keys[:, :1]).all()
    assert len(np.unique(keys)) == 4


@pytest.mark.parametrize(
    ("points", "kept"),
    [
        ([2], [2]),
        (2, [2]),
        (-1, [3]),
        ([3, 0], [3, 0]),
        (np.array([False, True, True, False]), [1, 2]),
    ],
    ids=str,
)
def test_selected_points_keep_their_settings_and_their_streams(points: Any, kept: list[int]) -> None:
    density = np.array([[0.1], [0.2], [0.3], [0.4]])
    experiment = small(density=density, importance=10 * density, coordinates={"x": [5, 6, 7, 8]})
    chosen = experiment.at(points)
    assert chosen.features.density[:, 0].tolist() == density[kept, 0].tolist()
    assert chosen.importance[:, 0].tolist() == (10 * density)[kept, 0].tolist()
    assert chosen.coordinates["x"].tolist() == [5.0 + k for k in kept]
    keys = experiment.instances.keys.reshape(4, -1)
    np.testing.assert_array_equal(chosen.instances.keys.reshape(len(kept), -1), keys[kept])


def test_points_selected_twice_over_are_those_of_the_first_selection() -> None:
    experiment = small(density=np.array([[0.1], [0.2], [0.3], [0.4]]))
    np.testing.assert_array_equal(
        experiment.at([1, 3]).at([1]).instances.keys, experiment.at([3]).instances.keys
    )


@pytest.mark.parametrize("none", [[False, False], []])
def test_selecting_no_point_is_refused_in_one_sentence(none: list[bool]) -> None:
    with pytest.raises(InvalidExperiment) as raised:
        small().at(none)
    assert str(raised.value) == "small: no point was selected; the sweep has 2."


def test_another_run_seed_changes_nothing_but_the_streams() -> None:
    one, other = small(), small().with_run_seed(7)
    assert other.run_seed == 7
    assert not np.intersect1d(one.instances.keys, other.instances.keys).size
    assert other.with_run_seed(0).fingerprint() == one.fingerprint()


def test_a_sweep_names_its_points_by_density_of_the_first_feature_unless_told_otherwise() -> None:
    assert small().coordinates["density"].tolist() == [0.1, 0.5]
    mixed = small(density=[[0.1, 0.2, 0.3, 0.4, 0.5], [0.6, 0.7, 0.8, 0.9, 1.0]])
    assert mixed.coordinates["density"].tolist() == [0.1, 0.6]
    assert small(coordinates={}).coordinates == {}


def test_the_features_of_a_sweep_are_equally_important_unless_told_otherwise() -> None:
    assert small().importance.tolist() == [[1] * 5] * 2


def test_a_sweep_takes_its_points_from_whichever_array_has_them() -> None:
    experiment = small(n_features=2, n_hidden=1, density=0.5, importance=[[1], [2], [3]])
    assert experiment.n_points == 3
    assert experiment.features.density.tolist() == [[0.5, 0.5]] * 3
