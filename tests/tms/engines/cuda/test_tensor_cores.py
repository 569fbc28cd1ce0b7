"""The form "tensor-cores" has the gradients of the default form, with the error that float32 has."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pytest
import torch

from tests.helpers.bfloat16 import multiply_as_numbers
from tests.helpers.engine_checks import exact_gradient, random_net
from tests.helpers.small import small
from tms.engines.cuda.forms import TENSOR_CORES
from tms.engines.cuda.layout import views
from tms.engines.cuda.plan import Plan, plan_of
from tms.engines.cuda.stack import Stack
from tms.engines.fused_cuda import lacking
from tms.experiment import Experiment

DEVICE: Final = "cuda" if torch.cuda.is_available() else "cpu"
SIZES: Final = {"n_features": 50, "n_hidden": 20, "batch_size": 100}
"""Neither a multiple of the plan's tiles nor as small as one of them."""
EXPERIMENTS: Final[dict[str, dict[str, Any]]] = {
    "uniform": {**SIZES, "density": 0.3},
    "dense": {**SIZES, "density": 1.0, "n_features": 64, "n_hidden": 32, "batch_size": 128},
    "one input in the last tile": {**SIZES, "density": 0.3, "batch_size": 33},
    "absolute": {
        **SIZES,
        "n_hidden": 40,
        "architecture": "relu_hidden_untied",
        "density": 0.1,
        "importance": 0.8 ** np.arange(50)[None, :],
        "signed": True,
        "target": "absolute",
    },
    "hidden layer with a bias and a penalty": {
        **SIZES,
        "architecture": "relu_hidden",
        "hidden_bias": True,
        "hidden_l1": 0.1,
        "density": 0.3,
    },
    "sets of features": {
        **SIZES,
        "density": 0.4,
        "correlated": ((0, 49), (16, 31, 32)),
        "anticorrelated": ((1, 48), (3, 4, 20)),
        "signed": True,
    },
}

pytestmark = [
    pytest.mark.skipif(lacking() is not None, reason=f"the CUDA kernels are not tested: {lacking()}"),
    pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning"),
]


@pytest.fixture(autouse=True, scope="module")
def _products_of_bfloat16() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if DEVICE == "cpu":
            multiply_as_numbers(patch)
        yield


def of(name: str) -> Experiment:
    return small(seeds=1, steps=2, held_out=1, **{"density": 0.3, **EXPERIMENTS[name]})


def forced(experiment: Experiment) -> Plan:
    """The plan with tensor cores, also for a model that is so small that one program would train it alone."""
    plan = plan_of(experiment, (TENSOR_CORES,))
    return dataclasses.replace(plan, split=True, shared=True, dot=True, kept=True, rows=16, tile=32, warps=2)


def errors(experiment: Experiment, plan: Plan) -> dict[str, float]:
    """Relative error of the gradient of each parameter at random weights, against autograd in float64."""
    net = random_net(experiment, 0)
    _, exact = exact_gradient(experiment, net, 0)
    weights = {name: torch.from_numpy(values)[None] for name, values in net._asdict().items()}
    stack = Stack(experiment, plan, DEVICE, weights)
    stack.train(0, 1)
    stack.wait()
    computed = views(stack._grads.sum(1).cpu(), stack._layout)
    return {
        name: float(np.linalg.norm(computed[name][0].numpy() - values) / np.linalg.norm(values))
        for name, values in exact.items()
    }


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_gradients_have_the_error_of_float32(name: str) -> None:
    experiment = of(name)
    by_float32 = errors(experiment, dataclasses.replace(forced(experiment), split=False))
    for parameter, error in errors(experiment, forced(experiment)).items():
        assert error <= 1.5 * by_float32[parameter] + 3e-8, parameter
        assert error <= 6e-7, parameter


def test_a_step_multiplies_the_weights_that_the_step_before_has_updated() -> None:
    experiment = of("uniform")
    plan = forced(experiment)
    stack = Stack(experiment, plan, DEVICE)
    stack.train(0, 1)
    stack.wait()
    fresh = Stack(experiment, plan, DEVICE, stack.parameters())
    for each, start in ((stack, 1), (fresh, 1)):
        each._counter.fill_(start)
        each.train(1, 2)
        each.wait()
    assert torch.equal(stack._grads, fresh._grads)


@pytest.mark.parametrize(
    ("n", "m", "batch", "used"),
    [
        (400, 30, 1024, True),
        (400, 30, 128, True),
        (100, 40, 1024, True),
        (100, 10, 1024, False),
        (20, 5, 128, False),
    ],
)
def test_only_large_models_use_tensor_cores(n: int, m: int, batch: int, used: bool) -> None:
    experiment = small(n_features=n, n_hidden=m, batch_size=batch, density=0.1)
    plan = plan_of(experiment, (TENSOR_CORES,))
    assert plan.split == used
    assert dataclasses.replace(plan_of(experiment, ()), split=False) == plan_of(experiment, ())
    assert used or plan == plan_of(experiment, ())
