"""Inputs with an active feature are moved together, by either way and for any number of inputs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tms.engines.cpu import narrow
from tms.engines.cpu.packing import pack, pack_by_compressing, pack_by_index
from tms.engines.cpu.sparse import COMPRESSES

WAYS: list[Callable[..., int]] = [
    lambda x, u, at, rows, _kept: pack_by_compressing(x, u, at, rows),
    pack_by_index,
    pack,
]


@pytest.mark.parametrize("way", WAYS if COMPRESSES else WAYS[1:])
@given(
    st.integers(1, narrow.CHUNK),
    st.integers(0, narrow.CHUNK),
    st.sampled_from([0.0, 0.02, 0.5, 0.98, 1.0]),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=100)
def test_inputs_with_an_active_feature_are_moved_together(
    way: Callable[..., int], rows: int, at: int, share: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    buffers = narrow.new_buffers(3, 2)
    x, u = buffers.x, buffers.u
    x[:], u[:] = random.standard_normal(x.shape), random.random(u.shape) < share
    before, kept = x.copy(), np.flatnonzero(u[:rows])
    length = way(x, u, at, rows, buffers.drawn)
    assert length == at + len(kept)
    np.testing.assert_array_equal(x[:, :at], before[:, :at])
    np.testing.assert_array_equal(x[:, at:length], before[:, at + kept])
