"""Mistakes in what is measured on trained models."""

from __future__ import annotations

from typing import Final

from claims.harness.falsification.control import Control
from claims.harness.falsification.controls.measurement import geometry, optima, sections, structures

CONTROLS: Final[tuple[Control, ...]] = (
    *geometry.CONTROLS,
    *structures.CONTROLS,
    *sections.CONTROLS,
    *optima.CONTROLS,
)
