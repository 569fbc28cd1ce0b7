"""Parameters and weights correspond one to one, or it is said why they do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from tests.helpers.small import small
from tms.engines.external import Guarded
from tms.engines.weight_map import NotMapped, WeightMap
from tms.experiment import Experiment

LARGE = small(n_features=60, n_hidden=40)


class Parts(nn.Module):
    """A model whose parameters and reported weights a test chooses."""

    def __init__(self, experiment: Experiment, weights: Callable[[Any], Any], **extra: Any) -> None:
        super().__init__()
        W = torch.from_numpy(experiment.initial_weights())
        self.W = nn.Parameter(W.mT.contiguous())
        self.b = nn.Parameter(torch.zeros_like(W[..., 0]))
        for name, value in extra.items():
            setattr(self, name, value)
        self._weights = weights

    def weights(self) -> Any:
        return self._weights(self)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x @ self.W.mT @ self.W + self.b[:, None])


def right(model: Any) -> dict[str, Any]:
    return {"W": model.W.mT, "b": model.b}


@pytest.mark.parametrize(
    "weights",
    [
        right,
        lambda model: {"W": model.W.mT.detach().clone(), "b": model.b.data},
        lambda model: {"W": model.W.detach().numpy().swapaxes(1, 2), "b": list(model.b)},
        lambda model: {"W": model.W.reshape(len(model.W), model.b.shape[1], -1), "b": model.b.flip(1)},
    ],
    ids=["transposed", "detached", "numpy and lists", "in another order"],
)
def test_any_order_of_the_parameters_is_found(weights: Callable[[Any], Any]) -> None:
    model = Parts(LARGE, weights)
    guarded = Guarded(model, LARGE)
    before = [p.detach().clone() for p in model.parameters()]
    found = WeightMap(guarded, LARGE)
    assert all(map(torch.equal, before, model.parameters()))
    wanted = {name: torch.randn_like(values) for name, values in found.read(guarded).items()}
    found.load(wanted)
    for name, values in found.read(guarded).items():
        assert torch.equal(values, wanted[name]), name
    model.W.grad, model.b.grad = model.W.detach().clone(), None
    assert torch.equal(found.gradient()["W"], wanted["W"])
    assert not found.gradient()["b"].any()


@pytest.mark.parametrize(
    ("weights", "extra", "words"),
    [
        (right, {"gain": nn.Parameter(torch.ones(4))}, "its parameter gain is not one of its weights"),
        (lambda m: {"W": 2 * m.W.mT, "b": m.b}, {}, "its weight W is not one of its trainable parameters"),
        (lambda m: {"W": m.W.mT.abs(), "b": m.b}, {}, "its weights are not the values of its parameters"),
        (lambda m: {"W": m.W.mT, "b": m.fixed}, {"fixed": torch.zeros(4, 5)}, "its weight b is not one of"),
        (lambda m: {"W": m.W.mT, "b": m.W[:, :1, :5].flatten(1)}, {}, "two of its weights are the same"),
        (right, {"b": nn.Parameter(torch.zeros(4, 5, dtype=torch.bfloat16))}, "b is torch.bfloat16"),
    ],
)
def test_other_correspondences_are_refused(
    weights: Callable[[Any], Any], extra: dict[str, Any], words: str
) -> None:
    experiment = small()
    with pytest.raises(NotMapped) as caught:
        WeightMap(Guarded(Parts(experiment, weights, **extra), experiment), experiment)
    assert words in str(caught.value)


def test_parameters_that_share_their_memory_are_refused() -> None:
    experiment = small()
    model = Parts(experiment, lambda m: {"W": m.W.mT, "b": m.b})
    model.decoder = nn.Parameter(torch.zeros(0))
    model.decoder.data = model.W.data.mT
    with pytest.raises(NotMapped, match="its parameters W and decoder share their memory"):
        WeightMap(Guarded(model, experiment), experiment)
