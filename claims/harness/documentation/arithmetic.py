"""The stored errors of forms of matrix products, as tables."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from claims.harness.records.arithmetic_file import FormError, path_of, read

FLOAT32: Final = "float32 on FMA units"
AS_FLOAT32: Final = 1.5
"""Factor within which an error counts as that of float32."""


def markdown(root: Path) -> str:
    """Write one table for each workload.

    Parameters
    ----------
    root
        The folder that holds baselines/.

    Raises
    ------
    FileError
        If the stored errors are missing or damaged.
    """
    errors = read(path_of(root))
    workloads = dict.fromkeys(error.workload for error in errors)
    return "\n\n".join(
        f"## {name}\n\n{_table([error for error in errors if error.workload == name])}" for name in workloads
    )


def is_as_float32(error: FormError, among: Iterable[FormError]) -> bool:
    """Whether all errors of a form are within `AS_FLOAT32` of those of float32, found in the same way.

    Parameters
    ----------
    error
        The errors of the form.
    among
        The errors of all forms on the same workload.
    """
    for other in among:
        if (other.form, other.device, other.workload) == (FLOAT32, error.device, error.workload):
            pairs = zip(error[-3:], other[-3:], strict=True)
            return all(
                one <= AS_FLOAT32 * limit for one, limit in pairs if one is not None and limit is not None
            )
    return False


def _table(errors: list[FormError]) -> str:
    lines = [
        "| form | sums | outputs | gradient, initial weights | gradient, trained weights | as float32 |",
        "| --- | --- | ---: | ---: | ---: | --- |",
    ]
    for error in errors:
        sums = f"measured on {error.device}" if error.device else error.sums
        numbers = " | ".join("" if value is None else f"{value:.1e}" for value in error[-3:])
        verdict = "yes" if is_as_float32(error, errors) else "no"
        lines.append(f"| {error.form} | {sums} | {numbers} | {verdict} |")
    return "\n".join(lines)
