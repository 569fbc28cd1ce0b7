"""The `draw` fixture: note figures while a claim is tested, draw them once its verdict is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from matplotlib import pyplot
from matplotlib.figure import Figure

from claims.harness.drawing.workers import Easels
from claims.harness.errors import MisuseError, one_line
from figures.toolkit.save import mark_failed, save


@dataclass(frozen=True)
class Drawing:
    """A figure to be drawn: a function of `figures`, the name of its files, and what it draws."""

    function: Callable[..., Figure]
    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def save(self, output: Path, failure: str | None) -> tuple[list[str], str | None]:
        """Draw and write the figure.

        Parameters
        ----------
        output, failure
            As for `Draw.start`.

        Returns
        -------
        paths : list of str
            The files, relative to `output`.
        error : str or None
            One line on why it could not be drawn.
        """
        try:
            figure = self.function(*self.args, **self.kwargs)
            if failure is not None:
                mark_failed(figure, failure)
            stem = output / ("figures" if failure is None else "failed") / self.name
            paths = [path.relative_to(output).as_posix() for path in save(figure, stem)]
            pyplot.close(figure)
        except Exception as error:  # in words at once: some errors cannot be handed to another process
            return [], one_line(error)
        return paths, None


@dataclass(frozen=True)
class Drawn:
    """Figures that are drawn elsewhere, each under its name."""

    figures: Mapping[str, Future[tuple[list[str], str | None]]] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether nothing is left to wait for."""
        return all(figure.done() for figure in self.figures.values())

    def wait(self) -> tuple[list[str], list[str]]:
        """Wait for all of them.

        Returns
        -------
        paths : list of str
            The files, relative to the folder of the run.
        errors : list of str
            One line a figure that could not be drawn; an error in a figure takes no other figure with it.
        """
        paths: list[str] = []
        errors: list[str] = []
        for name, figure in self.figures.items():
            try:
                written, error = figure.result()
            except Exception as broken:  # the process that drew it, or what was to be sent there
                written, error = [], one_line(broken)
            paths += written
            if error:
                errors.append(f"The figure {name} could not be drawn: {error}")
        return paths, errors


class Draw:
    """Takes the figures of one claim's test."""

    def __init__(self) -> None:
        self._drawings: list[Drawing] = []

    def __call__(self, function: Callable[..., Figure], name: str, *args: Any, **kwargs: Any) -> None:
        """Note a figure, drawn as PNG and SVG after the verdict.

        Parameters
        ----------
        function
            A function of `figures`: data in, matplotlib Figure out.
        name
            Path of its files in the output folder's figures/ (or failed/), without ending.
        *args, **kwargs
            Handed to the function.

        Raises
        ------
        MisuseError
            If the name leaves the folder, or is taken by another figure of the same test.
        """
        path = PurePosixPath(name)
        if path.is_absolute() or not path.parts or ".." in path.parts or "\\" in name:
            raise MisuseError(f"draw: the name {name!r} must be a relative path that stays in its folder.")
        if any(drawing.name == name for drawing in self._drawings):
            raise MisuseError(f"draw: the name {name!r} is taken by another figure of this claim.")
        self._drawings.append(Drawing(function, name, args, kwargs))

    @property
    def names(self) -> list[str]:
        """Names of the figures that were noted."""
        return [drawing.name for drawing in self._drawings]

    def start(self, easels: Easels, output: Path, failure: str | None) -> Drawn:
        """Have everything drawn that was noted.

        Parameters
        ----------
        easels
            Who draws.
        output
            Folder of the run.
        failure
            Why the claim failed, which is written on its figures; None if it did not.
        """
        return Drawn({d.name: easels.start(d.save, output, failure) for d in self._drawings})
