"""Randomness, state and modes of a module are noticed."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from tms.engines.behaviour import TrainedState, late_change, oddity


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


class Centred(Doubling):
    """Subtracts the mean of a batch that is large."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x - x.mean(1, keepdim=True) if x.shape[1] > 64 else x


class Refreshed(Doubling):
    """Copies its gain now and then, which nothing but the copy shows."""

    def __init__(self, every: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(()))
        self.register_buffer("copied", torch.ones(()))
        self.copied: torch.Tensor
        self.next = iter(range(1, 1000))
        self.every = every

    def aside(self, x: torch.Tensor) -> None:
        del x
        if next(self.next) % self.every == 0:
            self.copied.copy_(self.gain.detach())


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
        (nn.BatchNorm1d(20), "its state running_mean changes when it is called"),
        (Moody(), "its outputs in train() and in eval() differ"),
        (WithoutGradient(), "its outputs in train() and in eval() differ"),
        (Centred(), "its outputs for an input differ in a batch of 70"),
    ],
)
def test_what_a_module_does_beside_its_outputs_is_named(model: nn.Module, words: str | None) -> None:
    x = torch.rand(4, 20, 20, generator=torch.Generator().manual_seed(0)) + 0.1
    assert oddity(model, model, x, 70) == words
    assert model.training


@pytest.mark.parametrize(("every", "is_seen"), [(50, True), (1000, False)])
def test_a_state_that_is_refreshed_now_and_then_is_named(every: int, is_seen: bool) -> None:
    model, x = Refreshed(every), torch.rand(4, 20, 5)
    assert oddity(model, model, x, 20) is None
    model.gain.data.add_(1)
    words = "its state copied changes when it is called 64 times"
    assert late_change(model, model, x) == (words if is_seen else None)


def test_state_that_training_changes_is_found() -> None:
    model = nn.Sequential(Averaging(), Doubling())
    state = TrainedState(model)
    assert not list(state.changed())
    model(torch.ones(2, 3))
    [(name, tensor)] = state.changed()
    assert (name, tensor.item()) == ("0.mean", 1.0)
