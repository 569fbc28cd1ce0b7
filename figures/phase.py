"""Figures of the paper's section *Superposition as a Phase Change*."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import BoundaryNorm, LogNorm, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import NullLocator
from numpy.typing import ArrayLike, NDArray

from figures.shapes import Shapes
from figures.style import (
    BLUE,
    CATEGORIES,
    DENSITY_LABEL,
    EXCESS,
    FAINT,
    FRAME,
    GREY,
    INK,
    MUTED,
    ORANGE,
    OUTCOME_COLOURS,
    OUTCOMES,
    RELATIVE_IMPORTANCE_LABEL,
    halo,
    log_ticks,
    new_figure,
    nice_ticks,
    number,
    outcome_colour,
    styled,
)

Curve = tuple[ArrayLike, ArrayLike]

IGNORED_NORM = 0.1
"""Below this norm a feature is drawn as ignored, without a superposition."""

_SHORT_IMPORTANCE_LABEL = "relative importance"


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
    triple_point: tuple[float, float] | None = (1.0, 4.0 / 7.0),
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
        Outcome of lowest exact loss, same shape: names or indices of `figures.style.OUTCOMES`.
    boundaries
        Curves between outcomes, each a pair of arrays (relative importance, density).
    title
        Such as ``"n = 2, m = 1"``.
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
        If a shape is another, a value is not finite, a coordinate is not positive and increasing, or an
        outcome is unknown.
    """
    shapes = Shapes()
    r, p = _grid(shapes, relative_importance, density)
    norm = shapes.floats("trained_norm", trained_norm, "density importance")
    superposition = shapes.floats("trained_superposition", trained_superposition, "density importance")
    outcome = _outcomes(shapes, theory_outcome, "density importance")
    curves = _curves(boundaries)

    palette = np.array([to_rgb(OUTCOME_COLOURS[name]) for name in OUTCOMES])
    figure = new_figure(4.2)
    trained, theory, key = figure.subplots(1, 3, width_ratios=(1, 1, 0.36))
    _cells(trained, r, p, outcome_colour(norm, superposition))
    _cells(theory, r, p, palette[outcome])
    heading = f"{title}: trained models" if title else "trained models"
    for axes, name in ((trained, heading), (theory, "exact theory")):
        _phase_axes(axes, r, p)
        _boundaries(axes, curves)
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
    handles: list[Patch | Line2D] = [
        Patch(facecolor=OUTCOME_COLOURS[name], edgecolor=FRAME, label=name) for name in outcomes
    ]
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
        Such as ``"n = 2, m = 1"``.

    Returns
    -------
    matplotlib.figure.Figure
        Heat map on a logarithmic scale; below its lower end lie cells with no excess at all.

    Raises
    ------
    ValueError
        If a shape is another, a value is not finite, or a coordinate is not positive and increasing.
    """
    shapes = Shapes()
    r, p = _grid(shapes, relative_importance, density)
    values = shapes.floats("excess", excess, "density importance")
    curves = _curves(boundaries)

    low, high = 1e-5, 10.0 ** max(-1.0, np.ceil(np.log10(max(values.max(), 1e-5))))
    figure = new_figure(4.3, width=5.9)
    axes = figure.subplots()
    scale = LogNorm(low, high)
    x, y = _edges(r), _edges(p)
    axes.pcolormesh(x, y, np.clip(values, low, high), cmap=EXCESS, norm=scale, linewidth=0, rasterized=True)
    _phase_axes(axes, r, p)
    _boundaries(axes, curves)
    axes.set_xlabel(RELATIVE_IMPORTANCE_LABEL)
    axes.set_ylabel(DENSITY_LABEL)
    bar = Colorbar(axes.inset_axes((1.04, 0, 0.05, 1)), ScalarMappable(scale, EXCESS), extend="min")
    bar.set_label("(trained loss − optimum) / optimum")
    bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.outline.set_edgecolor(FRAME)
    if margin is not None:
        missed = values > margin
        rows, columns = np.nonzero(missed)
        axes.plot(r[columns], p[rows], ".", color=INK, markersize=5, path_effects=halo(1.5))
        bar.ax.axhline(margin, color="white", linewidth=3)
        bar.ax.axhline(margin, color=INK, linewidth=1.4)
        share = 100 * (1 - missed.mean())
        note = f"{number(share, 3)}% of cells within {number(100 * margin, 2)}% of the optimum"
        title = f"{title}:  {note}" if title else note
    axes.set_title(title)
    return figure


@styled
def first_order(
    coordinate: ArrayLike,
    natural: Mapping[str, ArrayLike],
    optimum: ArrayLike,
    trained_coordinate: ArrayLike,
    trained_loss: ArrayLike,
    trained_norm: ArrayLike,
    trained_superposition: ArrayLike,
    *,
    xlabel: str = DENSITY_LABEL,
    crossings: Sequence[float] = (),
    title: str = "",
) -> Figure:
    """Draw a cut through the phase diagram: losses that cross, and weights that jump where they do.

    Source: #phase-change.

    Parameters
    ----------
    coordinate
        Position along the cut, shape ``[position]``; drawn on a logarithmic axis.
    natural
        Exact loss of each natural solution by its name, each of shape ``[position]``.
    optimum
        Exact global optimum, shape ``[position]``.
    trained_coordinate
        Positions of the trained models, shape ``[point]``.
    trained_loss
        Best trained loss, shape ``[point]``.
    trained_norm, trained_superposition
        Norm of the extra feature and the superposition on it in the best model, shape ``[point]``.
    xlabel
        What the coordinate is.
    crossings
        Positions where the optimal solution changes, drawn as vertical lines.
    title
        Such as ``"n = 2, m = 1, relative importance 0.5"``.

    Returns
    -------
    matplotlib.figure.Figure
        Losses above; norm and superposition below, on the same axis.

    Raises
    ------
    ValueError
        If a shape is another or a value is not finite.
    """
    shapes = Shapes()
    x = shapes.floats("coordinate", coordinate, "position")
    solutions = {
        name: shapes.floats(f"natural[{name!r}]", loss, "position") for name, loss in natural.items()
    }
    best = shapes.floats("optimum", optimum, "position")
    points = shapes.floats("trained_coordinate", trained_coordinate, "point")
    losses = shapes.floats("trained_loss", trained_loss, "point")
    norms = shapes.floats("trained_norm", trained_norm, "point")
    superposition = shapes.floats("trained_superposition", trained_superposition, "point")

    figure = new_figure(5.2, width=7.6)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1.25, 1.0))
    above.plot(x, best, color=FAINT, linewidth=7, label="exact global optimum", zorder=1)
    for name, loss, colour in zip(
        solutions, solutions.values(), _solution_colours(list(solutions)), strict=True
    ):
        above.plot(x, loss, color=colour, linewidth=1.6, linestyle=(0, (5, 2)), label=name, zorder=2)
    clear = {"clip_on": False, "zorder": 4}
    above.plot(
        points,
        losses,
        "o",
        **clear,
        color="white",
        markeredgecolor=INK,
        markersize=5.5,
        label="best trained model",
    )
    # A solution that is far from optimal would flatten the crossing that the figure is about.
    above.set_ylim(0, 1.3 * max(float(best.max()), float(losses.max())))
    above.set_ylabel("loss")
    above.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    below.plot(
        points,
        norms,
        "o",
        **clear,
        color="white",
        markeredgecolor=BLUE,
        markeredgewidth=1.8,
        markersize=7,
        label=r"norm $\|W_i\|$",
    )
    # What an ignored feature's tiny embedding happens to point at says nothing.
    superposition = np.where(norms > IGNORED_NORM, superposition, np.nan)
    below.plot(points, superposition, "s", **clear, color=ORANGE, markersize=3.6, label="superposition")
    below.set_ylim(-0.08, max(1.25, 1.08 * float(max(norms.max(), np.nanmax(superposition, initial=0.0)))))
    below.set_yticks([0, 0.5, 1])
    below.set_ylabel("extra feature")
    below.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    for axes in (above, below):
        for position in crossings:
            axes.axvline(position, color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)), zorder=0)
        axes.grid(axis="y")
    below.set_xscale("log")
    low, high = min(x.min(), points.min()), max(x.max(), points.max())
    below.set_xlim(low, high)
    log_ticks(below, "x", nice_ticks(low, high))
    below.set_xlabel(xlabel)
    if title:
        above.set_title(title)
    return figure


def _solution_colours(names: list[str]) -> list[str]:
    """Colour a solution by the outcome its name begins with, and others from the palette."""
    spare = iter(colour for colour in CATEGORIES[2:] if colour != INK)
    colours = {"ignore": GREY, "superpose": ORANGE, "dedicate": BLUE}
    chosen: list[str] = []
    for name in names:
        known = next((c for stem, c in colours.items() if name.startswith(stem) and c not in chosen), None)
        chosen.append(known or next(spare))
    return chosen


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
        A panel an activation function, with its superposed area in the title.

    Raises
    ------
    ValueError
        If a shape is another, a value is not finite, or a coordinate is not positive and increasing.
    """
    shapes = Shapes()
    r, p = _grid(shapes, relative_importance, density)
    norms = shapes.floats("norm", norm, "activation density importance")
    shared = shapes.floats("superposition", superposition, "activation density importance")
    titles = shapes.names("names", np.asarray(names), "activation")
    areas = shapes.floats("area", area, "activation")

    n = len(titles)
    figure = new_figure(8.4 / max(n, 2) + 0.95)
    panels = figure.subplots(1, n, squeeze=False)[0]
    for axes, colours, title, share in zip(panels, outcome_colour(norms, shared), titles, areas, strict=True):
        _cells(axes, r, p, colours)
        _phase_axes(axes, r, p)
        axes.set_title(f"{title}: {number(100 * share, 2)}% superposed")
        axes.set_xlabel(_SHORT_IMPORTANCE_LABEL)
        axes.tick_params(labelleft=axes is panels[0])
    panels[0].set_ylabel(DENSITY_LABEL)
    figure.legend(
        handles=_outcome_patches(OUTCOMES[:3]), loc="outside lower center", ncols=3, handlelength=1.3
    )
    return figure


