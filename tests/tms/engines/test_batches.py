"""The reference engine's batches are those of `tms.features.sample`, bit for bit."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.engine_checks import DENSITIES, SEEDS, SETS
from tests.helpers.small import VARIANTS, small
from tms.engines import batches
from tms.engines.batches import Batches
from tms.experiment import Experiment
from tms.features import sample
from tms.random_streams import HELD_OUT


def drawn(experiment: Experiment, step: int, rows: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    own = experiment.instances
    return Batches(experiment.features, own.density, own.keys, "cpu", dtype).draw(step, rows)


def assert_sampled(experiment: Experiment, step: int, rows: int) -> None:
    own = experiment.instances
    expected = sample(experiment.features, own.density, own.keys, step, rows)
    own_words, expected_words = (x.view(torch.int32) for x in (drawn(experiment, step, rows), expected))
    assert torch.equal(own_words, expected_words)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("rows", [1, 255, 700])
@pytest.mark.parametrize("step", [0, 7, HELD_OUT + 3])
def test_every_kind_of_input_is_drawn_as_the_sampler_draws_it(variant: str, rows: int, step: int) -> None:
    assert_sampled(small(**VARIANTS[variant]), step, rows)


@given(
    n=st.sampled_from([1, 2, 3, 15, 16, 17, 33, 100, 511, 512, 513, 700]),
    rows=st.sampled_from([1, 2, 5, 63, 64, 130]),
    density=st.lists(DENSITIES, min_size=3, max_size=3),
    signed=st.booleans(),
    seed=SEEDS,
)
@settings(max_examples=60)
def test_any_number_of_features_and_rows_is_drawn_to_its_last_number(
    n: int, rows: int, density: list[float], signed: bool, seed: int
) -> None:
    points = np.repeat(np.array(density)[:, None], n, axis=1)
    points[:, -1] = 0.5
    experiment = small(n_features=n, n_hidden=1, density=points, signed=signed)
    assert_sampled(experiment.with_run_seed(seed), 2, rows)


@given(sets=st.sampled_from(SETS), split=st.integers(0, 2), rows=st.integers(1, 600), signed=st.booleans())
@settings(max_examples=30)
def test_sets_of_features_are_drawn_whole(sets: Any, split: int, rows: int, signed: bool) -> None:
    assert_sampled(small(correlated=sets[:split], anticorrelated=sets[split:], signed=signed), 1, rows)


def test_inputs_are_converted_to_the_type_that_is_asked_for() -> None:
    experiment = small()
    assert drawn(experiment, 1, 9, torch.float64).dtype == torch.float64
    assert torch.equal(drawn(experiment, 1, 9, torch.float64), drawn(experiment, 1, 9).double())


def test_batches_do_not_share_memory() -> None:
    own = small().instances
    source = Batches(small().features, own.density, own.keys, "cpu", torch.float32)
    first = source.draw(0, 20)
    kept = first.clone()
    source.draw(1, 20)
    assert torch.equal(first, kept)


def test_the_sampler_draws_where_numba_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[Any, ...]] = []

    def noted(*given_: Any) -> torch.Tensor:
        calls.append(given_)
        return sample(*given_)

    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    monkeypatch.setattr(batches, "sample", noted)
    assert drawn(small(), 3, 10).shape == (4, 10, 5)
    assert len(calls) == 1
