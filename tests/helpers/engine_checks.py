"""Random experiments, exact gradients and bitwise comparisons, for the tests of the engines."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st

from tests.helpers.small import ignore
from tms.engines import fused_cpu, reference
from tms.engines.cpu import parts
from tms.engines.result import Progress, Result
from tms.experiment import Experiment
from tms.features import sample

DENSITIES = st.sampled_from([0.0, 0.01, 0.1, 0.4, 0.9, 1.0])
BATCHES = st.sampled_from([1, 7, 63, 64, 65, 127, 128, 129, 200, 321])
"""Sizes of batches about the sizes of chunks, blocks and parts of the kernels."""
SEEDS = st.integers(0, 2**32 - 1)
SETS = [((0, 1),), ((3, 0, 2),), ((0, 1), (2, 3))]


@st.composite
def settings_of_an_instance(draw: st.DrawFn) -> dict[str, Any]:
    """Settings of one instance: any architecture and any option that all engines support."""
    architecture = draw(st.sampled_from(["linear", "relu_output", "relu_hidden", "relu_hidden_untied"]))
    hidden = architecture.startswith("relu_hidden")
    n = draw(st.integers(1, 10))
    density = draw(st.lists(DENSITIES, min_size=n, max_size=n))
    options: dict[str, Any] = {}
    if n >= 4 and draw(st.booleans()):
        sets = draw(st.sampled_from(SETS))
        split = draw(st.integers(0, len(sets)))
        options = {"correlated": sets[:split], "anticorrelated": sets[split:]}
        for group in sets:
            for i in group:
                density[i] = density[group[0]]
    activations = ["relu", "gelu", "quadratic"] if architecture == "relu_output" else ["relu"]
    return {
        "n_features": n,
        "n_hidden": draw(st.integers(1, 12 if hidden else n)),
        "architecture": architecture,
        "density": [density],
        "importance": [draw(st.lists(st.sampled_from([0.0, 0.05, 1.0, 10.0]), min_size=n, max_size=n))],
        "activation": draw(st.sampled_from(activations)),
        "target": draw(st.sampled_from(["identity", "absolute"])),
        "signed": draw(st.booleans()),
        "hidden_bias": hidden and draw(st.booleans()),
        "hidden_l1": draw(st.sampled_from([0.0, 0.1])),
        "batch_size": draw(BATCHES),
        "seeds": 1,
        **options,
    }


def random_net(experiment: Experiment, seed: int) -> parts.Net:
    """Random parameters, with biases of both signs, some of them 0."""
    rng = np.random.default_rng(seed)
    task, n, m = fused_cpu.task_of(experiment), experiment.n_features, experiment.n_hidden
    net = parts.new_work(np.ones(n, dtype=np.float32), n, m, n, task.tied, None).net
    net.W[:] = rng.normal(scale=0.7, size=(n, m))
    net.W_out[:] = net.W if task.tied else rng.normal(scale=0.7, size=(n, m))
    net.b[:] = rng.normal(scale=0.3, size=n) * (rng.random(n) < 0.8)
    if task.hidden_bias:
        net.b_hidden[:] = rng.normal(scale=0.3, size=m)
    return net


def exact_gradient(experiment: Experiment, net: parts.Net, step: int) -> tuple[float, dict[str, np.ndarray]]:
    """Loss and gradient at given parameters, by autograd in float64, on the inputs of a step."""
    model = reference.build(experiment).double()
    for name, parameter in model.named_parameters():
        parameter.data[0] = torch.from_numpy(getattr(net, name)).double()
    own = experiment.instances
    x = sample(
        experiment.features,
        own.density,
        own.keys,
        step,
        experiment.batch_size,
        dtype=torch.float64,
    )
    loss = reference.losses(model, experiment, x, torch.from_numpy(own.importance))
    loss.sum().backward()
    return float(loss[0].detach()), {
        name: p.grad[0].numpy() for name, p in model.named_parameters() if p.grad is not None
    }


def everything(result: Result) -> dict[str, torch.Tensor]:
    """All tensors of a result, with the instance axis first."""
    assert result.checkpoint_loss is not None
    assert result.checkpoint_parameters is not None
    kept = {f"{name} at checkpoints": p.transpose(0, 1) for name, p in result.checkpoint_parameters.items()}
    return {
        **result.parameters,
        **kept,
        "loss": result.loss,
        "loss at checkpoints": result.checkpoint_loss.transpose(0, 1),
    }


def run_on_cpu(experiment: Experiment, engine: str, progress: Progress = ignore) -> Result:
    """Train an experiment with the "fused" or the "reference" engine."""
    if engine == "fused":
        return fused_cpu.run(experiment, progress)
    return reference.run(experiment, "cpu", progress)


def assert_same_bits(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor], rows: Any = slice(None)) -> None:
    """Compare tensors with those rows of others bit for bit."""
    assert a.keys() == b.keys()
    for name, values in a.items():
        assert torch.equal(values, b[name][rows]), name


def assert_close(a: Result, b: Result) -> None:
    """Compare results up to rounding, which some thirty steps of rate 0.01 blow up to less than 2e-5."""
    one, other = everything(a), everything(b)
    assert one.keys() == other.keys()
    for name, values in one.items():
        assert values.shape == other[name].shape, name
        expected = other[name].double().numpy()
        np.testing.assert_allclose(values.double().numpy(), expected, rtol=2e-5, atol=2e-5, err_msg=name)
