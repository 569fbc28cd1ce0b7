"""The formulas of the architectures agree with the modules, which are written independently of them."""

from __future__ import annotations

import pytest
import torch

from tests.helpers.small import VARIANTS, small
from tms.engines import architecture, reference


@pytest.mark.parametrize("variant", VARIANTS)
def test_outputs_are_those_of_the_module_at_any_weights(variant: str) -> None:
    experiment = small(**VARIANTS[variant])
    generator = torch.Generator().manual_seed(1)
    model = reference.build(experiment).double()
    for parameter in model.parameters():
        parameter.data.normal_(generator=generator)
    x = torch.rand(4, 50, 5, generator=generator, dtype=torch.float64) - 0.3
    outputs = architecture.outputs(experiment, dict(model.named_parameters()), x)
    torch.testing.assert_close(outputs, model(x).detach())
    assert outputs.any()
