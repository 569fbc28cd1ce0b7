"""Counter-based random streams: one per instance, the same numbers in every engine.

A draw is a pure function of (stream key, step, counter), so a batch can be produced in any order, on any
device and on any number of threads. The mixing function is a two-multiplication 32-bit finaliser with the
second half of the step's key folded in between, which keeps the sequences of different steps from being
shifts of one another.
"""

from __future__ import annotations

import zlib
from typing import Final

import numpy as np
import torch
from jaxtyping import Int32, UInt32, UInt64
from numpy.typing import NDArray
from torch import Tensor

GOLDEN: Final = 0x9E3779B97F4A7C15
SPLITMIX_1: Final = 0xBF58476D1CE4E5B9
SPLITMIX_2: Final = 0x94D049BB133111EB
FINALISER_1: Final = 0x7FEB352D
FINALISER_2: Final = 0x846CA68B
HELD_OUT: Final = 1 << 40
"""First step number of held-out batches: training never gets so far."""
HELD_OUT_ROWS: Final = 1024
"""Inputs of a held-out batch."""


def splitmix64(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble 64-bit words, elementwise; a bijection (Steele, Lea and Flood, 2014).

    Parameters
    ----------
    x
        Words of any shape.
    """
    with np.errstate(over="ignore"):
        z = x + np.uint64(GOLDEN)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(SPLITMIX_1)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(SPLITMIX_2)
        return z ^ (z >> np.uint64(31))


def stream_keys(
    run_seed: int, name: str, points: NDArray[np.int64], trials: int
) -> UInt64[np.ndarray, " instance"]:
    """Keys of the instances of a sweep, point by point and trial by trial.

    A key depends on the run's seed, the experiment's name, the point's own number and the trial's number,
    and on nothing else: not on how many others are trained beside it.

    Parameters
    ----------
    run_seed
        Seed of the whole run, at least 0.
    name
        The experiment's name.
    points
        Numbers of the sweep's points, shape (point,).
    trials
        Independent trials at each point.
    """
    root = splitmix64(np.array([run_seed], dtype=np.uint64)) ^ np.uint64(zlib.crc32(name.encode()))
    at_point = splitmix64(splitmix64(root) + points.astype(np.uint64))
    numbers = np.arange(trials, dtype=np.uint64)
    return splitmix64((at_point[:, None] ^ splitmix64(numbers)[None, :]).reshape(-1))


def step_keys(keys: NDArray[np.uint64], step: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Split each stream's key for one step into the counter's offset and the word folded into the mixing."""
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
        Where the numbers are made.
    """
    words = (torch.from_numpy(part.view(np.int32)).to(device) for part in step_keys(keys, step))
    offset, fold = (word[:, None, None] for word in words)
    rows, columns = shape
    counter = torch.arange(rows * columns, dtype=torch.int32, device=device).reshape(1, rows, columns)
    # torch computes with signed words only, which wrap around alike, and in place, which spares the memory.
    x = counter + offset
    x ^= shifted(x, 16)
    x *= FINALISER_1
    x ^= shifted(x, 15).bitwise_xor_(fold)
    x *= FINALISER_2 - 2**32
    x ^= shifted(x, 16)
    return x.view(torch.uint32)


def shifted(words: Int32[Tensor, "..."], by: int) -> Int32[Tensor, "..."]:
    """Shift words to the right, filling up with zeros whatever their sign."""
    return (words >> by).bitwise_and_(2 ** (32 - by) - 1)
