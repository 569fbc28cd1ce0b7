"""Which plan of the fused CUDA engine is fastest, and what reduced precision costs: `gpu_plans.py OUTPUT`.

For every workload, steps per second under the engine's own plan and under others that differ from it in one
choice; for the products of large models, the relative error of one gradient against float64 as well. The
constants of `tms.engines.cuda.plan` are to be set by these numbers.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import torch
from benchmarks.workloads import WORKLOADS

from tms.engines import reference
from tms.engines.cuda.plan import PRECISIONS, Plan, plan_of
from tms.engines.fused_cuda import Stack, views
from tms.experiment import Experiment
from tms.features import sample

STEPS: Final = 256
ROUNDS: Final = 3


def alternatives(plan: Plan) -> Iterator[Plan]:
    """The plan itself, then its neighbours."""
    yield plan
    for factor in (0.5, 2):
        if 1 <= plan.warps * factor <= 8:
            yield replace(plan, warps=int(plan.warps * factor))
        if (rows := int(plan.rows * factor)) >= (16 if plan.dot else 1):
            yield replace(plan, rows=rows)
        if (tile := int(plan.tile * factor)) >= 32:
            yield replace(plan, tile=tile)
    yield replace(plan, shared=not plan.shared)
    if plan.dot:
        yield from (replace(plan, precision=name) for name in PRECISIONS[1:])
    else:
        yield replace(plan, kept=not plan.kept)


def steps_per_second(experiment: Experiment, plan: Plan) -> float:
    """Speed of the best of a few rounds, after one that compiles."""
    stack = Stack(experiment, plan, "cuda")
    best, each = 0.0, STEPS // (ROUNDS + 1)
    for start in range(0, STEPS, each):
        begun = time.perf_counter()
        stack.train(start, start + each)
        stack.wait()
        if start:
            best = max(best, each / (time.perf_counter() - begun))
    return best


def error(experiment: Experiment, plan: Plan) -> float:
    """Relative error of the first gradient of the embedding, against autograd in float64."""
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
    """Measure all workloads, writing down each as it is done."""
    rows: list[dict[str, Any]] = []
    experiments = [(str(workload), workload.experiment(STEPS)) for workload in WORKLOADS]
    # Large models first: they have most to gain, should the time not be enough for all.
    for workload, experiment in sorted(experiments, key=lambda pair: not plan_of(pair[1]).dot):
        own = plan_of(experiment)
        for plan in alternatives(own):
            row: dict[str, Any] = {"workload": workload, "plan": repr(plan), "own": plan == own}
            try:
                row["steps_per_second"] = round(steps_per_second(experiment, plan), 1)
                if own.dot and (plan == own or plan.precision != own.precision):
                    row["gradient_error"] = error(experiment.at([0]), plan)
            except Exception as problem:  # a neighbour may need more than a multiprocessor has
                row["problem"] = f"{type(problem).__name__}: {problem}"[:200]
            rows.append(row)
            print(row, flush=True)
            output.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
