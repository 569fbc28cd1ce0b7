"""Real runs of several seeds side by side: the same lines as one after another, and an interrupt."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from claims.harness.command_line import INTERRUPTED
from claims.harness.suite import claims_command

FLAKES = [*claims_command()[:-1], "flakes", "--profile=smoke", "--device=cpu", "--claims=CORR-8"]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def comparable(path: Path) -> list[dict[str, Any]]:
    found = sorted(lines(path), key=lambda line: int(line["seed"]))
    return [{name: value for name, value in line.items() if name != "seconds"} for line in found]


def test_runs_side_by_side_give_the_lines_of_runs_one_after_another(tmp_path: Path) -> None:
    for workers in ("1", "2"):
        command = [*FLAKES, "--runs=2", f"--workers={workers}", f"--file={workers}.jsonl"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    one, two = (comparable(tmp_path / f"{workers}.jsonl") for workers in ("1", "2"))
    assert [line["seed"] for line in one] == [1, 2]
    assert one[0]["claims"] != one[1]["claims"]
    assert two == one


def processes_of(session: int) -> list[int]:
    """Processes of a session; the fields of stat after the name are state, parent, group and session."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, of, *_ = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(of) == session and state != "Z":
            found.append(int(stat.parent.name))
    return found


def heed_interrupts() -> None:
    """Restore SIGINT, which a shell lets its background commands and their children ignore."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are listed as Linux does")
@pytest.mark.parametrize("to_all", [True, False], ids=["Ctrl-C", "SIGINT to one process"])
def test_interrupt_keeps_the_runs_that_have_ended_and_leaves_no_process(tmp_path: Path, to_all: bool) -> None:
    command = [*FLAKES, "--runs=40", "--workers=2", "--file=f.jsonl"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=heed_interrupts,
    ) as process:
        until = time.monotonic() + 240
        while not lines(tmp_path / "f.jsonl"):
            assert time.monotonic() < until
            assert process.poll() is None
            time.sleep(0.05)
        (os.killpg if to_all else os.kill)(process.pid, signal.SIGINT)
        printed, _ = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED
    assert "Interrupted. Finished runs are kept; the same command continues." in printed
    assert "Traceback" not in printed
    assert 1 <= len(lines(tmp_path / "f.jsonl")) < 10
    until = time.monotonic() + 30
    while processes_of(process.pid):
        assert time.monotonic() < until
        time.sleep(0.05)
