"""The compiled counterpart of `tms.features.sample`: the same inputs for the same stream, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from tms.engines.cpu.parts import COMPILE, CORRELATED, INLINE, Array, Inputs
from tms.streams import FINALISER_1, FINALISER_2, GOLDEN, SPLITMIX_1, SPLITMIX_2


@njit(**INLINE)
def splitmix64(x: np.uint64) -> np.uint64:
    """Scramble one 64-bit word, as `tms.streams.splitmix64`."""
    z = np.uint64(x + np.uint64(GOLDEN))
    z = np.uint64((z ^ (z >> np.uint64(30))) * np.uint64(SPLITMIX_1))
    z = np.uint64((z ^ (z >> np.uint64(27))) * np.uint64(SPLITMIX_2))
    return np.uint64(z ^ (z >> np.uint64(31)))


@njit(**INLINE)
def step_word(key: np.uint64, step: int) -> np.uint64:
    """One step's word of a stream: the counter's offset and what is folded into the mixing."""
    return splitmix64(np.uint64(key + np.uint64(np.uint64(step) * np.uint64(GOLDEN))))


@njit(**INLINE)
def mix(x: np.uint32, fold: np.uint32) -> np.uint32:
    """Scramble a counter, as in `tms.streams.bits`."""
    x = np.uint32(x ^ (x >> np.uint32(16)))
    x = np.uint32(x * np.uint32(FINALISER_1))
    x = np.uint32(x ^ (x >> np.uint32(15)) ^ fold)
    x = np.uint32(x * np.uint32(FINALISER_2))
    return np.uint32(x ^ (x >> np.uint32(16)))


@njit(**INLINE)
def draw_bits(word: np.uint64, first: int, columns: int, column: int, rows: int, out: Any) -> None:
    """Fill `out` with the 32-bit draws of one column for `rows` rows, as `tms.streams.bits`."""
    offset = np.uint32(word & np.uint64(0xFFFFFFFF))
    fold = np.uint32(word >> np.uint64(32))
    base = np.uint32(offset + np.uint32(first * columns + column))
    stride = np.uint32(columns)
    for s in range(rows):
        out[s] = mix(np.uint32(base + np.uint32(s) * stride), fold)


@njit(**INLINE)
def draw_rows(
    inputs: Inputs, word: np.uint64, first: int, rows: int, at: int, x: Array, u: Array, drawn: Any
) -> None:
    """Draw `rows` inputs of one step into columns of `x` (feature, input), from column `at` on.

    `u` marks the inputs with an active feature; `drawn` is room for one draw an input.
    """
    n = len(inputs.threshold)
    sets = len(inputs.set_kinds)
    columns = n + sets
    unit = np.float32(2.0**-31)
    zero, one = np.float32(0.0), np.float32(1.0)
    u[:rows] = zero
    for i in range(n):
        draw_bits(word, first, columns, i, rows, drawn)
        threshold, scale = inputs.threshold[i], inputs.scale[i]
        for s in range(rows):
            value = np.float32(np.int32(drawn[s] >> np.uint32(1))) * unit
            active = value < threshold
            x[i, at + s] = value * scale if active else zero
            u[s] = one if active else u[s]
    if sets > 0:
        u[:rows] = zero
        _tie_sets(inputs, word, first, rows, at, x, u, drawn)
    if inputs.signed:
        for i in range(n):
            draw_bits(word, first, columns, i, rows, drawn)
            for s in range(rows):
                x[i, at + s] = -x[i, at + s] if (drawn[s] & np.uint32(1)) == np.uint32(1) else x[i, at + s]


@njit(**{**COMPILE, "fastmath": False})  # a product in another order could pick another feature of the set
def _tie_sets(
    inputs: Inputs, word: np.uint64, first: int, rows: int, at: int, x: Array, u: Array, drawn: Any
) -> None:
    n = len(inputs.threshold)
    sets = len(inputs.set_kinds)
    columns = n + sets
    unit = np.float32(2.0**-31)
    zero, one = np.float32(0.0), np.float32(1.0)
    in_set = np.zeros(n, dtype=np.bool_)
    for g in range(sets):
        members = inputs.set_members[inputs.set_starts[g] : inputs.set_starts[g + 1]]
        correlated = inputs.set_kinds[g] == CORRELATED
        for i in members:
            in_set[i] = True
            draw_bits(word, first, columns, i, rows, drawn)
            for s in range(rows):
                value = np.float32(np.int32(drawn[s] >> np.uint32(1))) * unit
                x[i, at + s] = value if correlated else zero
        draw_bits(word, first, columns, n + g, rows, drawn)
        threshold, scale = inputs.threshold[members[0]], inputs.scale[members[0]]
        size = np.float32(len(members))
        for s in range(rows):
            value = np.float32(np.int32(drawn[s] >> np.uint32(1))) * unit
            if value < threshold:
                u[s] = one
                if not correlated:
                    position = np.float32(np.float32(value * scale) * size)
                    chosen = min(np.int64(position), len(members) - 1)
                    x[members[chosen], at + s] = position - np.float32(chosen)
            elif correlated:
                for i in members:
                    x[i, at + s] = zero
    for i in range(n):
        if not in_set[i]:
            for s in range(rows):
                u[s] = one if x[i, at + s] > zero else u[s]


@njit(**INLINE)
def draw_input(inputs: Inputs, word: np.uint64, row: int, out: Array) -> bool:
    """Draw input number `row` of one step, of features without sets, into `out`; say if any is active."""
    n = len(inputs.threshold)
    offset = np.uint32(word & np.uint64(0xFFFFFFFF))
    fold = np.uint32(word >> np.uint64(32))
    base = np.uint32(offset + np.uint32(row * n))
    unit = np.float32(2.0**-31)
    zero = np.float32(0.0)
    any_active = np.int32(0)
    for i in range(n):
        drawn = mix(np.uint32(base + np.uint32(i)), fold)
        value = np.float32(np.int32(drawn >> np.uint32(1))) * unit
        active = value < inputs.threshold[i]
        any_active |= np.int32(active)
        sized = value * inputs.scale[i] if active else zero
        out[i] = -sized if inputs.signed and (drawn & np.uint32(1)) == np.uint32(1) else sized
    return any_active > 0
