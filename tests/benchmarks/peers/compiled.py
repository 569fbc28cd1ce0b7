"""The notebook loop after torch.compile, with one graph for loss and gradient and one for the optimizer."""

from __future__ import annotations

import importlib.util
import os
import shutil
from typing import Final

import torch
from torch import Tensor
from torch.func import functional_call, grad

from tests.benchmarks.peers.notebook import NotebookModel, adamw
from tests.benchmarks.trainers import Run, Trainer, Weights
from tms.experiment import Experiment

WARM_UP: Final = 3
"""Steps until everything is compiled; the optimizer's first step differs from the others."""


def missing(device: str) -> str | None:
    """Return the requirement of torch.compile that this machine lacks, or None."""
    if device == "cuda":
        return None if importlib.util.find_spec("triton") else "Triton, which torch.compile needs on CUDA"
    compilers = (os.environ.get("CXX", "g++"), "g++", "clang++")
    found = any(map(shutil.which, compilers))
    return None if found else "a C++ compiler, which torch.compile needs on the CPU"


def compiled_loop(experiment: Experiment, device: str, backend: str = "inductor") -> Trainer:
    """Compile the loop for an experiment.

    On the CPU, torch.rand draws the random numbers outside the compiled graph: inside, they are drawn one at
    a time, which made the loop slower than without compilation. On CUDA they are part of the graph.

    Parameters
    ----------
    experiment
        The experiment to train; its number of steps is not used.
    device
        "cpu" or "cuda".
    backend
        The backend of torch.compile.
    """
    torch.compiler.reset()
    model = NotebookModel(experiment, device)
    parameters = dict(model.named_parameters())
    optimizer = adamw(model, experiment)
    rows = experiment.batch_size

    def loss(weights: Weights, drawn: tuple[Tensor, Tensor] | None) -> Tensor:
        x = model.inputs(*(model.draw(rows) if drawn is None else drawn))
        return model.error(x, functional_call(model, weights, (x,)))

    gradient = torch.compile(grad(loss), fullgraph=True, backend=backend)
    update = torch.compile(optimizer.step, backend=backend)

    def train(steps: int) -> Weights:
        torch.manual_seed(0)
        model.reset()
        for state in optimizer.state.values():
            for moment in state.values():
                moment.zero_()
        for _ in range(steps):
            weights = {name: parameter.detach() for name, parameter in parameters.items()}
            slopes = gradient(weights, model.draw(rows) if device == "cpu" else None)
            for name, parameter in parameters.items():
                parameter.grad = slopes[name]
            update()
        return model.weights()

    train(WARM_UP)

    def trainer(steps: int) -> Run:
        return lambda: train(steps)

    return trainer
