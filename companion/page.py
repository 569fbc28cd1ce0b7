"""A chapter's part of the page: controls, progress, figure, and what can be taken away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import marimo as mo

from companion.chapter import Chapter, View
from companion.layout import Elements, Getter, alert, controls_of, laid_out, picture_of, taken_away
from companion.player import Player
from companion.runs import DRAWING, Results, Runs, Status
from companion.settings import Number, Values, as_text, restored
from companion.threads import spawned
from figures.toolkit.marks import ringed
from figures.toolkit.style import styled
from tms import Trained

_PAPER: Final = "https://transformer-circuits.pub/2022/toy_model/index.html"
_RESULTS: Final = Results()


class Pane:
    """One chapter on the page of one reader.

    Parameters
    ----------
    chapter
        The chapter.
    set_result
        Called with each finished result.
    set_progress
        Called with each change of the run's status.
    """

    def __init__(
        self,
        chapter: Chapter,
        set_result: Callable[[Status], None],
        set_progress: Callable[[Status], None],
    ) -> None:
        self.chapter = chapter
        self._runs = Runs(chapter, _RESULTS)
        self._set_result, self._set_progress = set_result, set_progress
        self._shown: View | None = None
        self._chosen: dict[str, Any] = {}
        self._from_link: dict[str, str] = {}
        self._player = Player()

    def controls(self, chosen: str, link: Mapping[str, Any], **values: Any) -> tuple[Elements, Getter]:
        """Make the chapter's controls, at the values that were last valid; none if another chapter is shown.

        Parameters
        ----------
        chosen
            Name of the chapter that is shown; all are shown in Jupyter and in scripts.
        link
            The query parameters with which the page was opened.
        **values
            Values in place of the defaults.
        """
        if not mo.running_in_notebook():
            return {}, lambda: self.chapter.defaults() | values
        if self._hidden(chosen):
            return {}, lambda: None
        own = link if link.get("chapter", chosen) == chosen else {}
        first, refused = restored(self.chapter.settings, own)
        self._from_link = {} if self._chosen else refused
        return controls_of(self.chapter.settings, first | self._chosen | values)

    def start(self, elements: Elements, values: Values | None) -> mo.Html | None:
        """Train for the values of the controls, and lay the controls out.

        An invalid value stops the training and has its message beside its control.

        Parameters
        ----------
        elements, values
            The chapter's controls and their values, which are None if another chapter is shown.
        """
        if values is None:
            self._runs.stop()
            return None
        valid, refused = self.chapter.checked(values)
        if refused:
            self._report(self._runs.stop(""))
        else:
            self._chosen = valid
            self._runs.start(valid, self._report, spawned)
        refused, self._from_link = self._from_link | refused, {}
        return mo.vstack(
            [mo.md(f"## {self.chapter.title}\n\n{self.chapter.text}"), laid_out(elements, values, refused)]
        )

    def stop_button(self) -> Any:
        """Make the button that stops the training."""
        return mo.ui.button(label="Stop", on_change=lambda _: self._report(self._runs.stop()))

    def progress(self, chosen: str, status: Status, stop: Any) -> mo.Html | None:
        """Show how far the training is, or why there is no newer result.

        Parameters
        ----------
        chosen
            Name of the chapter that is shown; all are shown in Jupyter and in scripts.
        status
            The run's status.
        stop
            The button that stops it.
        """
        if self._hidden(chosen):
            return None
        if status.done is not None:
            first = " The first run compiles the engine, which takes up to a minute." * (status.done == 0)
            bar = (
                f'<label>Training <progress max="1" value="{status.done:.3f}"></progress> '
                f"{status.done:.0%}.</label>{first}"
            )
            return mo.hstack([mo.Html(f'<div role="status">{bar}</div>'), stop], justify="start")
        return alert(status.message) if status.message else mo.Html('<div role="status"></div>')

    def picture(self, status: Status, place: Values | None) -> Any:
        """Make the figure in which a reader clicks, with a ring around the place; None before it is there."""
        detail = self.chapter.detail
        if status.view is None or status.view.axes is None or not mo.running_in_notebook():
            return None
        if status.trained is None or place is None or detail is None or detail.at is None:
            return None
        where, _ = self._where(status.trained, place)
        with DRAWING, ringed(status.view.axes, *detail.at(status.trained, where)):
            return styled(mo.ui.matplotlib)(status.view.axes, debounce=True)

    def view(self, chosen: str, status: Status, picture: Any = None) -> mo.Html | None:
        """Show the figure, what it says, and what can be taken away.

        Parameters
        ----------
        chosen
            Name of the chapter that is shown; all are shown in Jupyter and in scripts.
        status
            A finished result.
        picture
            The figure in which a reader clicks; an image if None.
        """
        if self._hidden(chosen) or status.view is None or status.values is None:
            return None
        view, values = status.view, status.values
        return mo.vstack(
            [
                picture_of(view) if picture is None else picture,
                mo.md(view.text),
                taken_away(self.chapter.name, view, {"chapter": self.chapter.name, **values}),
            ]
        )

    def code(self, chosen: str, status: Status) -> mo.Html | None:
        """Show the code that does the same, with a button that copies it.

        Parameters
        ----------
        chosen
            Name of the chapter that is shown; all are shown in Jupyter and in scripts.
        status
            A finished result.
        """
        if self._hidden(chosen) or status.values is None:
            return None
        return mo.md(
            f"### The same in five lines\n\n```python\n{self.chapter.code(status.values)}\n```\n\n"
            f"[The section of the paper]({_PAPER}#{self.chapter.source})"
        )

    def clicked(self, picture: Any, status: Status, set_place: Callable[[Values], None]) -> None:
        """Go to the place that a reader clicked in the figure."""
        detail = self.chapter.detail
        # Where nothing was clicked, or an area was drawn that is no box, the value has no such edges.
        if picture is None or not hasattr(picture.value, "x_min") or status.trained is None:
            return
        assert detail is not None
        assert detail.snapped is not None
        box = picture.value
        set_place(detail.snapped(status.trained, (box.x_min + box.x_max) / 2, (box.y_min + box.y_max) / 2))

    def play(self, play: Any, pause: Any, status: Status, set_place: Callable[[Values], None]) -> None:
        """Advance the place from its first value to its last, once the play button was pressed.

        Parameters
        ----------
        play
            The play button.
        pause
            The pause button; pressing it runs the calling cell again, which ends the thread of before.
        status
            A finished result.
        set_place
            Called with each place.
        """
        if pause.value or not play.value or status.trained is None:
            return
        detail = self.chapter.detail
        assert detail is not None
        played = next(each for each in detail.settings(status.trained) if each.name == detail.played)
        assert isinstance(played, Number)
        places = played.places
        spawned(lambda: self._player.play(places, lambda place: set_place({played.name: place}))).start()

    def place_controls(
        self, chosen: str, status: Status, place: Values, link: Mapping[str, Any]
    ) -> tuple[Elements, Getter]:
        """Make the controls that say which place of the result is looked at; none if there is no result.

        Parameters
        ----------
        chosen
            Name of the chapter that is shown; all are shown in Jupyter and in scripts.
        status
            A finished result.
        place
            Values that a click or the play button chose.
        link
            The query parameters with which the page was opened.
        """
        detail = self.chapter.detail
        if self._hidden(chosen) or status.trained is None or detail is None:
            return {}, lambda: None
        settings = detail.settings(status.trained)
        first, _ = restored(settings, link if link.get("chapter") == self.chapter.name else {})
        values = first | {name: value for name, value in place.items() if name in first}
        return controls_of(settings, values) if mo.running_in_notebook() else ({}, lambda: values)

    def detail(
        self, chosen: str, status: Status, elements: Elements, place: Values | None, *buttons: Any
    ) -> mo.Html | None:
        """Show the place of the result that is looked at.

        Parameters
        ----------
        chosen
            Name of the chapter that is shown; all are shown in Jupyter and in scripts.
        status
            A finished result.
        elements, place
            The controls that `place_controls` made, and their values.
        *buttons
            More controls, such as a play button.
        """
        self._player.reached()
        detail = self.chapter.detail
        if self._hidden(chosen) or place is None or detail is None:
            return None
        if status.trained is None or status.values is None:
            return None
        where, refused = self._where(status.trained, place)
        with DRAWING:
            view = detail.view(status.trained, where)
        return mo.vstack(
            [
                mo.md(f"### {detail.heading}"),
                laid_out(elements, place, refused, *buttons),
                picture_of(view),
                mo.md(view.text),
                taken_away(
                    f"{self.chapter.name}-detail",
                    view,
                    {"chapter": self.chapter.name, **status.values, **where},
                ),
            ]
        )

    def _where(self, trained: Trained, place: Values) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the valid values of a place, defaults for the others, and a sentence for each of those."""
        assert self.chapter.detail is not None
        given = {name: as_text(value) for name, value in place.items()}
        where, refused = restored(self.chapter.detail.settings(trained), given)
        return where, {name: each.removeprefix("The link was not used: ") for name, each in refused.items()}

    def _hidden(self, chosen: str) -> bool:
        return mo.running_in_notebook() and chosen != self.chapter.name

    def _report(self, status: Status) -> None:
        if status.view is not self._shown:
            self._shown = status.view
            self._set_result(status)
        self._set_progress(status)
