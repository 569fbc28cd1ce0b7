"""Groups of seeds that seeds of another sweep are compared with."""

import pytest
import torch

from tms.analysis.groups import means_of_groups


def test_every_seed_is_in_one_group_and_no_group_mixes_points() -> None:
    values = torch.arange(14.0).reshape(2, 7)
    assert means_of_groups(values, 3).tolist() == [[1.0, 3.5, 5.5], [8.0, 10.5, 12.5]]
    assert means_of_groups(values, 7).tolist() == values.tolist()


def test_more_groups_than_seeds_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^2 seeds cannot make 3 groups\.$"):
        means_of_groups(torch.zeros(5, 2), 3)
