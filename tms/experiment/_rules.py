"""Rules for single settings, and the error that names the setting, its value and what would be valid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np

from tms.arguments import LARGEST_COUNT, is_count, is_real, shown
from tms.features import InvalidExperiment


class Rule(NamedTuple):
    """What a setting may be: a test of its value, and the words for an error message."""

    holds: Callable[[Any], bool]
    words: str

    def check(self, owner: str, setting: str, value: object) -> None:
        """Refuse a value for which the rule does not hold; the parameters are those of `require`."""
        require(owner, setting, value, self.holds(value), self.words)


POSITIVE: Final = Rule(lambda value: is_real(value) and 0 < value < np.inf, "must be positive and finite")
NOT_NEGATIVE: Final = Rule(
    lambda value: is_real(value) and 0 <= value < np.inf, "must be finite and not negative"
)
COUNT: Final = Rule(is_count, f"must be a whole number from 1 to {LARGEST_COUNT}")


def require(owner: str, setting: str, value: object, holds: bool, rule: str) -> None:
    """Refuse a setting unless its rule holds.

    Parameters
    ----------
    owner
        Name of the experiment that has the setting, or "convergence" for a description of convergence.
    setting
        Name of the setting.
    value
        The value given, for the message.
    holds
        Whether the rule holds.
    rule
        The rule in words, such as "must be positive".

    Raises
    ------
    InvalidExperiment
        If the rule does not hold.
    """
    if not holds:
        raise InvalidExperiment(f"{owner}: {setting} = {shown(value)}; it {rule}.")
