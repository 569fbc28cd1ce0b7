"""The script for machines with a GPU runs every step, whether or not earlier ones fail."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.gpu import check_gpu
from tests.gpu.check_gpu import ROOT, Step, steps


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("pass", "passed"),
        ("raise SystemExit(3)", "FAILED (exit code 3)"),
        ("import time; time.sleep(60)", "interrupted after 1 s"),
    ],
)
def test_the_end_of_a_step_is_described(tmp_path: Path, code: str, end: str) -> None:
    assert check_gpu.run(Step("one", ("-c", code), 1), 30 if "sleep" not in code else 1, tmp_path) == end


def test_a_step_can_be_interrupted_although_the_shell_ignores_interrupts(tmp_path: Path) -> None:
    earlier = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        step = Step("one", ("-c", "import time; time.sleep(60)"), 1)
        assert check_gpu.run(step, 1, tmp_path) == "interrupted after 1 s"
    finally:
        signal.signal(signal.SIGINT, earlier)


def test_all_steps_run_and_are_summarised_although_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = [Step("first", ("-c", "raise SystemExit(1)"), 30), Step("second", ("-c", "print('here')"), 30)]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a GPU")
    monkeypatch.setattr(check_gpu, "steps", lambda _output: chosen)
    assert check_gpu.main(tmp_path / "out") == 1
    printed = capsys.readouterr().out
    assert check_gpu.main(tmp_path / "again", ["second"]) == 0
    assert not (tmp_path / "again" / "first.txt").exists()
    assert check_gpu.main(tmp_path / "none", ["third"]) == 2
    assert capsys.readouterr().err == "'third' is not a step; the steps are first, second.\n"
    assert not (tmp_path / "none").exists()
    assert "first: FAILED (exit code 1)" in printed
    assert "second: passed" in printed
    assert "here" in (tmp_path / "out" / "second.txt").read_text()


def test_without_a_device_there_is_nothing_to_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert check_gpu.main(tmp_path / "out") == 2
    assert not (tmp_path / "out").exists()


def test_every_file_that_a_step_names_exists(tmp_path: Path) -> None:
    named = [part for step in steps(tmp_path) for part in step.command if part.startswith("tests/")]
    assert len(named) >= 6
    for name in named:
        assert (ROOT / name.partition(":")[0]).exists(), name


def test_steps_can_be_listed_without_a_gpu() -> None:
    command = [sys.executable, "tests/gpu/check_gpu.py", "--list"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.partition(",")[0] for line in listed] == [step.name for step in steps(ROOT)]
    assert listed[0].startswith("kernels, up to 120 s: python -m pytest")
