"""Another implementation is trained as it is, through either function of the protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from tests.examples import notebook, plain_loop
from tests.helpers.small import VARIANTS, small
from tms.engines import reference
from tms.experiment import Experiment
from tms.protocol import (
    OF_MODEL,
    OF_TRAINING,
    Unsupported,
    needs,
    require_of_model,
    require_of_training,
    weight_shapes,
)
from tms.training import Trained, train

SHORT: dict[str, Any] = {"steps": 3, "held_out": 64, "batch_size": 8}


def weights_of(trained: Trained, experiment: Experiment) -> dict[str, torch.Tensor]:
    return {
        name: values.reshape(experiment.n_instances, *values.shape[3:])
        for name, values in trained.trial_parameters.items()
    }


@pytest.mark.parametrize("variant", VARIANTS)
def test_weights_have_the_names_and_shapes_that_the_protocol_says(variant: str) -> None:
    experiment = small(**SHORT | VARIANTS[variant])
    trained = train(experiment, engine="reference")
    shapes = {name: tuple(values.shape) for name, values in weights_of(trained, experiment).items()}
    assert shapes == weight_shapes(experiment)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_can_be_trained_through_either_seam(variant: str) -> None:
    experiment = small(**SHORT | VARIANTS[variant])
    own = train(experiment, engine="reference")
    as_model = train(experiment, engine="reference", model=reference.build)
    weights = weights_of(own, experiment)
    as_trainer = train(experiment, trainer=lambda _: weights)
    for name, values in own.trial_parameters.items():
        assert torch.equal(values, as_model.trial_parameters[name])
        assert torch.equal(values, as_trainer.trial_parameters[name])
    assert torch.equal(own.trial_loss, as_model.trial_loss)
    assert torch.equal(own.trial_loss, as_trainer.trial_loss)
    assert (own.engine, as_model.engine, as_trainer.engine) == ("reference", "reference", "own")


def test_a_training_function_hands_over_its_checkpoints() -> None:
    experiment = small(checkpoints=(0, 2, 3), **SHORT)
    own = train(experiment, engine="reference")
    assert own.history is not None
    flat = weights_of(own, experiment)
    kept = [
        {
            name: values[step].reshape(experiment.n_instances, *values.shape[3:])
            for name, values in own.history.parameters.items()
        }
        for step in range(3)
    ]
    trained = train(experiment, trainer=lambda _: (flat, kept))
    assert trained.history is not None
    assert trained.history.steps == (0, 2, 3)
    assert torch.equal(trained.history.parameters["W"], own.history.parameters["W"])
    assert trained.history.loss.shape == own.history.loss.shape
    assert torch.equal(trained.history.loss[2], trained.loss)  # step 3 is the last


@pytest.mark.parametrize(
    "as_given",
    [
        lambda values: values.numpy(),
        lambda values: values.double(),
        lambda values: list(values),
        lambda values: [value.numpy() for value in values],
        lambda values: values.tolist(),
        lambda values: np.flip(np.flip(values.numpy(), 0).copy(), 0),
        lambda values: values.clone().requires_grad_(),
    ],
)
def test_weights_may_come_as_any_kind_of_array(as_given: Callable[[torch.Tensor], Any]) -> None:
    experiment = small(**SHORT)
    own = train(experiment, engine="reference")
    given = {name: as_given(values) for name, values in weights_of(own, experiment).items()}
    trained = train(experiment, trainer=lambda _: given)
    assert torch.equal(trained.W, own.W)
    assert trained.W.dtype == torch.float32


def test_the_notebook_style_model_trains_as_the_papers_does() -> None:
    experiment = small(density=[[0.3]], seeds=20, best_of=3, steps=300)
    other, own = train(experiment, model=notebook.factory), train(experiment, engine="reference")
    assert float(other.loss.mean()) == pytest.approx(float(own.loss.mean()), rel=0.1)
    assert other.parameters.keys() == {"W", "b"}


def test_the_plain_loop_trains_as_the_papers_model_does() -> None:
    experiment = small(density=[[0.3]], seeds=6, steps=300, batch_size=50)
    other, own = train(experiment, trainer=plain_loop.train_all), train(experiment, engine="reference")
    assert float(other.loss.mean()) == pytest.approx(float(own.loss.mean()), rel=0.3)


@pytest.mark.parametrize("seam", [{"model": notebook.factory}, {"trainer": plain_loop.train_all}])
def test_training_twice_gives_the_same_to_the_bit(seam: dict[str, Any]) -> None:
    experiment = small(**SHORT)
    first = train(experiment, **seam)
    torch.rand(7)
    assert torch.equal(first.W, train(experiment, **seam).W)
    assert not torch.equal(first.W, train(experiment.with_run_seed(1), **seam).W)


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, ("relu_output",)),
        ({"activation": "gelu"}, ("relu_output", "gelu")),
        ({"architecture": "relu_hidden", "hidden_bias": True}, ("relu_hidden", "hidden_bias")),
        ({"signed": True, "target": "absolute"}, ("relu_output", "absolute", "signed")),
        ({"correlated": ((0, 1),), "hidden_l1": 0.1}, ("relu_output", "hidden_l1", "correlated")),
        (
            {"anticorrelated": ((0, 1),), "weight_decay": 0.1},
            ("relu_output", "anticorrelated", "weight_decay"),
        ),
        ({"checkpoints": (0, 1)}, ("relu_output", "checkpoints")),
    ],
)
def test_an_experiment_names_what_it_needs(changes: dict[str, Any], needed: tuple[str, ...]) -> None:
    experiment = small(**changes)
    assert needs(experiment) == needed
    require_of_training(experiment, *needed)
    require_of_model(experiment, *(name for name in needed if name in OF_MODEL))
    for lacking in needed:
        rest = [name for name in OF_TRAINING if name != lacking]
        with pytest.raises(Unsupported, match=f"it lacks {lacking}"):
            require_of_training(experiment, *rest)


def test_a_model_need_not_know_of_data() -> None:
    require_of_model(small(signed=True, correlated=((0, 1),), checkpoints=(0, 1)), "relu_output")


@pytest.mark.parametrize("require", [require_of_model, require_of_training])
def test_a_misspelt_need_is_an_error_and_no_refusal(require: Any) -> None:
    with pytest.raises(ValueError, match="'relu_ouput' cannot be supported; it must be one of linear"):
        require(small(), "relu_ouput")
