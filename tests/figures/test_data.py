"""What figures accept, what they refuse, and the colours that they give to numbers."""

import re
from collections.abc import Callable

import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from figures import (
    correlated,
    demonstrating,
    introduction,
    learning,
    mathematics,
    no_bias,
    phase,
    uniform,
)
from figures.toolkit.outcomes import OUTCOME_COLOURS, OUTCOMES, outcome_colour
from figures.toolkit.shapes import Shapes
from figures.toolkit.style import DIVERGING, nice_ticks, number
from figures.toolkit.weights import by_primary_feature, norms_and_superposition, polysemanticity

# Viénot, Brettel and Mollon (1999): linear RGB as seen without M cones.
DEUTERANOPIA = np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]])
GRID = (np.geomspace(0.1, 10, 3), np.geomspace(0.01, 1, 4))
FLAT = np.zeros((4, 3))


def seen_by_a_deuteranope(colour: str) -> np.ndarray:
    linear = np.asarray(to_rgb(colour)) ** 2.2
    return np.clip(DEUTERANOPIA @ linear, 0, 1) ** (1 / 2.2)


@pytest.mark.parametrize(
    ("draw", "sentence"),
    [
        (
            lambda: introduction.embeddings_row(np.zeros((3, 5)), np.ones(3), np.ones(5)),
            "W must have shape [point, feature, 2], not (3, 5).",
        ),
        (
            lambda: introduction.embeddings_row(np.zeros((3, 5, 2)), np.ones(4), np.ones(5)),
            "density must have shape [point] with point = 3 as in W, not (4,).",
        ),
        (
            lambda: introduction.embeddings_row(np.zeros((0, 5, 2)), np.ones(0), np.ones(5)),
            "W must have shape [point, feature, 2] with at least one point, not (0, 5, 2).",
        ),
        (
            lambda: demonstrating.single_model(np.full((4, 2), np.nan), np.zeros(4)),
            "W must be finite, but 8 of its values are not.",
        ),
        (
            lambda: demonstrating.sparsity_row(np.zeros((2, 4, 2)), np.zeros((2, 4)), ["one"]),
            "labels must have shape [model] with model = 2 as in W, not (1,).",
        ),
        (
            lambda: mathematics.loss_decomposition([1.0, 0.1], [[1.0, -0.5], [1.0, 1.0]]),
            "terms must not be negative, but the least of them is -0.5.",
        ),
        (
            lambda: phase.diagram(*GRID, FLAT.T, FLAT, FLAT.astype(int), []),
            "trained_norm must have shape [density, importance] with density = 4 as in density, not (3, 4).",
        ),
        (
            lambda: phase.diagram(*GRID, FLAT, FLAT, np.full((4, 3), "lost"), []),
            "outcome must be one of ignored, superposed, dedicated, confused, not 'lost'.",
        ),
        (
            lambda: phase.diagram(*GRID, FLAT, FLAT, np.full((4, 3), 4), []),
            "outcome must lie between 0 and 3, not 4 to 4.",
        ),
        (
            lambda: phase.diagram([3, 2, 1], GRID[1], FLAT, FLAT, FLAT.astype(int), []),
            "relative_importance must hold at least two values, positive and increasing, not [3. 2. 1.].",
        ),
        (
            lambda: no_bias.loss_surfaces([0, 1], [0, 1], np.zeros((2, 2, 2)), [], ["a", "b"]),
            "minima must have one array a setting, 2 in all, not 0.",
        ),
        (
            lambda: uniform.geometry_graph(np.zeros((4, 2))),
            "W must have a feature of norm above 0.5 to draw, but its longest has 0.",
        ),
        (
            lambda: correlated.local_bases(np.eye(4), [0, 1, 0, 1]),
            "sets must have the features of each set side by side.",
        ),
        (
            lambda: learning.trajectories_3d([1, 2], np.zeros((2, 6, 3)), [1, 1], [0] * 6, [2]),
            "stages must be increasing indices below 2, not [2].",
        ),
    ],
)
def test_wrong_data_gets_one_sentence(draw: Callable[[], Figure], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        draw()


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_tensors_are_as_good_as_arrays(kind: torch.dtype) -> None:
    values = Shapes().floats("W", torch.ones(2, 3, dtype=kind), "point feature")
    assert values.dtype == np.float64
    assert (values == 1).all()


def test_an_axis_name_stands_for_one_size_in_all_arguments_of_a_figure() -> None:
    shapes = Shapes()
    shapes.floats("W", np.zeros((3, 2)), "feature hidden")
    with pytest.raises(
        ValueError, match=r"b must have shape \[feature\] with feature = 3 as in W, not \(2,\)"
    ):
        shapes.floats("b", np.zeros(2), "feature")


def test_ignored_superposed_and_dedicated_have_their_own_colours() -> None:
    norm, superposition = np.array([0.0, 1.0, 1.0]), np.array([0.5, 1.0, 0.0])
    wanted = [to_rgb(OUTCOME_COLOURS[name]) for name in OUTCOMES[:3]]
    np.testing.assert_allclose(outcome_colour(norm, superposition), wanted, atol=0.01)


def test_norms_above_one_are_as_strong_as_one() -> None:
    np.testing.assert_array_equal(
        outcome_colour(np.array(1.4), np.array(2.0)), outcome_colour(np.array(1.0), np.array(1.0))
    )


def test_outcomes_stay_apart_without_green_receptors() -> None:
    seen = [seen_by_a_deuteranope(colour) for colour in OUTCOME_COLOURS.values()]
    apart = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(apart) > 0.25


def test_negative_and_positive_entries_stay_apart_without_green_receptors() -> None:
    low, high = (np.asarray(DIVERGING(end)[:3]) for end in (0.0, 1.0))
    blue_low, blue_high = (np.clip(DEUTERANOPIA @ end**2.2, 0, 1)[2] for end in (low, high))
    assert blue_low > 0.15 > 0.05 > blue_high
    np.testing.assert_allclose(DIVERGING(0.5)[:3], 1.0, atol=0.02)


def test_superposition_is_zero_for_orthogonal_and_one_for_antipodal_features() -> None:
    W = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, -1.0], [0.0, 0.0]])
    norms, superposition = norms_and_superposition(W)
    np.testing.assert_allclose(norms, [1, 1, 1, 0])
    np.testing.assert_allclose(superposition, [0, 1, 1, 0], atol=1e-12)


def test_a_neuron_of_one_feature_is_monosemantic() -> None:
    W = np.array([[2.0, 1.0, 0.0], [0.0, -1.0, 0.0]])
    np.testing.assert_allclose(polysemanticity(W), [0.0, 0.5, 0.0])


def test_neurons_are_ordered_by_their_main_feature() -> None:
    W = np.array([[0.1, -2.0, 0.0], [1.0, 0.5, 0.2], [0.3, 0.0, 3.0]])
    np.testing.assert_array_equal(by_primary_feature(W), [1, 0, 2])


@pytest.mark.parametrize(("value", "text"), [(1.0, "1"), (0.003, "0.003"), (10.0, "10"), (1e5, "100000")])
def test_numbers_are_written_as_they_are_read(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(("low", "high"), [(1, 10), (0.01, 1), (0.001, 1), (1e-5, 1), (0.1, 10), (2, 5)])
def test_logarithmic_ticks_are_few_and_inside(low: float, high: float) -> None:
    ticks = nice_ticks(low, high)
    assert 1 < len(ticks) <= 8
    assert low <= min(ticks)
    assert max(ticks) <= high
