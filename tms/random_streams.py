"""Counter-based random streams: one for each instance, with the same numbers in every engine.

A draw is a pure function of (stream key, step, counter). A batch can therefore be produced in any order, on
any device and by any number of threads. The mixing function is a 32-bit finaliser with two multiplications.
Half of the step's key offsets the counter; the other half is XORed into the word between the multiplications,
so that the sequences of two steps are not shifts of each other.
"""

from __future__ import annotations

import zlib
from typing import Final

import numpy as np
import torch
from jaxtyping import Int32, Int64, UInt32, UInt64
from numpy.typing import NDArray
from torch import Tensor

GOLDEN: Final = 0x9E3779B97F4A7C15
SPLITMIX_1: Final = 0xBF58476D1CE4E5B9
SPLITMIX_2: Final = 0x94D049BB133111EB
FINALISER_1: Final = 0x7FEB352D
FINALISER_2: Final = 0x846CA68B
HELD_OUT: Final = 1 << 40
"""First step number of held-out batches; training never reaches it."""
HELD_OUT_ROWS: Final = 1024
"""Inputs in a held-out batch."""


def splitmix64(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble 64-bit words elementwise with a bijection (Steele, Lea and Flood, 2014).

    Parameters
    ----------
    x
        Words, of any shape.
    """
    with np.errstate(over="ignore"):
        z = x + np.uint64(GOLDEN)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(SPLITMIX_1)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(SPLITMIX_2)
        return z ^ (z >> np.uint64(31))


def stream_keys(
    run_seed: int, name: str, points: NDArray[np.int64], trials: int
) -> UInt64[np.ndarray, " instance"]:
    """Keys of the random streams of a sweep's instances, ordered by point, then by trial.

    A key depends on the seed of the run, the name of the experiment, the number of the point and the number
    of the trial alone. It does not depend on which other instances are trained.

    Parameters
    ----------
    run_seed
        Seed of the whole run, at least 0.
    name
        Name of the experiment.
    points
        Numbers of the points, shape (point,).
    trials
        Number of independent trials at each point.
    """
    root = splitmix64(np.array([run_seed], dtype=np.uint64)) ^ np.uint64(zlib.crc32(name.encode()))
    at_point = splitmix64(splitmix64(root) + points.astype(np.uint64))
    numbers = np.arange(trials, dtype=np.uint64)
    return splitmix64((at_point[:, None] ^ splitmix64(numbers)[None, :]).reshape(-1))


def step_keys(keys: NDArray[np.uint64], step: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Derive, for one step of each stream, the counter's offset and the word that the mixing XORs in.

    Parameters
    ----------
    keys
        Stream keys, shape (instance,).
    step
        Step number.

    Returns
    -------
    offset, fold
        Two 32-bit words for each stream, shape (instance,).
    """
    with np.errstate(over="ignore"):
        word = splitmix64(keys + np.uint64(step) * np.uint64(GOLDEN))
    return word.astype(np.uint32), (word >> np.uint64(32)).astype(np.uint32)


def bits(
    keys: NDArray[np.uint64], step: int, shape: tuple[int, int], device: torch.device | str = "cpu"
) -> UInt32[Tensor, "instance row column"]:
    """Return 32 random bits for every (instance, row, column) of one step's batch.

    Parameters
    ----------
    keys
        Stream keys, shape (instance,).
    step
        Step number; counts from `HELD_OUT` for held-out batches.
    shape
        Rows and columns; the counter of an entry is ``row * columns + column``.
    device
        Device on which the numbers are computed.
    """
    offset, fold = (torch.from_numpy(part.view(np.int32)).to(device) for part in step_keys(keys, step))
    return mixed(offset, fold, shape)


def step_words(keys: Int64[Tensor, " instance"], step: Int64[Tensor, ""]) -> tuple[Tensor, Tensor]:
    """Compute `step_keys` on the device of the keys, so that no number has to come from the host.

    Parameters
    ----------
    keys
        Stream keys, their bits as signed numbers.
    step
        Step number.

    Returns
    -------
    offset, fold
        As from `step_keys`, their bits as signed numbers.
    """
    # Signed products and sums wrap around like unsigned ones.
    z = keys + step * _signed(GOLDEN) + _signed(GOLDEN)
    z = (z ^ _shifted_64(z, 30)) * _signed(SPLITMIX_1)
    z = (z ^ _shifted_64(z, 27)) * _signed(SPLITMIX_2)
    z = z ^ _shifted_64(z, 31)
    return z.to(torch.int32), (z >> 32).to(torch.int32)


def _signed(word: int) -> int:
    return word - 2**64 if word >= 2**63 else word


def _shifted_64(words: Tensor, by: int) -> Tensor:
    return (words >> by).bitwise_and_(2 ** (64 - by) - 1)


def mixed(
    offset: Int32[Tensor, " instance"], fold: Int32[Tensor, " instance"], shape: tuple[int, int]
) -> UInt32[Tensor, "instance row column"]:
    """Mix the words of a step with the counters of a batch of a shape; parameters as in `bits`."""
    rows, columns = shape
    counter = torch.arange(rows * columns, dtype=torch.int32, device=offset.device)
    counter, offset, fold = counter.reshape(1, rows, columns), offset[:, None, None], fold[:, None, None]
    # Signed words, the only ones that torch computes with, wrap around alike; in place, to save memory.
    x = counter + offset
    x ^= shifted(x, 16)
    x *= FINALISER_1
    x ^= shifted(x, 15).bitwise_xor_(fold)
    x *= FINALISER_2 - 2**32
    x ^= shifted(x, 16)
    return x.view(torch.uint32)


def shifted(words: Int32[Tensor, "..."], by: int) -> Int32[Tensor, "..."]:
    """Shift signed words to the right as if they were unsigned: zeros enter from the left."""
    return (words >> by).bitwise_and_(2 ** (32 - by) - 1)
