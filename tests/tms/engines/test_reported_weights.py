"""Weights that do not belong to a module's outputs are told from a module that computes something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from tests.helpers.small import VARIANTS, is_one_sentence, small
from tms import models
from tms.engines import reference
from tms.engines.behaviour import TrainedState
from tms.engines.external import Guarded
from tms.engines.probe import generator, inputs
from tms.engines.reported_weights import deviation, is_described, misreport, unreported_state
from tms.experiment import Experiment
from tms.protocol import BrokenImplementation
from tms.training import train

SHORT: dict[str, Any] = {"steps": 40, "held_out": 64, "batch_size": 16, "learning_rate": 0.05}


class Reporting(models.ReLUOutput):
    """A right model of which a test chooses the weights that it reports."""

    def __init__(self, experiment: Experiment, weights: Callable[[Any], Any]) -> None:
        super().__init__(torch.from_numpy(experiment.initial_weights()))
        self.b.data.normal_(generator=torch.Generator().manual_seed(0))
        self.start = self.W.detach().clone()
        self._weights = weights

    def weights(self) -> Any:
        return self._weights(self)


class Answering(models.ReLUOutput):
    """A model that reports its weights, and of which a test chooses the outputs."""

    def __init__(self, experiment: Experiment, outputs: Callable[[Any, torch.Tensor], torch.Tensor]) -> None:
        super().__init__(torch.from_numpy(experiment.initial_weights()))
        self.outputs = outputs
        self.W_2 = nn.Parameter(self.W.detach().clone())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.outputs(self, x)


def found(model: nn.Module, experiment: Experiment) -> str | None:
    guarded = Guarded(model, experiment)
    return misreport(guarded, experiment, inputs(experiment, "cpu"), generator(experiment))


@pytest.mark.parametrize("variant", VARIANTS)
def test_own_models_report_their_own_weights(variant: str) -> None:
    experiment = small(**VARIANTS[variant])
    model, x = Guarded(reference.build(experiment), experiment), inputs(experiment, "cpu")
    before = {name: values.clone() for name, values in model.weights().items()}
    assert deviation(model, experiment, x) < 1e-5
    assert is_described(model, experiment, x, generator(experiment))
    assert misreport(model, experiment, x, generator(experiment)) is None
    assert all(torch.equal(values, before[name]) for name, values in model.weights().items())


def reshaped(model: Any) -> torch.Tensor:
    instances, n, m = model.W.shape
    turned: torch.Tensor = model.W.mT.reshape(instances, n, m)
    return turned


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (lambda m: {"W": reshaped(m), "b": m.b}, "those of the transposed W"),
        (lambda m: {"W": m.W, "b": -m.b}, "those of -b"),
        (
            lambda m: {"W": m.start, "b": m.b},
            "depend on its parameter W, but the weights that it reports do not",
        ),
        (
            lambda m: {"W": m.W, "b": torch.zeros_like(m.b)},
            "depend on its parameter b, but the weights that it reports do not",
        ),
        (lambda m: {"W": m.W.flip(1), "b": m.b}, "row i of its W is not the embedding of feature i"),
        (lambda m: {"W": m.W, "b": m.b.flip(1)}, ", b_i is not the bias of output i"),
        (lambda m: {"W": m.W.flip(0), "b": m.b}, "or its instances are in another order"),
        (lambda m: {"W": m.W / 2, "b": m.b}, "its outputs are those of 2 W, not of what it reports"),
        (lambda m: {"W": m.W, "b": 3 * m.b}, "its outputs are those of 0.3333 b, not of what it reports"),
        (lambda m: {"W": m.W * 2, "b": m.b / 2}, "its outputs are those of 0.5 W and 2 b, not of what"),
        (
            lambda m: {"W": m.W / m.W.abs().amax(), "b": m.b},
            "depend on the scale of its parameter W, but the",
        ),
    ],
)
def test_weights_that_do_not_belong_to_the_outputs_are_one_sentence(
    weights: Callable[[Any], Any], words: str
) -> None:
    experiment = small(n_features=6, n_hidden=3)
    assert words in (found(Reporting(experiment, weights), experiment) or "")
    for engine in ("auto", "fused", "reference"):
        with pytest.raises(BrokenImplementation) as caught:
            train(
                small(n_features=6, n_hidden=3, **SHORT),
                engine=engine,
                device="cpu",
                model=lambda asked: Reporting(asked, weights),
            )
        assert words in str(caught.value)
        assert str(caught.value).startswith("the model reports wrong weights: its outputs ")
        assert is_one_sentence(str(caught.value))


def test_weights_in_double_precision_are_told_apart_as_well() -> None:
    experiment = small(n_features=6, n_hidden=3)

    def reporting(weights: Callable[[Any], Any]) -> nn.Module:
        return Reporting(experiment, weights).double()

    assert found(reporting(lambda m: {"W": m.W, "b": m.b}), experiment) is None
    said = found(reporting(lambda m: {"W": m.W.flip(1), "b": m.b}), experiment)
    assert "row i of its W is not the embedding of feature i" in (said or "")


def test_a_square_transposed_matrix_is_named() -> None:
    experiment = small(n_features=4, n_hidden=4)
    model = Reporting(experiment, lambda m: {"W": m.W.mT, "b": m.b})
    assert "those of the transposed W" in (found(model, experiment) or "")


@pytest.mark.parametrize(
    ("outputs", "words"),
    [
        (lambda m, x: torch.relu(x @ m.W @ m.W_2.mT + m.b[:, None]), "depend on its parameter W_2"),
        (lambda m, x: torch.relu(x @ m.W @ m.W.mT + m.b[:, None]) * m.W_2.mean(), "its parameter W_2"),
        (lambda m, x: x @ m.W @ m.W.mT + m.b[:, None], None),
        (lambda m, x: torch.relu(x @ (2 * m.W) @ (2 * m.W).mT + m.b[:, None]), "are those of 2 W, not"),
        (lambda m, x: torch.relu(x / 2 @ m.W @ m.W.mT + m.b[:, None]), "are those of 0.7071 W, not"),
        (lambda m, x: nn.functional.leaky_relu(x @ m.W @ m.W.mT + m.b[:, None], 0.01), None),
        (lambda m, x: torch.relu(x @ m.W @ m.W.mT), None),
        (lambda m, x: torch.relu(x @ m.W @ m.W.mT + m.b[:, None]), None),
    ],
    ids=["untied", "scaled", "no ReLU", "twice W", "halved", "leaky", "no bias", "right"],
)
def test_a_model_that_computes_something_else_with_its_weights_reports_them_rightly(
    outputs: Callable[[Any, torch.Tensor], torch.Tensor], words: str | None
) -> None:
    experiment = small()
    said = found(Answering(experiment, outputs), experiment)
    assert (said is None) if words is None else (words in (said or ""))


@pytest.mark.parametrize(
    ("variant", "name", "words"),
    [
        ("linear", "W", "2 W"),
        ("gelu", "W", "2 W"),
        ("quadratic", "b", "2 b"),
        ("relu_hidden", "W", "2 W"),
        ("relu_hidden with a bias", "b_hidden", "2 b_hidden"),
        ("untied", "W_out", "2 W or 2 W_out"),
        ("untied with a bias", "W_out", "2 W_out"),
    ],
)
def test_weights_of_another_scale_are_one_sentence(variant: str, name: str, words: str) -> None:
    experiment = small(**VARIANTS[variant])
    model: Any = reference.build(experiment)
    model.weights = lambda: dict(model.named_parameters()) | {name: model.get_parameter(name) / 2}
    assert found(model, experiment) == f"its outputs are those of {words}, not of what it reports"


class Delayed(models.ReLUOutput):
    """A model whose decoder is a copy of its weights that is made every 10 steps."""

    def __init__(self, experiment: Experiment, *, is_reported: bool = False) -> None:
        super().__init__(torch.from_numpy(experiment.initial_weights()))
        self.register_buffer("decoder", self.W.detach().clone())
        self.decoder: torch.Tensor
        self.steps = 0
        self.is_reported = is_reported

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.training:
            self.steps += 1
            if self.steps % 10 == 0:
                self.decoder.copy_(self.W.detach())
        return torch.relu(x @ self.W @ self.decoder.mT + self.b[:, None])

    def weights(self) -> dict[str, torch.Tensor]:
        return {"W": self.decoder if self.is_reported else self.W, "b": self.b}


def test_outputs_that_depend_on_a_state_that_training_changes_are_one_sentence() -> None:
    with pytest.raises(BrokenImplementation) as caught:
        train(small(**SHORT), model=Delayed, device="cpu")
    assert "its outputs depend on its state decoder, which training changes" in str(caught.value)
    assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize(("is_reported", "name"), [(True, None), (False, "decoder")])
def test_a_state_that_training_changes_may_be_what_is_reported(is_reported: bool, name: str | None) -> None:
    experiment = small()
    model = Delayed(experiment, is_reported=is_reported)
    guarded, state = Guarded(model, experiment), TrainedState(model)
    x = inputs(experiment, "cpu")
    assert unreported_state(guarded, experiment, x, state) is None
    model.decoder.add_(1)
    before = model.decoder.clone()
    assert unreported_state(guarded, experiment, x, state) == name
    assert torch.equal(model.decoder, before)


class NormalisedLate(models.ReLUOutput):
    """A model whose outputs leave its weights behind while it is trained."""

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(torch.from_numpy(experiment.initial_weights()))
        self.gain = torch.ones(())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.training and torch.is_grad_enabled():
            self.gain = self.gain * 1.01
        return super().forward(x) * self.gain


def test_weights_that_training_separates_from_the_outputs_are_one_sentence() -> None:
    with pytest.raises(BrokenImplementation, match="after training, its outputs differ") as caught:
        train(small(**SHORT), model=NormalisedLate, device="cpu")
    assert is_one_sentence(str(caught.value))
