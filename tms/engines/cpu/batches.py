"""Compiled kernels that draw the batches of a whole stack of instances, for the reference engine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tms.engines.cpu.draws import SIGN, draw_rows, draw_vectors, step_word
from tms.engines.cpu.parts import COMPILE, Array, Inputs
from tms.engines.cpu.vectors import LANES
from tms.sources import njit


@njit(**COMPILE)
def draw_independent(
    keys: NDArray[np.uint64],
    step: int,
    point: NDArray[np.int64],
    threshold: Array,
    scale: Array,
    signed: bool,
    edge: Array,
    out: Array,
) -> None:
    """Draw the batch of one step for every instance, of features that are in no set.

    Parameters
    ----------
    keys, step
        Stream keys, and number of the step.
    point
        Row of `threshold` and `scale` that belongs to each instance.
    threshold, scale
        Thresholds and scales of each point, repeated until they fill whole vectors, shape (point, width).
    signed
        Whether values have a random sign.
    edge
        Scratch space of one vector.
    out
        The batch, shape (instance, rows times features).
    """
    width, total = threshold.shape[1], out.shape[1]
    signs = np.uint32(SIGN) if signed else np.uint32(0)
    for k in range(len(keys)):
        word = step_word(keys[k], step)
        offset, fold = np.uint32(word & np.uint64(0xFFFFFFFF)), np.uint32(word >> np.uint64(32))
        bounds, factors, row = threshold[point[k]], scale[point[k]], out[k]
        for first in range(0, total, width):
            counter = np.uint32(offset + np.uint32(first))
            count = min(width, total - first)
            whole = count // LANES * LANES
            draw_vectors(counter, fold, bounds, factors, signs, row[first:], whole)
            if whole < count:
                counter = np.uint32(counter + np.uint32(whole))
                draw_vectors(counter, fold, bounds[whole:], factors[whole:], signs, edge, LANES)
                for i in range(count - whole):
                    row[first + whole + i] = edge[i]


@njit(**COMPILE)
def draw_in_sets(
    keys: NDArray[np.uint64],
    step: int,
    inputs: Inputs,
    threshold: Array,
    scale: Array,
    columns: Array,
    marks: Array,
    drawn: NDArray[np.uint32],
    out: Array,
) -> None:
    """Draw the batch of one step for every instance, where some features are in sets.

    Parameters
    ----------
    keys, step
        Stream keys, and number of the step.
    inputs
        The distribution; its key, thresholds and scales are replaced by those of each instance.
    threshold, scale
        Thresholds and scales of each instance, shape (instance, feature).
    columns, marks, drawn
        Scratch space: shape (feature, chunk), (chunk,) and (chunk,).
    out
        The batch, shape (instance, rows, feature).
    """
    rows, chunk = out.shape[1], len(drawn)
    for k in range(len(keys)):
        word = step_word(keys[k], step)
        own = Inputs(
            keys[k],
            inputs.n,
            threshold[k],
            scale[k],
            inputs.signed,
            inputs.sparse,
            inputs.free,
            inputs.set_starts,
            inputs.set_members,
            inputs.set_kinds,
        )
        for first in range(0, rows, chunk):
            count = min(chunk, rows - first)
            draw_rows(own, word, first, count, 0, columns, marks, drawn)
            for s in range(count):
                for i in range(inputs.n):
                    out[k, first + s, i] = columns[i, s]
