"""Every way in which another implementation can be wrong is reported in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from tests.examples import notebook, plain_loop
from tests.helpers.small import is_one_sentence, small
from tms import models
from tms.engines import reference
from tms.experiment import Experiment
from tms.protocol import (
    BrokenImplementation,
    Unsupported,
)
from tms.training import train

SHORT: dict[str, Any] = {"steps": 3, "held_out": 64, "batch_size": 8}


class Answers(models.ReLUOutput):
    """A model that is right but for what a test puts in the place of its output."""

    def __init__(self, experiment: Experiment, change: Callable[[torch.Tensor], Any]) -> None:
        super().__init__(torch.from_numpy(experiment.initial_weights()))
        self.change = change

    def forward(self, x: torch.Tensor) -> Any:
        return self.change(super().forward(x))


def answering(change: Callable[[torch.Tensor], Any]) -> Callable[[Experiment], nn.Module]:
    return lambda experiment: Answers(experiment, change)


def weighing(weights: Callable[[Any], Any]) -> Callable[[Experiment], nn.Module]:
    def factory(experiment: Experiment) -> nn.Module:
        model = reference.build(experiment)
        model.weights = lambda: weights(model)  # type: ignore[assignment]
        return model

    return factory


def failing(error: BaseException) -> Callable[[Experiment], Any]:
    def raising(_: Any) -> Any:
        raise error

    return raising


class Overwriting(models.ReLUOutput):
    """A model that changes its inputs before it uses them."""

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(torch.from_numpy(experiment.initial_weights()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.mul_(0.5))

    def hidden(self, x: torch.Tensor) -> torch.Tensor:
        return super().hidden(x.mul_(0.5))


class Unprintable(Exception):
    def __str__(self) -> str:
        raise ValueError


class LateFailure:
    """Fails at its third call."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, out: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        if self.calls == 3:
            raise IndexError("index 5 is out of bounds")
        return out


@pytest.mark.parametrize(
    ("factory", "words"),
    [
        (failing(RuntimeError("no luck\nat all")), "the model failed with RuntimeError: no luck (test_ext"),
        (failing(SystemExit(3)), "the model failed with SystemExit: 3"),
        (failing(NotImplementedError()), "the model failed with NotImplementedError (test_ext"),
        (failing(Unprintable()), "the model failed with Unprintable (test_ext"),
        (failing(ValueError("\x1b[31mred\x00" + "x" * 1000)), "the model failed with ValueError: [31mredxxx"),
        (lambda: None, "TypeError"),
        (lambda _: None, "the factory returned a NoneType"),
        (lambda _: "model", "the factory returned a str"),
        (lambda _: nn.Identity(), "the model has no parameters to train"),
        (lambda _: nn.Linear(5, 5), "no weights named W and b, which relu_output has; it gives bias, weight"),
        (lambda _: models.Linear(torch.zeros(3, 5, 2)), "gives W in shape (3, 5, 2)"),
        (lambda _: models.Linear(torch.zeros(4, 2, 5)), "it must have the axes (instance, feature, hidden)"),
        (answering(lambda out: out[..., :1]), "the model's output has shape (2, 39, 1)"),
        (answering(lambda out: out.sum()), "the model's output has shape ()"),
        (answering(lambda out: out.transpose(0, 1)), "the model's output has shape (39, 2, 5)"),
        (answering(lambda out: (out, out)), "the model's output is an object of type tuple"),
        (answering(lambda out: out.detach().numpy()), "the model's output is an object of type ndarray"),
        (answering(lambda _: None), "the model's output is an object of type NoneType"),
        (answering(lambda out: out.long()), "the model's output is torch.int64"),
        (answering(lambda out: out.to(torch.complex64)), "the model's output is torch.complex64"),
        (answering(lambda out: out / 0), "the model's output is not finite"),
        (
            answering(lambda out: out.detach()),
            "the model failed with RuntimeError: element 0 of",
        ),
        (
            Overwriting,
            "the model changes its inputs in place to compute its output; they are also the targets",
        ),
        (answering(LateFailure()), "IndexError: index 5 is out of bounds (test_external.py, line"),
        (weighing(lambda _: None), "gives its weights as NoneType"),
        (weighing(lambda model: [model.W, model.b]), "gives its weights as list"),
        (weighing(lambda model: {"W": model.W}), "no weights named b, which relu_output has; it gives W"),
        (weighing(lambda _: {}), "it gives none"),
        (
            weighing(lambda model: {"W": model.W.mT, "b": model.b}),
            "gives W in shape (2, 2, 5); it must have the axes (instance, feature, hidden), here "
            "(2, 5, 2); the transposed W would fit",
        ),
        (weighing(lambda model: {"W": model.W[:, :, :1], "b": model.b}), "gives W in shape (2, 5, 1)"),
        (weighing(lambda model: {"W": model.W, "b": "b"}), "gives b as str"),
        (weighing(lambda model: {"W": model.W.long(), "b": model.b}), "gives W as torch.int64"),
        (weighing(lambda model: {"W": model.W, "b": model.b / 0}), "in 2 of 2 instances"),
        (weighing(lambda model: model.no_such), "AttributeError"),
    ],
)
def test_a_model_that_breaks_the_protocol_is_one_sentence(factory: Any, words: str) -> None:
    with pytest.raises(BrokenImplementation) as caught:
        train(small(**SHORT), model=factory)
    assert words in str(caught.value)
    assert is_one_sentence(str(caught.value).replace("b. W", "b"))


