"""train(experiment) -> Trained: choose an engine, train every instance, keep the best trials."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final

import torch

from tms.arguments import shown
from tms.engines import automatic, external, fused_cpu, fused_cuda, reference
from tms.engines.cuda import forms
from tms.engines.split import SplitEngine
from tms.experiment import Experiment
from tms.protocol import ModelFactory, Trainer
from tms.training._trained import Trained

ENGINES: Final = ("auto", "reference", "fused")
DEVICES: Final = ("auto", "cpu", "cuda")

ProgressReport = Callable[[str, int, int], None]
"""Called with an experiment's name, the instance-steps done so far, and the instance-steps in total."""


def resolve(engine: str, device: str) -> tuple[str, str]:
    """Choose the engine and the kind of device where a request says "auto".

    Parameters
    ----------
    engine
        One of `ENGINES`; "auto" is the fused engine if it can run on the device, else the reference engine.
    device
        One of `DEVICES`; "auto" is CUDA if torch finds a CUDA device, else the CPU.

    Returns
    -------
    engine, device
        "reference" or "fused"; "cpu" or "cuda".

    Raises
    ------
    ValueError
        If a name is unknown, the device is absent, the engine cannot run on it, or the forms of its kernels
        are not named as `tms.engines.cuda.forms` asks.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine {engine!r} is unknown; it must be one of {', '.join(ENGINES)}.")
    if device not in DEVICES:
        raise ValueError(f"device {device!r} is unknown; it must be one of {', '.join(DEVICES)}.")
    has_cuda = torch.cuda.is_available()
    if device == "cuda" and not has_cuda:
        raise ValueError("device 'cuda' is not there: torch finds no CUDA device; use --device cpu or auto.")
    chosen = ("cuda" if has_cuda else "cpu") if device == "auto" else device
    if chosen == "cuda":
        forms.chosen()
    missing = fused_cuda.lacking() if chosen == "cuda" else fused_cpu.lacking()
    if engine == "fused" and missing:
        raise ValueError(
            f"engine 'fused' cannot run on {chosen.upper()} here: {missing}; use --engine reference."
        )
    return ("reference" if missing else "fused") if engine == "auto" else engine, chosen


def train(
    experiment: Experiment,
    *,
    engine: str = "auto",
    device: str = "auto",
    model: ModelFactory | None = None,
    trainer: Trainer | None = None,
    progress: ProgressReport | None = None,
    on_difference: Callable[[str], None] | None = None,
    executor: Executor | None = None,
) -> Trained:
    """Train every instance of an experiment and keep the best trials.

    Parameters
    ----------
    experiment
        The experiment to train.
    engine, device
        As in `resolve`; a `trainer` needs no engine. With "auto" the fused engine trains only if it computes
        what the model does; otherwise the reference engine does, and `Trained.difference` says why.
    model, trainer
        Another implementation's model factory or training function (`tms.protocol`); at most one of them.
    progress
        Called with the instance-steps done so far, from the calling thread.
    on_difference
        Called with `Trained.difference`, if there is one, as soon as it is known.
    executor
        Trains groups of instances as jobs, in other processes or on other machines, with the same result to
        the last bit. Only fused engines do: what the reference engine or a `trainer` trains is trained here.
        The workers need this package at the same version, and the kind of device.

    Returns
    -------
    Trained
        The trained sweep; its tensors have the axes (point, seed, ...).

    Raises
    ------
    TypeError
        If `experiment` is not an `Experiment`.
    ValueError
        If both `model` and `trainer` are given, or `resolve` refuses the engine or the device.
    tms.protocol.Unsupported
        If another implementation lacks something that the experiment needs.
    tms.protocol.BrokenImplementation
        If another implementation raises an error or breaks the protocol.
    """
    if not isinstance(experiment, Experiment):
        raise TypeError(f"experiment = {shown(experiment)}; it must be a tms.experiment.Experiment.")
    if model and trainer:
        raise ValueError("model and trainer are both given; at most one of them can be.")
    requested = "reference" if trainer else engine
    resolved, device = resolve(requested, device)
    counts_evaluation = resolved == "reference" and not trainer
    done = 0

    def advance(steps: int) -> None:
        nonlocal done
        done += steps
        if progress:
            each = reference.total_steps(experiment) if counts_evaluation else experiment.steps
            progress(experiment.name, done, experiment.n_instances * each)

    def differs(difference: str) -> None:
        nonlocal counts_evaluation
        counts_evaluation = requested == "auto"
        if on_difference:
            on_difference(difference)

    start = time.perf_counter()
    if trainer:
        result = external.run_trainer(experiment, device, advance, trainer)
        trained = automatic.TrainedModule(result, "own", None)
    else:
        chosen = resolved if requested == "auto" and resolved == "reference" else requested
        engine_of_device = SplitEngine(device, device, executor) if executor else None
        trained = automatic.run(experiment, chosen, device, advance, model, differs, engine_of_device)
    seconds = time.perf_counter() - start
    return Trained.from_result(
        experiment, trained.result, trained.engine, device, seconds, difference=trained.difference
    )
