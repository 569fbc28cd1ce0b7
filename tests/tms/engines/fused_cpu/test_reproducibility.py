"""An instance's result depends on its own description and seed alone, in both engines on the CPU."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.helpers.engine_checks import (
    assert_same_bits,
    everything,
    run_on_cpu,
)
from tests.helpers.small import VARIANTS, ignore, small
from tms.engines import fused_cpu
from tms.experiment import Experiment


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_an_instance_alone_is_bitwise_the_same_instance_in_a_stack_of_400(engine: str) -> None:
    stack = small(
        density=np.geomspace(0.01, 1, 400)[:, None], seeds=1, steps=20, held_out=200, checkpoints=(0, 9, 20)
    )
    all_of_them = everything(run_on_cpu(stack, engine))
    assert len(all_of_them["W"]) == 400
    for k in (0, 137, 399):
        assert_same_bits(everything(run_on_cpu(stack.at([k]), engine)), all_of_them, slice(k, k + 1))


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_fewer_seeds_give_the_first_of_more_seeds_bitwise(engine: str) -> None:
    few, many = (
        everything(run_on_cpu(small(density=0.3, seeds=seeds, checkpoints=(3,)), engine)) for seeds in (2, 5)
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
    together = everything(run_on_cpu(whole, engine))
    of_odd = np.repeat(odd, whole.trials)
    assert_same_bits(everything(run_on_cpu(whole.at(odd), engine)), together, torch.from_numpy(of_odd))
    assert_same_bits(everything(run_on_cpu(whole.at(~odd), engine)), together, torch.from_numpy(~of_odd))


@pytest.mark.parametrize("engine", ["fused", "reference"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(engine: str, variant: str) -> None:
    experiment = small(checkpoints=(0, 9), **VARIANTS[variant])
    first, second = (everything(run_on_cpu(experiment, engine)) for _ in range(2))
    assert_same_bits(first, second)
    other = everything(run_on_cpu(experiment.with_run_seed(1), engine))
    for name in ("W", "loss"):
        assert (first[name] != other[name]).reshape(4, -1).any(1).all(), name


@pytest.mark.parametrize("engine", ["fused", "reference"])
def test_every_instance_of_a_sweep_is_trained_on_its_own_stream(
    monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    experiment = small(density=[[0.3], [0.3]], seeds=3)
    equal = np.full_like(experiment.initial_weights(), 0.4)
    monkeypatch.setattr(Experiment, "initial_weights", lambda _self, role=0: equal + role)
    trained = run_on_cpu(experiment, engine).parameters["W"].flatten(1)
    assert len(torch.unique(trained, dim=0)) == 6
