"""Run every check that needs a GPU, in under ten minutes: `python tests/gpu/check_gpu.py OUTPUT`.

It needs the project's dependencies; pytest-xdist makes it faster. Each step has its own time limit, and the
others run even if one fails or is interrupted. Steps for which no time is left count as failed; run them in
another call by their names: `check_gpu.py OUTPUT peers plans`. `check_gpu.py --list` lists them, the most
important first. The folder OUTPUT receives the output and the results of the steps, and copies of the files
in baselines/ that they rewrote.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

ROOT: Final = Path(__file__).resolve().parents[2]
SECONDS: Final = 570.0
SECONDS_TO_STORE: Final = 30.0
"""Seconds for an interrupted step to store its measurements."""
WORKERS: Final = 8


@dataclass(frozen=True)
class Step:
    """A command with a time limit.

    Parameters
    ----------
    name
        Name of the step, and of the file that receives its output.
    command
        Arguments to Python.
    seconds
        Time limit in seconds, after which the step is interrupted.
    """

    name: str
    command: tuple[str, ...]
    seconds: float


def steps(output: Path) -> Iterator[Step]:
    """List the steps; those come first whose failure would put the others in doubt."""
    pytest = ("-m", "pytest", "-q")
    at_once = ("-n", str(WORKERS)) if importlib.util.find_spec("xdist") else ()
    engines = "tests/tms/engines"
    kernels = (f"{engines}/test_fused_cuda.py", f"{engines}/cuda", f"{engines}/test_captured.py")
    yield Step("kernels", (*pytest, *at_once, "tests/tms/test_devices.py", *kernels), 120)
    yield Step("steps", ("tests/gpu/time_steps.py", str(output / "steps.json")), 90)
    claims = (*pytest, "claims", "--device", "cuda", "--profile")
    for profile, seconds in (("smoke", 60.0), ("quick", 120.0)):
        stored = ("--update-baselines", "--output", str(output / f"baselines-{profile}"))
        yield Step(f"baselines-{profile}", (*claims, profile, *stored), seconds)
    # The same seed again, which must give the baseline's numbers.
    yield Step("claims-smoke", (*claims, "smoke", "--output", str(output / "smoke")), 60)
    # By captured steps: this model would agree with the fused engine, which would train it otherwise.
    other = ("--model", "tests/examples/notebook.py:factory", "--engine", "reference")
    yield Step("model-quick", (*claims, "quick", *other, "--output", str(output / "model-quick")), 120)
    bench = (*pytest, "tests/benchmarks/bench_throughput.py", "--confcutdir=tests/benchmarks")
    options = ("-o", "python_files=bench_*.py", "--benchmark-quiet", "--device", "cuda", "--update-baselines")
    yield Step("throughput", (*bench, *options, "-k", "fused"), 110)
    stored = ("--update-baselines", "--output", str(output / "baselines-paper"))
    yield Step("baselines-paper", (*claims, "paper", *stored), SECONDS)
    yield Step("claims-quick", (*claims, "quick", "--output", str(output / "quick")), 150)
    yield Step("peers", (*bench, *options, "-k", "compiled_scan"), SECONDS)
    yield Step("plans", ("tests/gpu/time_plans.py", str(output / "plans.json")), SECONDS)


def run(step: Step, seconds: float, output: Path) -> str:
    """Run a step, and return a short description of its end."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    log = output / f"{step.name}.txt"
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            [sys.executable, *step.command],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            preexec_fn=_interruptible,
        )
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(SECONDS_TO_STORE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                return f"killed after {seconds:.0f} s"
            return f"interrupted after {seconds:.0f} s"
    return "passed" if code == 0 else f"FAILED (exit code {code})"


def _interruptible() -> None:
    """Restore SIGINT, which a shell lets its background commands and their children ignore."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def main(output: Path, names: Sequence[str] = ()) -> int:
    """Run the steps.

    Parameters
    ----------
    output
        Folder for output and results.
    names
        Names of the steps to run; by default all.

    Returns
    -------
    int
        0 if all steps passed, 1 if one did not, 2 if a name is unknown or there is no CUDA device.
    """
    known = {step.name: step for step in steps(output.resolve())}
    if unknown := [name for name in names if name not in known]:
        print(f"{unknown[0]!r} is not a step; the steps are {', '.join(known)}.", file=sys.stderr)
        return 2
    if not torch.cuda.is_available():
        print("torch finds no CUDA device; there is nothing to check.", file=sys.stderr)
        return 2
    output = output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    print(f"device: {torch.cuda.get_device_name()}, torch {torch.__version__}", flush=True)
    begun, ends = time.monotonic(), {}
    for step in map(known.__getitem__, names or known):
        left = SECONDS - (time.monotonic() - begun) - SECONDS_TO_STORE
        if left <= 0:
            ends[step.name] = "not run: no time was left"
            continue
        start = time.monotonic()
        end = run(step, min(step.seconds, left), output)
        ends[step.name] = f"{end}, {time.monotonic() - start:.0f} s"
        print(f"---- {step.name}: {ends[step.name]}", flush=True)
        log = (output / f"{step.name}.txt").read_text(encoding="utf-8", errors="replace")
        print("\n".join(log.splitlines()[-25:]), flush=True)
    for path in (ROOT / "baselines").glob("*cuda*.json"):
        shutil.copy(path, output)
    print("\n".join(["", "summary:", *(f"  {name}: {end}" for name, end in ends.items())]))
    return int(any(not end.startswith("passed") for end in ends.values()))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python tests/gpu/check_gpu.py OUTPUT [STEP ...], or --list")
    if sys.argv[1] == "--list":
        for each in steps(Path("OUTPUT")):
            print(f"{each.name}, up to {each.seconds:.0f} s: python {' '.join(each.command)}")
        sys.exit(0)
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
