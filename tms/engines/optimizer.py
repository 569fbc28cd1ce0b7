"""The constants of Adam, shared by all engines: PyTorch's defaults."""

from __future__ import annotations

from typing import Final

BETA_1: Final = 0.9
"""Decay of the first moment."""
BETA_2: Final = 0.999
"""Decay of the second moment."""
EPSILON: Final = 1e-8
"""Added to the root of the second moment before dividing by it."""
