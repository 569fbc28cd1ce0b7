"""Feature distributions: sparse, uniform on [0, 1] when active, independent or grouped in sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Float, Int64, UInt32
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from tms import random_streams as streams
from tms.arguments import is_flag, is_whole, shown

DRAW_STEP: Final = 2.0**-31
"""Spacing of the uniform draws."""


class InvalidExperiment(ValueError):
    """Raised for an experiment that cannot be trained; the message names what is wrong and what is valid."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureDistribution:
    """The distribution of a sweep's inputs (#demonstrating-setup-x, #geometry-correlated-setup).

    Each feature is 0 with probability S and otherwise uniform on [0, 1]. The features of a *correlated* set
    are active together or not at all, with independent values. Of an *anticorrelated* set at most one
    feature, chosen at random, is active. All other features are independent.

    Parameters
    ----------
    density
        1 - S, the probability that a feature (or its set) is active; shape (point, feature), in [0, 1].
    correlated, anticorrelated
        Disjoint sets of at least two features each; the features of a set share one density.
    signed
        Whether active values have a random sign, so that they are uniform on [-1, 1].

    Raises
    ------
    InvalidExperiment
        If a density is outside [0, 1] or a set is not as described.
    """

    density: Float[np.ndarray, "point feature"]
    correlated: tuple[tuple[int, ...], ...] = ()
    anticorrelated: tuple[tuple[int, ...], ...] = ()
    signed: bool = False

    def __post_init__(self) -> None:
        """Check the densities and the sets."""
        if not isinstance(self.density, np.ndarray) or self.density.dtype.kind not in "fiu":
            raise InvalidExperiment(f"density = {shown(self.density)}; it must be an array of real numbers.")
        if not is_flag(self.signed):
            raise InvalidExperiment(f"signed = {shown(self.signed)}; it must be True or False.")
        if self.density.ndim != 2:
            raise InvalidExperiment(
                f"density has shape {self.density.shape}; its shape must be (point, feature)."
            )
        if not np.all((self.density >= 0) & (self.density <= 1)):
            wrong = self.density[~((self.density >= 0) & (self.density <= 1))][0]
            raise InvalidExperiment(f"density contains {wrong:g}; every density must lie in [0, 1].")
        taken: set[int] = set()
        for group in self.correlated + self.anticorrelated:
            self._check_set(group, taken)
            taken.update(group)

    def _check_set(self, group: tuple[int, ...], taken: set[int]) -> None:
        n = self.density.shape[1]
        if len(group) < 2 or len(set(group)) < len(group) or not all(0 <= i < n for i in group):
            raise InvalidExperiment(
                f"feature set {group} is not valid: a set is two or more different features of 0 to {n - 1}."
            )
        if taken.intersection(group):
            raise InvalidExperiment(f"feature set {group} overlaps another set; sets must be disjoint.")
        if np.ptp(self.density[:, group], axis=1).any():
            raise InvalidExperiment(f"the features of set {group} must share one density.")

    @property
    def n_features(self) -> int:
        """Number of features."""
        return int(self.density.shape[1])

    @property
    def sets(self) -> tuple[tuple[int, ...], ...]:
        """The correlated sets, then the anticorrelated ones."""
        return self.correlated + self.anticorrelated

    @property
    def columns(self) -> int:
        """Random numbers that one input takes: one for each feature, then one for each set."""
        return self.n_features + len(self.sets)


def consecutive_sets(count: int, size: int) -> tuple[tuple[int, ...], ...]:
    """Divide ``count * size`` features into `count` sets of `size` consecutive features."""
    return tuple(tuple(range(i * size, (i + 1) * size)) for i in range(count))


def broadcast(
    values: ArrayLike, points: int, n_features: int, name: str
) -> Float[np.ndarray, "point feature"]:
    """Broadcast a number or an array to (point, feature), in float64.

    Parameters
    ----------
    values
        A number, or an array of shape (point, feature) in which either axis may be 1.
    points, n_features
        The shape to broadcast to.
    name
        Name of the argument, for the message.

    Raises
    ------
    InvalidExperiment
        If the values have another shape, or are not finite.
    """
    array = as_numbers(values, name)
    if not np.isfinite(array).all():
        raise InvalidExperiment(f"{name} contains a value that is not finite; every value must be a number.")
    if array.ndim not in (0, 2):
        raise InvalidExperiment(
            f"{name} has shape {array.shape}; it must be a number or have shape (point, feature), "
            f"where either may be 1."
        )
    try:
        return np.broadcast_to(array, (points, n_features)).copy()
    except ValueError:
        raise InvalidExperiment(
            f"{name} has shape {array.shape}, which does not fit {points} points of {n_features} features."
        ) from None


