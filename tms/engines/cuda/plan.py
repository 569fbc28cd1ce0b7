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

NARROW: Final = 16
"""Up to so many hidden dimensions products run over samples in registers, beyond it as tiled `tl.dot`."""
ONE_PROGRAM: Final = 2**17
"""Features x hidden x batch up to which one program trains an instance alone: beyond it, the two launches a
step that sharing costs (some 4 us) are less than what the other multiprocessors take off."""
KEPT: Final = 2**15
"""Inputs of a tile up to which drawing them once and reading them twice beats drawing them three times."""
PARTS: Final = 8
"""Programs among which the batch of an instance is shared, at most: the update reads a gradient from each."""
LEAST_TILE: Final = 32
WIDEST_TILE: Final = 1024
WIDEST_SHARED_TILE: Final = 128
WIDEST_DOT_TILE: Final = 64
"""Samples of a tile: of tiled matrix products a thread holds all factors of its sums in registers."""
DOT_ROWS: Final = 16
SAMPLES_A_THREAD: Final = 2
MOST_WARPS: Final = 8
BLOCK: Final = 32
"""Weights of the rows that are treated at a time, where their products stay in registers."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a kernel is compiled for.

    Parameters
    ----------
    rows, hidden, tile
        Features treated at a time, hidden dimensions padded to a power of two, samples of a tile.
    warps
        Of 32 threads each, a program.
    shared
        Whether several programs share an instance's batch, one tile each, with an update in between.
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
    dot = hidden > NARROW
    rows = DOT_ROWS if dot else min(power_of_two(n), BLOCK // hidden)
    shared = n * hidden * batch > ONE_PROGRAM
    if dot:
        widest = WIDEST_DOT_TILE if hidden <= WIDEST_DOT_TILE // 2 else LEAST_TILE
    else:
        widest = WIDEST_SHARED_TILE if shared else WIDEST_TILE
    tile = min(max(power_of_two(batch) // (PARTS if shared else 1), LEAST_TILE), widest)
    return Plan(
        rows=rows,
        hidden=hidden,
        tile=tile,
        warps=4 if dot else min(max(tile // (32 * SAMPLES_A_THREAD), 1), MOST_WARPS),
        shared=shared,
        dot=dot,
        kept=not dot and padded(n, rows) * tile <= KEPT,
        tied=experiment.architecture != "relu_hidden_untied",
        activation=code_of(experiment),
        hidden_relu=experiment.has_hidden_relu,
        hidden_bias=experiment.hidden_bias,
        absolute=experiment.target == "absolute",
        penalised=experiment.hidden_l1 > 0,
        sets=bool(experiment.features.sets),
        signed=experiment.features.signed,
        precision=precision,
    )


def parts_of(batch: int, plan: Plan) -> tuple[int, int]:
    """Return among how many programs a batch is shared, and how many samples each of them takes."""
    if not plan.shared:
        return 1, batch
    tiles = -(-batch // plan.tile)
    span = -(-tiles // PARTS)
    return -(-tiles // span), span * plan.tile


def power_of_two(count: int) -> int:
    """Round up to a power of two."""
    return 1 << (count - 1).bit_length()


def padded(count: int, multiple: int) -> int:
    """Round up to a multiple."""
    return -(-count // multiple) * multiple
