"""The machine and the software of a run, without anything that names a host, a user or a folder."""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import torch

from claims.harness.session.options import Options
from tms.engines import fused_cuda
from tms.engines.fused_cpu import available_threads

_PACKAGES: Final = ("torch", "numpy", "scipy", "numba")
_CPU_INFO: Final = Path("/proc/cpuinfo")


def versions(device: str) -> dict[str, str]:
    """Version of Python and of each package that a result on a kind of device depends on."""
    of_device = ("triton",) if device == "cuda" and not fused_cuda.lacking() else ()
    return {
        "python": platform.python_version(),
        **{package: importlib.metadata.version(package) for package in (*_PACKAGES, *of_device)},
    }


def device_name(device: str) -> str:
    """Name of the graphics card or the processor."""
    if device == "cuda":
        return torch.cuda.get_device_name()
    if _CPU_INFO.is_file():
        for line in _CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def system() -> str:
    """Operating system and architecture."""
    return f"{platform.system()} {platform.release()} {platform.machine()}"


def git_state(root: Path) -> tuple[str | None, bool]:
    """Find the commit that ran, and whether tracked files differ from it.

    Parameters
    ----------
    root
        Folder of the project.

    Returns
    -------
    commit : str or None
        None outside a git checkout.
    dirty : bool
        Whether there are uncommitted changes.
    """
    commit = _git(root, "rev-parse", "HEAD")
    if commit is None:
        return None, False
    return commit, bool(_git(root, "status", "--porcelain", "--untracked-files=no"))


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def of_baseline(engine: str, device: str, seed: int) -> Mapping[str, str | int]:
    """Describe what a baseline's entries came from."""
    return {
        **versions(device),
        "device": device,
        "device_name": device_name(device),
        "engine": engine,
        "seed": seed,
    }


def of_run(options: Options, baseline: str | None) -> dict[str, Any]:
    """Describe a run as it begins.

    Parameters
    ----------
    options
        What was asked for.
    baseline
        Name of the file that it is compared with; None if with none.
    """
    commit, dirty = git_state(options.root)
    return {
        "profile": options.profile,
        **of_baseline(options.engine, options.device, options.seed),
        "threads": torch.get_num_threads(),
        "cores": available_threads(),
        "system": system(),
        "git_commit": commit,
        "git_dirty": dirty,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "baseline": baseline,
        "reuse": options.reuse,
        "implementation": str(options.implementation) if options.implementation else None,
    }
