"""The number of processors that a process may use, read off files as Linux writes them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tms import processors

BOUND = 8


@pytest.fixture(autouse=True)
def eight_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bind the process to eight processors, on every version of Python."""
    monkeypatch.setattr(os, "process_cpu_count", lambda: BOUND, raising=False)


class Machine:
    """A folder with the files of /proc/self and /sys/fs/cgroup."""

    def __init__(self, folder: Path) -> None:
        self.proc, self._system = folder / "proc", folder / "sys"
        self.proc.mkdir()
        self._mounts: list[str] = []

    def mount(self, kind: str, at: str, root: str = "/", options: str = "rw") -> Machine:
        place = str(self._system / at).replace(" ", "\\040")
        self._mounts.append(f"31 23 0:28 {root} {place} rw,relatime shared:9 - {kind} cgroup {options}")
        (self.proc / "mountinfo").write_text("".join(f"{line}\n" for line in self._mounts))
        return self

    def groups(self, *lines: str) -> Machine:
        (self.proc / "cgroup").write_text("".join(f"{line}\n" for line in lines))
        return self

    def limit(self, path: str, text: str) -> Machine:
        file = self._system / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n")
        return self

    def available(self) -> int:
        return processors.available(self.proc)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize(
    ("limit", "count"),
    [
        ("200000 100000", 2),
        ("150000 100000", 2),
        ("50000 100000", 1),
        ("3200000 100000", BOUND),
        ("max 100000", BOUND),
        ("", BOUND),
    ],
)
def test_quota_of_a_container_limits_the_processors(machine: Machine, limit: str, count: int) -> None:
    machine.mount("cgroup2", "cgroup").groups("0::/").limit("cgroup/cpu.max", limit)
    assert machine.available() == count


def test_lowest_quota_of_all_groups_around_a_process_counts(machine: Machine) -> None:
    machine.mount("cgroup2", "cgroup").groups("0::/batch.slice/job 7/step")
    machine.limit("cgroup/batch.slice/job 7/step/cpu.max", "max 100000")
    machine.limit("cgroup/batch.slice/job 7/cpu.max", "300000 100000")
    machine.limit("cgroup/batch.slice/cpu.max", "600000 100000")
    machine.limit("cgroup/other.slice/cpu.max", "100000 100000")
    assert machine.available() == 3


@pytest.mark.parametrize("controllers", ["cpu,cpuacct", "cpu"])
def test_quota_of_the_first_version_of_control_groups_counts(machine: Machine, controllers: str) -> None:
    machine.mount("cgroup", "cpuset", options="rw,cpuset")
    machine.mount("cgroup", "with space/cpu", options=f"rw,{controllers}")
    machine.groups(f"8:{controllers}:/docker/5f", "4:cpuset:/", "0::/elsewhere")
    machine.limit("with space/cpu/docker/5f/cpu.cfs_quota_us", "400000")
    machine.limit("with space/cpu/docker/5f/cpu.cfs_period_us", "200000")
    machine.limit("with space/cpu/cpu.cfs_quota_us", "-1").limit("with space/cpu/cpu.cfs_period_us", "100000")
    machine.limit("cpuset/docker/5f/cpu.cfs_quota_us", "1").limit(
        "cpuset/docker/5f/cpu.cfs_period_us", "100000"
    )
    assert machine.available() == 2


@pytest.mark.parametrize(
    ("root", "folder"), [("/docker/5f", "cpu"), ("/somewhere/else", "cpu"), ("/docker", "cpu/5f")]
)
def test_group_that_a_container_sees_at_another_place_counts(
    machine: Machine, root: str, folder: str
) -> None:
    machine.mount("cgroup", "cpu", root=root, options="rw,cpu").groups("4:cpu:/docker/5f")
    machine.limit(f"{folder}/cpu.cfs_quota_us", "300000").limit(f"{folder}/cpu.cfs_period_us", "100000")
    assert machine.available() == 3


def test_group_outside_the_visible_ones_is_read_as_the_root(machine: Machine) -> None:
    machine.mount("cgroup2", "a/cgroup").groups("0::/../outside")
    machine.limit("a/outside/cpu.max", "100000 100000").limit("a/cgroup/cpu.max", "500000 100000")
    assert machine.available() == 5


def test_processors_to_which_the_process_is_bound_count_without_control_groups(machine: Machine) -> None:
    assert machine.available() == BOUND
    assert processors.available(machine.proc / "missing") == BOUND


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system binds no process")
def test_older_python_counts_the_processors_to_which_it_is_bound(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "process_cpu_count")
    monkeypatch.delenv(processors.VARIABLE, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 7})
    assert machine.available() == 3


@pytest.mark.parametrize(("told", "count"), [("2", 2), ("12", 12), ("", 3), ("0", 3), ("default", 3)])
def test_older_python_obeys_the_variable_of_newer_ones(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, told: str, count: int
) -> None:
    monkeypatch.delattr(os, "process_cpu_count")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 7}, raising=False)
    monkeypatch.setenv(processors.VARIABLE, told)
    assert machine.available() == count


def test_this_machine_has_a_processor() -> None:
    assert 1 <= processors.available() <= BOUND


def test_thread_can_be_limited_without_limiting_others(machine: Machine) -> None:
    with ThreadPoolExecutor(1) as other, processors.at_most(3):
        assert machine.available() == 3
        assert other.submit(machine.available).result() == BOUND
        with processors.at_most(2):
            assert machine.available() == 2
        assert machine.available() == 3
    assert machine.available() == BOUND
    with processors.at_most(BOUND + 1):
        assert machine.available() == BOUND
