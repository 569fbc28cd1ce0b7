"""The `draw` fixture: note figures while a claim is tested, draw them in workers after its verdict."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from matplotlib import pyplot
from matplotlib.figure import Figure

from claims.harness.errors import MisuseError, one_line
from claims.harness.files import printable
from figures.toolkit.save import mark_failed, save


@dataclass(frozen=True)
class Drawn:
    """What came of drawing a figure.

    Parameters
    ----------
    paths
        The files, relative to the output folder.
    error
        One line on why it could not be drawn; None if it was.
    warnings
        The warnings on the way, one line each.
    """

    paths: tuple[str, ...] = ()
    error: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawing:
    """A figure to be drawn.

    Parameters
    ----------
    function
        A function of `figures`: data in, matplotlib Figure out.
    name
        Path of the figure's files without ending, relative to the folder of all figures.
    args, kwargs
        The arguments of the function.
    """

    function: Callable[..., Figure]
    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def save(self, output: Path, failure: str | None) -> Drawn:
        """Draw and write the figure.

        Parameters
        ----------
        output, failure
            As for `Draw.submit`.
        """
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")
            try:
                figure = self.function(*self.args, **self.kwargs)
                if failure is not None:
                    mark_failed(figure, failure)
                stem = output / ("figures" if failure is None else "failed") / self.name
                paths = tuple(path.relative_to(output).as_posix() for path in save(figure, stem))
                pyplot.close(figure)
            except Exception as error:  # as text, because some errors cannot be pickled
                return Drawn(error=one_line(error))
        lines = dict.fromkeys(f"{each.category.__name__}: {printable(str(each.message))}" for each in caught)
        return Drawn(paths, warnings=tuple(lines))


@dataclass(frozen=True)
class PendingFigures:
    """Figures that workers draw.

    Parameters
    ----------
    jobs
        By the name of the figure, what `Drawing.save` will return.
    """

    jobs: Mapping[str, Future[Drawn]] = field(default_factory=dict)

    def wait(self) -> None:
        """Wait until each figure is drawn or cannot be."""
        wait(self.jobs.values())

    @property
    def pending(self) -> int:
        """Number of figures that are not drawn yet."""
        return sum(not job.done() for job in self.jobs.values())

    def paths(self) -> list[str]:
        """Files of the figures drawn so far, relative to the folder of the run."""
        return [path for job in self._done().values() for path in _result(job).paths]

    def errors(self) -> dict[str, str]:
        """Why figures could not be drawn, one line each, by the name of the figure."""
        errors = {name: _result(job).error for name, job in self._done().items()}
        return {name: error for name, error in errors.items() if error}

    def warnings(self) -> dict[str, str]:
        """The first warning of each figure that was drawn with any, by the name of the figure."""
        return {name: drawn[0] for name, job in self._done().items() if (drawn := _result(job).warnings)}

    def _done(self) -> dict[str, Future[Drawn]]:
        return {name: job for name, job in self.jobs.items() if job.done() and not job.cancelled()}


def _result(job: Future[Drawn]) -> Drawn:
    try:
        return job.result()
    except Exception as error:  # a worker that died, or an argument that cannot be pickled
        return Drawn(error=one_line(error))


class Draw:
    """Notes the figures of one claim's test."""

    def __init__(self) -> None:
        self._drawings: list[Drawing] = []

    def __call__(self, function: Callable[..., Figure], name: str, *args: Any, **kwargs: Any) -> None:
        """Note a figure, to be drawn as PNG and SVG after the verdict.

        Parameters
        ----------
        function
            A function of `figures`: data in, matplotlib Figure out.
        name
            Path of its files without ending, relative to figures/ (or failed/) in the output folder.
        *args, **kwargs
            The arguments of the function; they are pickled when the test has ended.

        Raises
        ------
        MisuseError
            If the name leaves the folder, or another figure of the same test has it.
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

    def submit(self, pool: Executor, output: Path, failure: str | None) -> PendingFigures:
        """Submit a drawing job for each figure that was noted.

        Parameters
        ----------
        pool
            The workers that draw.
        output
            The run's output folder.
        failure
            Why the claim failed, which is written on its figures; None if it did not.
        """
        return PendingFigures({d.name: pool.submit(d.save, output, failure) for d in self._drawings})
