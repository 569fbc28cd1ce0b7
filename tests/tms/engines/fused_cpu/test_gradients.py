"""The kernels compute the losses, the gradients and the updates of autograd and of torch."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any, Final

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from tests.helpers.engine_checks import (
    SEEDS,
    exact_gradient,
    random_net,
    settings_of_an_instance,
)
from tests.helpers.small import VARIANTS, small
from tms.engines import fused_cpu
from tms.engines.cpu import adamw, narrow, parts, wide
from tms.engines.cpu.transposition import transpose
from tms.experiment import Experiment

BAND: Final = 1024
"""Numbers between two arrays: more than a block of rows that would begin in the last row of a small array."""


@pytest.fixture(autouse=True, scope="module")
def bands() -> Iterator[None]:
    """Keep NaN on both sides of every array of a kernel, so that a look beyond its ends is seen."""
    adjacent_rooms = parts.rooms

    def rooms_apart(*shapes: tuple[int, ...]) -> list[parts.Array]:
        every = adjacent_rooms(*[each for shape in shapes for each in ((BAND,), shape)], (BAND,))
        for band in every[::2]:
            band.fill(np.nan)
        return every[1::2]

    with pytest.MonkeyPatch.context() as patch:
        for module in (parts, narrow, wide):
            patch.setattr(module, "rooms", rooms_apart)
        yield


def fused_gradient(
    experiment: Experiment, net: parts.Net, step: int, kernel: ModuleType, times: int = 1, cut: int = 0
) -> tuple[float, parts.Net]:
    """Loss of a batch in two parts, and its gradient so many times over, without a kernel's padding."""
    task, own, batch = fused_cpu.task_of(experiment), experiment.instances, experiment.batch_size
    work = kernel.new_work(net.W, net.W_out, own.importance[0].astype(np.float32), task)
    work.net.b[: len(net.b)] = net.b
    work.net.b_hidden[: len(net.b_hidden)] = net.b_hidden
    inputs = fused_cpu.Stack(experiment).inputs(0, own.keys[0])
    for _ in range(times):
        if kernel is wide:
            transpose(work.net.W_out, work.buffers.W_out_t)
        loss = kernel.part_gradient(work, task, inputs, step, 0, cut, batch) if cut else 0.0
        loss += kernel.part_gradient(work, task, inputs, step, cut, batch, batch)
    for part, values in zip(work.grad, net, strict=True):
        padding = part.copy()
        padding[tuple(map(slice, values.shape))] = 0
        assert not padding.any(), "padding has a gradient"
    bare = (part[tuple(map(slice, v.shape))] for part, v in zip(work.grad, net, strict=True))
    return loss, parts.Net(*bare)


@given(settings_of_an_instance(), st.sampled_from([narrow, wide]), SEEDS, st.integers(0, 1000))
@settings(max_examples=200)
def test_gradients_of_the_kernels_are_those_of_autograd_on_the_same_batch(
    settings_: dict[str, Any], kernel: ModuleType, seed: int, step: int
) -> None:
    experiment = small(**settings_)
    gradients_agree(experiment, narrow if experiment.features.sets else kernel, seed, step)


@given(
    st.integers(30, 70),
    st.integers(1, 40),
    st.sampled_from(["relu_output", "relu_hidden_untied"]),
    st.sampled_from([0.02, 0.4, 1.0]),
    st.sampled_from([1, 13, 95, 96, 97, 200]),
    SEEDS,
)
@settings(max_examples=60)
def test_gradients_of_large_models_are_those_of_autograd_on_the_same_batch(
    n: int, m: int, architecture: str, density: float, batch_size: int, seed: int
) -> None:
    experiment = small(
        n_features=n,
        n_hidden=min(n, m),
        architecture=architecture,
        density=density,
        batch_size=batch_size,
        seeds=1,
    )
    gradients_agree(experiment, wide, seed, 0)


