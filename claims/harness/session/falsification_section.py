"""Which mistakes the claims are known to catch, as the report of a run shows it."""

from __future__ import annotations

from claims.harness.drawing.draw import Draw, Drawn
from claims.harness.drawing.workers import Easels
from claims.harness.files import FileError
from claims.harness.records import falsification_file
from claims.harness.records.falsification_matrix import Matrix
from claims.harness.report.heatmap import NAME, heatmap
from claims.harness.report.terminal import Display
from claims.harness.session.options import Options


class Falsified:
    """The project's falsification matrix, if it has one that can be read, and its figure.

    Parameters
    ----------
    options
        Of the run.
    display
        Says what the report has to go without.
    """

    def __init__(self, options: Options, display: Display) -> None:
        self.matrix: Matrix | None = None
        self._options = options
        self._display = display
        self._drawn = Drawn()

    def start(self, easels: Easels) -> None:
        """Read the matrix, and have its figure drawn."""
        path = falsification_file.path_of(self._options.root)
        if not path.exists():
            return
        try:
            self.matrix = falsification_file.load(path)
        except FileError as error:
            self._display.line(f"{error} The report goes without it.", "yellow")
            return
        draw = Draw()
        draw(heatmap, NAME, self.matrix)
        self._drawn = draw.start(easels, self._options.output, None)

    def heatmap(self) -> list[str]:
        """Wait for the figure; its files, relative to the folder of the run."""
        paths, errors = self._drawn.wait()
        for error in errors:
            self._display.line(error, "yellow")
        return paths
