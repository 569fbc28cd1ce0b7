"""Plans: the tiles, the numbers of warps and the properties of a model for which kernels are compiled.

A plan depends on the sizes of one instance and on the batch, never on the number of instances. Another plan
would sum in another order, and the result of an instance must not depend on the others.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

from tms.engines.activations import code_of
from tms.engines.cuda import forms as available
from tms.experiment import Experiment

FREE, CORRELATED, ANTICORRELATED = range(3)
PRECISIONS: Final = ("ieee", "tf32x3", "tf32", "bf16x6", "bf16x3")
"""Precisions of Triton's matrix products: float32, or a type and a number of products on tensor cores."""

ONE_PROGRAM: Final = 2**15
"""Features x hidden x batch up to which one program trains an instance alone. Beyond it, the other
multiprocessors save more than the two launches a step that sharing costs (some 4 us)."""
NARROW: Final = 16
NARROW_SHARED: Final = 8
"""Hidden dimensions up to which products are sums in registers; beyond, they are tiled `tl.dot`."""
KEPT: Final = 2**15
"""Numbers in a tile of inputs up to which drawing them once and reading them twice is faster than drawing
them three times, if products are sums in registers. With matrix products it always is."""
PARTS: Final = 8
MOST_PARTS: Final = 64
PARTIAL_WEIGHTS: Final = 2**19
"""Limit on the gradients of weights that the programs sharing an instance write, and that the update has to
read. It sets the number of programs, within `PARTS` and `MOST_PARTS`."""
LEAST_TILE: Final = 32
WIDEST_TILE: Final = 1024
"""Samples of a tile, in registers."""
SAMPLES_A_THREAD: Final = 4
PRODUCTS_A_WARP: Final = 2**14
MOST_WARPS: Final = 8
"""A tile gets the fewest warps that stay below both limits, because sums across warps cost a barrier."""
MOST_ROWS: Final = 4
BLOCK: Final = 64
"""Limits on the features treated at a time and on their weights for a thread; more would spill registers."""
FEW: Final = 8
"""Features and hidden dimensions up to which inputs can stay in registers."""
PACKED_SHAPE: Final = (32, 1)
LARGE_PACKED_SHAPE: Final = (256, 4)
"""Samples and warps of the form "active-inputs", below `LARGE_BATCH` and from there on; never timed."""
LARGE_BATCH: Final = 256
DOT_SHAPES: Final = {16: (64, 16, 2, 3), 32: (32, 16, 1, 3)}
WIDE_DOT_SHAPE: Final = (16, 32, 2, 3)
LARGE_DOT_SHAPE: Final = (16, 32, 1, 1)
"""Features at a time, samples, warps and stages of tiled matrix products, by hidden dimensions. A thread has
all factors of its sums in registers, and few warps wait at few barriers. With 32 dimensions, batches from
`LARGE_BATCH` on have enough tiles for twice the samples in each, which halves the loads of weights."""
SPLIT_SHAPES: Final = {32: (16, 32, 2, 1), 64: (16, 32, 2, 1)}
LARGE_SPLIT_SHAPES: Final = {32: (32, 64, 4, 1), 64: (16, 64, 4, 1)}
"""The same for the form "tensor-cores", below `LARGE_BATCH` and from there on. These shapes need the fewest
instructions without spilling registers, as compiled for a Hopper GPU; none of them has been timed."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The constants for which a kernel is compiled.

    Parameters
    ----------
    rows, hidden, tile
        Features treated at a time, hidden dimensions padded to a power of two, and samples in a tile.
    warps
        Warps (of 32 threads) in a program.
    stages
        Blocks of rows in flight at a time, including those fetched ahead.
    shared
        Whether several programs share an instance's batch, and another kernel updates.
    dot
        Whether products are tiled matrix products instead of sums in registers.
    kept
        Whether a tile's inputs are kept in memory for their three uses instead of being drawn again.
    tied, activation, hidden_relu, hidden_bias, absolute, penalised
        Properties of the architecture and its loss.
    sets, signed
        Whether there are sets of features, and whether values have a sign.
    precision
        Precision of Triton's matrix products, one of `PRECISIONS`.
    split
        Whether a step multiplies factors that are split in bfloat16 terms, on tensor cores (`tensor_cores`).
    registers, packed
        Whether inputs stay in registers (`small`), and whether those without an active feature are left out.
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
    split: bool
    registers: bool
    packed: bool

    def __repr__(self) -> str:
        """Join all values in letters that Triton accepts in the name of a compiled function."""
        values = (getattr(self, field.name) for field in dataclasses.fields(self))
        return "plan_" + "_".join(str(int(v)) if isinstance(v, int) else v for v in values)


def plan_of(experiment: Experiment, forms: tuple[str, ...] | None = None) -> Plan:
    """Choose the plan for an experiment.

    Parameters
    ----------
    experiment
        The experiment to train.
    forms
        Forms to use where they serve, from `tms.engines.cuda.forms`; by default those that are set there.

    Raises
    ------
    ValueError
        As `tms.engines.cuda.forms.chosen`.
    """
    forms = available.chosen() if forms is None else forms
    n, batch = experiment.n_features, experiment.batch_size
    hidden = power_of_two(experiment.n_hidden)
    shared = n * hidden * batch > ONE_PROGRAM
    dot = hidden > (NARROW_SHARED if shared else NARROW)
    split = shared and hidden in SPLIT_SHAPES and available.TENSOR_CORES in forms
    if split:
        shapes = LARGE_SPLIT_SHAPES if batch >= LARGE_BATCH else SPLIT_SHAPES
        rows, tile, warps, stages = shapes[hidden]
    elif dot:
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
    packed = available.ACTIVE_INPUTS in forms
    registers = not shared and max(n, hidden) <= FEW and (packed or available.REGISTERS in forms)
    if registers:
        rows = power_of_two(n)
    if registers and packed:
        tile, warps = LARGE_PACKED_SHAPE if batch >= LARGE_BATCH else PACKED_SHAPE
    return Plan(
        rows=rows,
        hidden=hidden,
        tile=tile,
        warps=warps,
        stages=stages,
        shared=shared,
        dot=dot,
        kept=not registers and (dot or padded(n, rows) * tile <= KEPT),
        tied=experiment.architecture != "relu_hidden_untied",
        activation=code_of(experiment.architecture, experiment.activation),
        hidden_relu=experiment.has_hidden_relu,
        hidden_bias=experiment.hidden_bias,
        absolute=experiment.target == "absolute",
        penalised=experiment.hidden_l1 > 0,
        sets=bool(experiment.features.sets),
        signed=experiment.features.signed,
        precision="ieee",
        split=split,
        registers=registers,
        packed=registers and packed,
    )


def for_evaluation(plan: Plan) -> Plan:
    """Return the plan of the held-out loss, for parameters that are laid out by a plan."""
    plan = dataclasses.replace(plan, registers=False, packed=False)
    if not plan.split:
        return plan
    rows, tile, warps, stages = WIDE_DOT_SHAPE
    return dataclasses.replace(plan, split=False, rows=rows, tile=tile, warps=warps, stages=stages)


def most_parts(n: int, hidden: int) -> int:
    """Return the largest number of programs that may share a batch of `n` features and padded `hidden`."""
    return min(max(PARTIAL_WEIGHTS // (n * hidden), PARTS), MOST_PARTS)


def parts_of(batch: int, n: int, plan: Plan) -> tuple[int, int]:
    """Return the number of programs that share a batch, and the number of samples that each takes."""
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
