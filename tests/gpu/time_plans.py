"""Time alternative plans of the fused CUDA engine: `python tests/gpu/time_plans.py OUTPUT`.

For every workload, measure the steps per second of the notebook loop, of the engine's own plan, and of plans
that differ from it in one choice. For large models, measure the relative error of one gradient against
float64, too, because some plans compute matrix products in reduced precision. These numbers justify the
constants of `tms.engines.cuda.plan`. OUTPUT is a JSON file.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import torch

from tests.benchmarks.peers.notebook import notebook_loop
from tests.benchmarks.timing import seconds
from tests.benchmarks.workloads import WORKLOADS, Workload
from tms.engines import reference
from tms.engines.cuda.layout import views
from tms.engines.cuda.plan import PRECISIONS, Plan, plan_of
from tms.engines.cuda.stack import GRAPH_STEPS, Stack
from tms.experiment import Experiment
from tms.features import sample

STEPS: Final = 2**15
ROUND_SECONDS: Final = 0.03
ROUNDS: Final = 4
LOOP_STEPS: Final = 200
MOST_WARPS: Final = 16


def alternatives(plan: Plan) -> Iterator[Plan]:
    """List a plan and its neighbours, which differ from it in one choice."""
    yield plan
    for factor in (0.25, 0.5, 2, 4):
        if 1 <= plan.warps * factor <= MOST_WARPS:
            yield replace(plan, warps=int(plan.warps * factor))
    for factor in (0.5, 2):
        if (rows := int(plan.rows * factor)) >= (16 if plan.dot else 1):
            yield replace(plan, rows=rows)
        if (tile := int(plan.tile * factor)) >= (16 if plan.dot else 32):
            yield replace(plan, tile=tile)
    yield replace(plan, shared=not plan.shared)
    yield replace(plan, stages=4 - plan.stages)
    if plan.dot:
        yield from (replace(plan, precision=name) for name in PRECISIONS[1:])
    else:
        yield replace(plan, kept=not plan.kept)


def compiled(workload: Workload, plan: Plan) -> tuple[float, str | None]:
    """Compile a plan's kernels into Triton's cache; return the seconds, and an error message or None."""
    begun = time.perf_counter()
    try:
        stack = Stack(workload.experiment(1), plan, "cuda")
        stack.train(0, 1)
        stack.wait()
    except Exception as problem:  # a neighbour may need more than a multiprocessor has
        return 0.0, f"{type(problem).__name__}: {problem}"[:200]
    return time.perf_counter() - begun, None


def steps_per_second(experiment: Experiment, plan: Plan) -> float:
    """Return the speed of the best of a few rounds, after one that compiles."""
    stack = Stack(experiment, plan, "cuda")
    stack.train(0, 2 * GRAPH_STEPS)
    stack.wait()
    steps, best = GRAPH_STEPS, 0.0
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        stack.train(0, steps)
        stack.wait()
        taken = time.perf_counter() - begun
        best = max(best, steps / taken)
        if taken < ROUND_SECONDS:
            steps = min(STEPS, 4 * steps)
    return best


def loop_steps_per_second(experiment: Experiment) -> float:
    """Return the speed of the notebook loop."""
    trainer = notebook_loop(experiment, "cuda")
    trainer(20)()
    return LOOP_STEPS / seconds(trainer(LOOP_STEPS))


def error(experiment: Experiment, plan: Plan) -> float:
    """Return the relative error of the first gradient of W, against autograd in float64."""
    own = experiment.instances
    stack = Stack(experiment, plan, "cuda")
    stack.train(0, 1)
    computed = views(stack._grads.sum(1).cpu(), stack._layout)["W"].double()
    model = reference.build(experiment).double()
    x = sample(experiment.features, own.density, own.keys, 0, experiment.batch_size, dtype=torch.float64)
    reference.losses(model, experiment, x, torch.from_numpy(own.importance)).sum().backward()
    exact = model.get_parameter("W").grad
    assert exact is not None
    return float((computed - exact).norm() / exact.norm())


def main(output: Path) -> None:
    """Measure all workloads; write the results after each one."""
    rows: list[dict[str, Any]] = []
    # Large models come first: they gain most, and the time may not suffice for all.
    workloads = sorted(WORKLOADS, key=lambda workload: not plan_of(workload.experiment(1)).dot)
    jobs = [(each, plan) for each in workloads for plan in alternatives(plan_of(each.experiment(1)))]
    processes = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(len(os.sched_getaffinity(0)), 12), processes) as pool:
        outcomes = list(pool.map(compiled, *zip(*jobs, strict=True)))
    print(f"compiled {len(jobs)} plans", flush=True)
    loops: dict[str, float] = {}
    for (workload, plan), (compilation, problem) in zip(jobs, outcomes, strict=True):
        experiment, name = workload.experiment(STEPS), str(workload)
        if name not in loops:
            loops[name] = loop_steps_per_second(experiment)
        own = plan == plan_of(experiment)
        row: dict[str, Any] = {"workload": name, "plan": repr(plan), "own": own}
        row["compiled"] = round(compilation, 1)
        if problem is None:
            row["steps_per_second"] = round(steps_per_second(experiment, plan), 1)
            row["ratio"] = round(row["steps_per_second"] / loops[name], 1)
            if plan.dot and (own or plan.precision != "ieee"):
                row["gradient_error"] = error(experiment.at([0]), plan)
        else:
            row["problem"] = problem
        rows.append(row)
        print(*row.values(), flush=True)
        output.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
