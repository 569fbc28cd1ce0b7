"""One run of the claims as a job that any executor can perform, also on another machine."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from claims.harness.baselines.places import path_of
from claims.harness.suite import claims_command, environment_of_experiments
from claims.harness.workers import environment_of_threads, programs

RESULTS: Final = "results.json"
LOG: Final = "log.txt"
"""What a run prints."""

# Exit codes of pytest: all claims passed, or some failed. Any other run gives no outcome.
_FINISHED: Final = (0, 1)
# A process that a signal killed has a negative code on POSIX and a very large one on Windows.
_ENDED: Final = range(256)
_ATTEMPTS: Final = 2


@dataclass(frozen=True, kw_only=True)
class Job:
    """A run of the claims in a process of its own, so that no state leaks from one run into the next.

    Parameters
    ----------
    arguments
        Arguments of `tms replicate`, without --output.
    threads
        Number of threads that the run may use; None for as many as it likes.
    files
        Files that the run reads from the folder in which it is started, such as baselines, by their path in
        it; compressed with zlib.
    folder
        The folder in which the run is started, for runs on this machine; None for a temporary one, which
        holds `files`.
    output
        The folder of everything that the run writes, for runs on this machine; None for a temporary one.
    """

    arguments: tuple[str, ...]
    threads: int | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    folder: Path | None = None
    output: Path | None = None


@dataclass(frozen=True)
class Ended:
    """What came of a run.

    Parameters
    ----------
    code
        The exit code.
    files
        `RESULTS` and `LOG`, as far as the run wrote them; compressed with zlib.
    seconds
        Wall time of the run.
    """

    code: int
    files: Mapping[str, bytes]
    seconds: float = 0.0

    @property
    def has_finished(self) -> bool:
        """Whether the run judged what it was to judge."""
        return self.code in _FINISHED

    def write(self, folder: Path) -> None:
        """Write the files to a folder, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, packed in self.files.items():
            (folder / name).write_bytes(zlib.decompress(packed))


def packed(path: Path) -> bytes:
    """Read a file for a job."""
    return zlib.compress(path.read_bytes())


def baselines(root: Path, profile: str) -> dict[str, bytes]:
    """Read the baselines with which a run of this package's own models is compared, for a job.

    Parameters
    ----------
    root
        The folder that owns baselines/; those that come with this package are there on every machine.
    profile
        Scale of the experiments.
    """
    paths = [path_of(root, device, profile) for device in ("cpu", "cuda")]
    return {path.relative_to(root).as_posix(): packed(path) for path in paths if path.exists()}


def perform(job: Job) -> Ended:
    """Run the claims; a run that something kills, such as a lack of memory, is repeated once."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="tms-", ignore_cleanup_errors=True) as temporary:
        folder = job.folder or Path(temporary, "folder")
        output = job.output or Path(temporary, "output")
        for path, content in job.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(zlib.decompress(content))
        folder.mkdir(exist_ok=True)
        for _ in range(_ATTEMPTS):
            code = _run(job, folder, output)
            if code in _ENDED:
                break
        files = {name: packed(output / name) for name in (RESULTS, LOG) if (output / name).is_file()}
    return Ended(code, files, time.perf_counter() - started)


def _run(job: Job, folder: Path, output: Path) -> int:
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    limits = environment_of_threads(job.threads) if job.threads else {}
    with (output / LOG).open("wb") as log:
        return programs.run(
            [*claims_command(), *job.arguments, f"--output={output}"],
            cwd=folder,
            env=environment_of_experiments() | limits,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
