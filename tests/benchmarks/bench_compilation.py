"""Measure how long the fused engine compiles, with an empty and with a full cache on disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.benchmarks.run import Bench
from tests.helpers.paths import ROOT

FIRST_STEP: Final = """
from tests.benchmarks import timing, workloads
from tms.training import train
experiment = workloads.WORKLOADS[0].experiment(1)
print(timing.seconds(lambda: train(experiment, engine="fused", device="cpu")))
"""


def test_compilation(tmp_path: Path, bench: Bench) -> None:
    if "cpu" not in bench.devices:
        pytest.skip("--device excludes the CPU")
    report = bench.report("cpu")
    for state in ("an empty cache", "a full cache"):
        report.compilation[state] = first_step(cache=tmp_path)
    assert any(tmp_path.iterdir()), "nothing was cached"


def first_step(cache: Path) -> float:
    """Return the seconds of the fused engine's first step in a new process."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(ROOT)}
    process = subprocess.run(
        [sys.executable, "-c", FIRST_STEP], env=environment, capture_output=True, text=True, check=True
    )
    return float(process.stdout)
