"""What a run says of the software that its results depend on."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import torch

from claims.harness.records import environment
from tms import processors
from tms.engines import fused_cuda


def test_triton_is_named_where_it_can_have_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda package: f"version of {package}")
    monkeypatch.setattr(fused_cuda, "lacking", lambda: None)
    assert environment.versions("cuda")["triton"] == "version of triton"
    assert "triton" not in environment.versions("cpu")
    monkeypatch.setattr(fused_cuda, "lacking", lambda: "Triton is not installed")
    assert "triton" not in environment.versions("cuda")


def test_forms_of_the_cuda_kernels_are_named_where_they_can_have_trained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda package: f"version of {package}")
    monkeypatch.setattr(fused_cuda, "lacking", lambda: None)
    assert "cuda_forms" not in environment.versions("cuda")
    monkeypatch.setenv("TMS_CUDA_FORMS", "tensor-cores")
    assert environment.versions("cuda")["cuda_forms"] == "tensor-cores"
    assert "cuda_forms" not in environment.versions("cpu")


def git(folder: Path, *arguments: str) -> str:
    settings = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(folder), *settings, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    git(tmp_path, "init", "--quiet")
    (tmp_path / "tracked").write_text("before")
    git(tmp_path, "add", "tracked")
    git(tmp_path, "commit", "--quiet", "--message=first")
    return tmp_path


def test_commit_is_named_and_only_a_change_of_a_tracked_file_makes_it_dirty(repository: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")
    (repository / "untracked").touch()
    assert environment.git_state(repository) == (head, False)
    (repository / "tracked").write_text("after")
    assert environment.git_state(repository) == (head, True)
    assert environment.git_refusal(repository) is None


def test_a_checkout_whose_changes_git_cannot_list_is_not_clean(repository: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")
    (repository / ".git" / "index").write_text("damaged")
    assert environment.git_state(repository) == (head, True)


def test_folder_outside_a_repository_has_no_commit_and_git_refuses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert environment.git_state(tmp_path) == (None, False)
    assert environment.git_refusal(tmp_path) is None


def test_why_git_does_not_name_a_commit_is_told_for_a_folder_inside_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: nowhere\n")
    (tmp_path / "inside").mkdir()
    refusal = environment.git_refusal(tmp_path / "inside")
    assert refusal
    assert "\n" not in refusal


def test_processor_is_named_by_its_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "cpuinfo"
    monkeypatch.setattr(environment, "_CPU_INFO", info)
    assert environment.device_name("cpu") == platform.machine()
    info.write_text("processor\t: 0\nmodel name\t: A: fast one\nmodel name\t: another\n")
    assert environment.device_name("cpu") == "A: fast one"


def test_every_fact_about_a_run_has_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "git_state", lambda _: ("c0ffee", True))
    monkeypatch.setattr(processors, "available", lambda: 5)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    run = environment.of_run(
        tmp_path, profile="quick", engine="fused", device="cpu", seed=7, baseline="b.json", reuse=True,
        implementation="model.py:factory",
    )  # fmt: skip
    told = {name: run[name] for name in ("profile", "engine", "device", "seed", "threads", "cores")}
    assert told == {
        "profile": "quick", "engine": "fused", "device": "cpu", "seed": 7, "threads": 3, "cores": 5,
    }  # fmt: skip
    assert (run["git_commit"], run["git_dirty"], run["reuse"]) == ("c0ffee", True, True)
    assert (run["baseline"], run["implementation"]) == ("b.json", "model.py:factory")
    assert datetime.fromisoformat(run["started"]).utcoffset() == timedelta(0)
