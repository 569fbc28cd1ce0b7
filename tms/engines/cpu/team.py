"""Several threads that train one instance: each takes parts of every batch, the first updates the weights.

How a batch is divided depends on the experiment alone, and gradients of parts are added in one order, so that
the number of threads decides nothing but the time that it takes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from tms.engines.cpu.parts import INLINE, Array

LEAST_ROWS: Final = 128
"""Inputs in a part of a batch at the least."""
LEAST_WORK: Final = 2**16
"""Weights times inputs in a part at the least: some microseconds, ten times what a meeting takes."""
MOST_PARTS: Final = 8
LINE: Final = 8
"""64-bit numbers in a cache line, of which each member has one to itself."""
SPINS: Final = 1000
"""Looks at another member's line before the processor is offered to others."""


class Team(NamedTuple):
    """One member's view of a team.

    `grads` (place, parameter) and `losses` (part,) are what the members hand in, `arrived` (member, line) how
    often each has come to a meeting. Every part has a place of its own, unless one member does all parts and
    so adds them up in order as it goes; without a place, the batch is one part.
    """

    member: int
    members: int
    grads: Array
    losses: NDArray[np.float64]
    arrived: NDArray[np.int64]


def parts_of(n: int, m: int, batch: int) -> int:
    """Into how many parts a batch is divided: one, unless each has enough to do."""
    return max(1, min(MOST_PARTS, batch // LEAST_ROWS, batch * n * m // LEAST_WORK))


def new_team(members: int, parts: int, parameters: int) -> list[Team]:
    """Every member's view of a new team."""
    places = 0 if parts == 1 else 1 if members == 1 else parts
    grads = np.zeros((places, parameters), dtype=np.float32)
    losses, arrived = np.zeros(parts), np.zeros((members, LINE), dtype=np.int64)
    return [Team(member, members, grads, losses, arrived) for member in range(members)]


def _ordered(emit: Callable[[ir.IRBuilder, ir.Value, ir.Value], ir.Value | None]) -> Callable[..., ir.Value]:
    """Make the code of an access to one number of an array that other threads see in order."""

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
"""Read a number, and after it whatever its writer wrote before."""
write: Final[Any] = intrinsic(_writing)
"""Write a number so that whoever reads it sees all that was written before."""
give_way: Final[Any] = intrinsic(_giving_way)
"""Let the system run another thread, where it can be asked to."""


@njit(**INLINE)
def meet(team: Team, times: int) -> None:
    """Wait until every member has come to its meeting number `times`."""
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
    """Give a part's loss and gradient to the team; the gradient is cleared, unless the batch is one part."""
    team.losses[part] = loss
    if len(team.grads) > 0:
        place = team.grads[part % len(team.grads)]
        for k in range(len(grad)):
            place[k] += grad[k]
            grad[k] = np.float32(0.0)


@njit(**INLINE)
def add_up(team: Team, grad: Array) -> float:
    """Move the gradients of all parts to an array, added up; return the sum of their losses."""
    loss = team.losses[0]
    for part in range(1, len(team.losses)):
        loss += team.losses[part]
    for place in range(len(team.grads)):
        for k in range(len(grad)):
            grad[k] += team.grads[place, k]
            team.grads[place, k] = np.float32(0.0)
    return loss
