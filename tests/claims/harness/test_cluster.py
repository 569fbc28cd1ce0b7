"""Runs and training on a real Dask cluster of two worker processes on this machine."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import torch

from claims.harness import cluster
from claims.harness.cluster import ClusterExecutor, connected, versions
from claims.harness.errors import MisuseError
from claims.harness.records import environment
from claims.harness.separate_runs import place_of_runs
from claims.harness.suite import claims_command
from tests.helpers.claim_suite import Suite, sentence
from tests.helpers.small import is_one_sentence, small
from tests.helpers.two_experiments import TWO, measured, trained_here
from tms import train
from tms.engines import split
from tms.training import Trained

distributed = pytest.importorskip("distributed")

FLAKES: Final = [*claims_command()[:-1], "flakes", "--profile=smoke", "--device=cpu", "--claims=CORR-8"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a cluster of two processes, each of which does one job at a time."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL
    ) as local:
        yield local.scheduler_address


@pytest.fixture
def executor(address: str) -> Iterator[ClusterExecutor]:
    with connected(address, "cpu", trains=True) as executor:
        yield executor


@pytest.fixture
def client(address: str) -> Iterator[Any]:
    with distributed.Client(address, set_as_default=False) as client:
        yield client


def lines(path: Path) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in path.read_text().splitlines()]
    found.sort(key=lambda line: int(line["seed"]))
    return [{name: value for name, value in line.items() if name != "seconds"} for line in found]


def test_flake_runs_on_a_cluster_give_the_lines_of_runs_on_this_machine(address: str, tmp_path: Path) -> None:
    printed = {}
    runs = {"there": [f"--cluster={address}", "--runs=2"], "here": ["--first-seed=2", "--runs=1"]}
    for file, arguments in runs.items():
        command = [*FLAKES, *arguments, f"--file={file}.jsonl"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        printed[file] = done.stdout
    there, here = (lines(tmp_path / f"{file}.jsonl") for file in ("there", "here"))
    assert [line["seed"] for line in there] == [1, 2]
    assert there[0]["claims"] != there[1]["claims"]
    assert there[1:] == here
    on = "Runs are made on a cluster of 2 workers with room for 2 jobs at a time."
    assert [on in printed[file].splitlines() for file in ("there", "here")] == [True, False]


def assert_same(there: Trained, here: Trained) -> None:
    assert there.trial_parameters.keys() == here.trial_parameters.keys()
    for name, values in here.trial_parameters.items():
        assert torch.equal(there.trial_parameters[name], values), name
        assert there.trial_parameters[name].stride() == values.stride(), name
    assert torch.equal(there.trial_loss, here.trial_loss)
    assert there.history is not None
    assert here.history is not None
    assert torch.equal(there.history.loss, here.history.loss)


def test_training_on_a_cluster_gives_the_weights_of_one_process_bit_for_bit(
    executor: ClusterExecutor, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(split, "WORK", 1.0)
    monkeypatch.setattr(split, "MOST_JOBS", 3)
    experiment = small(checkpoints=(0, 30), best_of=3)
    here = train(experiment, engine="fused", device="cpu")
    for jobs in (executor, client.get_executor()):
        assert_same(train(experiment, engine="fused", device="cpu", executor=jobs), here)


def test_claims_whose_models_a_cluster_trains_measure_what_they_do_on_this_machine(
    address: str, suite: Suite
) -> None:
    suite.write(TWO)
    found = []
    for arguments in ([], [f"--cluster={address}"]):
        result = suite.pytester.runpytest_subprocess("--profile=quick", *arguments)
        assert result.ret == pytest.ExitCode.TESTS_FAILED  # there is no baseline
        found.append((trained_here(suite), measured(suite)))
        printed = result.stdout.str()
        assert ("models are trained on a cluster of 2 workers" in printed) is bool(arguments)
    (trained, here), (trained_beside_the_cluster, there) = found
    assert trained
    assert trained_beside_the_cluster == []
    assert there == here


@pytest.mark.parametrize(
    ("arguments", "other"),
    [
        (["--model=m.py:f"], "--model m.py:f"),
        (["--trainer=m.py:f"], "--trainer m.py:f"),
        (["-p", "mine"], "-p mine"),
    ],
)
def test_cluster_is_refused_for_code_that_its_workers_do_not_have(
    suite: Suite, arguments: list[str], other: str
) -> None:
    suite.write(TWO)
    (suite.folder / "mine.py").touch()
    suite.pytester.syspathinsert(suite.folder)
    result = suite.run("--cluster=tcp://127.0.0.1:9", *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    expected = f"--cluster cannot be combined with {other}: its workers have only this package's own models."
    assert expected in sentence(result)


def test_absent_scheduler_ends_a_run_before_training(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_SECONDS_TO_CONNECT", 0.5)
    suite.write(TWO)
    result = suite.run("--cluster=tcp://127.0.0.1:9")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--cluster 'tcp://127.0.0.1:9': no Dask scheduler answers there" in sentence(result)
    assert not suite.trainings


def die_once(mark: Path) -> int:
    """Kill the worker unless an earlier attempt has."""
    if not mark.exists():
        mark.touch()
        os._exit(9)
    return os.getpid()


def test_job_whose_worker_dies_is_repeated(executor: ClusterExecutor, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    assert executor.submit(die_once, mark).result(timeout=60) != os.getpid()
    assert mark.exists()


def test_error_of_a_job_comes_back(executor: ClusterExecutor) -> None:
    with pytest.raises(ZeroDivisionError):
        executor.submit(divmod, 1, 0).result(timeout=60)


def install(version: str | None) -> None:
    """Let a worker find another version of torch; None for its own."""
    versions.cache_clear()
    own = getattr(environment, "own_versions", environment.versions)
    environment.own_versions = own  # type: ignore[attr-defined]
    environment.versions = own if version is None else lambda device: {**own(device), "torch": version}


@pytest.fixture
def other_worker(client: Any) -> Iterator[str]:
    """A worker with another version of torch."""
    client.wait_for_workers(2, timeout=60)
    worker = max(client.nthreads())
    client.run(install, "2.0.0", workers=[worker])
    yield worker
    client.run(install, None, workers=[worker])


def test_worker_with_other_versions_is_refused_in_one_sentence(address: str, other_worker: str) -> None:
    with pytest.raises(MisuseError) as refused, connected(address, "cpu"):
        pass
    here = environment.versions("cpu")["torch"]
    assert str(refused.value) == (
        f"--cluster '{address}': the worker {other_worker} has torch 2.0.0 (here {here}); install the same "
        "versions there and start it again."
    )


def test_job_is_refused_by_a_worker_that_joined_later_with_other_versions(
    executor: ClusterExecutor, client: Any
) -> None:
    client.wait_for_workers(2, timeout=60)
    client.run(install, "2.0.0")
    try:
        with pytest.raises(MisuseError, match=r"a worker that joined later has torch 2\.0\.0 \(here "):
            executor.submit(abs, -1).result(timeout=60)
    finally:
        client.run(install, None)
    assert executor.submit(abs, -1).result(timeout=60) == 1


def test_worker_that_would_train_several_models_at_a_time_is_refused() -> None:
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
    ) as local:
        with connected(local.scheduler_address, "cpu") as executor:
            assert str(executor) == "a cluster of 1 worker with room for 2 jobs at a time"
        with (
            pytest.raises(MisuseError, match=r"several models at a time; .* --nthreads 1") as refused,
            connected(local.scheduler_address, "cpu", trains=True),
        ):
            pass
    assert is_one_sentence(str(refused.value))


def test_absent_scheduler_is_named_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_SECONDS_TO_CONNECT", 0.5)
    for where in ("tcp://127.0.0.1:9", "nowhere://here", "tcp://"):
        with (
            pytest.raises(MisuseError, match="no Dask scheduler answers there") as refused,
            connected(where, "cpu"),
        ):
            pass
        assert str(refused.value).startswith(f"--cluster '{where}': ")
        assert "\n" not in str(refused.value)


def test_missing_package_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MisuseError) as refused, connected("tcp://127.0.0.1:8786", "cpu"):
        pass
    assert str(refused.value) == (
        "--cluster needs the package distributed, which is not installed: "
        'pip install "tms-replication[cluster]".'
    )


def test_number_of_runs_on_this_machine_is_refused_beside_a_cluster() -> None:
    with (
        pytest.raises(MisuseError, match="--workers counts runs on this machine"),
        place_of_runs(2, "cpu", "tcp://127.0.0.1:8786"),
    ):
        pass
