"""Measure how training time grows: vary one setting of a model at a time and fit a power law."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from scipy import stats

from claims.harness.records.throughput import Curve
from tests.benchmarks.stacks import Stack
from tests.benchmarks.timing import seconds, steps_a_round
from tms.experiment import Experiment, sweep

CENTRE: Final = {"instances": 8, "n": 64, "batch": 512, "density": 0.1}
HIDDEN: Final = 16
VARIED: Final[dict[str, tuple[float, ...]]] = {
    "instances": (4, 8, 16, 32, 64, 128),
    "n": (16, 32, 64, 128, 256, 512),
    "batch": (64, 128, 256, 512, 1024, 2048, 4096),
    "density": (0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
    "steps": (1, 2, 4, 8, 16),
}
"""Values of each setting; for "steps", multiples of the number that fills a short round."""
LEVEL: Final = 0.95
"""Confidence level of an exponent's interval."""
_ROUNDS: Final = 3
_SECONDS: Final = 0.15


def curve(stack: Stack, varied: str) -> Curve:
    """Time a stack at every value of one setting, with all others at their centre.

    Parameters
    ----------
    stack
        The way to train.
    varied
        A key of `VARIED`.
    """
    values, taken = _all_steps(stack) if varied == "steps" else _one_step(stack, varied)
    exponent, interval = power(values, taken)
    return Curve(
        stack=stack.name,
        device=stack.device,
        varied=varied,
        values=values,
        seconds=taken,
        exponent=exponent,
        interval=interval,
    )


def power(values: tuple[float, ...], taken: tuple[float, ...]) -> tuple[float, tuple[float, float]]:
    """Fit a power law.

    Parameters
    ----------
    values, taken
        The setting and the time, at least three positive numbers each.

    Returns
    -------
    exponent : float
        Slope of log time over log value, by least squares.
    interval : tuple of float
        Student's t interval of the slope.
    """
    fit: Any = stats.linregress(np.log(values), np.log(taken))
    reach = float(stats.t.ppf((1 + LEVEL) / 2, len(values) - 2) * fit.stderr)
    return float(fit.slope), (float(fit.slope) - reach, float(fit.slope) + reach)


def experiment_at(**changes: float) -> Experiment:
    """Describe the experiment at the centre of all settings, with changes by name."""
    at = CENTRE | changes
    return sweep(
        "benchmark/growth",
        architecture="relu_output",
        n_features=int(at["n"]),
        n_hidden=HIDDEN,
        density=at["density"],
        batch_size=int(at["batch"]),
        seeds=int(at["instances"]),
        steps=1,
        learning_rate=1e-3,
        schedule="constant",
        weight_decay=0.01,
        held_out=1,
    )


def _one_step(stack: Stack, varied: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    def at(value: float) -> float:
        trainer = stack.prepare(experiment_at(**{varied: value}))
        steps = steps_a_round(trainer, _SECONDS)
        return _median(trainer(steps)) / steps

    return VARIED[varied], tuple(map(at, VARIED[varied]))


def _all_steps(stack: Stack) -> tuple[tuple[float, ...], tuple[float, ...]]:
    trainer = stack.prepare(experiment_at())
    unit = steps_a_round(trainer, _SECONDS / 2)
    steps = [round(unit * value) for value in VARIED["steps"]]
    return tuple(map(float, steps)), tuple(_median(trainer(each)) for each in steps)


def _median(run: Callable[[], Any]) -> float:
    return statistics.median(seconds(run) for _ in range(_ROUNDS))
