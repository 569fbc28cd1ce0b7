"""Everything that only a GPU can show, in one call of a few minutes: `python tests/check_gpu.py OUTPUT`.

Run it with the project's dependencies installed; nothing is needed beside them. It checks the reference
engine on the device against the CPU, runs the claims on the device, and writes to OUTPUT: the claims'
results, and baselines/ as it would have to be committed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent


def main(output: Path) -> int:
    """Run the checks; return 0 only if the device agrees with the CPU and no claim failed."""
    if not torch.cuda.is_available():
        print("torch finds no CUDA device; there is nothing to check.", file=sys.stderr)
        return 2
    output.mkdir(parents=True, exist_ok=True)
    print(f"device: {torch.cuda.get_device_name()}, torch {torch.__version__}", flush=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    steps = [
        ["tests/test_devices.py", "-q"],
        ["claims", "--profile", "quick", "--device", "cuda", "--output", str(output / "compared")],
        ["claims", "--profile", "quick", "--device", "cuda", "--update-baselines", "--output", str(output)],
    ]
    command = [sys.executable, "-m", "pytest"]
    codes = [subprocess.run([*command, *s], cwd=ROOT, env=environment, check=False).returncode for s in steps]
    for path in (ROOT / "baselines").glob("cuda-*.json"):
        shutil.copy(path, output)
    print(f"exit codes: {codes}")
    return max(codes)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python tests/check_gpu.py OUTPUT")
    sys.exit(main(Path(sys.argv[1])))
