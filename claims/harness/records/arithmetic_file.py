"""Store the errors of forms of matrix products as baselines/arithmetic.json, and read them back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from claims.harness.files import FileError, read_json, write_atomically
from claims.harness.schemas import schema

SCHEMA: Final = schema("arithmetic")
SCHEMA_VERSION: Final = 1
_COMMAND: Final = "python -m tests.benchmarks.arithmetic_errors"


class FormError(NamedTuple):
    """Errors of one training step against float64, relative to the norm of the exact numbers.

    Parameters
    ----------
    form
        Name of the form of matrix products.
    workload
        Name of the workload whose models took the step.
    sums
        How sums are narrowed to float32: "rounded" or "cut off" if they are emulated, else "measured".
    device
        Name of the graphics card that was measured; None if the form is emulated.
    outputs
        Error of the outputs; None if it is not known.
    initial, trained
        Errors of the gradients of weights, at initial and at trained weights.
    """

    form: str
    workload: str
    sums: str
    device: str | None
    outputs: float | None
    initial: float
    trained: float


def path_of(root: Path) -> Path:
    """Return the path of the stored errors."""
    return root / "baselines" / "arithmetic.json"


def read(path: Path) -> list[FormError]:
    """Read stored errors; the file may be damaged or come from anywhere.

    Raises
    ------
    FileError
        If the file is missing or damaged. The message names the command that measures it anew.
    """
    try:
        return [FormError(**entry) for entry in read_json(path, SCHEMA)["errors"]]
    except FileError as error:
        raise FileError(f"{error} Measure it anew: {_COMMAND}") from error


def write(path: Path, errors: Sequence[FormError]) -> None:
    """Write errors in one step, to two significant digits.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    entries = [
        {name: float(f"{value:.1e}") if isinstance(value, float) else value for name, value in row.items()}
        for row in (error._asdict() for error in errors)
    ]
    lines = ",\n".join(f"  {json.dumps(entry, allow_nan=False)}" for entry in entries)
    text = f'{{\n "schema_version": {SCHEMA_VERSION},\n "errors": [\n{lines}\n ]\n}}\n'
    write_atomically(path, text)
