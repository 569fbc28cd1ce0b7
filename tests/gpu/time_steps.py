"""Time what is new on a GPU: captured steps of a module, and forms of the kernels, on every workload.

`python tests/gpu/time_steps.py OUTPUT` prints a line for each, and writes all of them to OUTPUT, a JSON file.
Steps that cannot be captured are a failure, and so is a form whose first gradient differs from the usual one.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from tests.benchmarks.workloads import WORKLOADS
from tests.gpu.time_plans import steps_per_second
from tms.engines import reference
from tms.engines.captured import CapturedSteps, Graph, captured_steps
from tms.engines.cuda.forms import FORMS
from tms.engines.cuda.plan import Plan, plan_of
from tms.engines.cuda.stack import Stack
from tms.engines.result import initial_weights
from tms.experiment import Experiment

EAGER_STEPS: Final = 100
CAPTURED_STEPS: Final = 1000
LIKE: Final = 1e-5
"""Allowed difference of a form's first gradient, in units of the largest entry."""


def microseconds_a_step(
    steps: CapturedSteps | reference.EagerSteps, count: int, synchronize: Callable[[], object]
) -> float:
    """Take steps, after a few that warm up; return the time of one."""
    for step in range(3):
        steps.gradient(step)
        steps.update(1e-3)
    synchronize()
    begun = time.perf_counter()
    for step in range(3, 3 + count):
        steps.gradient(step)
        steps.update(1e-3)
    synchronize()
    return 1e6 * (time.perf_counter() - begun) / count


def eager_and_captured(
    experiment: Experiment, device: str, graph: Callable[[], Graph] | None = None
) -> dict[str, Any]:
    """Time the steps of this package's module one by one, and captured in a graph.

    Parameters
    ----------
    experiment
        The experiment; it has more steps than are timed.
    device
        "cuda"; or "cpu" with graphs that need no GPU.
    graph
        As for `captured_steps`.
    """

    def synchronize() -> None:
        if device == "cuda":
            torch.cuda.synchronize()

    importance = torch.from_numpy(experiment.instances.importance).to(device, torch.float32)

    def made() -> tuple[torch.nn.Module, Callable[[Tensor], Tensor]]:
        model = reference.build(experiment).to(device)
        model.train()
        return model, lambda x: reference.losses(model, experiment, x, importance)

    eager = reference.EagerSteps(*made(), experiment, device, torch.float32)
    row: dict[str, Any] = {"eager_us": round(microseconds_a_step(eager, EAGER_STEPS, synchronize), 1)}
    begun = time.perf_counter()
    captured = captured_steps(*made(), experiment, device, graph)
    if captured is None:
        return row | {"problem": "the steps could not be captured"}
    synchronize()
    row["capture_ms"] = round(1e3 * (time.perf_counter() - begun), 1)
    row["captured_us"] = round(microseconds_a_step(captured, CAPTURED_STEPS, synchronize), 1)
    return row | {"ratio": round(row["eager_us"] / row["captured_us"], 1)}


def plans_of(experiment: Experiment) -> Iterator[tuple[str, Plan]]:
    """List the usual plan of an experiment, and those of the forms that it has."""
    usual = plan_of(experiment, ())
    yield "usual", usual
    yield from ((form, plan) for form in FORMS if (plan := plan_of(experiment, (form,))) != usual)


def first_gradient(experiment: Experiment, plan: Plan, device: str) -> dict[str, Tensor]:
    """Return the gradient of the first step, from weights with biases that are not zero."""
    random = torch.Generator().manual_seed(0)
    weights = {
        name: values + 0.1 * torch.randn(values.shape, generator=random)
        for name, values in initial_weights(experiment).items()
    }
    return Stack(experiment, plan, device, weights).first_step().gradient


def difference(experiment: Experiment, plan: Plan, usual: Plan, device: str) -> float:
    """Return how far two plans' first gradients are apart, in units of the largest entry."""
    mine, other = (first_gradient(experiment, each, device) for each in (plan, usual))
    largest = max(float(values.abs().max()) for values in other.values())
    return max(float((mine[name] - other[name]).abs().max()) for name in other) / largest


def rows(steps: int) -> Iterator[dict[str, Any]]:
    """Measure every workload; one row for its module, and one for each of its plans."""
    for workload in WORKLOADS:
        experiment = workload.experiment(steps)
        yield {"workload": str(workload), "what": "module", **eager_and_captured(experiment, "cuda")}
        usual = plan_of(experiment, ())
        for form, plan in plans_of(experiment):
            row: dict[str, Any] = {"workload": str(workload), "what": form}
            try:
                row["kernel_us"] = round(1e6 / steps_per_second(experiment, plan), 2)
                if plan != usual:
                    row["difference"] = difference(experiment, plan, usual, "cuda")
                    if not row["difference"] <= LIKE:
                        row["problem"] = "its first gradient is another one"
            except Exception as error:  # a form may need more than a multiprocessor has
                row["problem"] = f"{type(error).__name__}: {error}"[:200]
            yield row


def main(output: Path) -> int:
    """Measure all; write the results after each row; return 1 if any has a problem."""
    found: list[dict[str, Any]] = []
    for row in rows(2**15):
        found.append(row)
        print(*row.values(), flush=True)
        output.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return int(any("problem" in row for row in found))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
