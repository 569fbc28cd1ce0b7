"""The falsification matrix in the report of a run: which mistakes the claims are known to catch."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

from claims.harness import outcome_code
from claims.harness.drawing.draw import Draw, PendingFigures
from claims.harness.files import FileError, relative_to_cwd
from claims.harness.records import falsification_file
from claims.harness.records.falsification_matrix import Matrix
from claims.harness.report.heatmap import NAME, heatmap
from claims.harness.report.stored_run import MATRIX


class FalsificationSection:
    """The project's falsification matrix, if it has one that can be read, and the figure of it."""

    def __init__(self) -> None:
        self.matrix: Matrix | None = None
        self._figure = PendingFigures()

    def start(self, root: Path, pool: Executor, output: Path) -> str | None:
        """Read the matrix, keep it beside the results, and submit the drawing of its figure.

        Parameters
        ----------
        root
            Folder of the project.
        pool
            The workers that draw.
        output
            The run's output folder.

        Returns
        -------
        str or None
            Why the report has no such section, where a matrix exists: it is damaged, or it was measured with
            other code than this run's.

        Raises
        ------
        FileError
            If the output folder cannot be written.
        """
        path = falsification_file.path_of(root)
        if not path.exists():
            return None
        try:
            matrix = falsification_file.load(path)
        except FileError as error:
            return f"{error} The report is written without the falsification matrix."
        if matrix.code != outcome_code.digest():
            return (
                f"{relative_to_cwd(path)} was measured with other code. The report is written without the "
                f"falsification matrix. Measure it anew: {falsification_file.update_command()}"
            )
        falsification_file.save(matrix, output / MATRIX)
        self.matrix = matrix
        draw = Draw()
        draw(heatmap, NAME, self.matrix)
        self._figure = draw.submit(pool, output, None)
        return None

    def heatmap(self) -> tuple[Sequence[str], Sequence[str]]:
        """Wait for the figure.

        Returns
        -------
        paths : sequence of str
            Its files, relative to the output folder.
        errors : sequence of str
            One line if it could not be drawn.
        """
        self._figure.wait()
        errors = [f"The figure {name} could not be drawn: {e}" for name, e in self._figure.errors().items()]
        return self._figure.paths(), errors
