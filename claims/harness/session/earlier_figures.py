"""The run whose figures are shown beside those of claims that failed or drifted, if none is named."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from claims.harness.files import FileError
from claims.harness.records import results
from claims.harness.session.implementation import Implementation


def default_earlier_run(
    root: Path, output: Path, profile: str, implementation: Implementation | None
) -> Path:
    """Find the folder of earlier figures.

    Parameters
    ----------
    root
        The folder that owns replication/.
    output
        The output folder of the run.
    profile
        Scale of the experiments.
    implementation
        Another implementation that is judged; None for this package's own.

    Returns
    -------
    Path
        For another implementation, the run that wrote its baseline, if `tms baselines` left it there.
        Otherwise the gallery that comes with this package, drawn from its own models.
    """
    if implementation is not None:
        folder = root / "replication" / f"baselines-{profile}"
        if folder != output and _judged(folder) == implementation.name:
            return folder
    return Path(str(resources.files("figures").joinpath("gallery")))


def _judged(folder: Path) -> str | None:
    """Name the implementation that a run judged; None if it judged this package's own, or is none."""
    try:
        described = results.read(folder / "results.json")["environment"].get("implementation")
    except FileError:
        return None
    return described.partition(",")[0] if described else None
