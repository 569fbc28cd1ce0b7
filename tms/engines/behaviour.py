"""What a module does beside computing its outputs: randomness, state, and modes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import torch
from torch import Tensor, nn

_CALLS: Final = 64
"""Calls in which a state shows that is refreshed now and then."""
_CLOSE: Final = 1e-4
"""Allowed deviation of outputs whose sums are in another order, in units of the largest output."""


def oddity(model: nn.Module, inspected: nn.Module, x: Tensor, rows: int) -> str | None:
    """Say what keeps a module from being a function of its parameters and inputs; None if nothing is found.

    The sentence has no subject. The module is called several times, and is left in training mode.

    Parameters
    ----------
    model
        The module to call.
    inspected
        The part of it whose state is compared.
    x
        Inputs, shape (instance, batch, feature).
    rows
        Number of inputs in a batch of the training.
    """
    model.train()
    before = _state(inspected)
    first, second = model(x).detach(), model(x).detach()
    after = _state(inspected)
    if not torch.equal(first, second):
        return "two calls with the same inputs give different outputs"
    if changed := _changed(before, after):
        return f"its state {changed} changes when it is called"
    model.eval()
    with torch.no_grad():
        evaluated = model(x)
    model.train()
    if not torch.equal(first, evaluated):
        return "its outputs in train() and in eval() differ"
    copies = -(-rows // x.shape[1])
    with torch.no_grad():
        together = model(x.repeat(1, copies, 1))[:, :rows]
    alone = first.repeat(1, copies, 1)[:, :rows]
    if bool((together - alone).abs().max() > _CLOSE * alone.abs().max()):
        return f"its outputs for an input differ in a batch of {rows}"
    return None


def late_change(model: nn.Module, inspected: nn.Module, x: Tensor) -> str | None:
    """Say which state changes only after many calls, as a clause; None if nothing is found.

    Parameters
    ----------
    model, inspected, x
        As for `oddity`. The parameters should differ from those at which a state may have been made.
    """
    before = _state(inspected)
    with torch.no_grad():
        for _ in range(_CALLS):
            model(x[:, :1])
    changed = _changed(before, _state(inspected))
    return f"its state {changed} changes when it is called {_CALLS} times" if changed else None


class TrainedState:
    """The state of a module beside its parameters, which training may have changed.

    Parameters
    ----------
    inspected
        The module before training.
    """

    def __init__(self, inspected: nn.Module) -> None:
        self._inspected = inspected
        self._before = {name: tensor.to("cpu", copy=True) for name, tensor in _tensors(inspected)}

    def changed(self) -> Iterator[tuple[str, Tensor]]:
        """Yield the tensors that have changed since, with their names: buffers, and attributes of modules."""
        for name, tensor in list(_tensors(self._inspected)):
            if not _same(self._before.get(name), tensor.cpu()):
                yield name, tensor


def _tensors(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    for path, module in model.named_modules():
        for name, value in (*module.named_buffers(recurse=False), *vars(module).items()):
            if isinstance(value, Tensor) and value.is_floating_point():
                yield f"{path}.{name}" if path else name, value.detach()


def _changed(before: dict[str, Any], after: dict[str, Any]) -> str | None:
    return next((name for name in after if not _same(before.get(name), after[name])), None)


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
