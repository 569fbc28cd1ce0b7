"""Means under a mask and over groups of seeds."""

import pytest
import torch

from tms.analysis.means import mean_of_found, mean_where, means_of_groups


def test_every_seed_is_in_one_group_and_no_group_mixes_points() -> None:
    values = torch.arange(14.0).reshape(2, 7)
    assert means_of_groups(values, 3).tolist() == [[1.0, 3.5, 5.5], [8.0, 10.5, 12.5]]
    assert means_of_groups(values, 7).tolist() == values.tolist()


def test_more_groups_than_seeds_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^2 seeds cannot make 3 groups\.$"):
        means_of_groups(torch.zeros(5, 2), 3)


def test_the_mean_under_a_mask_counts_masked_entries_alone_and_is_0_without_any() -> None:
    values = torch.tensor([[1, 2, 6], [1, 2, 6]])
    mask = torch.tensor([[True, False, True], [False, False, False]])
    means = mean_where(values, mask)
    assert means.tolist() == [3.5, 0.0]
    assert means.dtype == torch.float64


def test_the_mean_of_what_was_found_is_nan_where_nothing_was() -> None:
    values = torch.tensor([[1.0, 2.0, 6.0], [1.0, 2.0, 3.0]])
    mask = torch.tensor([[True, False, True], [False, False, False]])
    assert mean_of_found(values, mask)[0] == 3.5
    assert mean_of_found(values, mask)[1].isnan()
