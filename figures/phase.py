"""Figures of the paper's section *Superposition as a Phase Change*: trained models beside exact theory."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import LogNorm, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import NullLocator
from numpy.typing import ArrayLike

from figures.toolkit.marks import label_bar
from figures.toolkit.outcomes import OUTCOME_COLOURS, OUTCOMES, outcome_colour, outcome_patches, read_outcomes
from figures.toolkit.plane import (
    Curve,
    draw_boundaries,
    draw_cells,
    edges,
    frame_plane,
    read_curves,
    read_grid,
)
from figures.toolkit.shapes import Shapes
from figures.toolkit.style import (
    DENSITY_LABEL,
    EXCESS,
    INK,
    RELATIVE_IMPORTANCE_LABEL,
    halo,
    new_figure,
    number,
    styled,
)
from tms import theory

_SHORT_IMPORTANCE_LABEL = "relative importance"
_TRIPLE_POINT = theory.TRIPLE_POINT[::-1]
"""Relative importance and density; `tms.theory` has the density first."""


@styled
def diagram(
    relative_importance: ArrayLike,
    density: ArrayLike,
    trained_norm: ArrayLike,
    trained_superposition: ArrayLike,
    theory_outcome: ArrayLike,
    boundaries: Sequence[Curve],
    *,
    title: str = "",
    triple_point: tuple[float, float] | None = _TRIPLE_POINT,
) -> Figure:
    """Draw the phase diagram of the extra feature: trained models beside exact theory.

    Source: #phase-change.

    Parameters
    ----------
    relative_importance
        Importance of the extra feature relative to the others, log spaced, shape ``[importance]``.
    density
        $1 - S$, log spaced, shape ``[density]``.
    trained_norm
        Norm of the extra feature's embedding in the trained models, shape ``[density, importance]``.
    trained_superposition
        Sum of squared interference on the extra feature in the trained models, same shape.
    theory_outcome
        Outcome of lowest exact loss, same shape: names or indices of `figures.toolkit.outcomes.OUTCOMES`.
    boundaries
        Curves between outcomes, each a pair of arrays (relative importance, density).
    title
        Title of the figure, such as ``"n = 2, m = 1"``; empty for none.
    triple_point
        (relative importance, density) where three outcomes meet; None leaves the mark out.

    Returns
    -------
    matplotlib.figure.Figure
        White is ignored; norm gives strength, and superposition turns the colour of *dedicated* into that of
        *superposed*.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite, if a coordinate is not positive and
        increasing, or an outcome is unknown.
    """
    shapes = Shapes()
    r, p = read_grid(shapes, relative_importance, density)
    norm = shapes.floats("trained_norm", trained_norm, "density importance")
    superposition = shapes.floats("trained_superposition", trained_superposition, "density importance")
    outcome = read_outcomes(shapes, theory_outcome, "density importance")
    curves = read_curves(boundaries)

    palette = np.array([to_rgb(OUTCOME_COLOURS[name]) for name in OUTCOMES])
    figure = new_figure(4.2)
    trained, theory, key = figure.subplots(1, 3, width_ratios=(1, 1, 0.36))
    draw_cells(trained, r, p, outcome_colour(norm, superposition))
    draw_cells(theory, r, p, palette[outcome])
    heading = f"{title}: trained models" if title else "trained models"
    for axes, name in ((trained, heading), (theory, "exact theory")):
        frame_plane(axes, r, p)
        draw_boundaries(axes, curves)
        if triple_point is not None:
            axes.plot(*triple_point, "o", color="white", markeredgecolor=INK, markersize=6.5, zorder=5)
        axes.set_title(name)
        axes.set_xlabel(RELATIVE_IMPORTANCE_LABEL)
    trained.set_ylabel(DENSITY_LABEL)
    theory.tick_params(labelleft=False)
    seen = [name for index, name in enumerate(OUTCOMES) if (outcome == index).any() or name != "confused"]
    _key(key, seen, triple_point is not None)
    return figure


def _key(axes: Axes, outcomes: Sequence[str], triple: bool) -> None:
    axes.set_axis_off()
    square = axes.inset_axes((0.22, 0.18, 0.72, 0.22))
    shades = np.linspace(0, 1, 24)
    norm, superposition = np.meshgrid(shades, shades, indexing="ij")
    square.imshow(
        outcome_colour(norm, superposition), origin="lower", extent=(0, 1, 0, 1), interpolation="bilinear"
    )
    square.set_aspect("auto")
    square.set_xticks([0, 1])
    square.set_yticks([0, 1])
    square.tick_params(length=2, labelsize=8, pad=2)
    square.set_xlabel("superposition", fontsize=8.5, labelpad=1)
    square.set_ylabel(r"norm $\|W_i\|$", fontsize=8.5, labelpad=1)
    square.set_title("trained", fontsize=9)
    for spine in square.spines.values():
        spine.set_visible(True)
    handles: list[Patch | Line2D] = [*outcome_patches(outcomes)]
    handles.append(Line2D([], [], color=INK, linewidth=1.4, label="boundary"))
    if triple:
        handles.append(
            Line2D([], [], marker="o", color="white", markeredgecolor=INK, linestyle="", label="triple point")
        )
    axes.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(-0.08, 1.02),
        handlelength=1.3,
        title="extra feature",
    )


@styled
def excess_loss(
    relative_importance: ArrayLike,
    density: ArrayLike,
    excess: ArrayLike,
    boundaries: Sequence[Curve],
    *,
    margin: float | None = None,
    title: str = "",
) -> Figure:
    """Draw how far the trained loss of each cell is above the exact global optimum.

    Source: #phase-change.

    Parameters
    ----------
    relative_importance
        Importance of the extra feature relative to the others, log spaced, shape ``[importance]``.
    density
        $1 - S$, log spaced, shape ``[density]``.
    excess
        (trained loss - optimum) / optimum, shape ``[density, importance]``.
    boundaries
        Curves between outcomes, each a pair of arrays (relative importance, density).
    margin
        Excess up to which a cell counts as having reached the optimum; marked on the scale, and cells beyond
        it get a dot.
    title
        Title of the figure, such as ``"n = 2, m = 1"``; empty for none.

    Returns
    -------
    matplotlib.figure.Figure
        Heat map on a logarithmic scale; below its lower end lie cells with no excess at all.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite, or if a coordinate is not positive
        and increasing.
    """
    shapes = Shapes()
    r, p = read_grid(shapes, relative_importance, density)
    values = shapes.floats("excess", excess, "density importance")
    curves = read_curves(boundaries)

    low, high = 1e-5, 10.0 ** max(-1.0, np.ceil(np.log10(max(values.max(), 1e-5))))
    figure = new_figure(4.3, width=5.9)
    axes = figure.subplots()
    scale = LogNorm(low, high)
    x, y = edges(r), edges(p)
    axes.pcolormesh(x, y, np.clip(values, low, high), cmap=EXCESS, norm=scale, linewidth=0, rasterized=True)
    frame_plane(axes, r, p)
    draw_boundaries(axes, curves)
    axes.set_xlabel(RELATIVE_IMPORTANCE_LABEL)
    axes.set_ylabel(DENSITY_LABEL)
    bar = Colorbar(axes.inset_axes((1.04, 0, 0.05, 1)), ScalarMappable(scale, EXCESS), extend="min")
    label_bar(bar, "(trained loss − optimum) / optimum")
    bar.ax.yaxis.set_minor_locator(NullLocator())
    if margin is not None:
        missed = values > margin
        rows, columns = np.nonzero(missed)
        axes.plot(r[columns], p[rows], ".", color=INK, markersize=5, path_effects=halo(1.5))
        bar.ax.axhline(margin, color="white", linewidth=3)
        bar.ax.axhline(margin, color=INK, linewidth=1.4)
        share = 100 * (1 - missed.mean())
        note = f"{number(share, 3)}% of cells within {number(100 * margin, 2)}% of the optimum"
        title = f"{title}:  {note}" if title else note
    axes.set_title(title, pad=8)
    return figure


@styled
def activations(
    relative_importance: ArrayLike,
    density: ArrayLike,
    norm: ArrayLike,
    superposition: ArrayLike,
    names: Sequence[str],
    area: ArrayLike,
) -> Figure:
    """Draw the trained phase diagrams of several activation functions side by side.

    Source: #comment-redwood.

    Parameters
    ----------
    relative_importance
        Importance of the extra feature relative to the others, log spaced, shape ``[importance]``.
    density
        $1 - S$, log spaced, shape ``[density]``.
    norm
        Norm of the extra feature's embedding, shape ``[activation, density, importance]``.
    superposition
        Sum of squared interference on the extra feature, same shape.
    names
        Name of each activation function, shape ``[activation]``.
    area
        Share of each diagram in superposition, from 0 to 1, shape ``[activation]``.

    Returns
    -------
    matplotlib.figure.Figure
        One panel per activation function, with its superposed area in the title.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or a value that is not finite, or if a coordinate is not positive
        and increasing.
    """
    shapes = Shapes()
    r, p = read_grid(shapes, relative_importance, density)
    norms = shapes.floats("norm", norm, "activation density importance")
    shared = shapes.floats("superposition", superposition, "activation density importance")
    titles = shapes.names("names", np.asarray(names), "activation")
    areas = shapes.floats("area", area, "activation")

    n = len(titles)
    figure = new_figure(8.4 / max(n, 2) + 0.95)
    panels = figure.subplots(1, n, squeeze=False)[0]
    for axes, colours, title, share in zip(panels, outcome_colour(norms, shared), titles, areas, strict=True):
        draw_cells(axes, r, p, colours)
        frame_plane(axes, r, p)
        axes.set_title(f"{title}: {number(100 * share, 2)}% superposed")
        axes.set_xlabel(_SHORT_IMPORTANCE_LABEL)
        axes.tick_params(labelleft=axes is panels[0])
    panels[0].set_ylabel(DENSITY_LABEL)
    figure.legend(
        handles=outcome_patches(OUTCOMES[:3]), loc="outside lower center", ncols=3, handlelength=1.3
    )
    return figure
