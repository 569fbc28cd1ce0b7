"""What the kernels share: parameters, activations, the loss of empty inputs, compiler options."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from tms.engines.activations import GELU as GELU
from tms.engines.activations import LINEAR as LINEAR
from tms.engines.activations import QUADRATIC as QUADRATIC
from tms.engines.activations import RELU as RELU
from tms.sources import compiled_code_is_stored, njit

CORRELATED, ANTICORRELATED = range(2)

# Sums may be reordered into SIMD lanes; NaN and infinity must keep their meaning.
FAST: Final = {"reassoc", "contract", "nsz"}
COMPILE: Final[dict[str, Any]] = {
    "nogil": True,
    "cache": compiled_code_is_stored(),
    "fastmath": FAST,
    "error_model": "numpy",
    # Without Numba's runtime kernels cannot allocate and do not count references, which would cost more than
    # the arithmetic on a small tile.
    "_nrt": False,
}

# For functions called for every tile or row: passing a dozen arrays costs more than a small model's work.
INLINE: Final[dict[str, Any]] = {**COMPILE, "forceinline": True}

# For functions that call many others: Numba inlines them before LLVM sees them, so they are compiled once.
IN_PLACE: Final[dict[str, Any]] = {**COMPILE, "inline": "always"}

VECTOR: Final = 16
"""float32 numbers in the largest vectors of current processors."""

LINE: Final = 16
"""float32 numbers in a cache line; a vector across two lines takes twice as long to load or to store."""

Array = NDArray[np.float32]


class Net(NamedTuple):
    """Parameters, gradients or moments of one instance.

    `W` and `W_out` have shape (feature, hidden) and are the same array in a tied model; `b` has shape
    (feature,), `b_hidden` (hidden,).
    """

    W: Array
    W_out: Array
    b: Array
    b_hidden: Array


class Task(NamedTuple):
    """The settings that distinguish architectures and losses."""

    tied: bool
    activation: int
    hidden_relu: bool
    hidden_bias: bool
    absolute: bool
    hidden_l1: np.float32


class Inputs(NamedTuple):
    """The input distribution of one instance, of `n` features, on the stream with a key.

    `threshold` and `scale` are padded to whole vectors with features that are never active. `sparse` says
    whether leaving out inputs without an active feature pays. `free` lists the features that are in no set;
    the members of set g are `set_members` from `set_starts[g]` to `set_starts[g + 1]`.
    """

    key: np.uint64
    n: int
    threshold: Array
    scale: Array
    signed: bool
    sparse: bool
    free: NDArray[np.int64]
    set_starts: NDArray[np.int64]
    set_members: NDArray[np.int64]
    set_kinds: NDArray[np.int64]


def rooms(*shapes: tuple[int, ...]) -> list[Array]:
    """Allocate arrays of zeros in one block, each aligned to a cache line."""
    lines = [-(-math.prod(shape) // LINE) * LINE for shape in shapes]
    room = np.zeros(sum(lines) + LINE, dtype=np.float32)
    start = -room.ctypes.data % (4 * LINE) // 4
    ends = start + np.cumsum(lines)
    return [
        room[end - line : end][: math.prod(shape)].reshape(shape)
        for shape, line, end in zip(shapes, lines, ends, strict=True)
    ]


class Flat(NamedTuple):
    """The state of AdamW as flat arrays: parameters, gradient, and its two moments."""

    values: Array
    grad: Array
    first: Array
    second: Array


class Work(NamedTuple):
    """One instance in training; `net` and `grad` are views of the first two arrays of `flat`."""

    importance: Array
    net: Net
    grad: Net
    flat: Flat
    buffers: Any


def new_work(importance: Array, n: int, m: int, outputs: int, tied: bool, buffers: Any) -> Work:
    """Allocate the parameters, gradient and moments of an instance, all 0.

    All parameters are in one array, so that AdamW is one loop over whole vectors.

    Parameters
    ----------
    importance
        Importances, shape (outputs,).
    n, m
        Rows and columns of the weights, padding included.
    outputs
        Number of output biases, padding included.
    tied
        Whether `W_out` is `W`.
    buffers
        The kernel's scratch space.
    """
    ends = np.cumsum([n * m, 0 if tied else n * m, outputs, m])
    flat = Flat(*rooms(*[(-(-int(ends[-1]) // VECTOR) * VECTOR,)] * 4))

    def net(values: Array) -> Net:
        W, W_out, b, b_hidden = np.split(values[: ends[-1]], ends[:-1])
        return Net(W.reshape(n, m), (W if tied else W_out).reshape(n, m), b, b_hidden)

    return Work(importance, net(flat.values), net(flat.grad), flat, buffers)


def of_same_net(work: Work, other: Work) -> Work:
    """Let `work` share the parameters of `other`, but keep its own gradient."""
    return work._replace(net=other.net, flat=work.flat._replace(values=other.flat.values))


def _rectifying(_typing: Any, _z: Any) -> Any:
    def code(_context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Any) -> ir.Value:
        number = ir.FloatType()
        kind = ir.FunctionType(number, [number, number])
        maximum = cgutils.get_or_insert_function(builder.module, kind, "llvm.maximum.f32")
        return builder.call(maximum, [arguments[0], ir.Constant(number, 0.0)], fastmath=("nsz",))

    return types.float32(types.float32), code


rectified: Final[Any] = intrinsic(_rectifying)
"""The ReLU of a number, written so that it is fast in arrays that are changed in place.

If the larger of a number and 0 is stored where the number came from, LLVM usually makes a masked store of it,
which takes four times as long on AMD's AVX2 processors.
"""


@njit(**INLINE)
def gelu(z: np.float32) -> tuple[np.float32, np.float32]:
    """Return GELU and its derivative at z."""
    cumulative = np.float32(0.5 * (1.0 + math.erf(z * 0.7071067811865476)))
    density = np.float32(0.3989422804014327 * math.exp(-0.5 * z * z))
    return z * cumulative, cumulative + z * density


@njit(**INLINE)
def piecewise(kind: int, z: np.float32) -> tuple[np.float32, np.float32]:
    """Return a piecewise polynomial activation (any but GELU) and its derivative at z."""
    if kind == RELU:
        return max(z, np.float32(0.0)), np.float32(1.0) if z > np.float32(0.0) else np.float32(0.0)
    if kind == QUADRATIC:
        return z * z, np.float32(2.0) * z
    return z, np.float32(1.0)


@njit(**INLINE)
def activate(kind: int, z: np.float32) -> tuple[np.float32, np.float32]:
    """Return an output activation and its derivative at z."""
    return gelu(z) if kind == GELU else piecewise(kind, z)


@njit(**COMPILE)  # not inlined: LLVM vectorises no loop in a function that calls erf
def gelu_row(z: Array, slope: Array, count: int) -> None:
    """Replace `count` pre-activations by the outputs of GELU; write its derivatives to `slope`."""
    for s in range(count):
        z[s], slope[s] = gelu(z[s])


@njit(**INLINE)
def empty_loss(b: Array, task: Task, importance: Array) -> float:
    """Return the loss of one input without an active feature, for a hidden layer without a bias."""
    loss = 0.0
    for i in range(len(importance)):
        out = activate(task.activation, b[i])[0]
        loss += importance[i] * out * out
    return loss


@njit(**INLINE)
def empty_gradient(b: Array, grad_b: Array, task: Task, importance: Array, weight: np.float32) -> None:
    """Add the gradient of inputs without an active feature, whose weights sum to `weight`."""
    for i in range(len(importance)):
        out, gain = activate(task.activation, b[i])
        grad_b[i] += np.float32(2.0) * importance[i] * out * gain * weight
