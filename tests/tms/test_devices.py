"""The reference engine trains the same models on every device of this machine."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tms.experiment import Experiment, sweep
from tms.features import sample
from tms.training import train

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device is here")


def small(**settings: Any) -> Experiment:
    return sweep(
        "devices",
        n_features=6,
        n_hidden=2,
        density=[[1.0], [0.1]],
        seeds=2,
        steps=60,
        batch_size=64,
        learning_rate=0.01,
        **settings,
    )


@needs_cuda
def test_cuda_draws_the_cpus_samples() -> None:
    experiment = small(
        architecture="relu_output", correlated=((0, 1),), anticorrelated=((2, 3),), signed=True
    )
    own = experiment.instances
    drawn = [
        sample(experiment.features, own.density, own.keys, 5, 256, device).cpu() for device in ("cpu", "cuda")
    ]
    torch.testing.assert_close(drawn[0], drawn[1], rtol=0, atol=0)


@needs_cuda
@pytest.mark.parametrize(
    ("architecture", "settings"),
    [
        ("linear", {}),
        ("relu_output", {}),
        ("relu_output", {"activation": "gelu"}),
        ("relu_hidden", {"hidden_bias": True, "hidden_l1": 0.01}),
        ("relu_hidden_untied", {"target": "absolute", "signed": True}),
    ],
)
def test_cuda_trains_what_the_cpu_trains(architecture: str, settings: dict[str, Any]) -> None:
    experiment = small(architecture=architecture, checkpoints=(0, 10, 60), **settings)
    cpu, cuda = (train(experiment, engine="reference", device=device) for device in ("cpu", "cuda"))
    for name, values in cpu.parameters.items():
        # Sums in another order, amplified by 60 steps of Adam, whose first steps follow the gradient's sign.
        torch.testing.assert_close(cuda.parameters[name], values, rtol=1e-2, atol=1e-3)
    torch.testing.assert_close(cuda.loss, cpu.loss, rtol=1e-3, atol=1e-6)
