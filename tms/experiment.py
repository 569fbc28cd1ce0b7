"""Experiment: a frozen description of one sweep, what to train, on what, how long, with which seeds."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Self

import numpy as np
from jaxtyping import Float, Int64, UInt64
from numpy.typing import ArrayLike, NDArray

from tms.arguments import LARGEST_COUNT, is_count, is_flag, is_real, is_whole, shown
from tms.features import FeatureDistribution, InvalidExperiment, as_numbers, as_sets, broadcast
from tms.models import ACTIVATIONS
from tms.random_streams import stream_keys

ARCHITECTURES: Final = ("linear", "relu_output", "relu_hidden", "relu_hidden_untied")
SCHEDULES: Final = ("constant", "cosine")
TARGETS: Final = ("identity", "absolute")
BETA_1: Final = 0.9
BETA_2: Final = 0.999
EPSILON: Final = 1e-8
COUNTS: Final = ("n_features", "n_hidden", "seeds", "best_of", "steps", "batch_size", "held_out")
"""Fields of an experiment that count something."""

_COUNT: Final = f"must be a whole number from 1 to {LARGEST_COUNT}"
_MOST_WEIGHTS: Final = 2**32
_LONGEST_NAME: Final = 100


@dataclass(frozen=True, kw_only=True, eq=False)
class Instances:
    """The independent models of a sweep, as the arrays that tell one from another.

    Parameters
    ----------
    keys
        Random stream of each instance.
    held_out_keys
        Stream of the held-out inputs of each instance: that of the first of its seed's trials, so that
        these are compared on the same inputs, and the best of each seed is chosen on inputs of its own.
    density
        1 - S of each feature.
    importance
        I_i of each feature.
    """

    keys: UInt64[np.ndarray, " instance"]
    held_out_keys: UInt64[np.ndarray, " instance"]
    density: Float[np.ndarray, "instance feature"]
    importance: Float[np.ndarray, "instance feature"]

    def __len__(self) -> int:
        """Count the instances."""
        return len(self.keys)


@dataclass(frozen=True, kw_only=True, eq=False)
class Experiment:
    """One sweep over points (settings of density and importance), repeated over independent seeds.

    Use `sweep` to build one from scalars and broadcastable arrays.

    Parameters
    ----------
    name
        Unique name; part of every random stream.
    n_features, n_hidden
        n and m of the paper.
    architecture
        One of `ARCHITECTURES`.
    features
        Feature distribution, with the density of each point.
    importance
        I_i of each point, shape (point, feature), at least 0.
    coordinates
        What distinguishes the points, by name; arrays of shape (point,).
    seeds
        Independent repetitions at each point.
    best_of
        Trials for each repetition, of which the one with the lowest held-out loss is kept.
    steps, batch_size, learning_rate, schedule
        Training: optimizer steps, inputs a step, peak rate, and "constant" or "cosine" (to 0).
    weight_decay
        Decoupled decay of AdamW; 0 makes it Adam.
    init_scale
        Standard deviation of the initial weights in units of Xavier's sqrt(2 / (n + m)).
    activation
        Output activation of "relu_output", a name of `tms.models.ACTIVATIONS`.
    target
        "identity", or "absolute" to compute |x|.
    hidden_bias
        Whether a ReLU hidden layer has a bias.
    hidden_l1
        Coefficient of the L1 penalty on hidden activations.
    held_out
        Inputs of the held-out batch by which the trials of a seed are compared.
    checkpoints
        Steps after which weights and loss are kept, increasing, from 0 to `steps`.
    run_seed
        Seed of the whole run.
    point_ids
        Numbers of the points in their random streams; kept when points are selected.

    Raises
    ------
    InvalidExperiment
        If any value is not as described.
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
    activation: str = "relu"
    target: str = "identity"
    hidden_bias: bool = False
    hidden_l1: float = 0.0
    held_out: int = 8192
    checkpoints: tuple[int, ...] = ()
    run_seed: int = 0
    point_ids: Int64[np.ndarray, " point"] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def __post_init__(self) -> None:
        """Check every value; number the points where they have no numbers yet."""
        self._check_settings()
        self._check_arrays()
        self._check_checkpoints()
        if not len(self.point_ids):
            object.__setattr__(self, "point_ids", np.arange(self.n_points))
        if self.point_ids.shape != (self.n_points,):
            raise InvalidExperiment(
                f"{self.name}: point_ids has shape {self.point_ids.shape}; it must be {(self.n_points,)}."
            )

    def _check_settings(self) -> None:
        if not (
            isinstance(self.name, str) and self.name.isprintable() and 0 < len(self.name) <= _LONGEST_NAME
        ):
            raise InvalidExperiment(
                f"name = {shown(self.name)}; it must be 1 to {_LONGEST_NAME} printable characters."
            )
        for name in COUNTS:
            self._require(name, is_count(getattr(self, name)), _COUNT)
        seed = self.run_seed
        self._require("run_seed", is_whole(seed) and 0 <= seed < 2**64, "must be a whole number below 2**64")
        for name in ("learning_rate", "init_scale"):
            value = getattr(self, name)
            self._require(name, is_real(value) and 0 < value < np.inf, "must be positive and finite")
        for name in ("weight_decay", "hidden_l1"):
            value = getattr(self, name)
            self._require(name, is_real(value) and 0 <= value < np.inf, "must be finite and not negative")
        self._require("hidden_bias", is_flag(self.hidden_bias), "must be True or False")
        self._require_one_of("architecture", ARCHITECTURES)
        self._require_one_of("schedule", SCHEDULES)
        self._require_one_of("target", TARGETS)
        self._require_one_of("activation", tuple(ACTIVATIONS))
        if self.activation != "relu" and self.architecture != "relu_output":
            self._require("activation", False, f"can be chosen for relu_output only, not {self.architecture}")
        if not self.has_hidden_relu:
            self._require(
                "hidden_bias", not self.hidden_bias, "needs an architecture with a ReLU hidden layer"
            )
            if self.n_hidden > self.n_features:
                self._require("n_hidden", False, f"must not exceed n_features = {self.n_features} here")

    def _check_arrays(self) -> None:
        described = isinstance(self.features, FeatureDistribution)
        self._require("features", described, "must be a tms.features.FeatureDistribution")
        for name, kinds in (("importance", "fiu"), ("point_ids", "iu")):
            values = getattr(self, name)
            numbers = isinstance(values, np.ndarray) and values.dtype.kind in kinds
            self._require(name, numbers, "must be an array of numbers")
        valid = np.isfinite(self.importance) & (self.importance >= 0)
        if not valid.all():
            raise InvalidExperiment(
                f"{self.name}: importance contains {self.importance[~valid][0]:g}; "
                f"every importance must be finite and not negative."
            )
        shape = (self.features.density.shape[0], self.n_features)
        for name, array in (("features.density", self.features.density), ("importance", self.importance)):
            if array.shape != shape:
                raise InvalidExperiment(
                    f"{self.name}: {name} has shape {array.shape}; with {self.n_features} features and "
                    f"{shape[0]} points it must be {shape}."
                )
        self._require("coordinates", isinstance(self.coordinates, Mapping), "must map names to arrays")
        for name, values in self.coordinates.items():
            if np.shape(values) != shape[:1]:
                raise InvalidExperiment(
                    f"{self.name}: coordinate {name!r} has shape {np.shape(values)}; it must be {shape[:1]}."
                )
        weights = self.n_instances * self.n_features * self.n_hidden
        if weights > _MOST_WEIGHTS:
            raise InvalidExperiment(
                f"{self.name}: {self.n_instances} instances of {self.n_features} x {self.n_hidden} weights "
                f"are too many, as at most {_MOST_WEIGHTS} weights fit."
            )

    def _check_checkpoints(self) -> None:
        listed = isinstance(self.checkpoints, tuple | list)
        inside = listed and all(is_whole(c) and 0 <= c <= self.steps for c in self.checkpoints)
        increasing = inside and all(a < b for a, b in itertools.pairwise(self.checkpoints))
        rule = f"must hold increasing whole numbers from 0 to steps = {self.steps}"
        self._require("checkpoints", increasing, rule)

    def _require(self, name: str, valid: bool, rule: str) -> None:
        if not valid:
            raise InvalidExperiment(f"{self.name}: {name} = {shown(getattr(self, name))}; it {rule}.")

    def _require_one_of(self, name: str, valid: tuple[str, ...]) -> None:
        self._require(name, getattr(self, name) in valid, f"must be one of {', '.join(valid)}")

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
        """Instances trained in all."""
        return self.n_points * self.trials

    @property
    def has_hidden_relu(self) -> bool:
        """Whether the hidden layer has a ReLU, and so a privileged basis."""
        return self.architecture in ("relu_hidden", "relu_hidden_untied")

    @cached_property
    def instances(self) -> Instances:
        """The instances, point by point and trial by trial."""
        keys = stream_keys(self.run_seed, self.name, self.point_ids, self.trials)
        return Instances(
            keys=keys,
            held_out_keys=np.repeat(keys[:: self.best_of], self.best_of),
            density=np.repeat(self.features.density, self.trials, axis=0),
            importance=np.repeat(self.importance, self.trials, axis=0),
        )

    @property
    def first_trials(self) -> Instances:
        """The first trial of every seed, point by point.

        Models measured on inputs of these streams share none with another seed's, and so stay independent.
        """
        own = self.instances
        return Instances(
            keys=own.keys[:: self.best_of],
            held_out_keys=own.held_out_keys[:: self.best_of],
            density=own.density[:: self.best_of],
            importance=own.importance[:: self.best_of],
        )

    def initial_weights(self, role: int = 0) -> Float[np.ndarray, "instance feature hidden"]:
        """Draw each instance's initial weights from its own stream, in float32.

        Parameters
        ----------
        role
            0 for the embedding, 1 for the output weights of an untied model.
        """
        scale = self.init_scale * np.sqrt(2.0 / (self.n_features + self.n_hidden))
        shape = (self.n_features, self.n_hidden)
        drawn = [
            np.random.Generator(np.random.Philox(key=[int(key), role])).standard_normal(shape, np.float32)
            for key in self.instances.keys
        ]
        return np.stack(drawn) * np.float32(scale)

    def rates(self) -> Float[np.ndarray, " step"]:
        """Learning rate of every step, in float64."""
        progress = np.arange(self.steps) / self.steps
        shape = 0.5 * (1 + np.cos(np.pi * progress)) if self.schedule == "cosine" else np.ones(self.steps)
        return self.learning_rate * shape

    def with_run_seed(self, seed: int) -> Self:
        """Return the same experiment with the random streams of another run."""
        return dataclasses.replace(self, run_seed=seed)

    def at(self, points: ArrayLike) -> Self:
        """Select points by position or mask; their random streams stay as they are."""
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
        """Digest of everything that a result depends on, engine and device apart (64 hexadecimal digits)."""
        parts: dict[str, Any] = {}
        for entry in dataclasses.fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, FeatureDistribution):
                parts[entry.name] = [value.density.tolist(), value.sets, len(value.correlated), value.signed]
            elif isinstance(value, Mapping):
                parts[entry.name] = {name: values.tolist() for name, values in value.items()}
            else:
                parts[entry.name] = value.tolist() if isinstance(value, np.ndarray) else value
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=np.generic.item).encode()).hexdigest()

    def __str__(self) -> str:
        """One line: name, architecture, sizes and how much is trained."""
        return (
            f"{self.name}: {self.architecture} n={self.n_features} m={self.n_hidden}, "
            f"{self.n_points} points x {self.trials} trials, {self.steps} steps of {self.batch_size}"
        )

    def describe(self) -> str:
        """Several legible lines: everything that distinguishes this experiment from others."""
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


