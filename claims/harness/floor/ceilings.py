"""Measure the machine's ceilings, in the same run as the speeds that are compared with them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any, Final

import numpy as np
import torch
from numba import njit

from claims.harness.records.throughput import Ceilings
from tms import processors
from tms.random_streams import FINALISER_1, FINALISER_2

REPEATS: Final = 5
_SECONDS: Final = 0.1
_SIDE: Final = {"cpu": 2048, "cuda": 8192}
_COPIED: Final = {"cpu": 2**26, "cuda": 2**29}
_TILE: Final = 4096
_DRAWN_AT_ONCE: Final = 2**28


def measure(device: str) -> Ceilings:
    """Measure the ceilings of a device, best of a few repeats.

    Parameters
    ----------
    device
        "cpu" or "cuda".
    """
    return Ceilings(operations=_operations(device), draws=_draws(device), bytes=_bytes(device))


def best(work: Callable[[], object], device: str) -> float:
    """Return the seconds of one call: the least of a few repeats, each with enough calls to be timed."""

    def taken(calls: int) -> float:
        start = perf_counter()
        for _ in range(calls):
            work()
        if device == "cuda":
            torch.cuda.synchronize()
        return perf_counter() - start

    taken(1)
    calls = max(1, round(_SECONDS / taken(1)))
    return min(taken(calls) for _ in range(REPEATS)) / calls


def _operations(device: str) -> float:
    side = _SIDE[device]
    a, b = torch.rand(2, side, side, device=device)
    out = torch.empty_like(a)
    return 2 * side**3 / best(lambda: torch.mm(a, b, out=out), device)


def _bytes(device: str) -> float:
    source = torch.ones(_COPIED[device] // 4, device=device)
    target = torch.empty_like(source)
    return 2 * _COPIED[device] / best(lambda: target.copy_(source), device)


def _draws(device: str) -> float:
    if device == "cuda":
        counters = torch.arange(_DRAWN_AT_ONCE, device=device, dtype=torch.int32)
        # The sum makes this a measure of mixing rather than of writing.
        total = torch.compile(lambda x: mixed(x).sum())
        return _DRAWN_AT_ONCE / best(lambda: total(counters), device)
    threads, tiles = processors.available(), 512
    with ThreadPoolExecutor(threads) as pool:
        tiled = [np.empty(_TILE, dtype=np.uint32) for _ in range(threads)]
        taken = best(lambda: list(pool.map(lambda out: fill(tiles, out), tiled)), device)
    return threads * tiles * _TILE / taken


def mixed(x: torch.Tensor) -> torch.Tensor:
    """Mix 32-bit counters as `tms.random_streams.bits` does, in arithmetic that wraps around."""
    x = x ^ _shifted(x, 16)
    x = x * _signed(FINALISER_1)
    x = x ^ _shifted(x, 15)
    x = x * _signed(FINALISER_2)
    return x ^ _shifted(x, 16)


def _shifted(x: torch.Tensor, places: int) -> torch.Tensor:
    return (x >> places) & ((1 << (32 - places)) - 1)


def _signed(word: int) -> int:
    return word - 2**32 if word >= 2**31 else word


@njit(nogil=True)
def fill(times: int, out: Any) -> None:
    """Fill a tile that stays in the first-level cache a number of times."""
    for tile in range(times):
        base = np.uint32(tile * len(out))
        for s in range(len(out)):
            x = np.uint32(base + np.uint32(s))
            x = np.uint32(x ^ (x >> np.uint32(16)))
            x = np.uint32(x * np.uint32(FINALISER_1))
            x = np.uint32(x ^ (x >> np.uint32(15)) ^ base)
            x = np.uint32(x * np.uint32(FINALISER_2))
            out[s] = np.uint32(x ^ (x >> np.uint32(16)))
