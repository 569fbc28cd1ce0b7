"""Teams of threads that train one instance: each takes parts of every batch, the first updates the weights.

The division of a batch into parts depends on the experiment alone, and the gradients of the parts are added
in a fixed order. The number of threads therefore affects the time only, never a bit of the result.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from tms.engines.cpu.parts import INLINE, Array
from tms.sources import njit

LEAST_ROWS: Final = 128
"""Smallest number of inputs in a part of a batch."""
LEAST_WORK: Final = 2**16
"""Smallest number of weights times inputs in a part: some microseconds, ten times what a barrier takes."""
MOST_PARTS: Final = 8
"""Largest number of parts of a batch."""
LINE: Final = 8
"""64-bit numbers in a cache line; each member has a line of its own."""
SPINS: Final = 1000
"""Reads of another member's counter before a waiting thread yields its processor."""


class Team(NamedTuple):
    """One member's view of a team.

    `grads` (place, parameter) and `losses` (part,) collect the gradients and losses of the parts. `arrived`
    (member, line) counts how often each member has reached a barrier. Each part has a place of its own. A
    member who computes all parts alone adds them up in order and needs one place; if the batch is one part,
    there is none.
    """

    member: int
    members: int
    grads: Array
    losses: NDArray[np.float64]
    arrived: NDArray[np.int64]


def parts_of(n: int, m: int, batch: int) -> int:
    """Return the number of parts of a batch: as many as each have enough work, and at least one."""
    return max(1, min(MOST_PARTS, batch // LEAST_ROWS, batch * n * m // LEAST_WORK))


def new_team(members: int, parts: int, parameters: int) -> list[Team]:
    """Create a team, and return every member's view of it."""
    places = 0 if parts == 1 else 1 if members == 1 else parts
    grads = np.zeros((places, parameters), dtype=np.float32)
    losses, arrived = np.zeros(parts), np.zeros((members, LINE), dtype=np.int64)
    return [Team(member, members, grads, losses, arrived) for member in range(members)]


def _ordered(emit: Callable[[ir.IRBuilder, ir.Value, ir.Value], ir.Value | None]) -> Callable[..., ir.Value]:
    """Emit an access to one number of an array that other threads observe in order."""

    def code(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        pointer = builder.gep(array.data, [arguments[1]])
        value = arguments[2] if len(arguments) > 2 else None
        result = emit(builder, pointer, value)
        return context.get_dummy_value() if result is None else result

    return code


def _reading(_typing: Any, array: Any, _at: Any) -> Any:
    load = _ordered(lambda builder, pointer, _: builder.load_atomic(pointer, "acquire", 8))
    return types.int64(array, types.int64), load


def _writing(_typing: Any, array: Any, _at: Any, _value: Any) -> Any:
    store = _ordered(lambda builder, pointer, value: builder.store_atomic(value, pointer, "release", 8))
    return types.void(array, types.int64, types.int64), store


def _giving_way(_typing: Any) -> Any:
    def code(context: Any, builder: ir.IRBuilder, _signature: Any, _arguments: Any) -> ir.Value:
        if os.name == "posix":
            kind = ir.FunctionType(ir.IntType(32), [])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, "sched_yield"), [])
        return context.get_dummy_value()

    return types.void(), code


read: Final[Any] = intrinsic(_reading)
"""Read a number with acquire order: later reads see everything that its writer wrote before it."""
write: Final[Any] = intrinsic(_writing)
"""Write a number with release order: whoever reads it sees everything that was written before it."""
give_way: Final[Any] = intrinsic(_giving_way)
"""Yield the processor to another thread; does nothing on systems other than POSIX."""


@njit(**INLINE)
def meet(team: Team, times: int) -> None:
    """Wait at a barrier until every member has reached it `times` times."""
    if team.members > 1:
        write(team.arrived, team.member * LINE, times)
        for other in range(team.members):
            spins = 0
            while read(team.arrived, other * LINE) < times:
                spins += 1
                if spins % SPINS == 0:
                    give_way()


@njit(**INLINE)
def hand_in(team: Team, part: int, loss: float, grad: Array) -> None:
    """Hand in the loss and the gradient of a part, and clear the gradient; a batch of one part keeps it."""
    team.losses[part] = loss
    if len(team.grads) > 0:
        place = team.grads[part % len(team.grads)]
        for k in range(len(grad)):
            place[k] += grad[k]
            grad[k] = np.float32(0.0)


@njit(**INLINE)
def add_up(team: Team, grad: Array) -> float:
    """Move the sum of all parts' gradients to an array; return the sum of their losses."""
    loss = team.losses[0]
    for part in range(1, len(team.losses)):
        loss += team.losses[part]
    for place in range(len(team.grads)):
        for k in range(len(grad)):
            grad[k] += team.grads[place, k]
            team.grads[place, k] = np.float32(0.0)
    return loss