def sample(
    features: FeatureDistribution,
    density: Float[np.ndarray, "instance feature"],
    keys: NDArray[np.uint64],
    step: int,
    batch_size: int,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Float[Tensor, "instance batch feature"]:
    """Draw the batch of one step for every instance.

    One uniform draw decides both whether a feature is active and its value: the feature is active if the draw
    lies below the density, and the draw divided by the density is then uniform on [0, 1].

    Parameters
    ----------
    features
        The distribution, of which the sets and the sign are used; `density` replaces its densities.
    density
        1 - S of each instance, shape (instance, feature).
    keys
        Stream keys, shape (instance,).
    step, batch_size
        Number of the step, and number of inputs.
    device, dtype
        Device and type of the result. The inputs are computed in float32 whatever the type.
    """
    drawn = streams.bits(keys, step, (batch_size, features.columns), device)
    return inputs_from(features, drawn, *tables(features, density, device)).to(dtype)


def tables(
    features: FeatureDistribution, density: Float[np.ndarray, "instance feature"], device: torch.device | str
) -> tuple[Float[Tensor, "instance feature"], Float[Tensor, "instance feature"], list[Tensor]]:
    """Compute what `inputs_from` needs beside random bits: `threshold`, `scale` and `members`, on a device.

    Parameters
    ----------
    features, density, device
        As for `sample`.
    """
    threshold, scale = (
        torch.from_numpy(table(density)).to(device) for table in (activity_threshold, value_scale)
    )
    return threshold, scale, [torch.tensor(group, device=device) for group in features.sets]


def inputs_from(
    features: FeatureDistribution,
    drawn: UInt32[Tensor, "instance batch column"],
    threshold: Float[Tensor, "instance feature"],
    scale: Float[Tensor, "instance feature"],
    members: Sequence[Int64[Tensor, " _"]],
) -> Float[Tensor, "instance batch feature"]:
    """Make inputs of random bits, on their device.

    Parameters
    ----------
    features
        The distribution, of which the sets and the sign are used.
    drawn
        Random bits for every feature and every set of every input.
    threshold, scale
        `activity_threshold` and `value_scale` of each instance.
    members
        The features of each set, on the device.
    """
    n = features.n_features
    drawn = drawn.view(torch.int32)
    u = streams.shifted(drawn, 1).to(torch.float32).mul_(DRAW_STEP)
    threshold, scale = threshold[:, None, :], scale[:, None, :]
    own = u[..., :n]
    # Multiplying by 0 or 1 is several times as fast as torch.where.
    x = torch.lt(own, threshold, out=torch.empty_like(own)).mul_(own).mul_(scale)
    for column, (group, at) in enumerate(zip(features.sets, members, strict=True), start=n):
        shared = u[..., column]
        active = shared < threshold[..., group[0]]
        if group in features.correlated:
            x[..., at] = torch.where(active[..., None], own[..., at], 0.0)
        else:
            position = torch.where(active, shared * scale[..., group[0]] * len(group), 0.0)
            chosen = position.to(torch.int64).clamp(max=len(group) - 1)
            value = torch.where(active, position - chosen, 0.0)
            places = torch.arange(len(group), device=x.device)
            x[..., at] = torch.where(places == chosen[..., None], value[..., None], 0.0)
    if features.signed:
        x = torch.where((drawn[..., :n] & 1) == 1, -x, x)
    return x


def activity_threshold(density: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the bound below which a uniform draw makes a feature active; for density 1, above every draw."""
    return np.where(density >= 1, 2.0, density).astype(np.float32)


def value_scale(density: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the factor that scales active draws to [0, 1]; 0 where the only active draw is 0."""
    spread = density > DRAW_STEP
    return np.divide(1.0, density, out=np.zeros_like(density), where=spread).astype(np.float32)


def as_sets(groups: Iterable[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Convert any nested sequence of feature numbers to a tuple of tuples.

    Raises
    ------
    InvalidExperiment
        If the argument is anything else.
    """
    try:
        sets = tuple(tuple(group) for group in groups)
        if all(is_whole(i) for group in sets for i in group):
            return tuple(tuple(int(i) for i in group) for group in sets)
    except TypeError:
        pass
    raise InvalidExperiment(f"sets = {shown(groups)}; each must hold whole numbers of features.")


def as_numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Convert to an array of float64.

    Raises
    ------
    InvalidExperiment
        If the values are not real numbers.
    """
    try:
        array = np.asarray(values)
        if array.dtype.kind in "fiu":
            return array.astype(np.float64)
    except (TypeError, ValueError):
        pass
    raise InvalidExperiment(f"{name} = {shown(values)}; it must be a real number or an array of such.")
