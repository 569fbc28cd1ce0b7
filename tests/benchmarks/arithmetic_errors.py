"""Errors of float32 and of its substitutes on tensor cores: `python -m tests.benchmarks.arithmetic_errors`.

Each form of matrix products computes one training step of models of the workloads "uniform" and "absolute",
at initial and at trained weights. Outputs and gradients of weights are compared with those in float64. The
forms are emulated; where torch finds a CUDA device, the kernels are measured, too. The results are stored in
baselines/arithmetic.json, from which `nox -s docs -- --write` generates a page.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from claims.harness.records import arithmetic_file
from claims.harness.records.arithmetic_file import FormError
from claims.harness.records.environment import device_name
from tests.benchmarks.arithmetic import FLOAT32, FORMS, Task, cut_off, rounded, step
from tests.benchmarks.workloads import LARGE_BATCH, WORKLOADS, Workload
from tms.engines import fused_cpu, reference
from tms.engines.cuda.forms import TENSOR_CORES
from tms.engines.cuda.layout import views
from tms.engines.cuda.plan import Plan, plan_of
from tms.engines.cuda.stack import Stack
from tms.engines.result import initial_weights
from tms.experiment import Experiment
from tms.features import sample

Weights = dict[str, Tensor]
"""Weights by name, shape (instance, ...)."""

ROOT: Final = Path(__file__).resolve().parents[2]
POINTS: Final = {"uniform": (0, 24, 49), "absolute": (0, 2, 4)}
"""Points of each workload's sweep that are measured, from dense to sparse; the largest error counts."""
TRAINING_STEPS: Final = 1000


def models(workload: Workload) -> tuple[Experiment, list[Weights]]:
    """Return the measured models of a workload: their experiment, initial weights, and trained weights."""
    experiment = workload.experiment(TRAINING_STEPS).at(POINTS[workload.name])
    experiment = replace(experiment, learning_rate=0.01)
    trained = fused_cpu.run(experiment, lambda _steps: None).parameters
    return experiment, [initial_weights(experiment), trained]


def inputs(experiment: Experiment) -> Tensor:
    """Draw the first batch of every instance, as all engines do."""
    own = experiment.instances
    return sample(experiment.features, own.density, own.keys, 0, experiment.batch_size)


def tasks(experiment: Experiment, weights: Weights) -> Iterator[Task]:
    """List the steps to compute, one for each instance."""
    importance = torch.from_numpy(experiment.instances.importance).float().double()
    for k, x in enumerate(inputs(experiment).double()):
        own = {name: values[k].double() for name, values in weights.items()}
        yield Task(
            x=x,
            target=x.abs() if experiment.target == "absolute" else x,
            W=own["W"],
            W_out=own.get("W_out", own["W"]),
            b=own["b"],
            importance=importance[k],
            has_hidden_relu=experiment.has_hidden_relu,
        )


def emulated(workload: Workload, experiment: Experiment, weights: list[Weights]) -> Iterator[FormError]:
    """Emulate all forms; one row for each form and way to narrow sums."""
    exact = [[(task, step(task, None)) for task in tasks(experiment, own)] for own in weights]
    for form in FORMS:
        for sums, narrow in (("rounded", rounded), ("cut off", cut_off)):
            if form is FLOAT32 and narrow is cut_off:
                continue
            outputs, gradients = 0.0, []
            for at_weights in exact:
                gradients.append(0.0)
                for task, right in at_weights:
                    computed = step(task, form, narrow)
                    outputs = max(outputs, relative(computed.out, right.out))
                    gradients[-1] = max(gradients[-1], relative(computed.gradient, right.gradient))
            yield FormError(form.name, workload.name, sums, None, outputs, *gradients)


def relative(computed: Tensor, exact: Tensor) -> float:
    """Return the norm of an error over the norm of the exact numbers."""
    return float((computed.double() - exact).norm() / exact.norm())


def gradient_error(experiment: Experiment, plan: Plan, device: str, weights: Weights | None = None) -> float:
    """Return the largest relative error of an instance's first gradients of weights in the CUDA kernels.

    Parameters
    ----------
    experiment
        The experiment.
    plan
        The plan of the kernels.
    device
        "cuda", or "cpu" for Triton's interpreter.
    weights
        Weights at which the gradient is taken, by name; by default the initial ones.
    """
    stack = Stack(experiment, plan, device, weights)
    stack.train(0, 1)
    stack.wait()
    computed = views(stack._grads.sum(1).cpu(), stack._layout)
    model = reference.build(experiment).double()
    if weights is not None:
        model.load_state_dict({name: weights[name].double() for name, _ in model.named_parameters()})
    importance = torch.from_numpy(experiment.instances.importance)
    reference.losses(model, experiment, inputs(experiment).double(), importance).sum().backward()
    pairs = [(computed[name], p.grad) for name, p in model.named_parameters() if name in ("W", "W_out")]
    ours = torch.cat([mine.double().flatten(1) for mine, _ in pairs], dim=1)
    exact = torch.cat([right.flatten(1) for _, right in pairs if right is not None], dim=1)
    return float(((ours - exact).norm(dim=1) / exact.norm(dim=1)).max())


def measured(workload: Workload, experiment: Experiment, weights: list[Weights]) -> Iterator[FormError]:
    """Measure the kernels on the CUDA device of this machine."""
    plan = plan_of(experiment, ())
    plans = {
        "float32 on FMA units": plan,
        "TF32": replace(plan, precision="tf32"),
        "TF32 x 3": replace(plan, precision="tf32x3"),
        "bf16 x 3": replace(plan, precision="bf16x3"),
        "bf16 x 6, split in each product": replace(plan, precision="bf16x6"),
        "bf16 x 6": plan_of(experiment, (TENSOR_CORES,)),
    }
    for name, form in plans.items():
        try:
            gradients = [gradient_error(experiment, form, "cuda", own) for own in weights]
        except Exception as problem:  # a version of Triton may lack a precision
            print(f"{name} cannot be measured: {type(problem).__name__}: {problem}"[:200])
            continue
        yield FormError(name, workload.name, "measured", device_name("cuda"), None, *gradients)


def main(arguments: list[str] | None = None) -> None:
    """Measure everything that this machine can measure, print it and store it."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--file", type=Path, default=arithmetic_file.path_of(ROOT), help="the file to write")
    path = parser.parse_args(arguments).file
    errors: list[FormError] = []
    for workload in WORKLOADS:
        if workload.name not in POINTS or workload.batch_size != LARGE_BATCH:
            continue
        experiment, weights = models(workload)
        errors += emulated(workload, experiment, weights)
        if torch.cuda.is_available():
            errors += measured(workload, experiment, weights)
    for error in errors:
        print(*error)
    arithmetic_file.write(path, errors)
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
