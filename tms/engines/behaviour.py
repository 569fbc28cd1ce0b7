"""What a module does beside computing its outputs: randomness, state, and modes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


def oddity(model: nn.Module, inspected: nn.Module, x: Tensor) -> str | None:
    """Say what keeps a module from being a function of its parameters and inputs; None if nothing is found.

    The sentence has no subject. The module is called several times, and is left in training mode.

    Parameters
    ----------
    model
        The module to call.
    inspected
        The part of it whose state is compared.
    x
        Inputs.
    """
    model.train()
    before = _state(inspected)
    first, second = model(x).detach(), model(x).detach()
    after = _state(inspected)
    if not torch.equal(first, second):
        return "two calls with the same inputs give different outputs"
    if changed := [name for name in after if not _same(before.get(name), after[name])]:
        return f"its state {changed[0]} changes when it is called"
    model.eval()
    with torch.no_grad():
        evaluated = model(x)
    model.train()
    if not torch.equal(first, evaluated):
        return "its outputs in train() and in eval() differ"
    return None


def _state(model: nn.Module) -> dict[str, Any]:
    """Copy buffers, and attributes that are numbers, texts or tensors, also in plain containers."""
    state: dict[str, Any] = {}
    for path, module in model.named_modules():
        prefix = f"{path}." if path else ""
        for name, value in module.named_buffers(recurse=False):
            state[prefix + name] = value.detach().clone()
        for name, value in vars(module).items():
            if name not in ("_parameters", "_buffers", "_modules", "training"):
                copied = _copied(value)
                if copied is not None:
                    state[prefix + name] = copied
    return state


def _copied(value: Any) -> Any:
    """Copy a value that can be compared; None for any other."""
    if isinstance(value, bool | int | float | complex | str):
        return value
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, list | tuple):
        return [_copied(each) for each in value]
    if isinstance(value, dict):
        return {repr(name): _copied(each) for name, each in value.items()}
    return None


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        alike = isinstance(a, Tensor) and isinstance(b, Tensor) and a.shape == b.shape
        return alike and torch.equal(a, b)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[name], b[name]) for name in a)
    return type(a) is type(b) and bool(a == b)
