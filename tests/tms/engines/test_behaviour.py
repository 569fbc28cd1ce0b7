"""Randomness, state and modes of a module are noticed."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from tms.engines.behaviour import oddity


class Doubling(nn.Module):
    """Doubles its inputs, and does something else that a test chooses."""

    def __init__(self, **state: Any) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(1))
        self.mean: torch.Tensor
        self.settings = {"gains": [1.0, torch.ones(2)], "name": "plain", "made by": object()}
        for name, value in state.items():
            setattr(self, name, value)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.aside(x)
        return 2 * x

    def aside(self, x: torch.Tensor) -> None:
        del x


class Counting(Doubling):
    def aside(self, x: torch.Tensor) -> None:
        del x
        self.calls = getattr(self, "calls", 0) + 1


class Averaging(Doubling):
    def aside(self, x: torch.Tensor) -> None:
        self.mean += x.mean()


class Keeping(Doubling):
    def aside(self, x: torch.Tensor) -> None:
        self.settings["gains"].append(float(x.mean()))  # type: ignore[attr-defined]


class Random(Doubling):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.rand_like(x)


class Moody(Doubling):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x if self.training else 2 * x


class WithoutGradient(Doubling):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x if torch.is_grad_enabled() else 2 * x


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (Doubling(), None),
        (Counting(), "its state calls changes when it is called"),
        (Averaging(), "its state mean changes when it is called"),
        (Keeping(), "its state settings changes when it is called"),
        (nn.Sequential(Doubling(), Averaging()), "its state 1.mean changes when it is called"),
        (Random(), "two calls with the same inputs give different outputs"),
        (nn.Dropout(0.5), "two calls with the same inputs give different outputs"),
        (nn.BatchNorm1d(5), "its state running_mean changes when it is called"),
        (Moody(), "its outputs in train() and in eval() differ"),
        (WithoutGradient(), "its outputs in train() and in eval() differ"),
    ],
)
def test_what_a_module_does_beside_its_outputs_is_named(model: nn.Module, words: str | None) -> None:
    x = torch.rand(20, 5, generator=torch.Generator().manual_seed(0)) + 0.1
    assert oddity(model, model, x) == words
    assert model.training
