"""What became of the extra feature, and the grid of a phase diagram."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from tests.helpers.small import small
from tms import theory
from tms.analysis import phase_diagram
from tms.analysis.phase_diagram import (
    DEDICATED,
    IGNORED,
    OUTCOMES,
    SUPERPOSED,
    axes,
    boundaries,
    mean_without_worst,
    nearest_solution,
    on_grid,
    outcome,
    outcome_of,
    superposed_area,
    unrepresented_direction,
    with_neglected,
)

PAIR = torch.tensor([[1.0], [-1.0]])
FIRST = torch.tensor([[1.0], [0.0]])
LAST = FIRST.flip(0)
ALL = torch.stack([FIRST, PAIR, LAST])


def test_the_outcome_is_that_of_the_last_feature() -> None:
    assert outcome(ALL).tolist() == [IGNORED, SUPERPOSED, DEDICATED]
    assert [OUTCOMES[i] for i in outcome(ALL)] == ["ignored", "superposed", "dedicated"]
    pair_and_one = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])
    assert outcome(torch.stack([pair_and_one, pair_and_one.flip(0)])).tolist() == [DEDICATED, SUPERPOSED]


def test_the_mean_leaves_out_the_model_of_highest_loss_in_each_cell() -> None:
    # Two cells, three models each: the last feature has the norms 0, 1, 1 and the interferences 0, 1, 0.
    W = torch.stack([ALL, ALL])
    norm, shared = mean_without_worst(W, torch.tensor([[3.0, 1.0, 2.0], [1.0, 2.0, torch.nan]]))
    assert norm.tolist() == [1.0, 0.5]
    assert shared.tolist() == [0.5, 0.5]
    assert outcome_of(norm, shared).tolist() == [SUPERPOSED, IGNORED]


def test_a_mean_is_judged_as_a_single_model_is() -> None:
    norm, shared = torch.tensor([0.4, 0.6, 0.6, 0.4]), torch.tensor([0.9, 0.6, 0.4, 0.1])
    assert outcome_of(norm, shared).tolist() == [IGNORED, SUPERPOSED, DEDICATED, IGNORED]


def test_the_superposed_area_is_a_share_of_cells_for_each_seed() -> None:
    cells = torch.stack([torch.stack([PAIR, FIRST]), torch.stack([PAIR, LAST]), torch.stack([LAST, PAIR])])
    assert superposed_area(cells).tolist() == pytest.approx([2 / 3, 1 / 3])


def test_the_unrepresented_direction_is_mapped_to_nothing() -> None:
    W = torch.randn(4, 3, 2, generator=torch.Generator().manual_seed(0)).double()
    direction = unrepresented_direction(W)
    assert (W.mT @ direction[..., None]).abs().max() < 1e-12
    torch.testing.assert_close(torch.linalg.vector_norm(direction, dim=-1), torch.ones(4).double())


def test_the_nearest_solution_leaves_the_same_direction_out_and_the_first_two_features_are_alike() -> None:
    solutions = torch.from_numpy(theory.three_in_two(0.3, 0.5).W)
    found = nearest_solution(solutions + 0.01, solutions)
    assert len(set(found.tolist())) == len(solutions)
    assert found.tolist() == list(range(len(solutions)))
    assert nearest_solution(solutions[:, [1, 0, 2]], solutions).tolist() == found.tolist()
    assert nearest_solution(solutions[:, [2, 1, 0]], solutions).tolist() != found.tolist()


def test_values_are_arranged_by_density_and_importance() -> None:
    importance = np.tile([[1.0, 0.1], [1.0, 0.2], [1.0, 0.4]], (2, 1))
    density = np.repeat([0.3, 0.6], 3)
    experiment = small(
        n_features=2,
        n_hidden=1,
        density=density[:, None],
        importance=importance,
        coordinates={"density": density, "relative_importance": importance[:, 1]},
    )
    assert [values.tolist() for values in axes(experiment)] == [[0.1, 0.2, 0.4], [0.3, 0.6]]
    assert on_grid(torch.arange(6), experiment).tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(("n", "natural"), [(2, theory.two_in_one), (3, theory.three_in_two)])
def test_on_a_boundary_the_two_best_natural_solutions_have_equal_loss(
    n: int, natural: Callable[[np.ndarray, np.ndarray], theory.NaturalSolutions]
) -> None:
    for relative, density in boundaries(n):
        found = natural(density, relative)
        np.testing.assert_allclose(found.relative_gap, 0, atol=1e-9)


def test_the_neglected_solution_is_appended_and_represents_no_sum() -> None:
    natural = torch.from_numpy(theory.three_in_two(0.5, 0.5).W)
    solutions = with_neglected(natural)
    assert len(solutions) == 5
    torch.testing.assert_close(
        unrepresented_direction(solutions)[-1].abs(), torch.full((3,), 3**-0.5).double()
    )
    torch.testing.assert_close(solutions[-1].mT @ solutions[-1], torch.eye(2).double())
    turned = torch.tensor([[0.6, 0.8], [-0.8, 0.6]]).double()
    assert nearest_solution(solutions @ turned, solutions).tolist() == [0, 1, 2, 3, 4]


def test_the_points_of_the_grid_lie_on_its_axes_density_by_density() -> None:
    density, importance, coordinates = phase_diagram.grid_points(3, 4)
    experiment = small(
        n_features=3, n_hidden=2, density=density, importance=importance, coordinates=coordinates
    )
    relative, densities = phase_diagram.axes(experiment)
    np.testing.assert_allclose(relative, np.geomspace(0.1, 10, 4))
    np.testing.assert_allclose(densities, np.geomspace(0.01, 1, 4))
    np.testing.assert_array_equal(importance[:, :2], 1)
    on_grid = phase_diagram.on_grid(importance[:, 2], experiment)
    np.testing.assert_array_equal(on_grid, np.broadcast_to(relative, (4, 4)))
    np.testing.assert_array_equal(
        phase_diagram.on_grid(density[:, 0], experiment).T, np.broadcast_to(densities, (4, 4))
    )