def test_a_model_that_diverges_is_one_sentence() -> None:
    with pytest.raises(BrokenImplementation, match="not finite"):
        train(small(learning_rate=1e30, **SHORT), model=reference.build)


def test_a_model_without_hidden_activations_lacks_what_a_penalty_needs() -> None:
    class Bare(nn.Module):
        def __init__(self, experiment: Experiment) -> None:
            super().__init__()
            self.W = nn.Parameter(torch.from_numpy(experiment.initial_weights()))
            self.b = nn.Parameter(torch.zeros_like(self.W[..., 0]))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.relu(x @ self.W @ self.W.mT + self.b[:, None])

    train(small(**SHORT), model=Bare)
    with pytest.raises(Unsupported, match="no method hidden"):
        train(small(hidden_l1=0.1, **SHORT), model=Bare)


def made(**changes: Any) -> dict[str, Any]:
    """Weights in the shapes that `small` has, but for what is changed; None leaves a name out."""
    right = {"W": torch.zeros(4, 5, 2), "b": torch.zeros(4, 5)}
    return {name: values for name, values in (right | changes).items() if values is not None}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "gives its weights as NoneType"),
        (torch.zeros(4, 5, 2), "gives its weights as Tensor"),
        ((made(), []), "gives its weights as tuple"),
        (made(b=None), "no weights named b"),
        (made(W=torch.zeros(2, 2, 5, 2)), "gives W in shape (2, 2, 5, 2)"),
        (made(W=torch.zeros(4, 2, 5)), "gives W in shape (4, 2, 5)"),
        (made(b=torch.zeros(5)), "gives b in shape (5,)"),
        (made(b=0.0), "gives b in shape"),
        (made(W=np.zeros((4, 5, 2), dtype=int)), "gives W as torch.int64"),
        (made(W=np.zeros((4, 5, 2), dtype=complex)), "gives W as torch.complex128"),
        (made(W=np.zeros((4, 5, 2), dtype=object)), "gives W as ndarray"),
        (made(W=[torch.zeros(5, 2), torch.zeros(4, 2)]), "gives W as list"),
        (made(W=[[1.0], [1.0, 2.0]]), "gives W as list"),
        (made(W=iter([])), "gives W as"),
        (made(b=torch.full((4, 5), float("nan"))), "not finite, in 4 of 4 instances"),
        (made(b=torch.full((4, 5), 1e300, dtype=torch.float64)), "not finite, in 4 of 4 instances"),
    ],
)
def test_a_training_function_that_breaks_the_protocol_is_one_sentence(answer: Any, words: str) -> None:
    with pytest.raises(BrokenImplementation) as caught:
        train(small(**SHORT), trainer=lambda _: answer)
    assert words in str(caught.value)
    assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (made(), "must return a pair"),
        ((made(), made()), "must return a pair"),
        ((made(), [made()]), "at 1 checkpoints instead of 2"),
        ((made(), [made(), None]), "gives its weights as NoneType"),
        ((made(), [made(), made(W=torch.zeros(5, 2))]), "gives W in shape (5, 2)"),
    ],
)
def test_checkpoints_that_break_the_protocol_are_one_sentence(answer: Any, words: str) -> None:
    with pytest.raises(BrokenImplementation) as caught:
        train(small(checkpoints=(0, 3), **SHORT), trainer=lambda _: answer)
    assert words in str(caught.value)
    assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize("seam", ["model", "trainer"])
def test_an_interrupt_and_what_is_not_supported_pass_through(seam: str) -> None:
    for error in (KeyboardInterrupt(), Unsupported("nothing")):
        implementation: dict[str, Any] = {seam: failing(error)}
        with pytest.raises(type(error)):
            train(small(**SHORT), **implementation)


def test_two_implementations_at_once_are_refused() -> None:
    with pytest.raises(ValueError, match="at most one"):
        train(small(**SHORT), model=notebook.factory, trainer=plain_loop.train_all)
