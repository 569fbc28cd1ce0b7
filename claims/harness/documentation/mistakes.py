"""The stored falsification matrix, as what the page of mistakes shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from claims.harness.baselines.baseline import Key
from claims.harness.records import falsification_file
from claims.harness.records.falsification_matrix import Kind
from claims.harness.report import text

TITLES: Final[Mapping[Kind, str]] = {
    Kind.MODEL: "Mistakes in models",
    Kind.TRAINING: "Mistakes in training",
    Kind.DATA: "Mistakes in data",
    Kind.LABELS: "Mistakes in labels",
    Kind.MEASUREMENT: "Mistakes in measurements",
    Kind.THEORY: "Mistakes in theory",
}
"""Headings of the kinds of mistakes, in the order of the page; junk has a table of its own."""


def shown(root: Path) -> dict[str, Any]:
    """Collect what the page shows.

    Parameters
    ----------
    root
        The folder that holds baselines/.

    Raises
    ------
    FileError
        If the stored matrix is missing or damaged.
    """
    matrix = falsification_file.load(falsification_file.path_of(root))
    by_kind = {
        kind: [(name, control) for name, control in matrix.controls.items() if control.kind is kind]
        for kind in TITLES
    }
    return {
        "matrix": matrix,
        "controls": matrix.controls,
        "kinds": TITLES,
        "by_kind": {kind: found for kind, found in by_kind.items() if found},
        "ids": _ids,
        "catches": text.catches,
    }


def _ids(tests: Iterable[Key]) -> str:
    """Name the claims of tests, each once."""
    return ", ".join(dict.fromkeys(key.claim for key in tests))