def sweep(
    name: str,
    *,
    n_features: int,
    n_hidden: int,
    architecture: str,
    density: ArrayLike,
    importance: ArrayLike = 1.0,
    coordinates: Mapping[str, ArrayLike] | None = None,
    correlated: ArrayLike | tuple[tuple[int, ...], ...] = (),
    anticorrelated: ArrayLike | tuple[tuple[int, ...], ...] = (),
    signed: bool = False,
    **settings: Any,
) -> Experiment:
    """Build an Experiment from numbers and broadcastable arrays.

    Parameters
    ----------
    name, n_features, n_hidden, architecture
        As in `Experiment`.
    density, importance
        A number, or an array of shape (point, feature) in which either axis may be 1.
    coordinates
        Names for what distinguishes the points; by default the density of the first feature.
    correlated, anticorrelated, signed
        As in `tms.features.FeatureDistribution`.
    **settings
        All other fields of `Experiment`.

    Raises
    ------
    InvalidExperiment
        If any value is not valid, in one sentence.
    """
    fields = [entry.name for entry in dataclasses.fields(Experiment)]
    if unknown := [setting for setting in settings if setting not in fields]:
        near = difflib.get_close_matches(unknown[0], fields, n=1, cutoff=0)
        raise InvalidExperiment(f"{name}: there is no setting {unknown[0]!r}; the nearest is {near[0]}.")
    for count in (n_features, n_hidden):
        if not is_count(count):
            which = "n_features" if count is n_features else "n_hidden"
            raise InvalidExperiment(f"{name}: {which} = {shown(count)}; it {_COUNT}.")
    density, importance = as_numbers(density, "density"), as_numbers(importance, "importance")
    points = max(np.shape(values)[0] if np.ndim(values) == 2 else 1 for values in (density, importance))
    spread = broadcast(density, points, n_features, "density")
    named = {"density": spread[:, 0]} if coordinates is None else coordinates
    if not isinstance(named, Mapping):
        raise InvalidExperiment(f"{name}: coordinates = {shown(named)}; it must map names to arrays.")
    return Experiment(
        name=name,
        n_features=n_features,
        n_hidden=n_hidden,
        architecture=architecture,
        features=FeatureDistribution(
            density=spread,
            correlated=as_sets(correlated),  # type: ignore[arg-type]
            anticorrelated=as_sets(anticorrelated),  # type: ignore[arg-type]
            signed=signed,
        ),
        importance=broadcast(importance, points, n_features, "importance"),
        coordinates={key: as_numbers(values, f"coordinate {key!r}") for key, values in named.items()},
        **settings,
    )
