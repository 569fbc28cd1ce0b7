"""How the features of a set lie to each other, on embeddings that are known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from tests.helpers.small import small
from tms.analysis.sets import (
    collapse_densities,
    collapsed,
    pair_components,
    partners_are_antipodal,
    set_angles,
    set_cosines,
    set_numbers,
)
from tms.training import train

PAIRS = ((0, 1), (2, 3), (4, 5))
H = 2**-0.5


def at(degrees: list[float], norms: float | list[float] = 1.0) -> torch.Tensor:
    angles = np.deg2rad(degrees)
    return torch.from_numpy(
        np.broadcast_to(norms, angles.shape)[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)
    )


HEXAGON = at([0, 60, 120, 180, 240, 300])
SPLIT_HEXAGON = at([0, 180, 60, 240, 120, 300])
TWO_COLLAPSED = at([0, 90, 180, 180, 270, 270], [1, 1, H, H, H, H])


def test_cosines_are_those_of_partners_set_by_set() -> None:
    assert set_cosines(HEXAGON, PAIRS).numpy() == pytest.approx([0.5, 0.5, 0.5])
    assert set_cosines(SPLIT_HEXAGON, PAIRS).numpy() == pytest.approx([-1, -1, -1])
    assert set_cosines(HEXAGON, [(0, 1, 2), (3, 5)]).numpy() == pytest.approx([0.5, -0.5, 0.5, -0.5])


def test_partners_of_a_hexagon_have_not_collapsed_and_those_in_one_direction_have() -> None:
    assert collapsed(HEXAGON, PAIRS).tolist() == [False, False, False]
    assert collapsed(SPLIT_HEXAGON, PAIRS).tolist() == [False, False, False]
    assert collapsed(torch.stack([HEXAGON, TWO_COLLAPSED]), PAIRS)[1].tolist() == [False, True, True]


def test_a_pair_without_embedding_has_not_collapsed() -> None:
    assert collapsed(at([0, 0, 90, 90, 0, 0], [1, 1, 0, 0, 1, 0]), PAIRS).tolist() == [True, False, False]


def test_a_collapsed_pair_represents_its_sum_alone() -> None:
    plus, minus = pair_components(TWO_COLLAPSED, PAIRS)
    assert plus.numpy() == pytest.approx([1, 1, 1])
    assert minus.numpy() == pytest.approx([1, 0, 0], abs=1e-12)


def test_an_antipodal_pair_represents_its_difference_alone() -> None:
    plus, minus = pair_components(SPLIT_HEXAGON, PAIRS)
    assert plus.numpy() == pytest.approx([0, 0, 0], abs=1e-12)
    assert minus.numpy() == pytest.approx([2**0.5] * 3)


def test_angles_are_in_degrees_and_set_by_set() -> None:
    assert set_angles(HEXAGON, [(0, 1, 2), (3, 5)]).numpy() == pytest.approx([60, 120, 60, 120])


def test_each_feature_has_the_number_of_its_set() -> None:
    assert set_numbers(6, ((4, 5), (0, 2))).tolist() == [1, 0, 1, 0, 0, 0]


def test_a_pair_collapses_where_the_losses_with_and_without_it_cross() -> None:
    """One trial of each seed is a hexagon and one has two collapsed pairs, at each of four densities."""
    density = np.geomspace(0.1, 0.8, 4)
    experiment = small(
        n_features=6, correlated=PAIRS, density=[*density[:, None], [1.0]], best_of=2, seeds=2, steps=1
    )
    trained = train(experiment, device="cpu")
    W = torch.stack([HEXAGON, TWO_COLLAPSED]).float().expand(5, 2, 2, 6, 2)
    known = dataclasses.replace(trained, trial_parameters={**trained.trial_parameters, "W": W})
    critical = torch.tensor([0.15, 0.5])
    places = torch.tensor(np.append(density, 1.0))[:, None]
    loss = torch.stack([(places / critical) ** 1.0, (places / critical) ** 0.5], dim=-1)
    first, second, third = collapse_densities(known, loss)
    assert first == pytest.approx([0.15, 0.5])
    assert second == pytest.approx([0.15, 0.5])
    assert np.isnan(third).all()
    # At density 1 features have no partners, so that nothing can collapse there.
    late = torch.stack([(places / 0.95) ** 1.0, (places / 0.95) ** 0.5], dim=-1).expand(-1, 2, -1)
    assert np.isnan(collapse_densities(known, late)[0]).all()


def test_partners_are_antipodal_if_all_of_all_sets_are() -> None:
    e = torch.eye(2)
    both, one, across = (
        torch.stack(rows)
        for rows in ([e[0], -e[0], e[1], -e[1]], [e[0], -e[0], e[1], e[1]], [e[0], e[1], -e[0], -e[1]])
    )
    short = both * torch.tensor([1.0, 0.1, 1.0, 1.0])[:, None]
    found = partners_are_antipodal(torch.stack([both, one, across, short]), ((0, 1), (2, 3)))
    assert found.tolist() == [True, False, False, False]
