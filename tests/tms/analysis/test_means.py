"""Means under a mask and over groups of seeds, and comparisons of means."""

import numpy as np
import pytest
import torch

from claims.harness.judging.statistics import mean_interval
from tms.analysis.means import (
    in_as_many_groups,
    mean_of_found,
    mean_where,
    means_of_groups,
    ratio_of_means,
)


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


def test_the_larger_sample_is_taken_in_groups() -> None:
    few, many = torch.tensor([5.0, 7.0]), torch.tensor([1, 3, 5, 9])
    for first, second in ((few, many), (many, few)):
        ends = in_as_many_groups(first, second)
        assert sorted(values.tolist() for values in ends) == [[2.0, 7.0], [5.0, 7.0]]
        assert ends[0].tolist() == (first.tolist() if first is few else [2.0, 7.0])


def test_the_mean_of_the_pseudo_values_is_the_ratio_of_the_means() -> None:
    values, reference = np.array([1.0, 2.0, 6.0]), np.array([4.0, 1.0, 1.0])
    pseudo = ratio_of_means(values, reference)
    assert pseudo.mean().item() == pytest.approx(1.5)
    # R + (a - R b) / mean(b) with R = 1.5 and mean(b) = 2
    assert pseudo.tolist() == pytest.approx([-1.0, 1.75, 3.75])


def test_a_reference_of_zero_gives_no_ratio() -> None:
    assert not ratio_of_means(torch.tensor([1.0, 2.0]), torch.zeros(2)).isfinite().any()


def test_intervals_of_a_ratio_contain_the_error_of_the_reference() -> None:
    random = np.random.default_rng(0)
    # What is compared hardly varies: nearly all of the uncertainty is that of the reference.
    samples = [(random.normal(1, 0.01, 8), random.normal(2, 0.3, 8)) for _ in range(1000)]
    intervals = [mean_interval(ratio_of_means(*sample).tolist(), 0.9) for sample in samples]
    covered = np.mean([interval.lo <= 0.5 <= interval.hi for interval in intervals])
    assert covered == pytest.approx(0.9, abs=0.03)
