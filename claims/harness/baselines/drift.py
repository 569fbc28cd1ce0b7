"""A quantity beside its baseline: what is stored of it, and the test for drift."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

import numpy as np

from claims.harness.baselines.power import detectable_change, detectable_count, detectable_share
from claims.harness.baselines.significance import (
    p_value_of_counts,
    p_value_of_means,
    p_value_of_shares,
    p_value_without_spread,
)
from claims.harness.judging.quantity import Kind, Quantity
from claims.harness.judging.statistics import standard_deviation

_DIGITS: Final = 6


class Steadiness(StrEnum):
    """Result of comparing a quantity, the losses of an experiment, or a claim with its baseline."""

    STEADY = "steady"
    DRIFTED = "drifted"
    MISSING = "missing"
    NOT_COMPARED = "not compared"


@dataclass(frozen=True, kw_only=True)
class Drift:
    """Result of comparing a quantity with its baseline.

    Parameters
    ----------
    status
        Steady, drifted, missing, or not compared.
    p_value
        P-value of the drift test; None where nothing was tested.
    alpha
        Level of this one comparison; None where nothing was tested.
    effect
        Change of the mean in standard deviations of the baseline; None where that has no spread.
    relative
        Change of the mean relative to the baseline's mean; None where that is 0.
    detectable
        Smallest change that would be detected 9 times in 10, in the quantity's unit; None if no change can
        be detected, as with shares of few values, or with few equal values and another seed.
    """

    status: Steadiness
    p_value: float | None = None
    alpha: float | None = None
    effect: float | None = None
    relative: float | None = None
    detectable: float | None = None


@dataclass(frozen=True)
class Stored:
    """Values of a quantity over seeds, as a baseline stores them: to six significant digits."""

    kind: Kind
    unit: str
    values: tuple[float, ...]

    @property
    def n(self) -> int:
        """Number of values."""
        return len(self.values)

    @cached_property
    def mean(self) -> float:
        """Mean of the values."""
        return rounded(float(np.mean(self.values)))

    @cached_property
    def sd(self) -> float:
        """Standard deviation over seeds."""
        return rounded(standard_deviation(self.values))

    def compare(self, quantity: Quantity, alpha: float, *, same_seed: bool = True) -> Drift:
        """Test whether a quantity drifted from these values.

        Parameters
        ----------
        quantity
            The quantity as this run measured it.
        alpha
            Level of this one comparison.
        same_seed
            Whether the run has the seed of the run that gave these values.

        Returns
        -------
        Drift
            Drifted if the change of the mean exceeds the quantity's smallest change and is significant.
        """
        now = tuple(map(rounded, quantity.values))
        detectable: float | None
        if quantity.kind is Kind.SHARE:
            p_value = p_value_of_shares(now, self.values)
            detectable = detectable_share(round(sum(self.values)), self.n, alpha)
        elif quantity.kind is Kind.COUNT:
            total = round(sum(self.values))
            p_value = p_value_of_counts(round(sum(now)), quantity.n, total, self.n)
            detectable = max(quantity.smallest_change, detectable_count(total, self.n, alpha))
        else:
            same_draws = same_seed or quantity.kind is Kind.EXACT
            p_value = p_value_of_means(now, self.values, same_draws=same_draws)
            detectable = quantity.smallest_change
            if self.sd == 0 and not same_draws and p_value_without_spread(self.n, self.n) >= alpha:
                detectable = None
            elif self.n > 1:
                detectable = max(detectable, detectable_change(self.sd, self.n, alpha))
        change = float(np.mean(now) - np.mean(self.values))
        drifted = p_value < alpha and abs(change) > quantity.smallest_change
        return Drift(
            status=Steadiness.DRIFTED if drifted else Steadiness.STEADY,
            p_value=p_value,
            alpha=alpha,
            effect=change / self.sd if self.sd > 0 else None,
            relative=change / abs(self.mean) if self.mean else None,
            detectable=detectable,
        )


def rounded(value: float) -> float:
    """Round to the significant digits that baselines keep."""
    return float(f"{value:.{_DIGITS}g}")
