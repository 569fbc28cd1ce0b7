"""Figures of the comment that leaves the bias out: its loss surfaces, and where their minima go."""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import BoundaryNorm, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import ArrayLike, NDArray

from figures.toolkit.outcomes import OUTCOME_COLOURS, OUTCOMES, read_outcomes
from figures.toolkit.shapes import Shapes
from figures.toolkit.style import BLUE, CATEGORIES, DENSITY_LABEL, FRAME, INK, ORANGE, new_figure, styled

_RASTERIZED = 1.8
"""What lies below this is written to SVG as pixels: filled contours, which are at 1, and their lines."""
_LINES = 1.5


@styled
def loss_surfaces(
    W1: ArrayLike, W2: ArrayLike, loss: ArrayLike, minima: Sequence[ArrayLike], titles: Sequence[str]
) -> Figure:
    """Draw the exact loss without bias over the two weights of n = 2, m = 1.

    Source: #comment-deepmind.

    Parameters
    ----------
    W1, W2
        The weights, shapes ``[first]`` and ``[second]``.
    loss
        Exact expected loss, shape ``[setting, second, first]``.
    minima
        Global minima of each setting, each of shape ``[minimum, 2]`` as (W1, W2).
    titles
        Title of each setting, shape ``[setting]``.

    Returns
    -------
    matplotlib.figure.Figure
        One panel of contours per setting, each on a scale that starts at its lowest loss; minima are marked.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite.
    """
    shapes = Shapes()
    first = shapes.increasing("W1", W1, "first")
    second = shapes.increasing("W2", W2, "second")
    losses = shapes.floats("loss", loss, "setting second first")
    names = shapes.names("titles", np.asarray(titles), "setting")
    if len(minima) != len(names):
        raise ValueError(f"minima must have one array per setting, {len(names)} in all, not {len(minima)}.")
    marks = [Shapes().floats(f"minima[{i}]", points, "minimum 2") for i, points in enumerate(minima)]

    n = len(names)
    figure = new_figure(8.3 / max(n, 2) + 1.0)
    panels = figure.subplots(1, n, squeeze=False)[0]
    # The surface is flat around its minima and steep elsewhere, so levels grow as a square.
    steps = np.linspace(0, 1, 13) ** 2
    for axes, surface, points, name in zip(panels, losses, marks, names, strict=True):
        low = surface.min()
        levels = low + steps * (np.quantile(surface, 0.9) - low)
        shade = BoundaryNorm(levels, 256, extend="max")
        axes.contourf(first, second, surface, levels=levels, cmap="Blues_r", norm=shade, extend="max")
        axes.contour(
            first, second, surface, levels=levels[1:-1], colors="white", linewidths=0.5, zorder=_LINES
        )
        axes.set_rasterization_zorder(_RASTERIZED)
        axes.axhline(0, color="white", linewidth=0.8, alpha=0.8)
        axes.axvline(0, color="white", linewidth=0.8, alpha=0.8)
        axes.plot(points[:, 0], points[:, 1], "o", color=ORANGE, markeredgecolor="white", markersize=8)
        axes.set_aspect("equal")
        axes.set_title(name)
        axes.set_xlabel("$W_1$")
        for spine in axes.spines.values():
            spine.set_visible(True)
        axes.tick_params(labelleft=axes is panels[0])
    panels[0].set_ylabel("$W_2$")
    figure.legend(
        handles=[
            Line2D(
                [],
                [],
                marker="o",
                color=ORANGE,
                markeredgecolor="white",
                markersize=8,
                linestyle="",
                label="global minimum",
            )
        ],
        loc="outside lower center",
    )
    return figure