def gradients_agree(experiment: Experiment, kernel: ModuleType, seed: int, step: int) -> None:
    # Sums of at most 321 * 40 terms in float32 err by less than 100 units of 2^-24 of the largest partial
    # sum, for which the largest gradient stands in; gradients that cancel to 0 err by 1e-5 of the loss.
    net = random_net(experiment, seed)
    loss, grad = fused_gradient(experiment, net, step, kernel, cut=seed % experiment.batch_size)
    exact_loss, exact = exact_gradient(experiment, net, step)
    assert loss == pytest.approx(exact_loss, rel=1e-5, abs=1e-9)
    scale = max(1e-3, exact_loss, *(np.abs(values).max() for values in exact.values()))
    for name, values in exact.items():
        np.testing.assert_allclose(getattr(grad, name), values, rtol=1e-5, atol=1e-5 * scale, err_msg=name)


@pytest.mark.parametrize("kernel", [narrow, wide])
def test_a_kernel_adds_to_a_gradient(kernel: ModuleType) -> None:
    experiment = small(seeds=1, density=0.3)
    net = random_net(experiment, 0)
    _, once = fused_gradient(experiment, net, 3, kernel)
    _, twice = fused_gradient(experiment, net, 3, kernel, times=2)
    np.testing.assert_allclose(twice.W, 2 * once.W, rtol=1e-6)
    np.testing.assert_allclose(twice.b, 2 * once.b, rtol=1e-6)


@njit(**parts.COMPILE)  # type: ignore[untyped-decorator]
def rectify_in_place(values: np.ndarray) -> None:
    for k in range(len(values)):
        values[k] = parts.rectified(values[k])


def test_the_hidden_relu_keeps_what_is_positive_and_drops_the_rest_at_infinity_too() -> None:
    values = np.array(
        [np.nan, -np.inf, -3e38, -1, -1e-40, -0.0, 0, 1e-40, 1, 3e38, np.inf] * 7, dtype=np.float32
    )
    rectified = values.copy()
    rectify_in_place(rectified)
    np.testing.assert_array_equal(rectified, np.maximum(values, 0))


@given(
    st.sampled_from([0.0, 0.01, 0.3]),
    st.sampled_from(["constant", "cosine"]),
    st.sampled_from([1e-4, 0.01, 0.3]),
    st.integers(-5, 2),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=40)
def test_an_update_is_the_one_of_torch_adamw(
    decay: float, schedule: str, rate: float, magnitude: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    rates = small(learning_rate=rate, schedule=schedule, steps=12).rates()
    paces = adamw.paces(rates, decay)
    value = rng.normal(size=8).astype(np.float32)
    first, second = np.zeros_like(value), np.zeros_like(value)
    parameter = torch.nn.Parameter(torch.from_numpy(value.copy()).double())
    optimizer = torch.optim.AdamW([parameter], lr=1.0, betas=(0.9, 0.999), eps=1e-8, weight_decay=decay)
    for step in range(len(rates)):
        grad = (rng.normal(size=8) * 10.0**magnitude).astype(np.float32)
        grad[0] = 0
        parameter.grad = torch.from_numpy(grad).double()
        optimizer.param_groups[0]["lr"] = rates[step]
        optimizer.step()
        adamw.update(parts.Flat(value, grad, first, second), paces[step])
        assert not grad.any()
    # Each update is rounded to 2^-24 of the weight and, through the float32 moments, of the step.
    np.testing.assert_allclose(value, parameter.detach().numpy(), rtol=1e-5, atol=1e-5 * max(1, rate * 12))


def test_a_task_says_what_distinguishes_each_architecture() -> None:
    tasks = {name: fused_cpu.task_of(small(**settings_)) for name, settings_ in VARIANTS.items()}
    assert [name for name, task in tasks.items() if not task.tied] == [
        "untied",
        "untied from sizes",
        "untied with a bias",
    ]
    assert [name for name, task in tasks.items() if task.activation == parts.LINEAR] == ["linear"]
    assert [name for name, task in tasks.items() if task.absolute] == ["untied", "untied from sizes"]
    assert [name for name, task in tasks.items() if task.hidden_l1] == ["L1"]
