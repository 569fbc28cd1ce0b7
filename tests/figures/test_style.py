"""The style of all figures: numbers, ticks, colours that colour-blind readers can tell apart."""

from itertools import combinations

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from numpy.typing import NDArray

from figures import demonstrating
from figures.toolkit.outcomes import OUTCOME_COLOURS, OUTCOMES, outcome_colour
from figures.toolkit.style import BLUE, DIVERGING, GREEN, ORANGE, nice_ticks, number
from tests.helpers.embeddings import antipodal_model, noise

# Viénot, Brettel and Mollon (1999): linear RGB as seen without M cones.
DEUTERANOPIA = np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]])


def seen_by_a_deuteranope(colour: str) -> NDArray[np.float64]:
    linear = np.asarray(to_rgb(colour)) ** 2.2
    return np.asarray(np.clip(DEUTERANOPIA @ linear, 0, 1) ** (1 / 2.2))


def test_ignored_superposed_and_dedicated_have_their_own_colours() -> None:
    norm, superposition = np.array([0.0, 1.0, 1.0]), np.array([0.5, 1.0, 0.0])
    wanted = [to_rgb(OUTCOME_COLOURS[name]) for name in OUTCOMES[:3]]
    np.testing.assert_allclose(outcome_colour(norm, superposition), wanted, atol=0.01)


@pytest.mark.parametrize("superposition", [0.0, 0.3, 1.0])
def test_a_colour_is_as_far_from_white_as_the_norm_is_from_zero(superposition: float) -> None:
    full = outcome_colour(np.array(1.0), np.array(superposition))
    for norm in (0.2, 0.5, 0.9):
        mixed = outcome_colour(np.array(norm), np.array(superposition))
        np.testing.assert_allclose(1 - mixed, norm * (1 - full))


def test_norms_above_one_are_as_strong_as_one() -> None:
    np.testing.assert_array_equal(
        outcome_colour(np.array(1.4), np.array(2.0)), outcome_colour(np.array(1.0), np.array(1.0))
    )


def test_outcomes_stay_apart_without_green_receptors() -> None:
    seen = [seen_by_a_deuteranope(colour) for colour in OUTCOME_COLOURS.values()]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 0.25


def test_the_first_three_colours_stay_apart_without_green_receptors() -> None:
    seen = [seen_by_a_deuteranope(colour) for colour in (BLUE, ORANGE, GREEN)]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 0.25


def test_negative_and_positive_entries_stay_apart_without_green_receptors() -> None:
    low, high = (np.asarray(DIVERGING(end)[:3]) for end in (0.0, 1.0))
    blue_low, blue_high = (np.clip(DEUTERANOPIA @ end**2.2, 0, 1)[2] for end in (low, high))
    assert blue_low > 0.15 > 0.05 > blue_high
    np.testing.assert_allclose(DIVERGING(0.5)[:3], 1.0, atol=0.02)


@pytest.mark.parametrize(("value", "text"), [(1.0, "1"), (0.003, "0.003"), (10.0, "10"), (1e5, "100000")])
def test_numbers_are_written_as_they_are_read(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(("low", "high"), [(1, 10), (0.01, 1), (0.001, 1), (1e-5, 1), (0.1, 10), (2, 5)])
def test_logarithmic_ticks_are_few_and_inside(low: float, high: float) -> None:
    ticks = nice_ticks(low, high)
    assert 1 < len(ticks) <= 8
    assert low <= min(ticks)
    assert max(ticks) <= high


def test_drawing_leaves_the_callers_settings_and_pyplot_alone() -> None:
    with matplotlib.rc_context({"font.size": 31.0, "svg.hashsalt": "mine"}):
        figure = demonstrating.single_model(antipodal_model(20, 5, 2), 0.3 * noise(20))
        assert matplotlib.rcParams["font.size"] == 31.0
        assert matplotlib.rcParams["svg.hashsalt"] == "mine"
    texts = [text for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text()]
    assert max(float(text.get_fontsize()) for text in texts) < 12
    assert getattr(figure, "number", None) is None
