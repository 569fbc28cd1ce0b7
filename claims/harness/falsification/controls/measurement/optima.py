"""Mistakes in what is read off exact optima: directions, basins, and what correlation does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from claims.harness.falsification.applying import instead_of
from claims.harness.falsification.control import Control, Kind
from tms import theory
from tms.analysis import basins, exact_optima, partial_correlation, phase_diagram

Measurement = Callable[..., Any]


def _of_the_first_feature(right: Measurement, W: Tensor) -> np.ndarray:
    """Tell what became of the first feature instead of the extra one."""
    result: np.ndarray = right(W.flip(-2))
    return result


def _represented_most(right: Measurement, W: Tensor) -> Tensor:
    """Return the direction that is represented most, the first singular vector."""
    del right
    result: Tensor = torch.linalg.svd(W.double()).U[..., :, 0]
    return result


def _equally_important(right: Measurement, W: np.ndarray, density: float, _importance: float) -> np.ndarray:
    result: np.ndarray = right(W, density, 1.0)
    return result


def _other_feature(right: Measurement, density: np.ndarray, relative_importance: float) -> np.ndarray:
    """Return the weight of the first feature: that of the second where importances are exchanged."""
    result: np.ndarray = right(density, 1 / relative_importance)
    return result


def _by_chance(right: Measurement, density: np.ndarray, _correlation: float) -> np.ndarray:
    result: np.ndarray = right(density, 0.0)
    return result


def _of_natural_solutions(right: Measurement, density: float) -> float:
    """Return where the paper's natural solutions cross, instead of the exact optima."""
    del right
    return float(theory.boundary(density))


CONTROLS: Final = (
    Control(
        name="outcome-of-the-first-feature",
        mistake="What became of the first feature is taken for what became of the extra one.",
        kind=Kind.MEASUREMENT,
        against="PHASE-1 PHASE-8::test_single_runs_end_in_either_minimum_near_the_boundary",
        because="Touches every outcome in a phase diagram.",
        apply=lambda: instead_of(phase_diagram.outcome, _of_the_first_feature),
    ),
    Control(
        name="direction-represented-most",
        mistake="The direction that is represented most is taken for the unrepresented one.",
        kind=Kind.MEASUREMENT,
        against="PHASE-2 PHASE-9",
        because="Touches which solution is nearest.",
        apply=lambda: instead_of(phase_diagram.unrepresented_direction, _represented_most),
    ),
    Control(
        name="crossing-of-natural-solutions",
        mistake="The crossing of the paper's natural solutions is taken for that of the exact optima.",
        kind=Kind.MEASUREMENT,
        against="PHASE-3",
        because="No other claim looks for this crossing.",
        apply=lambda: instead_of(exact_optima.critical_importance, _of_natural_solutions),
    ),
    Control(
        name="descent-at-equal-importance",
        mistake="The descents that show basins take both features to be equally important.",
        kind=Kind.MEASUREMENT,
        against="PHASE-8::test_the_global_minimum_can_have_the_smaller_basin",
        because="No other claim follows descents.",
        apply=lambda: instead_of(basins.descended, _equally_important),
    ),
    Control(
        name="weight-of-the-other-feature",
        mistake="The weight of the first feature is taken for that of the second.",
        kind=Kind.MEASUREMENT,
        against="PHASE-8::test_the_change_is_blurred_near_the_triple_point",
        because="No other claim follows this weight.",
        apply=lambda: instead_of(basins.extra_weight, _other_feature),
    ),
    Control(
        name="correlation-without-effect",
        mistake="Features are active independently, whatever their correlation.",
        kind=Kind.MEASUREMENT,
        against="CORR-7",
        because="No other claim has a correlation between 0 and 1.",
        apply=lambda: instead_of(partial_correlation.both_active, _by_chance),
    ),
)
