"""The compiled scan: JAX's `vmap` over instances of a `lax.scan` over steps, jitted as one program.

It is the only code that needs the extra `peers` (JAX and optax). One uniform number decides whether a feature
is active and, rescaled, gives its value; this has the same distribution as two numbers and takes about two
thirds of the time. The initial weights are donated. Another number of steps is another program, which is
compiled before it is timed.
"""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import torch

from tests.benchmarks.trainers import Run, Trainer, Weights
from tms.experiment import Experiment

# JAX takes most of a GPU's memory by default, and the other stacks need it, too.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
try:
    import jax
    import jax.numpy as jnp
    import optax
except ImportError as error:
    ABSENT: str | None = error.name or "jax"
else:
    ABSENT = None


def missing(device: str) -> str | None:
    """Return the requirement of the scan that this machine lacks, or None."""
    if ABSENT:
        return f"the package {ABSENT}: pip install -e '.[peers]' -c constraints.txt"
    try:
        jax.devices(device)
    except RuntimeError:
        return "a JAX that finds the CUDA device: pip install 'jax[cuda12]' -c constraints.txt"
    return None


def compiled_scan(experiment: Experiment, device: str) -> Trainer:
    """Prepare to train every point of an experiment.

    Parameters
    ----------
    experiment
        The experiment to train; its number of steps is not used.
    device
        "cpu" or "cuda".
    """
    place = jax.devices(device)[0]
    points = experiment.n_points
    constants = jax.device_put(
        (
            jax.random.split(jax.random.key(0), points),
            jnp.asarray(experiment.features.density, jnp.float32),
            jnp.asarray(experiment.importance, jnp.float32),
        ),
        place,
    )
    begin = jax.jit(jax.vmap(partial(initial, experiment)))
    keys = jax.device_put(jax.random.split(jax.random.key(1), points), place)

    def trainer(steps: int) -> Run:
        whole = jax.jit(jax.vmap(partial(train_one, experiment, steps)), donate_argnums=0)
        program = whole.lower(begin(keys), *constants).compile()

        def run() -> Weights:
            trained = program(begin(keys), *constants)
            return {name: torch.from_numpy(jax.device_get(value).copy()) for name, value in trained.items()}

        return run

    return trainer


def initial(experiment: Experiment, key: Any) -> dict[str, Any]:
    """Draw the initial weights of one model by Xavier's rule, with zero biases."""
    n, m = experiment.n_features, experiment.n_hidden
    names = ("W", "W_out") if experiment.architecture == "relu_hidden_untied" else ("W",)
    scale = (2 / (n + m)) ** 0.5
    weights = {
        name: scale * jax.random.normal(own, (n, m))
        for name, own in zip(names, jax.random.split(key, len(names)), strict=True)
    }
    return weights | {"b": jnp.zeros(n)}


def train_one(
    experiment: Experiment, steps: int, parameters: Any, key: Any, density: Any, importance: Any
) -> Any:
    """Train one model; `experiment` and `steps` are static."""
    optimizer = optax.adamw(experiment.learning_rate, weight_decay=experiment.weight_decay)

    def step(carry: Any, key: Any) -> tuple[Any, None]:
        parameters, state = carry
        gradients = jax.grad(loss, argnums=1)(
            experiment, parameters, batch(experiment, key, density), importance
        )
        updates, state = optimizer.update(gradients, state, parameters)
        return (optax.apply_updates(parameters, updates), state), None

    start = parameters, optimizer.init(parameters)
    return jax.lax.scan(step, start, jax.random.split(key, steps))[0][0]


def batch(experiment: Experiment, key: Any, density: Any) -> Any:
    """Draw the inputs of one step, shape (row, feature)."""
    drawn = jax.random.uniform(key, (experiment.batch_size, experiment.n_features))
    values = drawn / density
    if experiment.features.signed:
        values = 2 * values - 1
    return jnp.where(drawn < density, values, 0.0)


def loss(experiment: Experiment, parameters: Any, x: Any, importance: Any) -> Any:
    """Weighted squared error, summed over features and averaged over rows."""
    hidden = x @ parameters["W"]
    if experiment.has_hidden_relu:
        hidden = jax.nn.relu(hidden)
    out = hidden @ parameters.get("W_out", parameters["W"]).T + parameters["b"]
    if experiment.architecture != "linear":
        out = jax.nn.relu(out)
    target = jnp.abs(x) if experiment.target == "absolute" else x
    return (importance * (target - out) ** 2).sum(-1).mean()
