"""The architectures as stacks of instances, against a plain computation of one instance and one input."""

from __future__ import annotations

from collections.abc import Callable
from math import erf, sqrt
from typing import Any

import numpy as np
import pytest
import torch

from tests.helpers.small import VARIANTS, small
from tms.engines import reference
from tms.experiment import Experiment
from tms.models import Linear, ReLUHidden, ReLUHiddenUntied, ReLUOutput

INSTANCES, ROWS = 4, 7


def randomised(experiment: Experiment, seed: int = 0) -> Any:
    """The experiment's architecture in float64, at random parameters of which none is 0."""
    model = reference.build(experiment).double()
    generator = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
    return model


def inputs(experiment: Experiment) -> torch.Tensor:
    shape = (experiment.n_instances, ROWS, experiment.n_features)
    return torch.randn(shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def plain_output(experiment: Experiment, parameters: dict[str, np.ndarray], x: np.ndarray) -> list[float]:
    """One output of one instance, in scalars."""
    W = parameters["W"]
    W_out = parameters.get("W_out", W)
    n, m = W.shape
    hidden = [sum(W[i, j] * x[i] for i in range(n)) for j in range(m)]
    if "b_hidden" in parameters:
        hidden = [h + c for h, c in zip(hidden, parameters["b_hidden"], strict=True)]
    if experiment.architecture.startswith("relu_hidden"):
        hidden = [max(h, 0.0) for h in hidden]
    z = [sum(W_out[i, j] * hidden[j] for j in range(m)) + parameters["b"][i] for i in range(n)]
    if experiment.architecture == "linear":
        return z
    activations: dict[str, Callable[[float], float]] = {
        "relu": lambda v: max(v, 0.0),
        "gelu": lambda v: v * 0.5 * (1 + erf(v / sqrt(2))),
        "quadratic": lambda v: v * v,
    }
    return [activations[experiment.activation](v) for v in z]


@pytest.mark.parametrize("variant", VARIANTS)
def test_an_output_equals_the_one_computed_in_scalars(variant: str) -> None:
    experiment = small(**VARIANTS[variant])
    model, x = randomised(experiment), inputs(experiment)
    outputs = model(x).detach().numpy()
    for k in range(experiment.n_instances):
        own = {name: p.detach().numpy()[k] for name, p in model.named_parameters()}
        for row in range(ROWS):
            expected = plain_output(experiment, own, x[k, row].numpy())
            np.testing.assert_allclose(outputs[k, row], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("variant", VARIANTS)
def test_hidden_activations_are_what_the_output_is_made_from(variant: str) -> None:
    experiment = small(**VARIANTS[variant])
    model, x = randomised(experiment), inputs(experiment)
    hidden = model.hidden(x)
    assert hidden.shape == (experiment.n_instances, ROWS, experiment.n_hidden)
    assert bool((hidden >= 0).all()) == experiment.has_hidden_relu
    decoder = model.W_out if hasattr(model, "W_out") else model.W
    z = torch.einsum("kbm,knm->kbn", hidden, decoder) + model.b[:, None]
    if experiment.activation == "relu":
        output = z if experiment.architecture == "linear" else z.clamp(min=0)
        torch.testing.assert_close(model(x), output)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_loss_of_one_instance_has_no_gradient_in_another(variant: str) -> None:
    experiment = small(**VARIANTS[variant])
    model, x = randomised(experiment), inputs(experiment)
    importance = torch.from_numpy(experiment.instances.importance)
    reference.losses(model, experiment, x, importance)[1].backward()
    for parameter in model.parameters():
        assert parameter.grad is not None
        touched = parameter.grad.flatten(1).abs().sum(1) > 0
        assert touched.tolist() == [False, True, False, False]


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_input_of_one_instance_does_not_reach_the_output_of_another(variant: str) -> None:
    experiment = small(**VARIANTS[variant])
    model, x = randomised(experiment), inputs(experiment)
    before = model(x)
    x[2] += 1
    changed = (model(x) != before).flatten(1).any(1)
    assert changed.tolist() == [False, False, True, False]


def test_the_weights_that_a_model_is_given_do_not_change_with_it() -> None:
    W, W_out = torch.zeros(1, 3, 2), torch.zeros(1, 3, 2)
    for model in (Linear(W), ReLUHidden(W), ReLUHiddenUntied(W, W_out)):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(1)
    assert not W.any()
    assert not W_out.any()


def test_a_model_has_relu_outputs_and_no_hidden_bias_unless_told_otherwise() -> None:
    W, x = torch.eye(2)[None], torch.tensor([[[-1.0, 2.0]]])
    assert ReLUOutput(W)(x).tolist() == [[[0, 2]]]
    for model in (ReLUHidden(W), ReLUHiddenUntied(W, W)):
        assert model.b_hidden is None
    assert ReLUHiddenUntied(W, W, hidden_bias=True).b_hidden is not None


def parameters_of(**settings: Any) -> dict[str, tuple[int, ...]]:
    return {name: tuple(p.shape) for name, p in reference.build(small(**settings)).named_parameters()}


def test_parameters_have_the_papers_names_and_the_instance_axis_first() -> None:
    tied = {"W": (4, 5, 2), "b": (4, 5)}
    assert parameters_of(architecture="linear") == tied
    assert parameters_of(architecture="relu_output") == tied
    assert parameters_of(architecture="relu_hidden") == tied
    assert parameters_of(architecture="relu_hidden", hidden_bias=True) == tied | {"b_hidden": (4, 2)}
    assert parameters_of(architecture="relu_hidden_untied") == tied | {"W_out": (4, 5, 2)}


@pytest.mark.parametrize("variant", VARIANTS)
def test_training_starts_from_the_experiments_weights_and_no_bias(variant: str) -> None:
    experiment = small(**VARIANTS[variant])
    for name, parameter in reference.build(experiment).named_parameters():
        if name.startswith("b"):
            assert not parameter.any()
        else:
            drawn = experiment.initial_weights(role=int(name == "W_out"))
            np.testing.assert_array_equal(parameter.detach().numpy(), drawn)


@pytest.mark.parametrize("target", ["identity", "absolute"])
def test_the_loss_weighs_squared_errors_by_importance_and_averages_over_the_batch(target: str) -> None:
    experiment = small(target=target, importance=np.arange(1, 6)[None, :] / 5, signed=True)
    model, x = randomised(experiment), inputs(experiment)
    loss = reference.losses(model, experiment, x, torch.from_numpy(experiment.instances.importance))
    y = model(x).detach().numpy()
    for k in range(experiment.n_instances):
        total = 0.0
        for row in range(ROWS):
            for i in range(5):
                wanted = abs(float(x[k, row, i])) if target == "absolute" else float(x[k, row, i])
                total += (i + 1) / 5 * (wanted - y[k, row, i]) ** 2
        assert float(loss[k].detach()) == pytest.approx(total / ROWS, rel=1e-12)


@pytest.mark.parametrize("architecture", ["linear", "relu_hidden"])
def test_the_l1_penalty_adds_the_mean_sum_of_hidden_magnitudes(architecture: str) -> None:
    without = small(architecture=architecture)
    penalised = small(architecture=architecture, hidden_l1=0.3)
    model, x = randomised(without), inputs(without)
    importance = torch.from_numpy(without.instances.importance)
    more = reference.losses(model, penalised, x, importance) - reference.losses(model, without, x, importance)
    torch.testing.assert_close(more, 0.3 * model.hidden(x).abs().sum((1, 2)) / ROWS)
