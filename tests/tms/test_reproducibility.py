"""The same bits on any number of threads, in any company and in any process; the same laws in any engine."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats

from tests.helpers.paths import ROOT
from tests.helpers.small import VARIANTS, ignore, small
from tms.engines import fused_cpu, reference
from tms.experiment import Experiment
from tms.training import Trained, train

ENGINES = ("fused", "reference")

SHAPES: dict[str, dict[str, Any]] = {
    **{name: VARIANTS[name] for name in ("linear", "relu_output", "untied with a bias", "anticorrelated")},
    "large": {"n_features": 160, "n_hidden": 25, "batch_size": 130, "steps": 12, "held_out": 300},
    "large with large batches": {"n_features": 100, "n_hidden": 10, "batch_size": 400, "steps": 12},
    "large and untied": {
        "n_features": 60, "n_hidden": 70, "architecture": "relu_hidden_untied", "hidden_bias": True,
        "batch_size": 130, "steps": 12, "held_out": 300,
    },
}  # fmt: skip
"""Experiments that the engines' different kernels train."""


def trained(experiment: Experiment, engine: str, threads: int) -> dict[str, torch.Tensor]:
    """Everything that a given number of threads trains."""
    if engine == "fused":
        result = fused_cpu.run(experiment, ignore, threads=threads)
    else:
        torch.set_num_threads(threads)
        result = reference.run(experiment, "cpu", ignore)
    return {**result.parameters, "loss": result.loss}


@pytest.fixture(autouse=True)
def threads_as_they_were() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def assert_same_bits(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor], rows: Any = slice(None)) -> None:
    assert a.keys() == b.keys()
    for name, values in a.items():
        assert torch.equal(values, b[name][rows]), name


def test_the_shapes_include_what_each_kernel_of_the_fused_engine_trains() -> None:
    stacks = [fused_cpu.Stack(small(**{"density": [[0.3]], **shape})) for shape in SHAPES.values()]
    kernels = {stack.kernel(0).__name__ for stack in stacks}
    assert len(kernels) == 2


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("instances", [1, 3])
def test_one_thread_and_two_train_the_same_bits(shape: str, engine: str, instances: int) -> None:
    experiment = small(**{"density": [[0.3]], **SHAPES[shape]}, seeds=instances)
    assert_same_bits(trained(experiment, engine, 1), trained(experiment, engine, 2))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("shape", SHAPES)
def test_alone_or_in_a_stack_split_or_joined_the_bits_are_the_same(shape: str, engine: str) -> None:
    whole = small(**{"density": [[0.1], [0.4], [1.0]], **SHAPES[shape]})
    together = trained(whole, engine, 2)
    for points in ([1], [0, 2]):
        rows = torch.tensor(
            [point * whole.trials + trial for point in points for trial in range(whole.trials)]
        )
        assert_same_bits(trained(whole.at(points), engine, 1), together, rows)


SCRIPT = """
import hashlib, sys
from tests.helpers.small import VARIANTS, small
from tms.training import train
total = hashlib.sha256()
for settings in (VARIANTS["relu_output"], {"n_features": 160, "n_hidden": 25, "steps": 12, "best_of": 2}):
    trained = train(small(**settings), engine=sys.argv[1])
    for name, values in sorted(trained.parameters.items()):
        total.update(values.numpy().tobytes())
    total.update(trained.trial_loss.numpy().tobytes())
print(total.hexdigest())
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_processes_of_their_own_with_one_thread_and_two_train_the_same_bits(engine: str) -> None:
    digests = set()
    for threads in (1, 2):
        settings = {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
        settings |= {"PYTHONHASHSEED": str(threads), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, engine],
            env={**os.environ, **settings}, cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        digests.add(done.stdout.strip())
    [digest] = digests
    assert len(digest) == hashlib.sha256().digest_size * 2


LAWS: dict[str, dict[str, Any]] = {
    **{name: VARIANTS[name] for name in ("linear", "relu_hidden with a bias", "untied", "correlated")},
    "large": {"n_features": 80, "n_hidden": 15},
}


@pytest.mark.parametrize("shape", LAWS)
def test_engines_train_models_of_one_distribution(shape: str) -> None:
    # Unrelated seeds, so that only distributions can agree; Kolmogorov-Smirnov at level 1e-4.
    alike = small(density=[[0.2]], **{**LAWS[shape], "seeds": 48, "steps": 120, "batch_size": 64})
    one, other = (train(alike.with_run_seed(s), engine=e) for s, e in ((1, "fused"), (2, "reference")))
    for measure in (loss, size, bias):
        assert stats.ks_2samp(measure(one), measure(other)).pvalue > 1e-4, measure.__name__
    slower = small(
        density=[[0.2]],
        **{**LAWS[shape], "seeds": 48, "steps": 120, "batch_size": 64, "learning_rate": 0.001},
    )
    weaker = train(slower.with_run_seed(3), engine="fused")
    assert min(stats.ks_2samp(m(weaker), m(other)).pvalue for m in (loss, size, bias)) < 1e-4, "no power"


def loss(trained: Trained) -> np.ndarray:
    return trained.loss.flatten().numpy()


def size(trained: Trained) -> np.ndarray:
    return trained.W.square().sum((-1, -2)).flatten().numpy()


def bias(trained: Trained) -> np.ndarray:
    return trained.b.mean(-1).flatten().numpy()
