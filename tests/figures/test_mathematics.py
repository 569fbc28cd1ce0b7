"""Figures of *Mathematical Understanding*: legibility and content."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from figures import mathematics
from tests.helpers.legibility import assert_legible
from tests.helpers.pictures import (
    Picture,
    colour,
    legend,
    line_like,
    near,
    panel,
    panels,
    points,
    same_picture,
    shown_texts,
    shuffled,
    ticks,
)

DENSITY = np.array([1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001])


def one_sparse_loss() -> Figure:
    norm, cosine, bias = np.linspace(0, 1.4, 15), np.linspace(-1, 1, 21), np.array([0, -0.1, -0.2])
    relu = np.maximum(cosine + bias[:, None], 0) ** 2 / 3
    return mathematics.one_sparse_loss(
        norm=norm,
        benefit_linear=(1 - norm**2) ** 2 / 3,
        benefit_relu=np.stack([(1 - norm**2) ** 2 / 3] * 3),
        cosine=cosine,
        interference_linear=cosine**2 / 3,
        interference_relu=relu,
        bias=bias,
    )


def loss_decomposition() -> Figure:
    return mathematics.loss_decomposition(DENSITY, DENSITY[:, None] ** np.arange(12) / np.arange(1, 13))


def terms_by_arrangement() -> Figure:
    terms = np.exp(-np.arange(21.0)) * np.array([[0.02], [0.1]])
    return mathematics.terms_by_arrangement(terms, ["trained: antipodal pairs", "in random directions"])


@pytest.mark.parametrize("draw", [one_sparse_loss, loss_decomposition, terms_by_arrangement])
def test_a_figure_is_legible_and_small(draw: Callable[[], Figure], tmp_path: Path) -> None:
    assert_legible(draw(), tmp_path)


@pytest.mark.parametrize(
    ("draw", "labels"),
    [
        (one_sparse_loss, {r"norm $\|W_i\|$", r"$W_i\cdot W_j$ of two unit features"}),
        (loss_decomposition, {"loss $L$", "share of the loss", "$L_{0}$", "$L_{6}$ and beyond"}),
    ],
)
def test_labels_are_in_the_symbols_of_the_paper(draw: Callable[[], Figure], labels: set[str]) -> None:
    assert labels <= shown_texts(draw())


NORM = np.array([0.0, 0.4, 1.0, 1.2])
COSINE = np.array([-1.0, 0.2, 1.0])
BIAS = np.array([0.0, -0.3])
BENEFIT = np.array([0.30, 0.20, 0.05, 0.10]), np.array([[0.31, 0.22, 0.07, 0.11], [0.33, 0.28, 0.09, 0.02]])
INTERFERENCE = np.array([0.40, 0.01, 0.35]), np.array([[0.02, 0.04, 0.36], [0.0, 0.03, 0.21]])


def losses(
    norm: NDArray[np.intp] | None = None,
    cosine: NDArray[np.intp] | None = None,
    bias: NDArray[np.intp] | None = None,
) -> Figure:
    i = np.arange(4) if norm is None else norm
    j = np.arange(3) if cosine is None else cosine
    k = np.arange(2) if bias is None else bias
    return mathematics.one_sparse_loss(
        norm=NORM[i],
        benefit_linear=BENEFIT[0][i],
        benefit_relu=BENEFIT[1][k][:, i],
        cosine=COSINE[j],
        interference_linear=INTERFERENCE[0][j],
        interference_relu=INTERFERENCE[1][k][:, j],
        bias=BIAS[k],
    )


@pytest.mark.parametrize("bias", [np.array([0, 1]), np.array([1, 0])])
def test_each_entry_of_the_legend_is_the_curve_of_its_model_in_both_panels(bias: NDArray[np.intp]) -> None:
    figure = losses(bias=bias)
    entries = legend(figure)
    for title, x, (linear, relu) in (
        ("feature benefit", NORM, BENEFIT),
        ("interference", COSINE, INTERFERENCE),
    ):
        curves = {"linear model, $b = 0$": linear, "ReLU output, $b = 0$": relu[0]}
        curves["ReLU output, $b = -0.3$"] = relu[1]
        assert set(entries) == set(curves)
        for name, y in curves.items():
            drawn = points(line_like(panel(figure, title), entries[name]))
            np.testing.assert_array_equal(drawn, np.stack([x, y], axis=1))


def test_the_axes_of_both_panels_are_named() -> None:
    figure = losses()
    names = {axes.get_title(): (axes.get_xlabel(), axes.get_ylabel()) for axes in panels(figure)}
    assert names == {
        "feature benefit": (r"norm $\|W_i\|$", "loss on the active feature"),
        "interference": (r"$W_i\cdot W_j$ of two unit features", "loss on the other feature"),
    }


def test_negative_interference_is_shaded() -> None:
    figure = losses()
    picture, axes = Picture(figure), panel(figure, "interference")
    assert picture.colour(axes, -0.7, 0.12) == near([0xF2 / 255] * 3)
    assert picture.colour(axes, 0.7, 0.08) == near([1, 1, 1])


@pytest.mark.parametrize(
    "draw", [lambda order: losses(norm=order), lambda order: losses(cosine=order[order < 3])]
)
def test_the_order_of_norms_and_cosines_changes_nothing(draw: Callable[[NDArray[np.intp]], Figure]) -> None:
    assert same_picture(*shuffled(draw, 4))


PLACES = np.array([0.01, 1.0, 0.1])
TERMS = np.array([[0.1, 0.3, 0.0, 0.0], [0.0, 1.0, 2.0, 1.0], [0.2, 0.4, 0.2, 0.0]])


def parts(order: NDArray[np.intp] | None = None) -> Figure:
    chosen = np.arange(3) if order is None else order
    return mathematics.loss_decomposition(PLACES[chosen], TERMS[chosen])


def test_the_loss_is_the_sum_of_the_terms_at_its_density() -> None:
    above, _ = panels(parts())
    (total,) = above.get_lines()
    np.testing.assert_allclose(points(total), np.array([[0.01, 0.4], [0.1, 0.8], [1, 4]]))
    assert above.get_ylabel() == "loss $L$"


def assert_shares(figure: Figure, shares: dict[float, dict[str, float]]) -> None:
    """Check that each term fills its share, stacked from the first term upwards."""
    picture, (_, below) = Picture(figure), panels(figure)
    entries = legend(below)
    for density, by_name in shares.items():
        base = 0.0
        for name, share in by_name.items():
            if share > 0.02:
                middle = base + share / 2
                assert picture.colour(below, density, middle) == near(colour(entries[name])), (density, name)
            base += share
        assert base == pytest.approx(1)


def test_each_term_fills_its_share_in_the_colour_of_the_legend() -> None:
    # Just inside the ends of the axis, where a term's area has its height at the end.
    assert_shares(
        parts(),
        {
            0.0101: {"$L_{0}$": 0.25, "$L_{1}$": 0.75},
            0.1: {"$L_{0}$": 0.25, "$L_{1}$": 0.5, "$L_{2}$": 0.25},
            0.95: {"$L_{0}$": 0, "$L_{1}$": 0.25, "$L_{2}$": 0.5, "$L_{3}$": 0.25},
        },
    )


def test_terms_beyond_the_seventh_are_one() -> None:
    terms = np.stack([np.full(9, 1.0), np.arange(1.0, 10.0)])
    names = [f"$L_{{{k}}}$" for k in range(6)] + ["$L_{6}$ and beyond"]
    shares = {0.101: [1 / 9] * 6 + [3 / 9], 0.95: [k / 45 for k in range(1, 7)] + [24 / 45]}
    figure = mathematics.loss_decomposition([0.1, 1.0], terms)
    assert_shares(figure, {p: dict(zip(names, heights, strict=True)) for p, heights in shares.items()})


def test_names_of_terms_are_theirs() -> None:
    figure = mathematics.loss_decomposition([0.1, 1.0], [[1, 3], [3, 1]], labels=["first", "second"])
    assert_shares(figure, {0.101: {"first": 0.25, "second": 0.75}, 0.95: {"first": 0.75, "second": 0.25}})


def test_the_legend_lists_terms_as_they_are_stacked() -> None:
    _, below = panels(parts())
    assert list(legend(below)) == [f"$L_{{{k}}}$" for k in (3, 2, 1, 0)]


def test_dense_features_are_at_the_left() -> None:
    figure = parts()
    shown_texts(figure)
    for axes in panels(figure):
        assert axes.xaxis_inverted()
        assert not axes.yaxis_inverted()
    assert ticks(panels(figure)[1].xaxis)["0.1"] == 0.1


def test_the_order_of_densities_changes_nothing() -> None:
    assert same_picture(*shuffled(parts, 3))


ARRANGED = np.array([[0.0, 0.1, 0.3, 0.0, 0.0], [0.0, 1.2, 0.5, 0.3, 0.0001]])


def test_each_number_of_active_features_has_a_bar_for_each_arrangement() -> None:
    figure = mathematics.terms_by_arrangement(ARRANGED, ["pairs", "random"])
    entries = legend(figure)
    assert list(entries) == ["pairs", "random"]
    losses, shares = panels(figure)
    assert losses.get_ylabel() == "loss, of that of an output of 0"
    assert shares.get_ylabel() == "share of the loss"
    for axes, values in ((losses, ARRANGED), (shares, ARRANGED / ARRANGED.sum(1, keepdims=True))):
        for (name, row), side in zip(zip(entries, values, strict=True), (-1, 1), strict=True):
            bars = [
                bar
                for bar in axes.patches
                if isinstance(bar, Rectangle) and colour(bar) == colour(entries[name])
            ]
            # The fifth number contributes less than a thousandth and is left out.
            assert [bar.get_height() for bar in bars] == pytest.approx(row[:4].tolist())
            centres = [bar.get_x() + bar.get_width() / 2 for bar in bars]
            assert centres == pytest.approx([k + 0.2 * side for k in range(4)])


def test_an_arrangement_without_a_loss_is_refused() -> None:
    with pytest.raises(ValueError, match="terms must have a positive sum"):
        mathematics.terms_by_arrangement(np.zeros((2, 3)), ["pairs", "random"])
