"""The number of processors that this process may use: affinity, and the quotas of its control groups."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path, PurePosixPath
from typing import Final

VARIABLE: Final = "PYTHON_CPU_COUNT"
"""The environment variable that says how many processors a process has; Python obeys it from 3.13 on."""

_PROC: Final = Path("/proc/self")
_most: Final[ContextVar[float]] = ContextVar("most processors", default=math.inf)
_OCTAL: Final = re.compile(r"\\([0-7]{3})")


def available(proc: Path = _PROC) -> int:
    """Count the processors that this process may use, at least one.

    Both limits count: the processors to which the process is bound (or the number that PYTHON_CPU_COUNT
    gives), and the share of their time that its control groups are granted. A share of one and a half
    processors counts as two, because a process with two threads uses all of it.

    Parameters
    ----------
    proc
        The folder in which Linux describes the process; on other systems it is missing, and there are no
        quotas.
    """
    bound = min(_bound(), _most.get())
    quota = min(_quotas(proc), default=math.inf)
    return int(bound) if quota >= bound else max(1, math.ceil(quota))


@contextmanager
def at_most(count: int) -> Iterator[None]:
    """Let the calling thread use some processors, such as a job that shares them with other jobs.

    Parameters
    ----------
    count
        Number of processors, at least 1.
    """
    former = _most.set(count)
    try:
        yield
    finally:
        _most.reset(former)


def _bound() -> int:
    """Count the processors to which the process is bound."""
    if hasattr(os, "process_cpu_count"):  # from Python 3.13; it obeys the variable, too
        return os.process_cpu_count() or 1
    told = os.environ.get(VARIABLE, "")
    if told.isascii() and told.isdecimal() and int(told) > 0:
        return int(told)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _quotas(proc: Path) -> Iterator[float]:
    """List the quotas, in processors, of the process's control groups and of all groups around them."""
    groups = dict(_groups(proc / "cgroup"))
    for kind, root, mounted in _mounts(proc / "mountinfo"):
        group = groups.get(kind)
        if group is None:
            continue
        # A container may see the path of its group on the host, but have only the group itself mounted.
        inside = group.relative_to(root) if group.is_relative_to(root) else PurePosixPath()
        if ".." in inside.parts:
            inside = PurePosixPath()
        for folder in (inside, *inside.parents):
            quota = _of_folder(mounted / folder)
            if quota is not None:
                yield quota


def _groups(path: Path) -> Iterator[tuple[str, PurePosixPath]]:
    """Read the process's control group in each hierarchy that limits time: "cgroup" (v1) and "cgroup2"."""
    for line in _lines(path):
        _, controllers, group = line.split(":", 2)
        if not controllers:
            yield "cgroup2", PurePosixPath(group)
        elif "cpu" in controllers.split(","):
            yield "cgroup", PurePosixPath(group)


def _mounts(path: Path) -> Iterator[tuple[str, PurePosixPath, Path]]:
    """Read the kind of each hierarchy, the control group at its mount's root, and the mount's folder."""
    for line in _lines(path):
        own, _, system = line.partition(" - ")
        fields, kind_and_options = own.split(" "), system.split(" ")
        kind = kind_and_options[0]
        if kind == "cgroup2" or (kind == "cgroup" and "cpu" in kind_and_options[-1].split(",")):
            yield kind, PurePosixPath(_unescaped(fields[3])), Path(_unescaped(fields[4]))


def _of_folder(folder: Path) -> float | None:
    """Read the quota of one control group; None if it has none."""
    limit = " ".join(_lines(folder / "cpu.max"))
    if not limit:
        limit = " ".join(
            line for name in ("quota", "period") for line in _lines(folder / f"cpu.cfs_{name}_us")
        )
    try:
        time, period = map(int, limit.split())
    except ValueError:  # "max 100000", or no file
        return None
    return time / period if time > 0 and period > 0 else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []


def _unescaped(field: str) -> str:
    """Decode a path of mountinfo, in which spaces and other separators are octal numbers."""
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), field)
