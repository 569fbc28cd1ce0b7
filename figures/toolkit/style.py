"""The style of every figure: sizes, fonts, colours and labels in the paper's symbols."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patheffects import Stroke, withStroke
from matplotlib.ticker import FuncFormatter, NullLocator

P = ParamSpec("P")
R = TypeVar("R")

# At 100 pixels an inch a figure fills the width of a README, and its 10 point text is 14 pixels tall.
WIDTH: Final = 9.0

INK: Final = "#222222"
MUTED: Final = "#6b6b6b"
FRAME: Final = "#8a8a8a"
FAINT: Final = "#d9d9d9"

BLUE: Final = "#0072b2"
ORANGE: Final = "#d55e00"
GREEN: Final = "#009e73"
GOLD: Final = "#e69f00"
SKY: Final = "#56b4e9"
PINK: Final = "#cc79a7"
GREY: Final = "#8c8c8c"
# Okabe and Ito's palette, ordered so that the first three differ in lightness as well as in hue.
CATEGORIES: Final = (BLUE, ORANGE, GREEN, PINK, GOLD, SKY, INK, GREY)
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "*")

DIVERGING: Final[Colormap] = LinearSegmentedColormap.from_list(
    "blue_white_orange",
    ["#0a3f80", "#2171b5", "#6aaed6", "#c6dcec", "#ffffff", "#fcd5b0", "#f59d50", "#de6a0c", "#b03f00"],
)


def _truncated(name: str, low: float, high: float) -> Colormap:
    return ListedColormap(matplotlib.colormaps[name](np.linspace(low, high, 256)), name=f"{name}_truncated")


# Bars of one pixel must stay visible on white, so the pale end of each map is left out.
SUPERPOSITION: Final = _truncated("viridis", 0.0, 0.92)
IMPORTANCE: Final = _truncated("viridis_r", 0.1, 1.0)
EXCESS: Final = _truncated("magma_r", 0.0, 0.92)
TIME: Final = _truncated("viridis", 0.0, 0.88)
# The middle is dark, not white: its points lie on a white page.
RELATIVE: Final[Colormap] = LinearSegmentedColormap.from_list(
    "blue_dark_orange", ["#56b4e9", "#0b5fa5", "#2b2b2b", "#b84a00", "#f5a742"]
)

DENSITY_LABEL: Final = "feature density $1-S$"
INVERSE_DENSITY_LABEL: Final = "$1/(1-S)$"
RELATIVE_IMPORTANCE_LABEL: Final = "relative importance of the extra feature"
RELATIVE_DENSITY_LABEL: Final = "relative density of the varied feature"
SUPERPOSITION_LABEL: Final = r"superposition  $\sum_{j\neq i}(\hat{W}_i\cdot W_j)^2$"

# The stubs of matplotlib 3.11 name every key, older ones none: Any satisfies both.
_PARAMETERS: Final[Any] = {
    "font.family": "DejaVu Sans",  # ships with matplotlib, so a figure looks the same on every machine
    "font.size": 10.0,
    "mathtext.fontset": "dejavusans",
    "axes.titlesize": 10.0,
    "axes.labelsize": 10.0,
    "figure.titlesize": 11.0,
    "xtick.labelsize": 9.0,
    "ytick.labelsize": 9.0,
    "legend.fontsize": 9.0,
    "legend.frameon": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.edgecolor": FRAME,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": FRAME,
    "ytick.color": FRAME,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "lines.solid_joinstyle": "round",
    "patch.linewidth": 0.8,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "svg.hashsalt": "toy-models-of-superposition",
    "svg.fonttype": "path",
}


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Run a function under the figures' style, whatever the caller's matplotlib settings are.

    Parameters
    ----------
    draw
        A function that builds or writes a figure.

    Returns
    -------
    Callable
        The same function; the caller's settings are back once it returns.
    """

    @wraps(draw)
    def in_style(*args: P.args, **kwargs: P.kwargs) -> R:
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(_PARAMETERS)
            return draw(*args, **kwargs)

    return in_style


def new_figure(height: float, *, width: float = WIDTH) -> Figure:
    """Return an empty figure with constrained layout.

    Parameters
    ----------
    height, width
        Size in inches; the default width is a README's.

    Returns
    -------
    matplotlib.figure.Figure
        A figure that no global state refers to.
    """
    return Figure(figsize=(width, height), layout="constrained")


def projected(figure: Figure) -> Figure:
    """Project three-dimensional axes once: before that, matplotlib 3.10 cannot lay out a figure.

    Parameters
    ----------
    figure
        The figure, with everything in it.

    Returns
    -------
    matplotlib.figure.Figure
        The same figure.
    """
    engine = figure.get_layout_engine()
    figure.set_layout_engine(None)
    figure.draw_without_rendering()
    figure.set_layout_engine(engine)
    return figure


def frame(axes: Axes) -> None:
    """Show all four spines and no ticks, as around a picture of weights.

    Parameters
    ----------
    axes
        The axes to change.
    """
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)


def number(value: float, digits: int = 3) -> str:
    """Write a number as a decimal, without exponent or trailing zeros.

    Parameters
    ----------
    value
        Any finite number.
    digits
        Significant digits kept.

    Returns
    -------
    str
        The decimal number, such as ``0.003`` or ``10``.
    """
    return np.format_float_positional(value, precision=digits, fractional=False, trim="-")


def density_title(density: float) -> str:
    """Return a panel's title for a feature density.

    Parameters
    ----------
    density
        $1 - S$, the probability that a feature is not zero.

    Returns
    -------
    str
        Mathtext such as ``$1-S = 0.03$``.
    """
    return f"$1-S = {number(density, 2)}$"


def log_ticks(axes: Axes, which: str, at: tuple[float, ...]) -> None:
    """Put plain decimal tick labels on a logarithmic axis.

    Parameters
    ----------
    axes
        The axes to change.
    which
        ``"x"`` or ``"y"``.
    at
        Values of the major ticks.
    """
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_ticks(list(at))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axis.set_minor_locator(NullLocator())


def nice_ticks(low: float, high: float) -> tuple[float, ...]:
    """Choose ticks for a logarithmic axis: decades on a wide one, 1-2-5 steps on a narrow one.

    Parameters
    ----------
    low, high
        Ends of the axis, both positive.

    Returns
    -------
    tuple of float
        At least one value when the axis spans a factor of 2.5 or more.
    """
    decades = np.log10(high / low)
    steps: tuple[float, ...] = (1.0, 2.0, 5.0)
    if decades > 2.2:
        steps = (1.0,) if decades > 3.2 else (1.0, 3.0)
    elif decades < 1:
        steps = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)
    exponents = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    ticks = [step * 10.0**exponent for exponent in exponents for step in steps]
    return tuple(tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9))


def halo(width: float = 2.5, colour: str = "white") -> list[Stroke]:
    """Return path effects that keep a line or a text legible on any colour.

    Parameters
    ----------
    width
        Width of the outline in points.
    colour
        Colour of the outline.

    Returns
    -------
    list
        For an artist's ``path_effects``.
    """
    return [withStroke(linewidth=width, foreground=colour)]
