"""Another implementation's model is trained in the mode of train() and evaluated in that of eval()."""

from __future__ import annotations

import torch
from torch import nn

from tests.helpers.small import small
from tms import models
from tms.engines import reference
from tms.experiment import Experiment
from tms.training import train


class Noting(models.ReLUOutput):
    """Notes the mode of each forward pass, and has a part that its author froze in evaluation mode."""

    def __init__(self, W: torch.Tensor) -> None:
        super().__init__(W)
        self.part = nn.Dropout(0.5)
        self.modes: list[tuple[bool, int]] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.modes.append((self.training, x.shape[1]))
        return super().forward(x)


def test_model_is_trained_and_evaluated_in_the_right_mode() -> None:
    made: list[Noting] = []

    def factory(experiment: Experiment) -> nn.Module:
        made.append(Noting(torch.from_numpy(experiment.initial_weights())))
        return made[-1].eval()

    train(small(steps=3, batch_size=8, held_out=64), model=factory)
    [trained] = [model for model in made if len(model.W) == 4]
    assert trained.modes[:3] == [(True, 8)] * 3
    assert trained.modes[3:]
    assert not any(training for training, _ in trained.modes[3:])


def test_modes_are_as_before_after_an_evaluation() -> None:
    experiment = small(held_out=64)
    model = Noting(torch.from_numpy(experiment.initial_weights()))
    model.part.eval()
    reference.evaluate(model, experiment, "cpu", torch.float32)
    assert model.training
    assert not model.part.training


def test_dropout_does_not_disturb_the_held_out_loss() -> None:
    experiment = small(held_out=64)
    W = torch.from_numpy(experiment.initial_weights())

    class Dropping(models.ReLUOutput):
        def __init__(self) -> None:
            super().__init__(W)
            self.drop = nn.Dropout(0.5)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return super().forward(self.drop(x))

    plain = reference.evaluate(models.ReLUOutput(W), experiment, "cpu", torch.float32)
    assert torch.equal(reference.evaluate(Dropping(), experiment, "cpu", torch.float32), plain)
