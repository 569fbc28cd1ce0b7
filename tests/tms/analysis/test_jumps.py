"""Changes of dimensionality and jumps, on paths whose jumps are known."""

from __future__ import annotations

import numpy as np
import pytest

from tms.analysis.jumps import Change, changing, level_changes

STEPS = np.arange(0, 1001, 10)
TIME = STEPS / STEPS[-1]


def path(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=np.float64)[:, None]


def ramp(start: float, end: float) -> np.ndarray:
    """A rise from 0 to 1/2 between two parts of training."""
    return np.asarray(0.5 * np.clip((TIME - start) / (end - start), 0, 1))


def test_a_step_is_one_jump_with_its_place_and_its_rests() -> None:
    [change] = level_changes(STEPS, path(np.where(STEPS < 300, 0.1, 0.5)))
    assert change == Change(0, 29, 30, rises=True, before=290, after=700, duration=10)
    assert change.is_jump


def test_a_fall_belongs_to_its_own_feature() -> None:
    D = np.stack([np.full(101, 0.5), np.where(STEPS < 300, 0.5, 0.0)], axis=1)
    [change] = level_changes(STEPS, D)
    assert (change.feature, change.rises, change.first, change.last) == (1, False, 29, 30)


@pytest.mark.parametrize(
    "smooth", [0.5 * TIME, 0.5 * (1 - TIME), 0.5 * np.log1p(STEPS) / np.log1p(1000), 0.5 * TIME**2]
)
def test_a_drift_over_the_whole_of_training_is_a_change_but_no_jump(smooth: np.ndarray) -> None:
    [change] = level_changes(STEPS, path(smooth))
    assert not change.is_jump


@pytest.mark.parametrize(("start", "end", "jump"), [(0.3, 0.6, True), (0.1, 0.6, False), (0.4, 0.9, False)])
def test_a_jump_rests_before_and_after_for_longer_than_it_takes(start: float, end: float, jump: bool) -> None:
    [change] = level_changes(STEPS, path(ramp(start, end)))
    assert change.is_jump is jump


def test_time_is_counted_in_steps_and_not_in_checkpoints() -> None:
    late = np.array([0.0, 900.0, 910.0, 920.0, 930.0, 1000.0])
    D = path(np.array([0, 0, 0.2, 0.3, 0.5, 0.5]))
    [change] = level_changes(late, D)
    assert (change.before, change.duration, change.after) == (900, 30, 70)
    assert change.is_jump
    [even] = level_changes(np.arange(6.0), D)
    assert not even.is_jump


def test_a_feature_that_turns_back_between_the_levels_has_not_changed() -> None:
    assert level_changes(STEPS, path(np.where((STEPS > 300) & (STEPS < 400), 0.3, 0.1))) == []


def test_up_and_down_again_are_two_changes() -> None:
    D = path(np.where((STEPS > 300) & (STEPS < 400), 0.5, 0.0))
    rise, fall = level_changes(STEPS, D)
    assert (rise.rises, rise.before, rise.duration, rise.after) == (True, 300, 10, 80)
    assert (fall.rises, fall.before, fall.duration, fall.after) == (False, 80, 10, 600)


def test_noise_around_a_level_is_no_change() -> None:
    assert level_changes(STEPS, np.random.default_rng(0).normal(0.5, 0.02, (101, 50))) == []


def test_changes_cover_the_checkpoints_they_last() -> None:
    one, other = (Change(0, first, last, True, 1, 1, 1) for first, last in ((2, 4), (3, 5)))
    assert changing([one, other], 7).tolist() == [False, False, True, True, True, True, False]
    assert not changing([], 3).any()


@pytest.mark.parametrize("steps", [[1, 1, 2], [3, 2, 1], [1, 2]])
def test_steps_that_are_no_clock_are_refused(steps: list[int]) -> None:
    with pytest.raises(ValueError, match="steps must be increasing"):
        level_changes(steps, np.zeros((3, 1)))
