"""Jumps between dimensionalities, on paths whose jumps are known."""

from __future__ import annotations

import numpy as np
import pytest

from tms.analysis.jumps import Jump, find_jumps, while_jumping

STEPS = np.geomspace(100, 10_000, 41)
CLOCK = np.linspace(0, 1, 41)


def path(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=np.float64)[:, None]


@pytest.mark.parametrize(
    "smooth", [0.5 * CLOCK, 0.5 * STEPS / STEPS[-1], 0.5 * (1 - CLOCK), np.full(41, 0.5), np.zeros(41)]
)
def test_a_smooth_path_has_no_jumps(smooth: np.ndarray) -> None:
    assert find_jumps(STEPS, path(smooth)) == []


def test_a_step_is_one_jump_at_its_place_and_of_its_size() -> None:
    D = np.where(np.arange(41) < 20, 0.2, 0.5)
    [jump] = find_jumps(STEPS, path(D))
    assert jump == Jump(0, 19, 20, jump.change)
    assert jump.change == pytest.approx(0.3)


def test_a_fall_is_a_jump_of_negative_change_and_belongs_to_its_own_feature() -> None:
    D = np.stack([np.full(41, 0.5), np.where(np.arange(41) < 7, 0.5, 0.0)], axis=1)
    [jump] = find_jumps(STEPS, D)
    assert jump == Jump(1, 6, 7, jump.change)
    assert jump.change == pytest.approx(-0.5)


@pytest.mark.parametrize(("over", "jumps"), [(0.8, 1), (0.95, 0)])
def test_a_jump_is_faster_than_the_fastest_part_of_an_even_path(over: float, jumps: int) -> None:
    # A rise by 0.3 at 0.375 or 0.316 per unit of ln(step), beside the 0.35 of SPEED.
    clock = np.linspace(0, 4, 400)
    D = 0.2 + 0.3 * np.clip((clock - 1) / over, 0, 1)
    assert len(find_jumps(np.exp(clock), path(D))) == jumps


def test_up_and_down_again_are_two_jumps() -> None:
    D = np.full(41, 0.2)
    D[10] = 0.5
    assert [jump.change for jump in find_jumps(STEPS, path(D))] == pytest.approx([0.3, -0.3])


def test_a_fast_move_too_small_for_a_level_is_no_jump() -> None:
    assert find_jumps(STEPS, path(np.where(np.arange(41) < 20, 0.4, 0.5))) == []


def test_noise_around_a_level_is_no_jump() -> None:
    noise = np.random.default_rng(0).normal(0.5, 0.01, (41, 50))
    assert find_jumps(STEPS, noise) == []


def test_jumps_of_all_features_cover_the_intervals_they_last() -> None:
    covered = while_jumping([Jump(0, 2, 4, 0.3), Jump(3, 3, 5, -0.2)], 7)
    assert covered.tolist() == [False, False, True, True, True, False]
    assert not while_jumping([], 3).any()


@pytest.mark.parametrize("steps", [[0, 1, 2], [1, 1, 2], [3, 2, 1], [1, 2]])
def test_steps_that_are_no_clock_are_refused(steps: list[int]) -> None:
    with pytest.raises(ValueError, match="steps must be positive and increasing"):
        find_jumps(steps, np.zeros((3, 1)))
