"""Mistakes in a model: its layers, its bias and its gradient."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Final

import torch
from torch import Tensor, nn

from claims.harness.falsification.applying import (
    Train,
    built_as,
    instead_of,
    modelled_as,
    together,
    trained_as,
)
from claims.harness.falsification.control import Control, Kind
from tms import paper, training
from tms.experiment import Experiment
from tms.models import Linear, ReLUHidden, ReLUOutput
from tms.paper import ExperimentFactory
from tms.training import Trained

BY_REFERENCE: Final = (
    "Only the reference engine can be given another model; left out are experiments that take it minutes."
)


def linear_output(experiment: Experiment) -> Experiment:
    """Drop the output activation of a model with a linear hidden layer."""
    if experiment.architecture != "relu_output":
        return experiment
    return replace(experiment, architecture="linear", activation="relu")


def linear_hidden(model: nn.Module, experiment: Experiment) -> nn.Module:
    """Drop the ReLU of a hidden layer, and keep its bias."""
    if not experiment.has_hidden_relu:
        return model
    assert isinstance(model, ReLUHidden)
    bias = model.b_hidden
    model.hidden = lambda x: (  # type: ignore[method-assign]
        x @ model.W if bias is None else x @ model.W + bias[:, None, :]
    )
    return model


def without_hidden_relu() -> AbstractContextManager[None]:
    """Train models with a linear hidden layer; where that is the ReLU output model, train that one."""

    def wrong(right: Train, experiment: Experiment, **options: Any) -> Trained:
        if experiment.architecture == "relu_hidden" and not experiment.hidden_bias:
            changed = replace(experiment, architecture="relu_output")
            return replace(right(changed, **options), experiment=experiment)
        return right(
            experiment, **(options | {"engine": "reference"} if experiment.has_hidden_relu else options)
        )

    return together(instead_of(training.train, wrong), built_as(linear_hidden))


def tied_output(experiment: Experiment) -> Experiment:
    """Use the input weights as output weights, which have no initial values of their own then."""
    untied = experiment.architecture == "relu_hidden_untied"
    return replace(experiment, architecture="relu_hidden", initial_output="drawn") if untied else experiment


def tied() -> AbstractContextManager[None]:
    """Tie the output weights to the input weights, and return the input weights as output weights."""

    def wrong(right: Train, experiment: Experiment, **options: Any) -> Trained:
        changed = tied_output(experiment)
        trained = right(changed, **options)
        if changed is experiment:
            return trained
        return replace(
            trained,
            experiment=experiment,
            parameters=trained.parameters | {"W_out": trained.parameters["W"].clone()},
            trial_parameters=trained.trial_parameters | {"W_out": trained.trial_parameters["W"].clone()},
        )

    return instead_of(training.train, wrong)


class Untied(ReLUOutput):
    """A ReLU output model with separate output weights."""

    def __init__(self, model: Linear, W_out: Tensor) -> None:
        super().__init__(model.W.detach())
        self.W_out = nn.Parameter(W_out)

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruct the inputs."""
        return torch.relu(self.hidden(x) @ self.W_out.mT + self.b[:, None, :])


def untied(model: nn.Module, experiment: Experiment) -> nn.Module:
    """Replace a ReLU output model by one with separate output weights."""
    if experiment.architecture != "relu_output":
        return model
    assert isinstance(model, Linear)
    return Untied(model, torch.from_numpy(experiment.initial_weights(role=1)))


def frozen_bias(model: nn.Module, experiment: Experiment) -> nn.Module:
    """Leave the output bias at 0."""
    del experiment
    model.get_parameter("b").requires_grad_(False)
    return model


def decoder_only(model: nn.Module, experiment: Experiment) -> nn.Module:
    """Stop the gradient at the hidden layer, so that only the output weights learn."""
    del experiment
    hidden: Callable[[Tensor], Tensor] = model.hidden  # type: ignore[assignment]
    model.hidden = lambda x: hidden(x).detach()  # type: ignore[assignment]
    return model


def _with_relu(right: Callable[..., ExperimentFactory], activation: str) -> ExperimentFactory:
    """Ignore which activation is asked for."""
    del activation
    return right("relu")


CONTROLS: Final = (
    Control(
        name="output-relu-dropped",
        mistake="The output layer has no ReLU: every model with a linear hidden layer is linear.",
        kind=Kind.MODEL,
        against="INTRO DEMO MATH-4 PHASE-3 PHASE-4 NONU CORR GEO-8",
        because="Touches every ReLU output model; left out are the largest, which take longest when linear.",
        apply=lambda: trained_as(linear_output),
    ),
    Control(
        name="activation-ignored",
        mistake="The output activation is a ReLU, whichever is asked for.",
        kind=Kind.MODEL,
        against="PHASE-7",
        because="No other claim has another activation.",
        apply=lambda: instead_of(paper.activation_diagram, _with_relu),
    ),
    Control(
        name="hidden-relu-dropped",
        mistake="The hidden layer has no ReLU where it should have one.",
        kind=Kind.MODEL,
        against="PRIV COMP-1 COMP-5",
        because="Touches models with a ReLU hidden layer; the largest of them would take too long.",
        apply=without_hidden_relu,
    ),
    Control(
        name="bias-frozen",
        mistake="The output bias is never trained and stays 0.",
        kind=Kind.MODEL,
        against="CORR-1 CORR-2 CORR-3 PRIV-5 COMP-1 WIDE-3",
        because=BY_REFERENCE,
        apply=lambda: modelled_as(frozen_bias),
    ),
    Control(
        name="weights-untied",
        mistake="Output weights of ReLU output models are not tied to the embedding.",
        kind=Kind.MODEL,
        against="CORR-1 CORR-2 CORR-3 LEARN-2 LEARN-3 LEARN-4 WIDE-3",
        because=BY_REFERENCE,
        apply=lambda: modelled_as(untied),
    ),
    Control(
        name="weights-tied",
        mistake="Output weights are tied to the input weights where they should be free.",
        kind=Kind.MODEL,
        against="COMP-1 COMP-2 COMP-5",
        because="Touches the untied models; those between dense and sparse are left out for time.",
        apply=tied,
    ),
    Control(
        name="gradient-of-decoder-only",
        mistake="The gradient stops at the hidden layer, so that W learns as output weights alone.",
        kind=Kind.MODEL,
        against="CORR-1 CORR-2 CORR-3 PRIV-5 COMP-1 WIDE-3",
        because=BY_REFERENCE,
        apply=lambda: modelled_as(decoder_only),
    ),
)
