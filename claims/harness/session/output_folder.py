"""The output folder of a run: one run at a time, and nothing of an earlier run that looks new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path, PurePosixPath
from typing import Final

from claims.harness.drawing.earlier_run import FOLDER as BEFORE
from claims.harness.files import FileError, relative_to_cwd
from claims.harness.locks import lock_of, locked
from claims.harness.records import results
from claims.harness.report.badge import NAME as BADGE
from claims.harness.report.compare import WRITTEN as COMPARISON
from claims.harness.report.stored_run import MATRIX

WRITTEN: Final = ("results.json", "report.md", "report.html", "summary.md", BADGE, MATRIX)
"""Files that a run writes, beside its figures and junit.xml."""

_LISTING: Final = ".figures"
_FIGURES: Final = ("figures", "failed", BEFORE)
_SUFFIXES: Final = (".png", ".svg")


class OutputFolder:
    """The folder that a run writes into.

    A run deletes only what an earlier run listed as a figure, and files of the names that runs write, because
    the folder may hold other files, too.

    Parameters
    ----------
    path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = ExitStack()

    def acquire(self) -> None:
        """Make the folder, and keep other runs out of it until `release`, or until this process ends.

        Raises
        ------
        FileError
            If another run writes into the folder, or if it cannot be made.
        """
        shown = relative_to_cwd(self.path)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(f"--output {shown} cannot be made: {error.strerror}.") from error
        busy = f"--output {shown}: another run writes into this folder; wait for it, or name another folder."
        self._lock.enter_context(locked(lock_of(self.path), busy))

    def release(self) -> None:
        """Let other runs write into the folder."""
        self._lock.close()

    def clear(self, others: Iterable[Path] = (), *, keep_figures: bool = False) -> None:
        """Delete what an earlier run or comparison has written, so that nothing of it is taken for new.

        Parameters
        ----------
        others
            Further files to delete, which may lie anywhere.
        keep_figures
            Whether to move the figures of the earlier run to before/, to be shown beside those of this run.

        Raises
        ------
        FileError
            If a file cannot be deleted.
        """
        figures = list(self._former_figures())
        kept = [path for path in figures if keep_figures and _is_kept(path.relative_to(self.path))]
        removed = [path for path in figures if path not in kept]
        names = [path.relative_to(self.path / _FIGURES[0]).with_suffix("") for path in kept]
        try:
            for path in [
                *others,
                *removed,
                *(self.path / name for name in (*WRITTEN, *COMPARISON, _LISTING)),
            ]:
                path.unlink(missing_ok=True)
            self.list_figures(name.as_posix() for name in names)
            for path, name in zip(kept, names, strict=True):
                moved = self.path / BEFORE / f"{name}.png"
                moved.parent.mkdir(parents=True, exist_ok=True)
                path.replace(moved)
        except OSError as error:
            raise FileError(f"{error.filename} cannot be replaced: {error.strerror}.") from error
        for path in figures:
            _remove_empty_folders(path.parent, self.path)

    def list_figures(self, names: Iterable[str]) -> None:
        """List figures before they are drawn, so that the next run finds them, however this one ends.

        Parameters
        ----------
        names
            Names of the figures: the paths of their files below their folder, without ending.

        Raises
        ------
        FileError
            If the list cannot be written.
        """
        lines = [f"{name}\n" for name in names]
        if not lines:
            return
        try:
            with (self.path / _LISTING).open("a", encoding="utf-8") as file:
                file.writelines(lines)
        except OSError as error:
            raise FileError(f"{self.path / _LISTING} cannot be written: {error.strerror}.") from error

    def _former_figures(self) -> Iterator[Path]:
        """Find the figures that an earlier run listed, by name or in its results.json."""
        listed: set[str] = set()
        with suppress(OSError, UnicodeDecodeError):
            names = (self.path / _LISTING).read_text(encoding="utf-8").splitlines()
            listed |= {
                f"{kind}/{name}{suffix}" for name in names for kind in _FIGURES for suffix in _SUFFIXES
            }
        with suppress(FileError):
            for claim in results.read(self.path / "results.json")["claims"]:
                listed |= {*claim["figures"], *claim["before"]}
        for name in sorted(listed):
            parts = PurePosixPath(name).parts
            path = self.path.joinpath(*parts)
            is_inside = path.resolve().is_relative_to(self.path.resolve()) and ".." not in parts
            if (
                is_inside
                and parts[:1]
                and parts[0] in _FIGURES
                and path.suffix in _SUFFIXES
                and path.is_file()
            ):
                yield path


def _is_kept(figure: Path) -> bool:
    return figure.parts[0] == _FIGURES[0] and figure.suffix == _SUFFIXES[0]


def _remove_empty_folders(folder: Path, within: Path) -> None:
    """Remove a folder and those above it, as long as they are empty and lie in another one."""
    while folder != within and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
