"""The peers solve the same problem as the engines, so that their speeds can be compared."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from scipy.stats import ks_2samp

from claims.harness.records.throughput import COMPILED, NOTEBOOK, SCAN
from tests.benchmarks.peers import compiled, scan
from tests.benchmarks.peers.notebook import NotebookModel, notebook_loop
from tests.benchmarks.stacks import compared, notebook
from tests.benchmarks.trainers import Trainer, Weights
from tests.benchmarks.workloads import WORKLOADS, Workload
from tms.engines import reference
from tms.experiment import Experiment, sweep
from tms.training import train

SETTINGS = {workload.name: workload for workload in WORKLOADS}
SMALL = [pytest.param(workload, id=name) for name, workload in SETTINGS.items() if name != "uniform"]
STEPS = 120
needs_jax = pytest.mark.skipif(scan.ABSENT is not None, reason="JAX and optax are not installed")
# torch.compile imports parts of torch (torch.utils.mkldnn) that warn of their own deprecation.
ignore_torch_deprecations = pytest.mark.filterwarnings("ignore:`torch.jit.script_method`:DeprecationWarning")
PEERS = [NOTEBOOK, COMPILED, pytest.param(SCAN, marks=needs_jax)]


@pytest.mark.parametrize("workload", SMALL)
def test_notebook_loss_and_gradient_are_those_of_the_reference_engine(workload: Workload) -> None:
    experiment = workload.experiment(steps=1)
    model, peer = reference.build(experiment), NotebookModel(experiment, "cpu")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            peer.get_parameter(name).copy_(parameter)
    x = peer.batch(16)
    importance = torch.tensor(experiment.importance, dtype=torch.float32)
    expected = reference.losses(model, experiment, x.transpose(0, 1), importance).sum()
    actual = peer.loss(x)
    expected.backward()
    actual.backward()
    torch.testing.assert_close(actual, expected)
    assert {name for name, _ in peer.named_parameters()} == {name for name, _ in model.named_parameters()}
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(peer.get_parameter(name).grad, parameter.grad, rtol=1e-4, atol=1e-5)


@needs_jax
@pytest.mark.parametrize("workload", SMALL)
def test_scan_loss_and_gradient_are_those_of_the_reference_engine(workload: Workload) -> None:
    experiment = workload.experiment(steps=1)
    model = reference.build(experiment)
    x = NotebookModel(experiment, "cpu").batch(16).transpose(0, 1)
    importance = torch.tensor(experiment.importance, dtype=torch.float32)
    expected = reference.losses(model, experiment, x, importance)
    expected.sum().backward()
    parameters = {name: parameter.detach().numpy() for name, parameter in model.named_parameters()}
    jax = pytest.importorskip("jax")
    loss_and_gradient = jax.vmap(jax.value_and_grad(scan.loss, argnums=1), in_axes=(None, 0, 0, 0))
    loss, gradients = loss_and_gradient(experiment, parameters, x.numpy(), importance.numpy())
    np.testing.assert_allclose(loss, expected.detach().numpy(), rtol=1e-4, atol=1e-5)
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None
        np.testing.assert_allclose(gradients[name], parameter.grad.numpy(), rtol=1e-3, atol=1e-5)


def few(signed: bool) -> Experiment:
    return sweep(
        "benchmark/few", architecture="relu_hidden_untied" if signed else "relu_output",
        n_features=6, n_hidden=3, density=0.3, signed=signed, target="absolute" if signed else "identity",
        importance=(0.8 ** np.arange(6))[None, :].repeat(120, 0), seeds=1, steps=STEPS, batch_size=64,
        learning_rate=1e-2, schedule="constant", weight_decay=0.01,
    )  # fmt: skip


def prepared(peer: str, experiment: Experiment) -> Trainer:
    if peer == NOTEBOOK:
        return notebook_loop(experiment, "cpu")
    # The default backend, inductor, would compile for half a minute; the graphs are the same.
    return (
        scan.compiled_scan(experiment, "cpu")
        if peer == SCAN
        else compiled.compiled_loop(experiment, "cpu", backend="eager")
    )


def losses(experiment: Experiment, weights: Weights) -> np.ndarray:
    model = reference.build(experiment)
    model.load_state_dict(weights)
    return reference.evaluate(model, experiment, "cpu", torch.float32).numpy()


@cache
def own_losses(signed: bool) -> np.ndarray:
    trained = train(few(signed), engine="reference", device="cpu")
    return losses(few(signed), {name: values[:, 0] for name, values in trained.parameters.items()})


@ignore_torch_deprecations
@pytest.mark.parametrize("signed", [False, True], ids=["relu_output", "absolute"])
@pytest.mark.parametrize("peer", PEERS)
def test_peers_train_to_the_losses_that_the_engines_train_to(peer: str, signed: bool) -> None:
    experiment = few(signed)
    trainer = prepared(peer, experiment)
    trained, barely = (losses(experiment, trainer(steps)()) for steps in (STEPS, STEPS // 2))
    assert ks_2samp(trained, own_losses(signed)).pvalue > 1e-3
    assert ks_2samp(barely, own_losses(signed)).pvalue < 1e-3


def test_notebook_batches_have_the_stated_density() -> None:
    experiment = SETTINGS["basic"].experiment(steps=1)
    torch.manual_seed(0)
    active = (NotebookModel(experiment, "cpu").batch(20_000) > 0).double().mean((0, 2))
    density = experiment.features.density[:, 0]
    deviation = np.sqrt(density * (1 - density) / (20_000 * experiment.n_features))
    assert np.all(np.abs(active.numpy() - density) <= 4 * deviation)


def test_notebook_signed_values_are_as_often_negative_as_positive() -> None:
    peer = NotebookModel(SETTINGS["absolute"].experiment(steps=1), "cpu")
    torch.manual_seed(0)
    x = peer.batch(100)[:, 0]
    assert abs((x < 0).double().mean().item() - 0.5) < 4 * 0.5 / np.sqrt(x.numel())


@ignore_torch_deprecations
@pytest.mark.parametrize("peer", PEERS)
def test_every_run_of_a_peer_starts_anew(peer: str) -> None:
    trainer = prepared(peer, replace(few(signed=False), batch_size=8))
    first, second = trainer(3)(), trainer(3)()
    for name, values in first.items():
        torch.testing.assert_close(values, second[name])


def test_stacks_other_than_the_notebook_loop_have_names_of_their_own() -> None:
    names = [(stack.name, stack.device) for stack in compared()]
    assert len(set(names)) == len(names)
    assert (NOTEBOOK, "cpu") not in names
    assert ("fused", "cpu") in names
    assert notebook("cpu").name == NOTEBOOK