@styled
def no_bias_loss_surfaces(
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
        Contours a panel, each panel on its own scale from its lowest loss, minima marked.

    Raises
    ------
    ValueError
        If a shape is another or a value is not finite.
    """
    shapes = Shapes()
    first = shapes.floats("W1", W1, "first")
    second = shapes.floats("W2", W2, "second")
    losses = shapes.floats("loss", loss, "setting second first")
    names = shapes.names("titles", np.asarray(titles), "setting")
    if len(minima) != len(names):
        raise ValueError(f"minima must have one array a setting, {len(names)} in all, not {len(minima)}.")
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
        filled = axes.contourf(
            first, second, surface, levels=levels, cmap="Blues_r", norm=shade, extend="max"
        )
        lines = axes.contour(first, second, surface, levels=levels[1:-1], colors="white", linewidths=0.5)
        filled.set_rasterized(True)
        lines.set_rasterized(True)
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
def no_bias_transition(
    density: ArrayLike, minimum: ArrayLike, outcome: ArrayLike, titles: Sequence[str]
) -> Figure:
    """Draw where the global minimum without bias lies as density changes.

    Source: #comment-deepmind.

    Parameters
    ----------
    density
        $1 - S$, increasing, shape ``[setting, point]``.
    minimum
        (W1, W2) at the minimum, of the sign with W1 >= 0, shape ``[setting, point, 2]``.
    outcome
        Outcome there, shape ``[setting, point]``: names or indices of `figures.style.OUTCOMES`.
    titles
        Title of each setting, shape ``[setting]``.

    Returns
    -------
    matplotlib.figure.Figure
        A panel a setting: the exact positions as points, over the colour of the outcome.

    Raises
    ------
    ValueError
        If a shape is another, a value is not finite, or an outcome is unknown.
    """
    shapes = Shapes()
    densities = shapes.floats("density", density, "setting point")
    positions = shapes.floats("minimum", minimum, "setting point 2")
    outcomes = _outcomes(shapes, outcome, "setting point")
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


def _runs(values: NDArray[np.intp]) -> list[tuple[int, int]]:
    changes = np.flatnonzero(np.diff(values)) + 1
    starts = [0, *changes.tolist()]
    return list(zip(starts, [*(changes - 1).tolist(), len(values) - 1], strict=True))


def _outcome_patches(outcomes: Sequence[str]) -> list[Patch]:
    return [Patch(facecolor=OUTCOME_COLOURS[name], edgecolor=FRAME, label=name) for name in outcomes]


def _grid(
    shapes: Shapes, relative_importance: ArrayLike, density: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r = shapes.floats("relative_importance", relative_importance, "importance")
    p = shapes.floats("density", density, "density")
    for name, values in (("relative_importance", r), ("density", p)):
        if len(values) < 2 or values[0] <= 0 or (np.diff(values) <= 0).any():
            raise ValueError(f"{name} must hold at least two values, positive and increasing, not {values}.")
    return r, p


def _outcomes(shapes: Shapes, value: ArrayLike, axes: str) -> NDArray[np.intp]:
    array = np.asarray(value)
    if array.dtype.kind in "iu":
        indices = shapes.floats("outcome", array, axes).astype(np.intp)
        if indices.min() < 0 or indices.max() >= len(OUTCOMES):
            raise ValueError(
                f"outcome must lie between 0 and {len(OUTCOMES) - 1}, not {indices.min()} to {indices.max()}."
            )
        return indices
    names = shapes.names("outcome", array, axes)
    unknown = sorted(set(names.ravel().tolist()) - set(OUTCOMES))
    if unknown:
        raise ValueError(f"outcome must be one of {', '.join(OUTCOMES)}, not {unknown[0]!r}.")
    return np.array([OUTCOMES.index(name) for name in names.ravel()], dtype=np.intp).reshape(names.shape)


def _curves(boundaries: Sequence[Curve]) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    curves = []
    for index, (x, y) in enumerate(boundaries):
        shapes = Shapes()
        curves.append(
            (
                shapes.floats(f"boundaries[{index}][0]", x, "k", missing=True),
                shapes.floats(f"boundaries[{index}][1]", y, "k", missing=True),
            )
        )
    return curves


def _edges(centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return cell edges half a logarithmic step around the centres."""
    logs = np.log(centres)
    middles = (logs[1:] + logs[:-1]) / 2
    edges = np.concatenate([[2 * logs[0] - middles[0]], middles, [2 * logs[-1] - middles[-1]]])
    return np.asarray(np.exp(edges), dtype=np.float64)


def _cells(axes: Axes, r: NDArray[np.float64], p: NDArray[np.float64], colours: NDArray[np.float64]) -> None:
    # Rasterised, because viewers show the seams between the polygons of a vector mesh.
    axes.pcolormesh(_edges(r), _edges(p), colours, linewidth=0, rasterized=True)


def _phase_axes(axes: Axes, r: NDArray[np.float64], p: NDArray[np.float64]) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    # Half of each outermost cell is cut off: a density above 1 means nothing.
    axes.set_xlim(r[0], r[-1])
    axes.set_ylim(p[0], p[-1])
    log_ticks(axes, "x", _diagram_ticks(r))
    log_ticks(axes, "y", _diagram_ticks(p))
    axes.set_box_aspect(1)
    for spine in axes.spines.values():
        spine.set_visible(True)


def _diagram_ticks(values: NDArray[np.float64]) -> tuple[float, ...]:
    ticks = nice_ticks(values[0], values[-1])
    decades = tuple(tick for tick in ticks if np.isclose(np.log10(tick) % 1, 0))
    return decades if len(decades) >= 3 else ticks


def _boundaries(axes: Axes, curves: list[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> None:
    for x, y in curves:
        axes.plot(x, y, color=INK, linewidth=1.4, path_effects=halo(2.8), scalex=False, scaley=False)
