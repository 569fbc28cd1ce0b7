"""The importance-weighted squared error, and its gradient in the same pass where it can be compiled."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable

from tms.engines.cpu.error import squared_errors
from tms.sources import compiles

_LEAST_WIDTH: Final = 512
"""Fewest numbers between two sums of partial sums in float64."""


def weighted_error(
    out: Float[Tensor, "instance batch feature"],
    target: Float[Tensor, "instance batch feature"],
    importance: Float[Tensor, "instance feature"],
) -> Float[Tensor, " instance"]:
    """Sum I_i (x_i - x'_i)^2 over features, and average it over the batch (#demonstrating-setup-loss).

    The compiled pass gives the gradient the bits that autograd gives. Its loss is rounded once, after a sum
    in float64.

    Parameters
    ----------
    out, target
        The model's outputs, and what they should be.
    importance
        I_i of each instance.
    """
    if can_compile(out, target, importance):
        loss: Tensor = _OnePass.apply(out, target, importance)  # type: ignore[no-untyped-call]
        return loss
    return (importance[:, None, :] * (target - out) ** 2).sum(-1).mean(-1)


def can_compile(out: Tensor, *constants: Tensor) -> bool:
    """Whether the compiled pass serves: for float32 on the CPU, with gradients of the outputs alone."""
    return (
        compiles()
        and all(tensor.device.type == "cpu" and tensor.dtype == torch.float32 for tensor in (out, *constants))
        and not any(tensor.requires_grad for tensor in constants)
    )


class _OnePass(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, out: Tensor, target: Tensor, importance: Tensor) -> Tensor:
        wanted = ctx.needs_input_grad[0]
        loss, gradient = _in_one_pass(out.detach(), target, importance, wanted)
        if wanted:
            ctx.save_for_backward(gradient)
        return torch.from_numpy(loss / out.shape[1]).float()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, of_loss: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = ctx.saved_tensors
        if bool((of_loss == 1).all()):  # as in the gradient of a sum of losses
            return gradient, None, None
        return of_loss[:, None, None] * gradient, None, None


def _in_one_pass(
    out: Tensor, target: Tensor, importance: Tensor, wanted: bool
) -> tuple[NDArray[np.float64], Tensor]:
    instances, rows, n = out.shape
    out, target = _by_features(out), _by_features(target)
    gradient = torch.empty_like(out) if wanted else torch.empty(0)
    if out.is_contiguous() and target.is_contiguous():
        runs, length = 1, rows * n
    else:
        runs, length = rows, n
    loss = np.empty(instances)
    scratch = np.empty((2, n * max(1, _LEAST_WIDTH // n)), dtype=np.float32)
    squared_errors(
        _flat(out),
        _flat(target),
        importance.contiguous().numpy(),
        runs,
        length,
        out.stride()[:2],
        target.stride()[:2],
        *scratch,
        loss,
        _flat(gradient),
    )
    return loss, gradient


def _by_features(values: Tensor) -> Tensor:
    """Leave the order of instances and inputs in memory as it is, if each input's features lie together."""
    instances, rows, n = values.shape
    arranged = values.stride() in ((rows * n, n, 1), (n, instances * n, 1))
    return values if arranged else values.contiguous()


def _flat(values: Tensor) -> NDArray[np.float32]:
    flat: NDArray[np.float32] = values.as_strided((values.numel(),), (1,)).numpy()
    return flat
