"""What the fused engine's compilation costs once, and what its cache on disk leaves of that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.benchmarks.run import Bench

FIRST_STEP: Final = """
from tests.benchmarks import timing, workloads
from tms.training import train
experiment = workloads.WORKLOADS[0].experiment(1)
print(timing.seconds(lambda: train(experiment, engine="fused", device="cpu")))
"""


def test_compilation(tmp_path: Path, bench: Bench) -> None:
    if "cpu" not in bench.devices:
        pytest.skip("the CPU is not asked for")
    report = bench.report("cpu")
    for state in ("an empty cache", "a full cache"):
        report.compilation[state] = first_step(cache=tmp_path)
    assert any(tmp_path.iterdir()), "nothing was cached"


def first_step(cache: Path) -> float:
    """Seconds of the fused engine's first step in a process of its own."""
    root = Path(__file__).parents[2]
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_STEP], env=environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout)
