"""Other people's code leaves no settings behind, and its warnings are no errors."""

from __future__ import annotations

import random
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from tests.helpers.small import small
from tms.engines import reference
from tms.engines.isolation import isolated
from tms.experiment import Experiment
from tms.training import train

SHORT: dict[str, Any] = {"steps": 3, "held_out": 64, "batch_size": 8}


def numpys_state() -> np.ndarray:
    """State of NumPy's global random generator."""
    key: np.ndarray = np.random.get_state(legacy=False)["state"]["key"]  # noqa: NPY002
    return key.copy()


def test_settings_and_random_generators_are_left_as_they_were() -> None:
    experiment = small(**SHORT)
    states = torch.get_rng_state(), numpys_state(), random.getstate()
    filters = list(warnings.filters)
    with isolated(experiment, "it"):
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        torch.set_default_device("meta")
        np.random.seed(5)  # noqa: NPY002
        random.seed(5)
        warnings.simplefilter("ignore")
    assert torch.get_default_device() == torch.device("cpu")
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.array_equal(numpys_state(), states[1])
    assert random.getstate() == states[2]
    assert list(warnings.filters) == filters


def test_warnings_of_another_implementation_are_no_errors() -> None:
    def warning(experiment: Experiment) -> nn.Module:
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        return reference.build(experiment)

    with pytest.warns(DeprecationWarning, match="old"):
        train(small(**SHORT), model=warning)
