"""The two engines agree; a result depends on its own instance's description and seed and on nothing else.

Both engines draw the same samples, so that they differ by the rounding of float32 sums alone, until the
chaos of training takes over.
"""

from __future__ import annotations

import dataclasses
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from scipy import stats

from tests.helpers.engine_checks import (
    SEEDS,
    assert_same_bits,
    everything,
    exact_gradient,
    random_net,
    settings_of_an_instance,
)
from tests.helpers.small import VARIANTS, ignore, small
from tms.analysis.geometry import dimensionality
from tms.engines import fused_cpu, reference
from tms.engines.cpu import adamw, inner, matmul, narrow, parts, sparse, team, wide
from tms.engines.cpu.vectors import LANES
from tms.engines.result import Progress, Result
from tms.experiment import Experiment


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
            wide.transpose_output(work.net, work.buffers)
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


@njit(**parts.COMPILE)
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


@njit
def multiply_add(*arguments: Any) -> None:
    """The product as a function that Python can call; in kernels it has no call of its own."""
    matmul.multiply_add(*arguments)


@njit
def inner_products(*arguments: Any) -> None:
    """The same for inner products."""
    inner.inner_products(*arguments)


@given(st.integers(1, 30), st.integers(1, 70), st.integers(0, 40), st.booleans(), st.booleans(), SEEDS)
def test_multiply_add_is_the_matrix_product(
    rows: int, columns: int, depth: int, transposed: bool, in_place: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    stride = matmul.padded(columns)
    A = rng.normal(size=(depth, rows) if transposed else (rows, depth)).astype(np.float32)
    B, C = (rng.normal(size=(k, stride)).astype(np.float32) for k in (depth, rows))
    start = C if in_place else rng.normal(size=stride).astype(np.float32)
    expected = start.astype(np.float64) + (A.T if transposed else A).astype(np.float64) @ B
    before = C.copy()
    a_row, a_step = (1, rows) if transposed else (depth, 1)
    start_row = stride if in_place else 0
    multiply_add(A, a_row, a_step, B, start, start_row, C, rows, depth, columns, stride)
    np.testing.assert_allclose(C[:, :columns], expected[:, :columns], rtol=1e-5, atol=1e-4)
    assert (np.isclose(C, expected, rtol=1e-5, atol=1e-4) | (before == C)).all()


@njit
def sparse_products(
    A: Any,
    entries: sparse.Entries,
    by_bits: bool,
    B: Any,
    start: Any,
    gathered: Any,
    D: Any,
    scattered: Any,
    rows: int,
) -> None:
    """Both products that follow entries, as a function that Python can call."""
    if by_bits:
        sparse.list_by_bits(A, rows, entries)
    else:
        sparse.list_entries(A, rows, entries)
    sparse.gather_add(A, entries, B, start, gathered, rows)
    sparse.scatter_add(A, entries, D, scattered, rows)


@given(
    st.integers(1, 20),
    st.integers(1, 150),
    st.integers(1, 110),
    st.sampled_from([0, 0.02, 0.3, 1]),
    st.booleans(),
    SEEDS,
)
def test_products_that_follow_entries_have_the_bits_of_those_that_do_not(
    rows: int, depth: int, columns: int, density: float, by_bits: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    width, stride = matmul.padded(depth), matmul.padded(columns)
    A = np.zeros((rows, width), dtype=np.float32)
    A[:, :depth] = rng.normal(size=(rows, depth)) * (rng.random((rows, depth)) < density)
    B, D, start, scattered = (
        rng.normal(size=shape).astype(np.float32)
        for shape in ((depth, stride), (rows, stride), (stride,), (depth, stride))
    )
    gathered, expected = np.empty((2, rows, stride), dtype=np.float32)
    expected_sum = scattered.copy()
    multiply_add(A, width, 1, B, start, 0, expected, rows, depth, columns, stride)
    multiply_add(A, 1, width, D, expected_sum, stride, expected_sum, depth, rows, columns, stride)
    sparse_products(A, sparse.new_entries(rows, width), by_bits, B, start, gathered, D, scattered, rows)
    np.testing.assert_array_equal(gathered[:, :columns], expected[:, :columns])
    np.testing.assert_array_equal(scattered[:, :columns], expected_sum[:, :columns])


@given(st.integers(1, 30), st.integers(1, 12), st.integers(0, 5), SEEDS)
def test_inner_products_are_those_of_rows(rows: int, columns: int, vectors: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    width = vectors * LANES
    A, B = (rng.normal(size=(k, width + 3)).astype(np.float32) for k in (rows, columns))
    room = (rows + inner.INNER_ROWS, matmul.padded(columns + inner.INNER_COLUMNS))
    out = rng.normal(size=room).astype(np.float32)
    inner_products(A, rows, B, columns, width, width + 3, out, room[1])
    expected = A[:, :width].astype(np.float64) @ B[:, :width].T
    np.testing.assert_allclose(out[:rows, :columns], expected, rtol=1e-5, atol=1e-4)


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


@pytest.mark.parametrize("kernel", [narrow, wide])
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_short_training_of_both_engines_agrees_to_rounding(
    variant: str, kernel: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = small(checkpoints=(0, 1, 7, 30), **VARIANTS[variant])
    chosen = narrow if experiment.features.sets else kernel
    monkeypatch.setattr(fused_cpu, "kernel_of", lambda _experiment, _empty: chosen)
    fused = fused_cpu.run(experiment, ignore)
    exact = reference.run(experiment, "cpu", ignore, dtype=torch.float64)
    agree(fused, reference.run(experiment, "cpu", ignore))
    agree(fused, exact)
    moved = np.abs(fused.parameters["W"].numpy() - experiment.initial_weights()).max()
    assert moved > 0.05, "nothing was trained"


@pytest.mark.parametrize("kernel", [narrow, wide])
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_team_of_any_size_trains_the_same_and_to_rounding_as_one_thread_alone(
    variant: str, kernel: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = small(checkpoints=(0, 1, 7, 30), **VARIANTS[variant], batch_size=45)
    chosen = narrow if experiment.features.sets else kernel
    monkeypatch.setattr(fused_cpu, "kernel_of", lambda _experiment, _empty: chosen)
    whole = fused_cpu.run(experiment, ignore)
    monkeypatch.setattr(fused_cpu, "parts_of", lambda *_: 4)
    alone, *shared = (trained_by(experiment, members) for members in (1, 2, 3, 4))
    agree(alone, whole)
    for each in shared:
        for name, values in alone.parameters.items():
            assert torch.equal(each.parameters[name], values), name
        assert each.checkpoint_loss is not None
        assert alone.checkpoint_loss is not None
        assert torch.equal(each.checkpoint_loss, alone.checkpoint_loss)


def trained_by(experiment: Experiment, members: int) -> Result:
    stack = fused_cpu.Stack(experiment)
    for k in range(len(experiment.instances)):
        stack.train(k, members)
    return stack.result()


@pytest.mark.parametrize(
    ("n", "m", "batch", "divided"),
    [
        (2, 1, 128, 1),
        (20, 5, 1024, 1),
        (100, 10, 128, 1),
        (100, 10, 255, 1),
        (100, 10, 256, 2),
        (400, 30, 4096, 8),
    ],
)
def test_only_batches_with_enough_to_do_are_divided(n: int, m: int, batch: int, divided: int) -> None:
    assert team.parts_of(n, m, batch) == divided


def agree(a: Result, b: Result) -> None:
    """Thirty steps of rate 0.01 blow rounding up to less than 2e-5."""
    assert a.checkpoint_parameters is not None
    assert b.checkpoint_parameters is not None
    assert a.checkpoint_loss is not None
    assert b.checkpoint_loss is not None
    assert a.parameters.keys() == b.parameters.keys() == a.checkpoint_parameters.keys()
    for name in b.parameters:
        close(a.parameters[name], b.parameters[name], name)
        close(a.checkpoint_parameters[name], b.checkpoint_parameters[name], f"{name} at checkpoints")
    close(a.loss, b.loss, "held-out loss")
    close(a.checkpoint_loss, b.checkpoint_loss, "loss at checkpoints")


def close(a: torch.Tensor, b: torch.Tensor, name: str) -> None:
    np.testing.assert_allclose(a.double().numpy(), b.double().numpy(), rtol=2e-5, atol=2e-5, err_msg=name)


@pytest.mark.parametrize("held_out", [1, 64, 65, 1024, 1100, 3000])
@pytest.mark.parametrize("variant", ["relu_output", "untied with a bias", "L1", "correlated"])
def test_held_out_losses_agree_for_any_number_of_inputs(variant: str, held_out: int) -> None:
    experiment = small(**VARIANTS[variant], held_out=held_out, steps=2)
    fused = fused_cpu.run(experiment, ignore)
    expected = reference.run(experiment, "cpu", ignore)
    np.testing.assert_allclose(fused.loss.numpy(), expected.loss.numpy(), rtol=2e-5, atol=1e-9)


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_trials_of_a_seed_are_judged_on_the_same_inputs_and_seeds_on_their_own(
    monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    experiment = small(seeds=2, best_of=3, density=[[0.3], [0.3]], held_out=50, steps=1, learning_rate=1e-12)
    equal = np.full_like(experiment.initial_weights(), 0.4)
    monkeypatch.setattr(Experiment, "initial_weights", lambda _self, role=0: equal + role)
    loss = run(experiment, engine).loss.numpy().reshape(4, 3)
    assert np.ptp(loss, axis=1).max() < 1e-6
    assert np.diff(np.sort(loss[:, 0])).min() > 1e-4


def test_a_checkpoint_holds_the_weights_after_so_many_steps() -> None:
    constant = {"schedule": "constant", "seeds": 1}
    long = fused_cpu.run(small(steps=20, checkpoints=(0, 1, 5, 20), **constant), ignore)
    assert long.checkpoint_parameters is not None
    kept = long.checkpoint_parameters["W"]
    np.testing.assert_array_equal(kept[0].numpy(), small(**constant).initial_weights())
    for position, steps in ((1, 1), (2, 5), (3, 20)):
        assert torch.equal(
            kept[position], fused_cpu.run(small(steps=steps, **constant), ignore).parameters["W"]
        )


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_a_checkpoint_loss_is_the_mean_of_the_training_losses_since_the_one_before(engine: str) -> None:
    every = run(small(steps=6, checkpoints=tuple(range(7))), engine).checkpoint_loss
    some = run(small(steps=6, checkpoints=(0, 2, 6)), engine).checkpoint_loss
    assert every is not None
    assert some is not None
    each = every.double().numpy()
    np.testing.assert_allclose(each[0], each[1], rtol=1e-6)
    np.testing.assert_allclose(some[1].double().numpy(), each[1:3].mean(0), rtol=1e-6)
    np.testing.assert_allclose(some[2].double().numpy(), each[3:7].mean(0), rtol=1e-6)


def test_an_experiment_without_checkpoints_has_no_history() -> None:
    for engine in ("fused", "reference"):
        result = run(small(steps=2), engine)
        assert result.checkpoint_loss is None
        assert result.checkpoint_parameters is None


def test_engines_agree_in_the_distribution_of_losses_and_of_geometry() -> None:
    # Unrelated seeds, so that only distributions can agree; Kolmogorov-Smirnov at the level 0.001.
    tiny = small(density=[[0.1]], seeds=64, steps=250, batch_size=64, learning_rate=0.03)
    fused = fused_cpu.run(tiny.with_run_seed(1), ignore)
    other = reference.run(tiny.with_run_seed(2), "cpu", ignore)
    worse = fused_cpu.run(dataclasses.replace(tiny, run_seed=3, learning_rate=0.01), ignore)
    for measure in (held_out_loss, shares_of_dimensions, mean_bias):
        assert stats.ks_2samp(measure(fused), measure(other)).pvalue > 0.001, measure
    assert stats.ks_2samp(held_out_loss(worse), held_out_loss(other)).pvalue < 0.001, "no power"


def held_out_loss(result: Result) -> np.ndarray:
    return result.loss.numpy()


def shares_of_dimensions(result: Result) -> np.ndarray:
    return dimensionality(result.parameters["W"]).sum(-1).numpy()


def mean_bias(result: Result) -> np.ndarray:
    return result.parameters["b"].mean(-1).numpy()


def run(experiment: Experiment, engine: str, progress: Progress = ignore) -> Result:
    if engine == "fused":
        return fused_cpu.run(experiment, progress)
    return reference.run(experiment, "cpu", progress)


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_an_instance_alone_is_bitwise_the_same_instance_in_a_stack_of_400(engine: str) -> None:
    stack = small(
        density=np.geomspace(0.01, 1, 400)[:, None], seeds=1, steps=20, held_out=200, checkpoints=(0, 9, 20)
    )
    all_of_them = everything(run(stack, engine))
    assert len(all_of_them["W"]) == 400
    for k in (0, 137, 399):
        assert_same_bits(everything(run(stack.at([k]), engine)), all_of_them, slice(k, k + 1))


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_fewer_seeds_give_the_first_of_more_seeds_bitwise(engine: str) -> None:
    few, many = (
        everything(run(small(density=0.3, seeds=seeds, checkpoints=(3,)), engine)) for seeds in (2, 5)
    )
    assert_same_bits(few, many, slice(0, 2))


@pytest.mark.parametrize("variant", ["relu_output", "untied with a bias", "anticorrelated"])
def test_the_number_of_threads_changes_no_bit(variant: str) -> None:
    experiment = small(density=np.geomspace(0.01, 1, 9)[:, None], checkpoints=(0, 9), **VARIANTS[variant])
    one, two, many = (everything(fused_cpu.run(experiment, ignore, threads=count)) for count in (1, 2, 7))
    assert_same_bits(one, two)
    assert_same_bits(one, many)


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_a_sweep_in_two_parts_is_bitwise_the_sweep_in_one(engine: str) -> None:
    whole = small(density=np.geomspace(0.05, 1, 5)[:, None], checkpoints=(0, 9))
    odd = np.arange(5) % 2 == 1
    together = everything(run(whole, engine))
    of_odd = np.repeat(odd, whole.trials)
    assert_same_bits(everything(run(whole.at(odd), engine)), together, torch.from_numpy(of_odd))
    assert_same_bits(everything(run(whole.at(~odd), engine)), together, torch.from_numpy(~of_odd))


@pytest.mark.parametrize("engine", ["fused", "reference"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(engine: str, variant: str) -> None:
    experiment = small(checkpoints=(0, 9), **VARIANTS[variant])
    first, second = (everything(run(experiment, engine)) for _ in range(2))
    assert_same_bits(first, second)
    other = everything(run(experiment.with_run_seed(1), engine))
    for name in ("W", "loss"):
        assert (first[name] != other[name]).reshape(4, -1).any(1).all(), name


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_every_instance_of_a_sweep_is_trained_on_its_own_stream(
    monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    experiment = small(density=[[0.3], [0.3]], seeds=3)
    equal = np.full_like(experiment.initial_weights(), 0.4)
    monkeypatch.setattr(Experiment, "initial_weights", lambda _self, role=0: equal + role)
    trained = run(experiment, engine).parameters["W"].flatten(1)
    assert len(torch.unique(trained, dim=0)) == 6


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_an_error_in_a_progress_report_ends_the_training(engine: str) -> None:
    def stop(_steps: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(small(), engine, stop)


def test_a_task_says_what_distinguishes_each_architecture() -> None:
    tasks = {name: fused_cpu.task_of(small(**settings_)) for name, settings_ in VARIANTS.items()}
    assert [name for name, task in tasks.items() if not task.tied] == ["untied", "untied with a bias"]
    assert [name for name, task in tasks.items() if task.activation == parts.LINEAR] == ["linear"]
    assert [name for name, task in tasks.items() if task.absolute] == ["untied"]
    assert [name for name, task in tasks.items() if task.hidden_l1] == ["L1"]
