"""The digest of an experiment's settings, which is the same on every machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_DIGITS: Final = 10
"""Significant digits of a number that count.

Processors with other vector instructions give another last digit, of some 16, to a power or a logarithm, and
so to the points of a sweep. Float32, in which models are trained, has seven digits.
"""


def digest_of(settings: Mapping[str, Any]) -> str:
    """Digest of settings by name: texts, numbers, arrays, and lists and mappings of these (64 hex digits)."""
    return hashlib.sha256(json.dumps(_plain(settings), sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return _of_array(np.asarray(value))
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


def _of_array(values: NDArray[Any]) -> Any:
    """Round each different number once: in a sweep, most features share theirs."""
    different, places = np.unique(values, return_inverse=True)
    return np.array(_plain(different.tolist()))[places].reshape(values.shape).tolist()
