"""How the kernels treat a model: sizes of tiles, number of warps, and what the architecture has.

A plan depends on one instance's sizes and on the batch, never on how many instances are trained beside it:
another plan would sum in another order, and an instance's result must not depend on its neighbours.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

from tms.engines.activations import code_of
from tms.experiment import Experiment

FREE, CORRELATED, ANTICORRELATED = range(3)
PRECISIONS: Final = ("ieee", "tf32x3", "tf32")
"""Of matrix products: float32, three TF32 products that make up for nearly one in float32, or one."""

ONE_PROGRAM: Final = 2**15
"""Features x hidden x batch up to which one program trains an instance alone: beyond it, the two launches a
step that sharing costs (some 4 us) are less than what the other multiprocessors take off."""
NARROW: Final = 16
NARROW_SHARED: Final = 8
"""Up to so many hidden dimensions products run over samples in registers, beyond it as tiled `tl.dot`."""
KEPT: Final = 2**15
"""Inputs of a tile up to which drawing them once and reading them twice beats drawing them three times, where
products run in registers; before matrix products it always does."""
PARTS: Final = 8
MOST_PARTS: Final = 64
PARTIAL_WEIGHTS: Final = 2**19
"""Programs among which the batch of an instance is shared: as many as write so many weights' gradients, which
the update has to read, but no fewer than `PARTS` and no more than `MOST_PARTS`."""
LEAST_TILE: Final = 32
WIDEST_TILE: Final = 1024
"""Samples of a tile, in registers."""
SAMPLES_A_THREAD: Final = 4
PRODUCTS_A_WARP: Final = 2**14
MOST_WARPS: Final = 8
"""A tile gets the fewest warps that stay below both, since what crosses warps costs a barrier."""
MOST_ROWS: Final = 4
BLOCK: Final = 64
"""Features that are treated at a time, and their weights for the samples of a thread: more spill."""
LARGE_BATCH: Final = 256
DOT_SHAPES: Final = {16: (64, 16, 2, 3), 32: (32, 16, 1, 3)}
WIDE_DOT_SHAPE: Final = (16, 32, 2, 3)
LARGE_DOT_SHAPE: Final = (16, 32, 1, 1)
"""Features at a time, samples, warps and stages of tiled matrix products, by hidden dimensions: a thread has
all factors of its sums in registers, and few warps wait for few barriers. With 32 dimensions there are from
`LARGE_BATCH` on enough tiles for twice the samples, which halve the loads of weights."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a kernel is compiled for.

    Parameters
    ----------
    rows, hidden, tile
        Features treated at a time, hidden dimensions padded to a power of two, samples of a tile.
    warps
        Of 32 threads each, a program.
    stages
        Blocks of rows that are under way at a time, those fetched ahead among them.
    shared
        Whether several programs share an instance's batch, with an update in between.
    dot
        Whether products are tiled matrix products, rather than sums over rows in registers.
    kept
        Whether a tile's inputs are kept in memory between their three uses, rather than drawn again.
    tied, activation, hidden_relu, hidden_bias, absolute, penalised
        The architecture and its loss.
    sets, signed
        The features.
    precision
        Of matrix products, one of `PRECISIONS`.
    """

    rows: int
    hidden: int
    tile: int
    warps: int
    stages: int
    shared: bool
    dot: bool
    kept: bool
    tied: bool
    activation: int
    hidden_relu: bool
    hidden_bias: bool
    absolute: bool
    penalised: bool
    sets: bool
    signed: bool
    precision: str

    def __repr__(self) -> str:
        """Every value, in letters that Triton can take into the name of a compiled function."""
        values = (getattr(self, field.name) for field in dataclasses.fields(self))
        return "plan_" + "_".join(str(int(v)) if isinstance(v, int) else v for v in values)


def plan_of(experiment: Experiment, precision: str = "ieee") -> Plan:
    """Choose how to train an experiment.

    Parameters
    ----------
    experiment
        What to train.
    precision
        Of matrix products; all but "ieee" round their factors.
    """
    n, batch = experiment.n_features, experiment.batch_size
    hidden = power_of_two(experiment.n_hidden)
    shared = n * hidden * batch > ONE_PROGRAM
    dot = hidden > (NARROW_SHARED if shared else NARROW)
    if dot:
        shape = DOT_SHAPES.get(hidden, WIDE_DOT_SHAPE)
        if hidden == 32 and batch >= LARGE_BATCH:
            shape = LARGE_DOT_SHAPE
        rows, tile, warps, stages = shape
        rows = min(rows, max(power_of_two(n), WIDE_DOT_SHAPE[0]))
    else:
        stages = WIDE_DOT_SHAPE[3]
        tile = LEAST_TILE if shared else min(max(power_of_two(batch), LEAST_TILE), WIDEST_TILE)
        least = max(tile // (32 * SAMPLES_A_THREAD), -(-tile * n * hidden // PRODUCTS_A_WARP))
        warps = min(power_of_two(max(least, 1)), MOST_WARPS)
        rows = min(power_of_two(n), MOST_ROWS, max(BLOCK * 32 * warps // (hidden * tile), 1))
    return Plan(
        rows=rows,
        hidden=hidden,
        tile=tile,
        warps=warps,
        stages=stages,
        shared=shared,
        dot=dot,
        kept=dot or padded(n, rows) * tile <= KEPT,
        tied=experiment.architecture != "relu_hidden_untied",
        activation=code_of(experiment.architecture, experiment.activation),
        hidden_relu=experiment.has_hidden_relu,
        hidden_bias=experiment.hidden_bias,
        absolute=experiment.target == "absolute",
        penalised=experiment.hidden_l1 > 0,
        sets=bool(experiment.features.sets),
        signed=experiment.features.signed,
        precision=precision,
    )


def most_parts(n: int, hidden: int) -> int:
    """Return among how many programs a batch of `n` features and padded hidden dimensions may be shared."""
    return min(max(PARTIAL_WEIGHTS // (n * hidden), PARTS), MOST_PARTS)


def parts_of(batch: int, n: int, plan: Plan) -> tuple[int, int]:
    """Return among how many programs a batch is shared, and how many samples each of them takes."""
    if not plan.shared:
        return 1, batch
    tiles = -(-batch // plan.tile)
    span = -(-tiles // most_parts(n, plan.hidden))
    return -(-tiles // span), span * plan.tile


def power_of_two(count: int) -> int:
    """Round up to a power of two."""
    return 1 << (count - 1).bit_length()


def padded(count: int, multiple: int) -> int:
    """Round up to a multiple."""
    return -(-count // multiple) * multiple
