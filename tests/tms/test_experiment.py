"""An Experiment refuses what cannot be trained, tells itself from others, and prints what it does."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.helpers import runtime_types
from tests.helpers.small import is_one_sentence, small
from tms.experiment import Experiment, InvalidExperiment
from tms.features import FeatureDistribution

LEVEL = 0.001
FEATURES = FeatureDistribution(density=np.full((2, 5), 0.5))

OUT_OF_RANGE = [
    *(
        ({name: value}, f"{name} = {value!r}; it must be a whole number from 1 to")
        for name in ("n_hidden", "seeds", "best_of", "steps", "batch_size", "held_out")
        for value in (0, -3, 1.5, float("nan"))
    ),
    ({"run_seed": -1}, "run_seed = -1; it must be a whole number"),
    ({"run_seed": 0.5}, "run_seed = 0.5; it must be a whole number"),
    ({"run_seed": 2**64}, "run_seed = 18446744073709551616; it must be a whole number"),
    *(
        ({name: value}, f"{name} = {value!r}; it must be positive and finite")
        for name in ("learning_rate", "init_scale")
        for value in (0, -0.1, float("inf"), float("nan"))
    ),
    *(
        ({name: value}, f"{name} = {value!r}; it must be finite and not negative")
        for name in ("weight_decay", "hidden_l1")
        for value in (-0.1, float("inf"), float("nan"))
    ),
    ({"architecture": "relu"}, "must be one of linear, relu_output, relu_hidden, relu_hidden_untied"),
    ({"schedule": "linear"}, "schedule = 'linear'; it must be one of constant, cosine"),
    ({"target": "square"}, "target = 'square'; it must be one of identity, absolute"),
    ({"activation": "tanh"}, "activation = 'tanh'; it must be one of relu, gelu, quadratic"),
    (
        {"activation": "gelu", "architecture": "linear"},
        "activation = 'gelu'; it can be chosen for relu_output",
    ),
    ({"hidden_bias": True}, "hidden_bias = True; it needs an architecture with a ReLU hidden layer"),
    ({"hidden_bias": True, "architecture": "linear"}, "hidden_bias = True"),
    ({"n_hidden": 6}, "n_hidden = 6; it must not exceed n_features = 5"),
    ({"n_hidden": 6, "architecture": "linear"}, "n_hidden = 6"),
    (
        {"importance": [[1, 1, -0.5, 1, 1]]},
        "importance contains -0.5; every importance must be finite and not",
    ),
    ({"importance": np.nan}, "importance contains a value that is not finite"),
    ({"importance": [[1, 1, 1, np.inf, 1]]}, "importance contains a value that is not finite"),
    ({"importance": [1, 1, 1, 1, 1]}, "importance has shape (5,); it must be a number or have shape"),
    ({"importance": np.ones((2, 4))}, "importance has shape (2, 4), which does not fit"),
    ({"importance": np.ones((3, 5))}, "density has shape (2, 1), which does not fit 3 points"),
    ({"density": 1.5}, "density contains 1.5; every density must lie in [0, 1]"),
    ({"density": -0.5}, "density contains -0.5"),
    ({"density": np.nan}, "density contains a value that is not finite"),
    ({"density": [0.1, 0.2]}, "density has shape (2,); it must be a number or have shape (point, feature)"),
    ({"density": np.full((2, 6), 0.5)}, "density has shape (2, 6), which does not fit"),
    ({"correlated": ((0, 9),)}, "feature set (0, 9) is not valid"),
    ({"anticorrelated": ((0, 1),), "correlated": ((1, 2),)}, "overlaps another set"),
    ({"coordinates": {"x": [1.0]}}, "coordinate 'x' has shape (1,); it must be (2,)"),
    ({"coordinates": {"x": [[1.0, 2.0]]}}, "coordinate 'x' has shape (1, 2)"),
    *(
        ({"checkpoints": checkpoints}, f"checkpoints = {checkpoints}; it must")
        for checkpoints in ((2, 1), (1, 1), (-1, 2), (0, 31), (0.5, 2))
    ),
]


def identified(case: tuple[dict[str, Any], str]) -> str:
    return ",".join(f"{name}={value!r}" for name, value in case[0].items())[:60]


@pytest.mark.parametrize(("changes", "words"), OUT_OF_RANGE, ids=map(identified, OUT_OF_RANGE))
def test_what_cannot_be_trained_is_refused_in_one_sentence(changes: dict[str, Any], words: str) -> None:
    with runtime_types.suspended(), pytest.raises(InvalidExperiment) as raised:
        small(**changes)
    assert words in str(raised.value)
    assert is_one_sentence(str(raised.value))


WRONG_ARRAYS = [
    ({"importance": np.full((2, 5), np.nan)}, "importance contains nan"),
    ({"importance": np.full((2, 5), np.inf)}, "importance contains inf"),
    ({"importance": np.full((2, 5), -1.0)}, "importance contains -1"),
    ({"importance": np.ones((3, 5))}, "importance has shape (3, 5)"),
    ({"importance": np.ones((2, 4))}, "importance has shape (2, 4)"),
    ({"features": FeatureDistribution(density=np.full((2, 4), 0.5))}, "features.density has shape (2, 4)"),
    ({"features": FeatureDistribution(density=np.full((3, 5), 0.5))}, "importance has shape (2, 5)"),
    ({"point_ids": np.arange(3)}, "point_ids has shape (3,); it must be (2,)"),
    ({"n_features": 6}, "features.density has shape (2, 5)"),
    *(({"n_features": count}, f"n_features = {count!r}; it must be a whole number") for count in (0, 1.5)),
]


@pytest.mark.parametrize(("changes", "words"), WRONG_ARRAYS)
def test_arrays_that_do_not_fit_are_refused_in_one_sentence(changes: dict[str, Any], words: str) -> None:
    with runtime_types.suspended(), pytest.raises(InvalidExperiment) as raised:
        dataclasses.replace(small(coordinates={}), **changes)
    assert words in str(raised.value)
    assert is_one_sentence(str(raised.value))


def test_a_misspelt_setting_is_refused() -> None:
    with pytest.raises(InvalidExperiment, match="no setting 'learning_rat'; the nearest is learning_rate"):
        small(learning_rat=0.1)


@pytest.mark.parametrize(
    "changes",
    [
        {"density": 0.0},
        {"density": 1.0},
        {"importance": 0.0},
        {"n_hidden": 5},
        {"n_features": 1, "n_hidden": 1},
        {"n_hidden": 20, "architecture": "relu_hidden"},
        {"checkpoints": (0, 30)},
        {"checkpoints": ()},
        {"steps": 1, "batch_size": 1, "seeds": 1, "held_out": 1},
        {"weight_decay": 0.0},
        {"run_seed": 2**64 - 1},
        {"n_features": np.int64(5), "steps": np.int64(30), "checkpoints": tuple(np.array([0, 3]))},
    ],
    ids=str,
)
def test_the_ends_of_every_range_are_valid(changes: dict[str, Any]) -> None:
    with runtime_types.suspended():
        experiment = small(**changes)
        assert len(experiment.fingerprint()) == 64
        assert len(experiment.instances) == experiment.n_instances


CHANGES: dict[str, Any] = {
    "name": "other",
    "n_features": {"n_features": 6},
    "n_hidden": 3,
    "architecture": "linear",
    "features": FEATURES,
    "importance": np.full((2, 5), 0.9),
    "coordinates": {"x": np.array([1.0, 2.0])},
    "seeds": 3,
    "best_of": 2,
    "steps": 31,
    "batch_size": 99,
    "learning_rate": 0.011,
    "schedule": "constant",
    "weight_decay": 0.1,
    "init_scale": 0.9,
    "activation": "gelu",
    "target": "absolute",
    "hidden_bias": True,
    "hidden_l1": 0.1,
    "held_out": 1501,
    "checkpoints": (0,),
    "run_seed": 1,
    "point_ids": np.array([0, 2]),
}


def changed(field: str) -> tuple[Experiment, Experiment]:
    """Two experiments that differ in one field."""
    base = small(architecture="relu_hidden") if field == "hidden_bias" else small()
    if field == "n_features":
        return small(coordinates={}), small(coordinates={}, n_features=6)
    return base, dataclasses.replace(base, **{field: CHANGES[field]})


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Experiment)])
def test_the_fingerprint_changes_with_every_field(field: str) -> None:
    one, other = changed(field)
    assert one.fingerprint() != other.fingerprint()


DISTRIBUTIONS = [
    {},
    {"signed": True},
    {"correlated": ((0, 1),)},
    {"anticorrelated": ((0, 1),)},
    {"correlated": ((1, 0),)},
    {"correlated": ((0, 1), (2, 3))},
    {"correlated": ((0, 1),), "anticorrelated": ((2, 3),)},
    {"anticorrelated": ((0, 1), (2, 3))},
    {"density": 0.5},
    {"density": [[0.1, 0.1, 0.1, 0.1, 0.2], [0.5] * 5]},
]


def test_the_fingerprint_changes_with_everything_about_the_features() -> None:
    prints = {small(**changes, coordinates={}).fingerprint() for changes in DISTRIBUTIONS}
    assert len(prints) == len(DISTRIBUTIONS)


def test_equal_experiments_have_equal_fingerprints() -> None:
    coordinates = {"a": [1.0, 2.0], "b": [3.0, 4.0]}
    one = small(coordinates=coordinates, importance=1)
    other = small(
        coordinates=dict(reversed(coordinates.items())),
        importance=np.ones((2, 5)),
        density=[[0.1] * 5, [0.5] * 5],
    )
    assert one is not other
    assert one.fingerprint() == other.fingerprint()


def test_a_fingerprint_does_not_depend_on_the_kind_of_number() -> None:
    with runtime_types.suspended():
        numpys = small(steps=np.int64(30), run_seed=np.uint8(0), learning_rate=np.float32(0.25))
    assert numpys.fingerprint() == small(learning_rate=0.25).fingerprint()


def test_instances_used_before_leave_the_fingerprint_as_it_is() -> None:
    experiment = small()
    before = experiment.fingerprint()
    assert len(experiment.instances) == 4
    assert experiment.fingerprint() == before


def test_one_line_names_sizes_and_work() -> None:
    line = str(small(best_of=3))
    assert line == "small: relu_output n=5 m=2, 2 points x 6 trials, 30 steps of 100"


def test_the_description_shows_every_setting_that_is_not_usual() -> None:
    text = small(
        architecture="relu_hidden",
        target="absolute",
        hidden_bias=True,
        hidden_l1=0.25,
        weight_decay=0.125,
        schedule="constant",
        init_scale=0.75,
        best_of=7,
        held_out=333,
        checkpoints=(0, 3, 30),
        correlated=((0, 1),),
        anticorrelated=((2, 3),),
        signed=True,
        importance=[[1, 0.5, 1, 1, 1]],
        coordinates={"pressure": [3.0, 4.0]},
    ).describe()
    for words in (
        "pressure: 3 to 4",
        "density: 0.1 to 0.5; importance: 0.5 to 1",
        "correlated ((0, 1),), anticorrelated ((2, 3),)",
        "best of 7 by the loss on 333 held-out inputs",
        "AdamW, decay 0.125, constant rate 0.01, initial scale 0.75",
        "target: absolute",
        "hidden_bias: True",
        "hidden_l1: 0.25",
        "signed values",
        "3 checkpoints, steps 0 to 30",
    ):
        assert words in text
    assert max(map(len, text.splitlines())) <= 110


def test_the_description_is_silent_about_what_is_usual() -> None:
    text = small().describe()
    assert text.startswith(str(small()))
    assert "Adam, cosine" in text
    for word in ("decay", "target", "activation", "hidden", "signed", "checkpoint", "correlated"):
        assert word not in text
    assert "activation: gelu" in small(activation="gelu").describe()


def test_a_constant_schedule_keeps_the_rate() -> None:
    assert small(schedule="constant", learning_rate=0.3, steps=4).rates().tolist() == [0.3] * 4


@given(st.integers(1, 60), st.floats(1e-6, 1))
@settings(max_examples=20)
def test_a_cosine_schedule_is_torchs(steps: int, rate: float) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
    expected = []
    for _ in range(steps):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    np.testing.assert_allclose(small(learning_rate=rate, steps=steps).rates(), expected, rtol=1e-9)


def test_a_cosine_schedule_falls_from_the_peak_towards_zero() -> None:
    rates = small(learning_rate=0.3, steps=100).rates()
    assert rates[0] == 0.3
    assert rates[50] == pytest.approx(0.15)
    assert (np.diff(rates) < 0).all()
    assert 0 < rates[-1] < 0.3 * 0.001


@pytest.mark.parametrize("scale", [1.0, 0.25])
def test_initial_weights_are_normal_at_the_scale_of_xavier(scale: float) -> None:
    experiment = small(n_features=40, n_hidden=10, density=0.5, seeds=20, init_scale=scale)
    W = experiment.initial_weights()
    assert W.dtype == np.float32
    assert W.shape == (20, 40, 10)
    sigma = scale * np.sqrt(2 / 50)
    assert stats.kstest(W.ravel(), "norm", args=(0, sigma)).pvalue > LEVEL


def test_initial_weights_differ_between_instances_roles_and_run_seeds() -> None:
    experiment = small()
    drawn = [experiment.initial_weights(), experiment.initial_weights(role=1)]
    drawn.append(experiment.with_run_seed(1).initial_weights())
    rows = np.concatenate(drawn).reshape(12, -1)
    correlations = np.corrcoef(rows)[np.triu_indices(12, 1)]
    assert len(np.unique(rows)) == rows.size
    # 10 numbers a row; of 66 pairs none comes so close by chance.
    assert np.abs(correlations).max() < 0.97


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


def test_selecting_no_point_is_refused_in_one_sentence() -> None:
    with pytest.raises(InvalidExperiment) as raised:
        small().at([False, False])
    assert str(raised.value) == "small: no point was selected; the sweep has 2."


def test_another_run_seed_changes_nothing_but_the_streams() -> None:
    one, other = small(), small().with_run_seed(7)
    assert other.run_seed == 7
    assert not np.intersect1d(one.instances.keys, other.instances.keys).size
    assert other.with_run_seed(0).fingerprint() == one.fingerprint()


def test_a_sweep_names_its_points_by_density_unless_told_otherwise() -> None:
    assert small().coordinates["density"].tolist() == [0.1, 0.5]
    assert small(coordinates={}).coordinates == {}


def test_a_sweep_takes_its_points_from_whichever_array_has_them() -> None:
    experiment = small(n_features=2, n_hidden=1, density=0.5, importance=[[1], [2], [3]])
    assert experiment.n_points == 3
    assert experiment.features.density.tolist() == [[0.5, 0.5]] * 3


def test_an_experiment_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        small().steps = 3  # type: ignore[misc]