@styled
def transition(density: ArrayLike, minimum: ArrayLike, outcome: ArrayLike, titles: Sequence[str]) -> Figure:
    """Draw where the global minimum without bias lies as density changes.

    Source: #comment-deepmind.

    Parameters
    ----------
    density
        $1 - S$, increasing, shape ``[setting, point]``.
    minimum
        (W1, W2) at the minimum, of the sign with W1 >= 0, shape ``[setting, point, 2]``.
    outcome
        Outcome there, shape ``[setting, point]``: names or indices of `figures.toolkit.outcomes.OUTCOMES`.
    titles
        Title of each setting, shape ``[setting]``.

    Returns
    -------
    matplotlib.figure.Figure
        One panel per setting: the exact positions as points, over the colour of the outcome.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite, or if an outcome is unknown.
    """
    shapes = Shapes()
    densities = shapes.increasing("density", density, "setting point")
    positions = shapes.floats("minimum", minimum, "setting point 2")
    outcomes = read_outcomes(shapes, outcome, "setting point")
    names = shapes.names("titles", np.asarray(titles), "setting")

    n = len(names)
    figure = new_figure(3.7, width=9.0 if n > 1 else 6.0)
    panels = figure.subplots(1, n, squeeze=False, sharey=True)[0]
    for axes, p, weights, kinds, name in zip(panels, densities, positions, outcomes, names, strict=True):
        for start, stop in _runs(kinds):
            left = p[start] if start == 0 else (p[start - 1] + p[start]) / 2
            right = p[stop] if stop == len(p) - 1 else (p[stop] + p[stop + 1]) / 2
            kind = OUTCOMES[kinds[start]]
            axes.axvspan(left, right, color=OUTCOME_COLOURS[kind], alpha=0.16, linewidth=0)
            axes.text((left + right) / 2, 1.31, kind, ha="center", va="top", fontsize=9, color=INK)
        axes.axhline(0, color=FRAME, linewidth=0.8)
        # Where the two agree, the smaller marker lies on the larger.
        for component, label, size, colour in ((0, "$W_1$", 6.5, BLUE), (1, "$W_2$", 3.2, ORANGE)):
            axes.plot(
                p,
                weights[:, component],
                "o",
                color=colour,
                markersize=size,
                label=label,
                clip_on=False,
                zorder=3,
            )
        axes.set_xlim(p.min(), p.max())
        axes.set_ylim(-1.25, 1.38)
        axes.set_title(name)
        axes.set_xlabel(DENSITY_LABEL)
    panels[0].set_ylabel("position of the global minimum")
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=2,
        markerscale=1.2,
        handletextpad=0.2,
    )
    return figure


@styled
def two_minima(
    reach: float,
    ends: ArrayLike,
    lowest: str,
    densities: Sequence[ArrayLike],
    extra_weights: Sequence[ArrayLike],
    names: Sequence[str],
    *,
    title: str = "",
) -> Figure:
    r"""Draw in which minimum each start ends, and how the optimum with bias changes along the density.

    Source: #comment-deepmind.

    Parameters
    ----------
    reach
        Starts lie in the square from -reach to reach.
    ends
        Outcome at the minimum in which each start ends, evenly spaced, shape ``[W1, W2]``: names of
        `figures.toolkit.outcomes.OUTCOMES`, or their indices.
    lowest
        Outcome at the global minimum.
    densities
        $1 - S$ along each cut, increasing, each of shape ``[point]``.
    extra_weights
        \|W2\| at the optimum with bias, each of shape ``[point]``.
    names
        Name of each cut.
    title
        Title of the map of the starts; empty for none.

    Returns
    -------
    matplotlib.figure.Figure
        The map with the share of each minimum in its legend, and the curves.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite, or if an outcome is unknown.
    """
    shapes = Shapes()
    kinds = read_outcomes(shapes, ends, "first second")
    cuts = [Shapes().increasing(f"densities[{i}]", p, "point") for i, p in enumerate(densities)]
    weights = [Shapes().floats(f"extra_weights[{i}]", w, "point") for i, w in enumerate(extra_weights)]
    if not len(cuts) == len(weights) == len(names):
        raise ValueError(
            f"densities, extra_weights and names must be equally many, not {len(cuts)}, {len(weights)} and "
            f"{len(names)}."
        )

    figure = new_figure(4.3, width=9.0)
    starts, curves = figure.subplots(1, 2, width_ratios=(1, 1.25))
    palette = np.array([to_rgb(OUTCOME_COLOURS[name]) for name in OUTCOMES])
    # The first axis of the array is W1, which is horizontal.
    starts.imshow(
        palette[kinds].swapaxes(0, 1),
        origin="lower",
        extent=(-reach, reach, -reach, reach),
        interpolation="nearest",
    )
    starts.set_xlabel("$W_1$ at the start")
    starts.set_ylabel("$W_2$ at the start")
    starts.set_title(title)
    handles = []
    for index, name in enumerate(OUTCOMES):
        share = float((kinds == index).mean())
        if share > 0:
            which = "global minimum" if name == lowest else "other minimum"
            label = f"{name}: {which}, {100 * share:.0f}% of starts"
            handles.append(
                Patch(facecolor=OUTCOME_COLOURS[name], edgecolor=FRAME, linewidth=0.6, label=label)
            )
    figure.legend(handles=handles, loc="outside lower left")
    for p, w, name, colour in zip(cuts, weights, names, CATEGORIES, strict=False):
        curves.plot(p, w, "o-", color=colour, markersize=3.6, linewidth=1, label=name)
    curves.set_ylim(-0.05, 1.15)
    curves.set_xlabel(DENSITY_LABEL)
    curves.set_ylabel("$|W_2|$ at the optimum with bias")
    curves.legend(loc="lower right")
    return figure


def _runs(values: NDArray[np.intp]) -> list[tuple[int, int]]:
    changes = np.flatnonzero(np.diff(values)) + 1
    starts = [0, *changes.tolist()]
    return list(zip(starts, [*(changes - 1).tolist(), len(values) - 1], strict=True))
