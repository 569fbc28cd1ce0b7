"""A chapter: its settings, the training they describe, what is seen, and the code that does the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from companion.settings import InvalidSetting, Setting, Values
from tms import Trained
from tms.training import ProgressReport


@dataclass(frozen=True, eq=False)
class View:
    """A figure and what it says.

    Parameters
    ----------
    figure
        The figure.
    text
        What it shows, in words and numbers, as Markdown; also the figure's alternative text.
    axes
        Axes of the figure in which a click means something.
    """

    figure: Figure
    text: str
    axes: Axes | None = None


@dataclass(frozen=True)
class Detail:
    """A closer look at one place of a chapter's result.

    Parameters
    ----------
    heading
        What is looked at.
    settings
        The settings that say where, given the trained models.
    view
        The view of the place.
    snapped
        The values of `settings` nearest to a click at (x, y); None if a click means nothing.
    at
        Where (x, y) a place lies in the axes of the chapter's view; None if a click means nothing.
    played
        Name of the setting that a play button advances.
    """

    heading: str
    settings: Callable[[Trained], tuple[Setting, ...]]
    view: Callable[[Trained, Values], View]
    snapped: Callable[[Trained, float, float], Values] | None = None
    at: Callable[[Trained, Values], tuple[float, float]] | None = None
    played: str = ""


@dataclass(frozen=True)
class Chapter:
    """A chapter of the companion.

    Parameters
    ----------
    name
        Name in links.
    title
        Heading.
    text
        What to try and what to see, as Markdown.
    source
        Anchor of the paper's section.
    settings
        What a reader may choose.
    train
        Trains the models that the values describe.
    view
        The view of the trained models.
    code
        Five lines that train and draw the same with the public interface, ending in `figure`.
    rule
        A rule for several settings together: the name of a setting and why its value is not valid, or None.
    detail
        A closer look at one place of the result.
    """

    name: str
    title: str
    text: str
    source: str
    settings: tuple[Setting, ...]
    train: Callable[[Values, ProgressReport | None], Trained]
    view: Callable[[Values, Trained], View]
    code: Callable[[Values], str]
    rule: Callable[[Values], tuple[str, str] | None] = field(default=lambda _: None)
    detail: Detail | None = None

    def checked(self, values: Values) -> tuple[dict[str, Any], dict[str, str]]:
        """Check the values of all settings.

        Parameters
        ----------
        values
            A value for each setting.

        Returns
        -------
        values, refused
            The valid values, and one sentence for each invalid one, by name.
        """
        valid: dict[str, Any] = {}
        refused: dict[str, str] = {}
        for setting in self.settings:
            try:
                valid[setting.name] = setting.checked(values.get(setting.name))
            except InvalidSetting as error:
                refused[setting.name] = str(error)
        if not refused and (broken := self.rule(valid)):
            refused[broken[0]] = broken[1]
        return valid, refused

    def defaults(self) -> dict[str, Any]:
        """The values of all settings at first."""
        return {setting.name: setting.default for setting in self.settings}
