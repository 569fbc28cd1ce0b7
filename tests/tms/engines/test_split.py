"""An experiment that is trained by jobs of an executor gives what one process gives, bit for bit."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.helpers.small import VARIANTS, ignore, small
from tms import train
from tms.engines import fused, split
from tms.engines.fused import FusedEngine
from tms.engines.result import Result, initial_weights
from tms.engines.split import SplitEngine, joined, part, shares
from tms.experiment import Experiment


class HereAndNow(Executor):
    """Performs jobs in this process, and notes the experiments that it was given."""

    def __init__(self) -> None:
        self.experiments: list[Experiment] = []

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        job: Future[Any] = Future()
        self.experiments.append(pickle.loads(args[-1])[0])
        try:
            job.set_result(work(*args, **kwargs))
        except Exception as error:
            job.set_exception(error)
        return job


def tensors(result: Result) -> dict[str, Tensor]:
    named = {**result.parameters, "loss": result.loss}
    if result.checkpoint_loss is not None:
        named["curve"] = result.checkpoint_loss
    return named | {f"kept {name}": v for name, v in (result.checkpoint_parameters or {}).items()}


def assert_same(result: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    assert result.keys() == expected.keys()
    for name, values in expected.items():
        assert torch.equal(result[name], values), name
        assert result[name].stride() == values.stride(), name


@pytest.fixture
def three_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split, "WORK", 1.0)
    monkeypatch.setattr(split, "MOST_JOBS", 3)


@pytest.mark.usefixtures("three_jobs")
@pytest.mark.parametrize("checkpoints", [(), (0, 1, 7, 30)])
@pytest.mark.parametrize("variant", VARIANTS)
def test_jobs_train_the_same_models_bit_for_bit(variant: str, checkpoints: tuple[int, ...]) -> None:
    experiment = small(checkpoints=checkpoints, best_of=2, seeds=2, **VARIANTS[variant])
    executor, reported = HereAndNow(), list[int]()
    start = initial_weights(experiment)
    here = FusedEngine.on("cpu").run(experiment, ignore, start)
    result = SplitEngine("cpu", "cpu", executor).run(experiment, reported.append, start)
    assert_same(tensors(result), tensors(here))
    assert [each.n_instances for each in executor.experiments] == [3, 3, 2]
    assert sum(reported) == experiment.n_instances * experiment.steps
    assert len(reported) == 3


@pytest.mark.usefixtures("three_jobs")
def test_trained_sweep_of_several_processes_equals_that_of_one() -> None:
    experiment = small(checkpoints=(0, 30), best_of=3)
    here = train(experiment, engine="fused", device="cpu")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        there = train(experiment, engine="fused", device="cpu", executor=executor)
    assert there.history is not None
    assert here.history is not None
    assert torch.equal(there.history.loss, here.history.loss)
    assert torch.equal(there.trial_loss, here.trial_loss)
    assert_same(there.trial_parameters, here.trial_parameters)
    assert_same(there.history.parameters, here.history.parameters)


@pytest.mark.usefixtures("three_jobs")
def test_jobs_start_from_the_weights_that_are_given() -> None:
    experiment = small()
    start = {name: values + 0.5 for name, values in initial_weights(experiment).items()}
    here = FusedEngine.on("cpu").run(experiment, ignore, start)
    assert_same(
        tensors(SplitEngine("cpu", "cpu", HereAndNow()).run(experiment, ignore, start)), tensors(here)
    )


def test_reference_engine_trains_here() -> None:
    executor = HereAndNow()
    train(small(), engine="reference", device="cpu", executor=executor)
    assert executor.experiments == []


def test_comparison_with_the_module_is_made_here() -> None:
    executor = HereAndNow()
    trained = train(small(), engine="auto", device="cpu", executor=executor)
    assert trained.engine == "fused"
    assert [each.steps for each in executor.experiments] == [30]


def test_small_experiment_is_one_job_and_a_large_one_many_of_equal_work() -> None:
    assert [len(share) for share in shares(small())] == [4]
    large = small(seeds=500, steps=100_000, batch_size=10_000)
    jobs = shares(large)
    assert len(jobs) == split.MOST_JOBS
    assert sorted(np.concatenate(jobs).tolist()) == list(range(large.n_instances))
    assert max(map(len, jobs)) - min(map(len, jobs)) <= 1
    density = [large.instances.density[share].mean() for share in jobs]
    assert max(density) - min(density) < 0.2  # the points have 0.1 and 0.5


def test_no_job_has_no_instance() -> None:
    assert [len(share) for share in shares(small(seeds=1, steps=10**6, batch_size=10**6))] == [1, 1]


def test_part_has_the_instances_of_the_whole_and_can_be_sent() -> None:
    experiment = small(best_of=3, importance=[[1.0, 0.9, 0.8, 0.7, 0.6]])
    chosen = np.array([10, 1, 4])
    own, of_part = experiment.instances, pickle.loads(pickle.dumps(part(experiment, chosen))).instances
    for name in ("keys", "held_out_keys", "density", "importance"):
        assert np.array_equal(getattr(of_part, name), getattr(own, name)[chosen])


@pytest.mark.usefixtures("three_jobs")
def test_error_of_a_job_cancels_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> Result:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(fused.FusedEngine, "run", fail)
    with ThreadPoolExecutor(1) as executor, pytest.raises(RuntimeError, match="out of memory"):
        SplitEngine("cpu", "cpu", executor).run(small(), ignore, initial_weights(small()))


def test_axes_keep_their_order_in_memory() -> None:
    whole = torch.arange(24.0).reshape(4, 2, 3)  # instance, checkpoint, feature
    kept = whole.permute(1, 0, 2)
    loss = torch.zeros(4)
    results = [
        (np.array(at), Result({"W": whole[at]}, loss[at], kept[:, at, 0], {"W": whole[at].permute(1, 0, 2)}))
        for at in ([2, 0], [1, 3])
    ]
    both = joined(results)
    assert both.checkpoint_parameters is not None
    assert torch.equal(both.checkpoint_parameters["W"], kept)
    assert both.checkpoint_parameters["W"].stride() == kept.stride()
