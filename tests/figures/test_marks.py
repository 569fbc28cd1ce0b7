"""Marks of figures: what a ring shows, and that it leaves nothing behind."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from figures.toolkit.marks import ringed
from figures.toolkit.save import as_svg


def figure() -> Figure:
    made = Figure(figsize=(4, 3))
    made.subplots().plot([1, 2], [3, 4])
    return made


def test_a_ring_is_drawn_at_its_place_and_changes_no_limits() -> None:
    made = figure()
    [axes] = made.axes
    limits = (axes.get_xlim(), axes.get_ylim())
    with ringed(axes, 1.5, 40):
        ring = axes.lines[-1]
        assert (ring.get_xdata(), ring.get_ydata()) == ([1.5], [40])
        assert (axes.get_xlim(), axes.get_ylim()) == limits
        assert as_svg(made) != as_svg(figure())
    assert as_svg(made) == as_svg(figure())


def test_a_ring_is_removed_after_an_error() -> None:
    made = figure()
    with pytest.raises(RuntimeError, match="drawing"), ringed(made.axes[0], 1, 3):
        raise RuntimeError("drawing")
    assert as_svg(made) == as_svg(figure())
