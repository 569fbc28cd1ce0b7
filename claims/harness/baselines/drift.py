"""What a baseline keeps of one quantity, and the test that tells whether the quantity moved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from claims.harness.judging.claim import Drift, Kind, Quantity, Steadiness
from claims.harness.judging.statistics import (
    detectable_change,
    detectable_share,
    p_value_of_means,
    p_value_of_shares,
)

_DIGITS: Final = 6


@dataclass(frozen=True)
class Stored:
    """Values of a quantity over seeds, to six significant digits."""

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
        return rounded(float(np.std(self.values, ddof=1))) if self.n > 1 else 0.0

    def compare(self, quantity: Quantity, alpha: float) -> Drift:
        """Test whether the quantity moved.

        Parameters
        ----------
        quantity
            What was measured now.
        alpha
            Level of this one comparison.

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
        else:
            p_value = p_value_of_means(now, self.values)
            detectable = quantity.smallest_change
            if self.n > 1:
                detectable = max(detectable, detectable_change(self.sd, self.n, alpha))
        change = float(np.mean(now) - np.mean(self.values))
        moved = p_value < alpha and abs(change) > quantity.smallest_change
        return Drift(
            status=Steadiness.DRIFTED if moved else Steadiness.STEADY,
            p_value=p_value,
            alpha=alpha,
            effect=change / self.sd if self.sd > 0 else None,
            relative=change / abs(self.mean) if self.mean else None,
            detectable=detectable,
        )


def rounded(value: float) -> float:
    """Round to the digits that baselines keep."""
    return float(f"{value:.{_DIGITS}g}")
