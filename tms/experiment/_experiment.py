"""Experiment: a frozen description of one sweep."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
from jaxtyping import Float, Int64
from numpy.typing import ArrayLike, NDArray

from tms.arguments import shown
from tms.experiment._fingerprint import digest_of
from tms.experiment._instances import Instances
from tms.experiment._rules import require
from tms.experiment._schedules import relative_rates
from tms.experiment._validation import (
    check_arrays,
    check_checkpoints,
    check_name,
    check_settings,
    check_size,
)
from tms.experiment.convergence import Convergence
from tms.features import FeatureDistribution, InvalidExperiment
from tms.random_streams import stream_keys


@dataclass(frozen=True, kw_only=True, eq=False)
class Experiment:
    """One sweep over points (settings of density and importance), repeated over independent seeds.

    `sweep` builds one from numbers and broadcastable arrays.

    Parameters
    ----------
    name
        Unique name; it enters every random stream.
    n_features, n_hidden
        n and m of the paper.
    architecture
        "linear", "relu_output", "relu_hidden" or "relu_hidden_untied"; see `tms.models`.
    features
        Feature distribution, with the density of each point.
    importance
        I_i of each point, shape (point, feature), at least 0.
    coordinates
        Coordinates of the points, such as their density, by name; arrays of shape (point,).
    seeds
        Independent repetitions at each point.
    best_of
        Trials of each repetition; the one with the lowest held-out loss is kept.
    steps, batch_size, learning_rate, schedule
        Number of optimizer steps, inputs in a batch, peak learning rate, and its schedule: "constant",
        "cosine", which falls to 0, or "warm_up", which rises to the peak in three tenths of the steps and
        then falls to 0 as a cosine.
    weight_decay
        Decoupled weight decay of AdamW; 0 gives Adam.
    init_scale
        Standard deviation of the initial weights in units of Xavier's sqrt(2 / (n + m)).
    initial_output
        Initial output weights of "relu_hidden_untied": "drawn" as the input weights are, or "sizes", the
        sizes of the input weights, with which no output is closed to its own feature.
    activation
        Output activation of "relu_output", a name of `tms.models.ACTIVATIONS`.
    target
        "identity", or "absolute" to compute |x|.
    hidden_bias
        Whether a ReLU hidden layer has a bias.
    hidden_l1
        Coefficient of the L1 penalty on hidden activations.
    held_out
        Number of held-out inputs on which the trials of a seed are compared.
    checkpoints
        Steps after which weights and loss are recorded, increasing, from 0 to `steps`.
    run_seed
        Seed of the whole run.
    point_ids
        Numbers by which the points enter their random streams; a selection of points keeps them.
    convergence
        How the experiment shows that its models converged (`tms.experiment.convergence`); None if it does
        not. It changes nothing that is trained, and no run evaluates it yet.

    Raises
    ------
    InvalidExperiment
        If a value is not as described.
    """

    name: str
    n_features: int
    n_hidden: int
    architecture: str
    features: FeatureDistribution
    importance: Float[np.ndarray, "point feature"]
    coordinates: Mapping[str, Float[np.ndarray, " point"]]
    seeds: int
    best_of: int = 1
    steps: int
    batch_size: int
    learning_rate: float
    schedule: str = "cosine"
    weight_decay: float = 0.0
    init_scale: float = 1.0
    initial_output: str = "drawn"
    activation: str = "relu"
    target: str = "identity"
    hidden_bias: bool = False
    hidden_l1: float = 0.0
    held_out: int = 8192
    checkpoints: tuple[int, ...] = ()
    run_seed: int = 0
    point_ids: Int64[np.ndarray, " point"] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    convergence: Convergence | None = None

    def __post_init__(self) -> None:
        """Check every value; number the points that have no numbers yet."""
        check_name(self.name)
        check_settings(self.name, vars(self))
        self._check_combinations()
        check_arrays(
            self.name, self.features, self.importance, self.point_ids, self.coordinates, self.n_features
        )
        check_size(self.name, self.n_instances, self.n_features, self.n_hidden)
        check_checkpoints(self.name, self.checkpoints, self.steps)
        if not len(self.point_ids):
            object.__setattr__(self, "point_ids", np.arange(self.n_points))
        if self.point_ids.shape != (self.n_points,):
            raise InvalidExperiment(
                f"{self.name}: point_ids has shape {self.point_ids.shape}; it must be {(self.n_points,)}."
            )

    def _check_combinations(self) -> None:
        if self.architecture != "relu_hidden_untied":
            rule = f"can be chosen for relu_hidden_untied only, not {self.architecture}"
            require(self.name, "initial_output", self.initial_output, self.initial_output == "drawn", rule)
        if self.activation != "relu" and self.architecture != "relu_output":
            rule = f"can be chosen for relu_output only, not {self.architecture}"
            require(self.name, "activation", self.activation, False, rule)
        if not self.has_hidden_relu:
            rule = "needs an architecture with a ReLU hidden layer"
            require(self.name, "hidden_bias", self.hidden_bias, not self.hidden_bias, rule)
            rule = f"must not exceed n_features = {self.n_features} here"
            require(self.name, "n_hidden", self.n_hidden, self.n_hidden <= self.n_features, rule)

    @property
    def n_points(self) -> int:
        """Number of points of the sweep."""
        return len(self.importance)

    @property
    def trials(self) -> int:
        """Instances trained at each point."""
        return self.seeds * self.best_of

    @property
    def n_instances(self) -> int:
        """Instances of the whole sweep."""
        return self.n_points * self.trials

    @property
    def has_hidden_relu(self) -> bool:
        """Whether the hidden layer has a ReLU, and so a privileged basis."""
        return self.architecture in ("relu_hidden", "relu_hidden_untied")

    @cached_property
    def instances(self) -> Instances:
        """All instances, ordered by point, then by trial."""
        keys = stream_keys(self.run_seed, self.name, self.point_ids, self.trials)
        return Instances(
            keys=keys,
            held_out_keys=np.repeat(keys[:: self.best_of], self.best_of),
            density=np.repeat(self.features.density, self.trials, axis=0),
            importance=np.repeat(self.importance, self.trials, axis=0),
        )

    @property
    def first_trials(self) -> Instances:
        """The first trial of every seed, ordered by point.

        No two seeds share a stream here: models that are measured on inputs of these streams remain
        independent.
        """
        own = self.instances
        return Instances(
            keys=own.keys[:: self.best_of],
            held_out_keys=own.held_out_keys[:: self.best_of],
            density=own.density[:: self.best_of],
            importance=own.importance[:: self.best_of],
        )

    def initial_weights(self, role: int = 0) -> Float[np.ndarray, "instance feature hidden"]:
        """Draw each instance's initial weights from its own random stream, in float32.

        Parameters
        ----------
        role
            0 for the embedding, 1 for the output weights of an untied model.
        """
        if role == 1 and self.initial_output == "sizes":
            sizes: np.ndarray = np.abs(self.initial_weights())
            return sizes
        scale = self.init_scale * np.sqrt(2.0 / (self.n_features + self.n_hidden))
        shape = (self.n_features, self.n_hidden)
        drawn = [
            np.random.Generator(np.random.Philox(key=[int(key), role])).standard_normal(shape, np.float32)
            for key in self.instances.keys
        ]
        return np.stack(drawn) * np.float32(scale)

    def rates(self) -> Float[np.ndarray, " step"]:
        """Learning rate of every step, in float64."""
        return self.learning_rate * relative_rates(self.schedule, self.steps)

    def with_run_seed(self, seed: int) -> Self:
        """Copy the experiment with the random streams of another run."""
        return dataclasses.replace(self, run_seed=seed)

    def at(self, points: ArrayLike) -> Self:
        """Select points by position or mask; they keep their random streams."""
        asked = np.asarray(points)
        try:
            index = np.arange(self.n_points)[asked if asked.size else asked.astype(np.int64)].reshape(-1)
        except (IndexError, TypeError, ValueError):
            raise InvalidExperiment(
                f"{self.name}: points = {shown(points)} cannot be selected; the sweep has {self.n_points}."
            ) from None
        if not index.size:
            raise InvalidExperiment(f"{self.name}: no point was selected; the sweep has {self.n_points}.")
        return dataclasses.replace(
            self,
            features=dataclasses.replace(self.features, density=self.features.density[index]),
            importance=self.importance[index],
            coordinates={name: values[index] for name, values in self.coordinates.items()},
            point_ids=self.point_ids[index],
        )

    def fingerprint(self) -> str:
        """Digest of everything that determines a result, except engine and device (64 hexadecimal digits).

        It is the same on every machine: of a number, ten significant digits count.
        """
        parts: dict[str, Any] = {}
        for entry in dataclasses.fields(self):
            value = getattr(self, entry.name)
            if entry.name == "convergence" or (entry.name == "initial_output" and value == "drawn"):
                continue
            if isinstance(value, FeatureDistribution):
                value = [value.density, value.sets, len(value.correlated), value.signed]
            parts[entry.name] = value
        return digest_of(parts)

    def __str__(self) -> str:
        """Name, architecture, sizes and amount of training, in one line."""
        return (
            f"{self.name}: {self.architecture} n={self.n_features} m={self.n_hidden}, "
            f"{self.n_points} points x {self.trials} trials, {self.steps} steps of {self.batch_size}"
        )

    def describe(self) -> str:
        """Describe every setting that differs from the default, in several lines."""
        lines = [str(self)]
        for name, values in self.coordinates.items():
            lines.append(f"  {name}: {_span(values)}")
        lines.append(f"  density: {_span(self.features.density)}; importance: {_span(self.importance)}")
        if self.features.sets:
            kinds = f"correlated {self.features.correlated}, anticorrelated {self.features.anticorrelated}"
            lines.append(f"  sets: {kinds}")
        lines.append(
            f"  seeds {self.seeds}, best of {self.best_of} by the loss on {self.held_out} held-out inputs"
        )
        optimizer = f"AdamW, decay {self.weight_decay:g}" if self.weight_decay else "Adam"
        lines.append(
            f"  {optimizer}, {self.schedule} rate {self.learning_rate:g}, initial scale {self.init_scale:g}"
        )
        special = {
            "activation": self.activation != "relu",
            "target": self.target != "identity",
            "initial_output": self.initial_output != "drawn",
            "hidden_bias": self.hidden_bias,
            "hidden_l1": self.hidden_l1 > 0,
        }
        lines += [f"  {name}: {getattr(self, name)}" for name, shown in special.items() if shown]
        if self.features.signed:
            lines.append("  signed values")
        if self.checkpoints:
            lines.append(f"  {len(self.checkpoints)} checkpoints, steps {_span(np.array(self.checkpoints))}")
        return "\n".join(lines)


def _span(values: NDArray[Any]) -> str:
    low, high = values.min(), values.max()
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
