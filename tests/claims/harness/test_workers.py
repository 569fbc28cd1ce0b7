"""The pool of worker processes: what it does with jobs, with processes that die, and where none can start."""

from __future__ import annotations

import concurrent.futures.process
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, wait
from pathlib import Path
from threading import get_ident

import pytest

from claims.harness.workers import WorkerPool, programs, worker_count
from tests.helpers.paths import ROOT


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(size=2) as pool:
        yield pool


def add(a: int, *, b: int) -> int:
    return a + b


def fail(message: str) -> None:
    raise ValueError(message)


def die() -> None:
    os._exit(3)


def die_once(mark: Path) -> int:
    """Kill the process unless an earlier attempt has."""
    if not mark.exists():
        mark.touch()
        os._exit(3)
    return os.getpid()


def interrupt_itself() -> str:
    os.kill(os.getpid(), signal.SIGINT)
    return "not interrupted"


def append(line: str, path: Path) -> int:
    with path.open("a", encoding="utf-8") as file:
        print(line, file=file)
    return os.getpid()


def process_after(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def is_imported(module: str) -> bool:
    return module in sys.modules


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_job_runs_in_another_process_and_its_result_comes_back(pool: WorkerPool) -> None:
    assert pool.submit(os.getpid).result() != os.getpid()
    assert pool.submit(add, 1, b=2).result() == 3
    assert list(pool.map(abs, [-1, 2])) == [1, 2]


def test_error_of_a_job_comes_back_and_stops_no_other_job(pool: WorkerPool) -> None:
    failing, other = pool.submit(fail, "no such thing"), pool.submit(add, 1, b=2)
    with pytest.raises(ValueError, match="no such thing"):
        failing.result()
    assert other.result() == 3


def test_job_that_cannot_be_pickled_fails_and_the_next_one_runs(pool: WorkerPool) -> None:
    with pytest.raises(Exception, match=r"pickle"):
        pool.submit(lambda: 1).result()
    assert pool.submit(add, 1, b=2).result() == 3


def test_job_that_kills_its_process_fails_alone(pool: WorkerPool, tmp_path: Path) -> None:
    deadly = pool.submit(die)
    others = [pool.submit(append, str(number), tmp_path / f"{number}") for number in range(6)]
    with pytest.raises(concurrent.futures.process.BrokenProcessPool):
        deadly.result()
    assert all(other.result() for other in others)
    assert pool.submit(add, 1, b=2).result() == 3


def test_job_whose_process_dies_for_another_reason_is_repeated(pool: WorkerPool, tmp_path: Path) -> None:
    assert pool.submit(die_once, tmp_path / "mark").result() != os.getpid()


def test_worker_ignores_an_interrupt(pool: WorkerPool) -> None:
    assert pool.submit(interrupt_itself).result() == "not interrupted"


def test_shutdown_waits_for_the_jobs_and_ends_the_workers(tmp_path: Path) -> None:
    pool = WorkerPool(size=1)
    worker = pool.submit(os.getpid).result()
    last = pool.submit(append, "done", tmp_path / "file")
    pool.shutdown()
    assert last.done()
    assert (tmp_path / "file").read_text() == "done\n"
    assert not is_running(worker)
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(add, 1, b=2)


def test_shutdown_that_cancels_ends_jobs_that_have_not_begun() -> None:
    pool = WorkerPool(size=1)
    jobs = [pool.submit(time.sleep, 0.2) for _ in range(20)]
    pool.shutdown(cancel_futures=True)
    wait(jobs, timeout=30)
    assert all(job.done() for job in jobs)
    with pytest.raises(CancelledError):
        jobs[-1].result()


def test_one_processor_is_left_to_the_process_that_submits(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {}
    for processors in (1, 2, 8):
        monkeypatch.setattr("tms.processors.available", lambda count=processors: count)
        counts[processors] = (worker_count(), worker_count(4), WorkerPool().size)
    assert counts == {1: (1, 1, 1), 2: (1, 1, 1), 8: (7, 4, 7)}
    assert WorkerPool(3).size == 3


def test_no_more_processes_are_started_than_the_size_of_the_pool() -> None:
    with WorkerPool(size=1) as pool:
        jobs = [pool.submit(process_after, 0.2) for _ in range(4)]
        assert len({job.result() for job in jobs}) == 1


def without_semaphores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrent.futures.process, "_system_limits_checked", False)
    monkeypatch.setattr(concurrent.futures.process, "_system_limited", None)
    monkeypatch.setitem(sys.modules, "multiprocessing.synchronize", None)


def without_shared_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("multiprocessing.synchronize.SemLock.__init__", refuse)


def without_new_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", refuse)


@pytest.mark.parametrize(
    ("obstacle", "words"),
    [
        (without_semaphores, "multiprocessing.synchronize"),
        (without_shared_memory, "Function not implemented"),
        (without_new_processes, "Resource temporarily unavailable"),
    ],
)
def test_jobs_run_in_this_process_where_no_other_can_be_started(
    monkeypatch: pytest.MonkeyPatch, obstacle: Callable[[pytest.MonkeyPatch], None], words: str
) -> None:
    obstacle(monkeypatch)
    with WorkerPool(size=2) as pool:
        assert pool.submit(get_ident).result() == get_ident()
        assert words in (pool.obstacle or "")
        assert not (pool.obstacle or ".").endswith(".")
        assert pool.submit(os.getpid).result() == os.getpid()
        with pytest.raises(ValueError, match="no such thing"):
            pool.submit(fail, "no such thing").result()


def environment(*names: str) -> list[str | None]:
    return [os.environ.get(name) for name in names]


def test_libraries_of_a_worker_may_use_so_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    names = "OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PYTHON_CPU_COUNT"
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    before = dict(os.environ)
    with WorkerPool(1, threads=3) as limited, WorkerPool(1) as free:
        assert limited.submit(environment, *names).result() == ["3"] * 4
        assert free.submit(environment, *names).result()[:2] == ["7", None]
    assert dict(os.environ) == before


def run_for_long(mark: Path) -> int:
    code = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(120)"
    return programs.run([sys.executable, "-c", code])


def await_file(path: Path) -> int:
    until = time.monotonic() + 60
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < until
        time.sleep(0.01)
    return int(path.read_text())


def test_pool_that_ends_at_once_ends_jobs_and_the_programs_that_they_run(tmp_path: Path) -> None:
    pool = WorkerPool(2)
    jobs = [pool.submit(run_for_long, tmp_path / f"{number}") for number in range(3)]
    started = [await_file(tmp_path / f"{number}") for number in range(2)]
    before = time.monotonic()
    pool.end_at_once()
    wait(jobs, timeout=30)
    assert time.monotonic() - before < 20
    assert all(job.done() for job in jobs)
    until = time.monotonic() + 30
    while any(map(is_running, started)):
        assert time.monotonic() < until
        time.sleep(0.01)
    assert not (tmp_path / "2").exists()


def test_pool_that_ends_at_once_repeats_no_job(tmp_path: Path) -> None:
    pool = WorkerPool(1)
    job = pool.submit(run_for_long, tmp_path / "mark")
    await_file(tmp_path / "mark")
    (tmp_path / "mark").unlink()
    pool.end_at_once()
    with pytest.raises(concurrent.futures.process.BrokenProcessPool):
        job.result(timeout=30)
    pool.end_at_once()
    assert not (tmp_path / "mark").exists()


def test_job_that_is_repeated_ends_at_once_with_the_pool(tmp_path: Path) -> None:
    pool = WorkerPool(1)
    job = pool.submit(die_then_run_for_long, tmp_path / "died", tmp_path / "mark")
    program = await_file(tmp_path / "mark")
    pool.end_at_once()
    with pytest.raises(concurrent.futures.process.BrokenProcessPool):
        job.result(timeout=30)
    until = time.monotonic() + 30
    while is_running(program):
        assert time.monotonic() < until
        time.sleep(0.01)


def die_then_run_for_long(died: Path, mark: Path) -> None:
    die_once(died)
    run_for_long(mark)


KILLED = """
import os, signal, sys, time
from claims.harness.workers import WorkerPool

def work(mark):
    open(mark, "w").close()
    time.sleep(120)

if __name__ == "__main__":
    pool = WorkerPool(size=1)
    print(pool.submit(os.getpid).result(), flush=True)
    pool.submit(work, sys.argv[1])
    while not os.path.exists(sys.argv[1]):
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not there")
def test_worker_ends_in_the_midst_of_a_job_with_a_process_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    paths = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = subprocess.run(
        [sys.executable, script, tmp_path / "mark"], env=paths, stdout=subprocess.PIPE, text=True, check=False
    )
    worker, until = int(killed.stdout), time.monotonic() + 30
    assert killed.returncode == -signal.SIGKILL
    while is_running(worker):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_worker_imports_no_engine_of_its_own_accord(pool: WorkerPool) -> None:
    assert not pool.submit(is_imported, "tms.engines.fused_cpu").result()
