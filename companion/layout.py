"""How parts of the page look: controls with their messages, a figure, and what can be taken away."""

from __future__ import annotations

import html
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode

import marimo as mo

from companion.chapter import View
from companion.runs import DRAWING, KEPT
from companion.settings import Choice, Setting, Values, as_text
from figures.toolkit.save import as_png, as_svg

_DPI: Final = 110
_SMALLEST: Final = 0.58
"""Scale below which a figure is scrolled sideways: its text of 10 points is 9 pixels tall then."""


def greeting() -> mo.Html:
    """Say what the page does; in Jupyter and in scripts, how to change something."""
    if mo.running_in_notebook():
        return mo.md(
            "Every picture is trained on this machine when a control moves. The address of the page restores "
            "the view."
        )
    return mo.md(
        "Every picture is trained on this machine. Controls do not move here: name other values where a "
        "chapter makes its controls, such as `introduction_pane.controls(chosen.value, link, sparsity=0.5)`, "
        "and run the cells below."
    )


Elements = Mapping[str, Any]
"""A reader's controls by the names of their settings; none in Jupyter and in scripts, where nothing moves."""

Getter = Callable[[], Values | None]
"""Returns the value of each control; None if they are not shown."""


def controls_of(settings: tuple[Setting, ...], values: Values) -> tuple[Elements, Getter]:
    """Make one control for each setting, at the values.

    marimo's own dictionary of controls keeps only the last of several changes that come while a cell runs.

    Returns
    -------
    elements, moved
        The controls, and the function that returns their values; marimo runs the cells that name it when a
        control has moved.
    """
    moved, set_moved = mo.state(dict(values))

    def keeping(name: str) -> Callable[[Any], None]:
        return lambda value: set_moved(lambda others: {**others, name: value})

    return {each.name: _control(each, values[each.name], keeping(each.name)) for each in settings}, moved


def _control(setting: Setting, value: Any, keep: Callable[[Any], None]) -> Any:
    label = setting.label.removeprefix("the ")
    label = label[0].upper() + label[1:]
    if isinstance(setting, Choice):
        chosen = next(text for text, option in setting.options.items() if option == value)
        return mo.ui.dropdown(
            options=dict(setting.options), value=chosen, label=label, allow_select_none=False, on_change=keep
        )
    if setting.places:
        places = sorted({*setting.places, value})
        return mo.ui.slider(steps=places, value=value, label=label, show_value=True, on_change=keep)
    step = 1 if setting.whole else None
    return mo.ui.number(value=value, step=step, label=label, on_change=keep)


def laid_out(elements: Elements, values: Values, refused: Mapping[str, str], *more: Any) -> mo.Html:
    """Lay controls out in a row, each above the sentence that refuses its value, then more parts."""
    if not elements:
        given = ", ".join(f"{name} = {as_text(value)}" for name, value in values.items())
        return mo.md(f"Settings: {given}.")
    parts = [
        mo.vstack([element, alert(refused[name])]) if name in refused else element
        for name, element in elements.items()
    ]
    return mo.hstack([*parts, *more], justify="start", align="start", wrap=True, gap=1.5)


def alert(sentence: str) -> mo.Html:
    """Show a sentence about something that is wrong; screen readers read it at once."""
    style = "color:#b00020;max-width:24rem"
    return mo.Html(f'<div role="alert" style="{style}">{html.escape(sentence)}</div>')


def picture_of(view: View) -> mo.Html:
    """Show a view's figure as an image, with its first sentences in place of it where it cannot be seen."""
    plain = view.text.replace("**", "").split("\n\n")[0]
    width = view.figure.get_size_inches()[0] * _DPI
    # The bytes are in the page itself: marimo deletes the files of a cell when the cell runs again.
    source = f"data:image/png;base64,{b64encode(_png(view)).decode()}"
    return mo.Html(
        f'<div style="overflow-x:auto;max-width:{width:.0f}px"><img src="{source}" '
        f'alt="{html.escape(plain)}" style="width:100%;min-width:{_SMALLEST * width:.0f}px"></div>'
    )


@lru_cache(KEPT)
def _png(view: View) -> bytes:
    """Draw a view's figure once: its cell runs again with each control that moves."""
    with DRAWING:
        return as_png(view.figure, _DPI)


def taken_away(name: str, view: View, link: Values) -> mo.Html:
    """Make the button that downloads a view's figure, and the link that restores the view."""

    def svg() -> bytes:
        with DRAWING:
            return as_svg(view.figure)

    query = urlencode({key: as_text(value) for key, value in link.items()})
    anchor = mo.md(f"[Link to this view](?{query})")
    if not mo.running_in_notebook():
        return mo.Html("")
    return mo.hstack(
        [
            mo.download(
                svg, filename=f"{name}.svg", mimetype="image/svg+xml", label="Download the figure (SVG)"
            ),
            anchor,
        ],
        justify="start",
        align="center",
    )
