"""Numbers that pictures of weights show: superposition, polysemanticity, the order of neurons."""

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from figures.toolkit.weights import (
    by_primary_feature,
    draw_stacks,
    norms_and_superposition,
    polysemanticity,
    stack_reach,
)


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


def test_equal_neurons_keep_their_order() -> None:
    np.testing.assert_array_equal(
        by_primary_feature(np.array([[0.0, 1.0, -2.0], [1.0, 0.0, 0.0]])), [1, 2, 0]
    )


def test_the_reach_of_stacks_holds_the_sums_of_positive_and_of_negative_weights() -> None:
    low, high = stack_reach(np.array([[[1.0, -3.0], [2.0, 1.0]], [[0.5, 0.5], [-1.0, 0.0]]]))
    # From -3 to 3, and 6% of that beyond either end.
    np.testing.assert_allclose((low, high), (-3.36, 3.36))


def test_both_ends_of_the_reach_hold_sums_and_not_single_weights() -> None:
    """In the example above, the lowest sum is a single weight."""
    low, high = stack_reach(np.array([[1.0, -1.0], [2.0, -2.0]]))
    np.testing.assert_allclose((low, high), (-3.36, 3.36))


def test_a_weight_is_drawn_unless_it_is_invisible_beside_the_highest_stack() -> None:
    axes = Figure().subplots()
    W = np.ones((10, 2))
    W[:, 1] = 0
    W[:2, 1] = 0.03, 0.05  # of a stack of 10, 0.4% are 0.04
    draw_stacks(axes, W, ["black"] * 10)
    (bars,) = axes.collections
    assert isinstance(bars, PolyCollection)
    assert len(bars.get_paths()) == 11
