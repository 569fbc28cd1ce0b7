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

from tms import processors
from tms.engines import fused_cuda
from tms.engines.cuda import forms

_PACKAGES: Final = ("torch", "numpy", "scipy", "numba")
_CPU_INFO: Final = Path("/proc/cpuinfo")


def versions(device: str) -> dict[str, str]:
    """Return the versions of the software that results on a kind of device depend on.

    They are those of Python and of the packages, and the forms of the CUDA kernels that are used, if any.
    """
    compiles = device == "cuda" and not fused_cuda.lacking()
    of_device = ("triton",) if compiles else ()
    used = {"cuda_forms": ", ".join(forms.chosen())} if compiles and forms.chosen() else {}
    return {
        "python": platform.python_version(),
        **{package: importlib.metadata.version(package) for package in (*_PACKAGES, *of_device)},
        **used,
    }


def device_name(device: str) -> str:
    """Return the name of the graphics card or the processor."""
    if device == "cuda":
        return torch.cuda.get_device_name()
    if _CPU_INFO.is_file():
        for line in _CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def system() -> str:
    """Return the operating system, its release and the architecture."""
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
        Whether there are uncommitted changes, or Git cannot say.
    """
    commit, _ = _git(root, "rev-parse", "HEAD")
    if commit is None:
        return None, False
    status, _ = _git(root, "status", "--porcelain", "--untracked-files=no")
    return commit, status != ""


def git_refusal(root: Path) -> str | None:
    """Find out why Git does not name the commit of a repository, such as another owner of the folder.

    Parameters
    ----------
    root
        Folder of the project.

    Returns
    -------
    str or None
        The first line of what Git says; None if it names the commit, or if there is no repository.
    """
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return None
    _, refusal = _git(root, "rev-parse", "--git-dir")
    return refusal


def _git(root: Path, *arguments: str) -> tuple[str | None, str | None]:
    """Return what Git prints, or else the first line of its refusal."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return None, f"git cannot be run ({type(error).__name__})"
    if done.returncode:
        return None, next(iter(done.stderr.strip().splitlines()), f"git ended with {done.returncode}")
    return done.stdout.strip(), None


def of_baseline(engine: str, device: str, seed: int) -> Mapping[str, str | int]:
    """Describe the environment of a baseline's entries.

    Parameters
    ----------
    engine, device
        The engine and the kind of device that train.
    seed
        The seed of the run.
    """
    return {
        **versions(device),
        "device": device,
        "device_name": device_name(device),
        "engine": engine,
        "seed": seed,
    }


def of_run(
    root: Path,
    *,
    profile: str,
    engine: str,
    device: str,
    seed: int,
    baseline: str | None,
    reuse: bool,
    implementation: str | None,
) -> dict[str, Any]:
    """Describe the environment of a run as it begins.

    Parameters
    ----------
    root
        Folder of the project.
    profile
        Scale of the experiments.
    engine, device, seed
        As for `of_baseline`.
    baseline
        Name of the file that the run is compared with; None if it is compared with none.
    reuse
        Whether models of an earlier run can be reused.
    implementation
        Description of another implementation that is judged; None for this package's own.

    Returns
    -------
    dict
        The member "environment" of a results.json, without the seconds of the run.
    """
    commit, dirty = git_state(root)
    return {
        "profile": profile,
        **of_baseline(engine, device, seed),
        "threads": torch.get_num_threads(),
        "cores": processors.available(),
        "system": system(),
        "git_commit": commit,
        "git_dirty": dirty,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "baseline": baseline,
        "reuse": reuse,
        "implementation": implementation,
    }
