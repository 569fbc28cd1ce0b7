"""The weights that another implementation returns, checked and converted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tms.experiment import Experiment
from tms.protocol import BrokenImplementation, weight_shapes


def checked_weights(given: Any, experiment: Experiment, who: str) -> dict[str, Tensor]:
    """Check the weights that an implementation returned, and convert them to tensors.

    Parameters
    ----------
    given
        The returned object; it should map names to arrays.
    experiment
        The experiment that was trained.
    who
        Name of the implementation's part for messages, such as "the model".

    Returns
    -------
    dict
        A float32 tensor for each name in `weight_shapes`, with its shape and finite numbers.

    Raises
    ------
    BrokenImplementation
        If the object is not a mapping, a name is missing, or an array has the wrong type or shape or contains
        numbers that are not finite.
    """
    if not isinstance(given, Mapping):
        raise BrokenImplementation(
            f"{who} gives its weights as {type(given).__name__}; they must be a mapping from names to arrays."
        )
    shapes = weight_shapes(experiment)
    if missing := [name for name in shapes if name not in given]:
        there = ", ".join(sorted(map(str, given))) or "none"
        raise BrokenImplementation(
            f"{who} gives no weights named {' and '.join(missing)}, which {experiment.architecture} has; it "
            f"gives {there}."
        )
    return {name: _checked_array(name, given[name], shape, who) for name, shape in shapes.items()}


def _checked_array(name: str, value: Any, shape: tuple[int, ...], who: str) -> Tensor:
    array = _as_tensor(value)
    if array is None or not array.is_floating_point():
        kind = type(value).__name__ if array is None else str(array.dtype)
        raise BrokenImplementation(
            f"{who} gives {name} as {kind}; it must be one array of real floating-point numbers."
        )
    if tuple(array.shape) != shape:
        axes = "(instance, feature, hidden)" if len(shape) == 3 else "(instance, feature or hidden)"
        is_transposed = len(shape) == 3 and tuple(array.shape) == (shape[0], shape[2], shape[1])
        hint = f"; the transposed {name} would fit" if is_transposed else ""
        raise BrokenImplementation(
            f"{who} gives {name} in shape {tuple(array.shape)}; it must have the axes {axes}, here "
            f"{shape}{hint}."
        )
    array = array.detach().to("cpu", torch.float32).contiguous()
    if not bool(array.isfinite().all()):
        count = int((~array.isfinite()).flatten(1).any(1).sum())
        raise BrokenImplementation(
            f"{who} gives {name} with numbers that are not finite, in {count} of {shape[0]} instances."
        )
    return array


def _as_tensor(value: Any) -> Tensor | None:
    try:
        if isinstance(value, Tensor):
            return value
        if isinstance(value, list | tuple) and all(isinstance(part, Tensor) for part in value):
            return torch.stack(list(value))
        return torch.from_numpy(np.ascontiguousarray(value))
    except (TypeError, ValueError, RuntimeError):
        return None
