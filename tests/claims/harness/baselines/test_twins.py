"""Twins differ from the models of a sweep by rounding alone, and cover all of it."""

from __future__ import annotations

import numpy as np
import pytest

from claims.harness.baselines.twins import twins_of
from tests.helpers.small import small


@pytest.mark.parametrize(
    ("points", "seeds", "best_of", "twins"),
    [
        (1, 6, 1, 42),
        (1, 64, 1, 32),
        (6, 8, 1, 36),
        (40, 1, 1, 32),
        (200, 4, 1, 32),
        (1, 3, 20, 60),
        (1, 2, 50, 32),
        (6, 8, 4, 72),
        (40, 1, 9, 32),
    ],
)
def test_twins_are_of_kept_models_along_the_whole_sweep(
    points: int, seeds: int, best_of: int, twins: int
) -> None:
    experiment = small(density=np.geomspace(0.01, 1, points)[:, None], seeds=seeds, best_of=best_of)
    described = twins_of(experiment)
    assert sum(twin.n_instances for twin in described) == twins
    assert len({twin.init_scale for twin in described}) == len(described)
    for twin in described:
        assert {0, points - 1} <= set(twin.point_ids.tolist())
        judged = dict(zip(experiment.instances.keys, experiment.instances.held_out_keys, strict=True))
        assert [judged[key] for key in twin.instances.keys] == list(twin.instances.held_out_keys)
        ratio = twin.initial_weights().ravel()[:5] / experiment.initial_weights().ravel()[:5]
        assert (ratio != 1).any()
        np.testing.assert_allclose(ratio, 1, rtol=2e-5)
