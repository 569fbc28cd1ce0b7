"""The reference engine trains as a plain loop does, and its progress ends with its last evaluation."""

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


@pytest.mark.parametrize("changes", [{"held_out": 1}, {"held_out": 30_000}, {"steps": 1}])
def test_progress_reaches_the_whole_with_the_last_held_out_input(changes: dict[str, Any]) -> None:
    experiment = small(**changes)
    reports: list[int] = []
    model = reference.build(experiment)
    calls_after: list[int] = []

    def factory(_: Experiment) -> torch.nn.Module:
        model.register_forward_hook(lambda *_: calls_after.append(len(reports)))
        return model

    reference.run(experiment, "cpu", reports.append, factory)
    assert sum(reports) == experiment.n_instances * experiment.steps
    assert min(reports) > 0
    assert calls_after[-1] == len(reports) - 1, "the last report must follow the last evaluation"


def test_training_and_evaluation_have_their_shares_of_the_progress() -> None:
    # 30 steps of 100 inputs cost 9000 forward passes, and 27,000 held-out inputs three times as many.
    experiment = small(held_out=27_000)
    reports: list[int] = []
    reference.run(experiment, "cpu", reports.append)
    assert sum(reports[:30]) == experiment.n_instances * experiment.steps // 4
