"""Which parameter of a module is which weight of its architecture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import torch
from torch import Tensor, nn

from tms.experiment import Experiment
from tms.protocol import BrokenImplementation, weight_shapes

_BASE: Final = 4096
"""Positions are written as two digits of this base, which float32 holds exactly."""
_PRECISE: Final = (torch.float32, torch.float64)


class NotMapped(Exception):
    """Raised if weights and parameters do not correspond one to one; the message is a clause on why."""


class WeightMap:
    """The one-to-one correspondence of a module's trainable parameters and its architecture's weights.

    It is found by experiment: every parameter gets its own number, and the weights show where it went.

    Parameters
    ----------
    model
        The module; its method ``weights()`` names its weights.
    experiment
        The experiment for which it was made.

    Raises
    ------
    NotMapped
        If a parameter is no weight, a weight is no parameter, or either is scaled, shared, computed, or of
        less precision than float32.
    """

    def __init__(self, model: nn.Module, experiment: Experiment) -> None:
        self._shapes = weight_shapes(experiment)
        named = trainable(model)
        for name, parameter in named.items():
            if parameter.dtype not in _PRECISE:
                raise NotMapped(f"its parameter {name} is {parameter.dtype}, not torch.float32")
        memory: dict[int, str] = {}
        for name, parameter in named.items():
            other = memory.setdefault(parameter.untyped_storage().data_ptr(), name)
            if other != name:
                raise NotMapped(f"its parameters {other} and {name} share their memory")
        self._parameters = list(named.values())
        numbers = self._numbers(model)
        positions = torch.arange(numbers.numel())
        used = torch.zeros(sum(p.numel() for p in self._parameters), dtype=torch.bool)
        used[numbers] = True
        if not bool(used.all()):
            raise NotMapped(f"its parameter {self._first_unused(named, used)} is not one of its weights")
        self._numbers_of_weights = numbers
        self._weight_of = torch.empty_like(numbers)
        self._weight_of[numbers] = positions
        if not torch.equal(self._flat(self.read(model)), self._raw()[numbers].float()):
            raise NotMapped("its weights are not the values of its parameters")

    def read(self, model: nn.Module) -> dict[str, Tensor]:
        """Copy the weights of a module, by name."""
        return weights_of(model, self._shapes)

    def load(self, weights: Mapping[str, Tensor]) -> None:
        """Set the module's parameters to given weights."""
        self._write(self._flat(weights)[self._weight_of])

    def gradient(self) -> dict[str, Tensor]:
        """Read the gradient of the module's parameters, by name of the weight; zero where there is none."""
        parts = [torch.zeros_like(p) if p.grad is None else p.grad for p in self._parameters]
        flat = torch.cat([part.detach().reshape(-1).cpu() for part in parts])
        return self._by_name(flat[self._numbers_of_weights])

    def _numbers(self, model: nn.Module) -> Tensor:
        """Find the number of the parameter that each weight shows, in the order of the weights."""
        count = sum(p.numel() for p in self._parameters)
        numbers = torch.arange(count)
        try:
            with restored(model):
                self._write((numbers // _BASE).float())
                high = self._flat(self.read(model))
                self._write((numbers % _BASE).float())
                low = self._flat(self.read(model))
        except BrokenImplementation as error:  # weights that are divided by their norm, which is 0 here
            raise NotMapped("its weights are not the values of its parameters") from error
        found = high.double() * _BASE + low.double()
        shown = found.long()
        wrong = (shown != found) | (shown < 0) | (shown >= count)
        if not bool(wrong.any()) and shown.numel() == shown.unique().numel():
            return shown
        parts, bad = self._by_name(shown), self._by_name(wrong)
        for name, part in parts.items():
            if bool(bad[name].any()) or part.numel() != part.unique().numel():
                raise NotMapped(f"its weight {name} is not one of its trainable parameters")
        raise NotMapped("two of its weights are the same parameter")

    def _raw(self) -> Tensor:
        return torch.cat([p.detach().reshape(-1).cpu() for p in self._parameters])

    def _write(self, flat: Tensor) -> None:
        sizes = [p.numel() for p in self._parameters]
        with torch.no_grad():
            for parameter, part in zip(self._parameters, flat.split(sizes), strict=True):
                parameter.copy_(part.view(parameter.shape))

    def _flat(self, weights: Mapping[str, Tensor]) -> Tensor:
        return torch.cat([weights[name].detach().reshape(-1).cpu() for name in self._shapes])

    def _by_name(self, flat: Tensor) -> dict[str, Tensor]:
        sizes = [torch.Size(shape).numel() for shape in self._shapes.values()]
        parts = flat.split(sizes)
        return {n: part.view(s) for (n, s), part in zip(self._shapes.items(), parts, strict=True)}

    def _first_unused(self, named: Mapping[str, Tensor], used: Tensor) -> str:
        parts = used.split([p.numel() for p in named.values()])
        return next(name for name, part in zip(named, parts, strict=True) if not bool(part.all()))


def trainable(model: nn.Module) -> dict[str, nn.Parameter]:
    """Name the parameters of a module that are trained."""
    return {
        name.removeprefix("model."): parameter
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }


def weights_of(model: nn.Module, names: Mapping[str, object]) -> dict[str, Tensor]:
    """Copy the weights with given names of a module that names its weights."""
    given = model.weights()  # type: ignore[operator]
    return {name: given[name].detach().to("cpu", torch.float32, copy=True) for name in names}


@contextmanager
def restored(model: nn.Module) -> Iterator[None]:
    """Restore the parameters and buffers of a module afterwards, in place."""
    tensors = [*model.parameters(), *model.buffers()]
    former = [tensor.detach().clone() for tensor in tensors]
    try:
        yield
    finally:
        with torch.no_grad():
            for tensor, values in zip(tensors, former, strict=True):
                tensor.copy_(values)
            for tensor in model.parameters():
                tensor.grad = None
