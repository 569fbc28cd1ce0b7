"""Checks of the kinds of arguments, and how an argument is shown in an error message."""

from __future__ import annotations

import numpy as np

LARGEST_COUNT = 2**31 - 1
"""Upper limit of everything that is counted, such as steps and features."""

_MOST_SHOWN = 60


def is_whole(value: object) -> bool:
    """Whether a value is a whole number; True and False are not."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def is_count(value: object) -> bool:
    """Whether a value is a whole number from 1 to `LARGEST_COUNT`."""
    return is_whole(value) and 1 <= value <= LARGEST_COUNT  # type: ignore[operator]


def is_real(value: object) -> bool:
    """Whether a value is one real number, finite or not."""
    return is_whole(value) or isinstance(value, float | np.floating)


def is_flag(value: object) -> bool:
    """Whether a value is True or False."""
    return isinstance(value, bool | np.bool_)


def shown(value: object) -> str:
    """Show a value on one line, shortened to about 60 characters."""
    line = " ".join(repr(value).split())
    return line if len(line) <= _MOST_SHOWN else f"{line[:_MOST_SHOWN]}..."
