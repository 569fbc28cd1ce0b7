"""The reference engine trains and evaluates as a plain loop does."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.helpers.small import VARIANTS, ignore, small
from tms.engines import reference
from tms.engines.reference import one_thread
from tms.experiment import Experiment
from tms.features import sample
from tms.random_streams import HELD_OUT, HELD_OUT_ROWS


@one_thread()
def plain_loop(experiment: Experiment) -> dict[str, Tensor]:
    """Train with torch alone, every operation written out."""
    own = experiment.instances
    model = reference.build(experiment)
    importance = torch.from_numpy(own.importance).float()[:, None, :]
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=experiment.weight_decay)
    for step, rate in enumerate(experiment.rates()):
        optimizer.param_groups[0]["lr"] = rate
        x = sample(experiment.features, own.density, own.keys, step, experiment.batch_size)
        target = x.abs() if experiment.target == "absolute" else x
        loss = (importance * (target - model(x)) ** 2).sum(-1).mean(-1)
        if experiment.hidden_l1:
            loss = loss + experiment.hidden_l1 * model.hidden(x).abs().sum(-1).mean(-1)  # type: ignore[operator]
        optimizer.zero_grad()
        loss.sum().backward()
        optimizer.step()
    return {name: p.detach() for name, p in model.named_parameters()}


SIZES: dict[str, dict[str, Any]] = {
    **VARIANTS,
    "odd sizes": {"n_features": 37, "n_hidden": 11, "batch_size": 33},
    "large": {"n_features": 160, "n_hidden": 25, "batch_size": 130, "steps": 12},
}


@pytest.mark.parametrize("shape", SIZES)
def test_weights_have_the_bits_of_a_plain_loop(shape: str) -> None:
    experiment = small(**SIZES[shape])
    trained = reference.run(experiment, "cpu", ignore).parameters
    expected = plain_loop(experiment)
    assert trained.keys() == expected.keys()
    for name, values in expected.items():
        assert torch.equal(trained[name], values), name


@pytest.mark.parametrize("shape", ["relu_output", "untied", "correlated", "L1"])
def test_held_out_losses_are_the_mean_over_all_held_out_inputs(shape: str) -> None:
    experiment = small(**VARIANTS[shape], best_of=2, held_out=2 * HELD_OUT_ROWS + 7)
    own = experiment.instances
    model = reference.build(experiment)
    steps = ((HELD_OUT, HELD_OUT_ROWS), (HELD_OUT + 1, HELD_OUT_ROWS), (HELD_OUT + 2, 7))
    x = torch.cat(
        [sample(experiment.features, own.density, own.held_out_keys, step, rows) for step, rows in steps], 1
    )
    target = x.abs() if experiment.target == "absolute" else x
    squares = (target - model(x)).detach().double() ** 2
    expected = (torch.from_numpy(own.importance)[:, None, :] * squares).sum(-1).mean(-1)
    losses = reference.evaluate(model, experiment, "cpu", torch.float32)
    torch.testing.assert_close(losses, expected, rtol=1e-6, atol=0)
