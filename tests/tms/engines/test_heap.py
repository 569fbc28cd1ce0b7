"""The allocator keeps memory during training, and nothing remains of that afterwards."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from tests.helpers.paths import ROOT
from tms.engines import heap
from tms.engines.heap import kept_memory

PAGE = resource.getpagesize()
SIZE = 2**26
"""Bytes of a block that glibc maps anew unless it is told to keep memory."""

needs_glibc = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc" or heap._glibc() is None, reason="needs glibc with its usual settings"
)


class Library:
    """A C library that notes what it is asked for."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, ...]] = []

    def mallopt(self, *settings: int) -> None:
        self.calls.append(settings)

    def malloc_trim(self, *_: int) -> None:
        self.calls.append(())


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    library = Library()
    monkeypatch.setattr(heap, "_glibc", lambda: library)
    return library


@pytest.fixture
def fresh() -> Iterator[None]:
    heap._glibc.cache_clear()
    yield
    heap._glibc.cache_clear()


def test_the_settings_are_made_once_and_undone_by_the_last_who_leaves(library: Library) -> None:
    with kept_memory():
        made = list(library.calls)
        with kept_memory():
            assert library.calls == made
        assert library.calls == made
    undone = library.calls[len(made) :]
    assert made == [(-4, 0), (-1, -1)]
    assert undone == [(-4, 65536), (-1, 2**26), (-3, 2**25), ()]


def test_they_are_undone_after_an_error(library: Library) -> None:
    with pytest.raises(ZeroDivisionError), kept_memory():
        raise ZeroDivisionError
    assert library.calls[-1] == ()
    assert heap._users == 0


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("name", "value"),
    [("GLIBC_TUNABLES", "glibc.malloc.mmap_max=3"), ("MALLOC_ARENA_MAX", "2")],
)
def test_settings_of_the_user_are_left_alone(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert heap._glibc() is None
    with kept_memory():
        pass


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(("system", "libc"), [("Darwin", ""), ("Windows", ""), ("Linux", "musl")])
def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch, system: str, libc: str) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "libc_ver", lambda: (libc, ""))
    assert heap._glibc() is None


@needs_glibc
def test_large_blocks_do_not_fault_again() -> None:
    with kept_memory():
        faults()
        assert faults() < SIZE // PAGE // 100


SCRIPT = """
import resource
from tests.tms.engines.test_heap import faults
from tms.engines.heap import kept_memory
with kept_memory():
    faults()
    faults()
resident = lambda: int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
print(resident())
with kept_memory():
    faults()
    inside = resident()
print(inside - resident())
"""


@needs_glibc
def test_memory_is_returned_to_the_system_afterwards() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(done.stdout.split()[1]) > SIZE // 2


def faults() -> int:
    """Page faults of this process while it fills a large block and frees it."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.empty(SIZE, dtype=np.uint8).fill(1)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
