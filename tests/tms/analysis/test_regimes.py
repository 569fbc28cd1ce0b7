"""Regimes of two sets of features, on figures whose geometry is known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from tests.helpers.small import small
from tms.analysis import regimes
from tms.training import train

SETS = ((0, 1, 2), (3, 4, 5))
TRIPLE = torch.eye(3, dtype=torch.float64)
OCTAHEDRON = torch.cat([TRIPLE, -TRIPLE])


def turned(degrees: float) -> torch.Tensor:
    """An octahedron whose second triple is turned around the diagonal of the first."""
    angle, third = np.deg2rad(degrees), 1 / 3
    a, b = np.cos(angle), np.sin(angle) / 3**0.5
    circulant = [a + (1 - a) * third, (1 - a) * third - b, (1 - a) * third + b]
    turn = torch.tensor([[circulant[(i - j) % 3] for i in range(3)] for j in range(3)])
    return torch.cat([TRIPLE, -TRIPLE @ turn])


def test_an_octahedron_across_the_sets_is_recognised_in_any_order_and_orientation() -> None:
    rotation, _ = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64))
    assert regimes.is_octahedron(OCTAHEDRON[[0, 1, 2, 5, 3, 4]] @ rotation, SETS)
    assert regimes.opposition(OCTAHEDRON @ rotation, SETS) == pytest.approx(-1)


@pytest.mark.parametrize(
    "wrong",
    {
        "pairs within a set": OCTAHEDRON[[0, 3, 1, 4, 2, 5]],
        "an antiprism": turned(60),
        "one feature missing": OCTAHEDRON * torch.tensor([1, 1, 1, 1, 1, 0.1])[:, None],
        "a hexagon": torch.tensor([[np.cos(t), np.sin(t), 0] for t in np.pi / 3 * np.arange(6)]),
        "one direction": OCTAHEDRON[[0, 0, 0, 3, 3, 3]],
    }.items(),
    ids=lambda item: item[0],
)
def test_another_figure_is_no_octahedron(wrong: tuple[str, torch.Tensor]) -> None:
    assert not regimes.is_octahedron(wrong[1], SETS)


def test_opposition_tells_the_antiprism_from_pairs() -> None:
    assert regimes.opposition(turned(60), SETS) == pytest.approx(-2 / 3)
    assert regimes.opposition(turned(0), SETS) == pytest.approx(-1)
    assert regimes.opposition(turned(120), SETS) == pytest.approx(-1)


def test_opposition_is_the_mean_of_both_sets() -> None:
    one_opposed_by_all = torch.cat([TRIPLE, -TRIPLE[[0, 0, 0]]])
    both = torch.stack([one_opposed_by_all, OCTAHEDRON])
    torch.testing.assert_close(regimes.opposition(both, SETS), torch.tensor([-2 / 3, -1], dtype=both.dtype))


def test_alignment_and_orthogonality_are_of_features_within_a_set() -> None:
    lines = torch.tensor([[1.0, 0, 0]] * 3 + [[0, 2.0, 0]] * 3)
    assert regimes.alignment(lines, SETS) == pytest.approx(1)
    assert regimes.between_sets(lines, SETS) == pytest.approx(0)
    assert regimes.orthogonality(lines, SETS) == pytest.approx(1)
    assert regimes.orthogonality(OCTAHEDRON, SETS) == pytest.approx(0)
    assert regimes.alignment(torch.cat([lines[:3], TRIPLE]), SETS) == pytest.approx(0)
    assert regimes.orthogonality(torch.cat([lines[:3], TRIPLE]), SETS) == pytest.approx(1)


def test_losses_along_training_are_those_of_the_weights_kept_there() -> None:
    experiment = dataclasses.replace(
        small(seeds=2, importance=[[1.0], [4.0]], steps=200, learning_rate=0.05, held_out=20_000),
        checkpoints=(0, 3, 200),
    )
    trained = train(experiment, engine="reference", device="cpu")
    curve = regimes.loss_curve(trained, rows=20_000)
    assert curve.shape == (3, 2, 2)
    torch.testing.assert_close(curve[-1], trained.loss.double(), rtol=0.15, atol=0)
    assert (curve[-1] < curve[0]).all()


def test_losses_along_training_need_checkpoints() -> None:
    with pytest.raises(ValueError, match="without checkpoints"):
        regimes.loss_curve(train(small(), device="cpu"))
