"""The kernels draw the inputs of `tms.features.sample`, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.small import small
from tms.engines import fused_cpu
from tms.engines.cpu import draws, matmul, narrow, packing
from tms.features import (
    sample,
)
from tms.random_streams import GOLDEN, HELD_OUT

DENSITIES = st.one_of(
    st.floats(0, 1), st.sampled_from([0.0, 1.0, 1e-3, 1e-9, 1e-40, 5e-324, 1 - 2**-24, 1 - 2**-53])
)


@st.composite
def distributions(draw_: st.DrawFn) -> tuple[list[float], dict[str, Any]]:
    """Densities and settings of one instance: features 0 to 4 may be in sets, the others are free."""
    n = draw_(st.integers(1, 9))
    density = draw_(st.lists(DENSITIES, min_size=n, max_size=n))
    settings_: dict[str, Any] = {"signed": draw_(st.booleans())}
    if n >= 5 and draw_(st.booleans()):
        sets = draw_(st.sampled_from([((0, 1), (2, 3, 4)), ((4, 0), (2, 1)), ((1, 3, 0, 4, 2),)]))
        split = draw_(st.integers(0, len(sets)))
        settings_ |= {"correlated": sets[:split], "anticorrelated": sets[split:]}
        for group in sets:
            for i in group:
                density[i] = density[group[0]]
    return density, settings_


@given(
    distributions(), st.integers(0, 2**63), st.integers(0, 500), st.integers(1, narrow.CHUNK), st.booleans()
)
@settings(max_examples=200)
def test_the_kernel_draws_the_rows_of_the_sampler_and_packs_away_the_empty_ones(
    distribution: tuple[list[float], dict[str, Any]], key: int, first: int, rows: int, held_out: bool
) -> None:
    density, options = distribution
    experiment = small(n_features=len(density), n_hidden=1, density=[density], **options)
    inputs = fused_cpu.Stack(experiment).inputs(0, np.uint64(key))
    buffers = narrow.new_buffers(len(density), 1)
    step = 7 + held_out * HELD_OUT
    word = np.uint64(draws.splitmix64(np.uint64((key + step * GOLDEN) % 2**64)))
    at = 3
    draws.draw_rows(inputs, word, first, rows, at, buffers.x, buffers.u, buffers.drawn)

    keys = np.array([key], dtype=np.uint64)
    sampled = sample(experiment.features, experiment.features.density, keys, step, first + rows)
    expected = sampled[0, first:].numpy()
    np.testing.assert_array_equal(buffers.x[:, at : at + rows].T, expected)

    before = buffers.x[:, :at].copy()
    length = packing.pack(buffers.x, buffers.u, at, rows, buffers.drawn)
    np.testing.assert_array_equal(buffers.x[:, at:length].T, expected[expected.any(axis=1)])
    np.testing.assert_array_equal(buffers.x[:, :at], before)

    if not experiment.features.sets:
        one = np.empty(matmul.padded(len(density)), dtype=np.float32)
        assert len(inputs.threshold) == len(one), "drawn inputs would reach beyond their rows in a tile"
        for row, values in enumerate(expected):
            assert draws.draw_input(inputs, word, first + row, one) == np.count_nonzero(values)
            np.testing.assert_array_equal(one[: len(density)], values)
            assert not one[len(density) :].any()


def test_a_draw_that_equals_its_density_is_not_active() -> None:
    keys = np.array([5], dtype=np.uint64)
    drawn = sample(small(n_features=1, n_hidden=1).features, np.ones((1, 1)), keys, step=0, batch_size=40)
    for row in (0, 17):
        at_the_edge = small(n_features=1, n_hidden=1, density=[[float(drawn[0, row, 0])]])
        inputs = fused_cpu.Stack(at_the_edge).inputs(0, keys[0])
        buffers = narrow.new_buffers(1, 1)
        draws.draw_rows(inputs, draws.step_word(keys[0], 0), 0, 40, 0, buffers.x, buffers.u, buffers.drawn)
        np.testing.assert_array_equal(buffers.u[:40], drawn[0, :, 0] < drawn[0, row, 0])
