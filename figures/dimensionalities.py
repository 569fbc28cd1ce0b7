"""A histogram of the fractions of a dimension that features get, over all densities of a sweep."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from figures.toolkit.shapes import Shapes
from figures.toolkit.style import BLUE, GREY, INK, ORANGE, log_ticks, new_figure, styled

BIN: Final = 0.0025
"""Width of a bar: a tenth of the distance between 3/8 and 2/5."""

# The lowest count drawn, the factor of room for labels above the bars, and the height of a line of labels.
_LOWEST: Final = 0.7
_ROOM: Final = 8.0
_LINE: Final = 12.0


@styled
def histogram(D_i: ArrayLike, known: Mapping[str, float], new: Mapping[str, float]) -> Figure:
    r"""Draw how many features have each dimensionality, with the fractions named.

    Source: #geometry-structures.

    Parameters
    ----------
    D_i
        Dimensionalities, of any number of models, shape ``[value]``; NaN where a feature is left out.
    known
        The paper's fractions by their label.
    new
        Fractions by their label at which values gather although the paper does not name them.

    Returns
    -------
    matplotlib.figure.Figure
        Bars from 0 to 1, on a logarithmic scale, and a line at each fraction with its label at the top.

    Raises
    ------
    ValueError
        If `D_i` has the wrong shape, or a value lies outside of 0 and 1.
    """
    values = Shapes().floats("D_i", D_i, "value", missing=True)
    values = values[~np.isnan(values)]
    if ((values < 0) | (values > 1)).any():
        raise ValueError(f"D_i must lie from 0 to 1, but reaches {values.min():.3g} and {values.max():.3g}.")
    figure = new_figure(3.9)
    axes = figure.subplots()
    axes.hist(
        values, bins=np.linspace(0, 1, round(1 / BIN) + 1).tolist(), color=INK, label="features", zorder=2
    )
    axes.set_yscale("log")
    axes.set_ylim(_LOWEST, _ROOM * max(axes.get_ylim()[1], 10))
    axes.set_xlim(0, 1)
    styles = (
        (known, BLUE, "-", "fractions of the paper", (0, 1)),
        (new, ORANGE, (0, (4, 2)), "other fractions", (2, 3)),
    )
    for fractions, colour, dashes, name, rows in styles:
        for place, (label, value) in enumerate(sorted(fractions.items(), key=lambda item: item[1])):
            axes.axvline(
                value,
                color=colour,
                linewidth=1.0,
                linestyle=dashes,
                zorder=1,
                label=name if place == 0 else None,
            )
            axes.annotate(
                label,
                (value, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(0, -_LINE * rows[place % 2]),
                textcoords="offset points",
                ha="center",
                va="top",
                color=colour,
                fontsize=9,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
            )
    top = axes.get_ylim()[1]
    log_ticks(axes, "y", tuple(10.0**power for power in range(round(np.log10(top)) + 1) if 10**power <= top))
    axes.grid(axis="y", color=GREY, alpha=0.25)
    axes.set_xlabel("feature dimensionality $D_i$")
    axes.set_ylabel("number of features")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure
