"""Figures of an earlier run, shown beside those of claims that failed or drifted."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

FOLDER: Final = "before"
"""The folder of the copies, in the output folder."""

_MOST_BYTES: Final = 20 * 2**20


def copy_earlier_figures(names: Iterable[str], source: Path, output: Path) -> list[str]:
    """Copy figures of an earlier run into a run's own folder, so that its report needs no other folder.

    Parameters
    ----------
    names
        Names of figures, as claims give them: SECTION/NAME.
    source
        Output folder of the earlier run, or a gallery made from one.
    output
        The run's output folder.

    Returns
    -------
    list of str
        The copies, relative to `output`. A figure that the earlier run did not draw, that is larger than
        20 MiB or that cannot be copied is left out.
    """
    copies = []
    for name in names:
        candidates = (source / "figures" / f"{name}.png", source / f"{name}.png")
        original = next((path for path in candidates if path.is_file()), None)
        if original is None or original.stat().st_size > _MOST_BYTES:
            continue
        copy = output / FOLDER / f"{name}.png"
        try:
            if original.resolve() != copy.resolve():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(original, copy)
        except OSError:
            continue
        copies.append(copy.relative_to(output).as_posix())
    return copies
