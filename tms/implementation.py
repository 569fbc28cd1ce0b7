"""The former name of `tms.protocol`, for implementations that were written when it was called so."""

from __future__ import annotations

import warnings

from tms.protocol import (
    OF_MODEL,
    OF_TRAINING,
    BrokenImplementation,
    ModelFactory,
    Trainer,
    Unsupported,
    Weights,
    needs,
    require_of_model,
    require_of_training,
    weight_shapes,
)

__all__ = [
    "OF_MODEL",
    "OF_TRAINING",
    "BrokenImplementation",
    "ModelFactory",
    "Trainer",
    "Unsupported",
    "Weights",
    "needs",
    "require_of_model",
    "require_of_training",
    "weight_shapes",
]

warnings.warn("tms.implementation is now called tms.protocol.", DeprecationWarning, stacklevel=2)
