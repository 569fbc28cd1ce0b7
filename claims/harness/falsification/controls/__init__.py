"""All controls: mistakes that someone could really make, and junk in place of trained models."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Final

from claims.harness.errors import MisuseError
from claims.harness.falsification.control import Control
from claims.harness.falsification.controls import data, junk, labels, measurement, model, theory, training

CONTROLS: Final[tuple[Control, ...]] = (
    *model.CONTROLS,
    *training.CONTROLS,
    *data.CONTROLS,
    *labels.CONTROLS,
    *measurement.CONTROLS,
    *theory.CONTROLS,
    *junk.CONTROLS,
)


def named(name: str, controls: Sequence[Control] = CONTROLS) -> Control:
    """Find a control by its name.

    Raises
    ------
    MisuseError
        If there is none; the message names the nearest ones.
    """
    for control in controls:
        if control.name == name:
            return control
    near = difflib.get_close_matches(name, [control.name for control in controls], n=3, cutoff=0.4)
    raise MisuseError(
        f"there is no control {name!r}" + (f"; the nearest are {', '.join(near)}." if near else ".")
    )
