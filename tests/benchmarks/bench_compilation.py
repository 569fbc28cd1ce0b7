"""What the fused engine's compilation costs once, and what its cache on disk leaves of that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.throughput import Report

FIRST_STEP: Final = """
from benchmarks import stacks, timing, workloads
fused = next(stack for stack in stacks.available() if stack.name == "fused")
print(timing.seconds(fused, workloads.WORKLOADS[0], steps=1))
"""


def test_compilation(tmp_path: Path, report: Report) -> None:
    for state in ("an empty cache", "a full cache"):
        report.compilation[state] = first_step(cache=tmp_path)
    assert any(tmp_path.iterdir()), "nothing was cached"


def first_step(cache: Path) -> float:
    """Seconds of the fused engine's first step in a process of its own."""
    tests, root = Path(__file__).parents[1], Path(__file__).parents[2]
    python_path = os.pathsep.join(map(str, (root, tests)))
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": python_path}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_STEP], env=environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout)
