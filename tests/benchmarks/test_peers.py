"""The notebook loop solves the problem that the engines solve, so that its speed is a measure of theirs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks.peers import NotebookModel, notebook_loop
from benchmarks.stacks import NOTEBOOK, available
from benchmarks.workloads import WORKLOADS, Workload
from tms.engines import reference

SETTINGS = {workload.name: workload for workload in WORKLOADS}
SMALL = [pytest.param(workload, id=name) for name, workload in SETTINGS.items() if name != "uniform"]


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


def test_notebook_loop_lowers_the_loss() -> None:
    def loss_after(steps: int) -> float:
        experiment = SETTINGS["pentagon"].experiment(steps)
        model = NotebookModel(experiment, "cpu")
        trained = notebook_loop(experiment, "cpu")
        model.load_state_dict(trained)
        torch.manual_seed(1)
        return model.loss(model.batch(2000)).item()

    assert loss_after(300) < 0.9 * loss_after(1)


def test_stacks_begin_with_the_notebook_loop_on_each_device() -> None:
    first: dict[str, str] = {}
    for stack in available():
        first.setdefault(stack.device, stack.name)
    assert set(first.values()) == {NOTEBOOK}
    assert "cpu" in first
