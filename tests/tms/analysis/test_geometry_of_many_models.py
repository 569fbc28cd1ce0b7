"""Products of all features with all others are made for a few models at a time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from tms.analysis import geometry


@pytest.mark.parametrize("measured", [geometry.interference, geometry.dimensionality])
def test_models_are_measured_in_blocks_as_if_at_once(
    monkeypatch: pytest.MonkeyPatch, measured: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    W = torch.randn(7, 3, 5, 2, generator=torch.Generator().manual_seed(0))
    at_once = measured(W)
    sizes: list[int] = []
    projections = geometry.projections

    def counted(block: torch.Tensor) -> torch.Tensor:
        found = projections(block)
        sizes.append(found.numel())
        return found

    monkeypatch.setattr(geometry, "projections", counted)
    monkeypatch.setattr(geometry, "_NUMBERS", 4 * 5 * 5)
    assert torch.equal(measured(W), at_once)
    assert sizes == [4 * 5 * 5] * 5 + [5 * 5]


@pytest.mark.parametrize("measured", [geometry.interference, geometry.dimensionality])
def test_no_models_have_no_measurements(measured: Callable[[torch.Tensor], torch.Tensor]) -> None:
    assert measured(torch.empty(0, 5, 2)).shape == (0, 5)
