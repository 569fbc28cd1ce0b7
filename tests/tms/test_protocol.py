"""Another implementation is trained as it stands, and every way in which it can be wrong is one sentence."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from tests.examples import notebook, plain_loop
from tests.helpers.small import VARIANTS, is_one_sentence, small
from tms import models
from tms.engines import reference
from tms.engines.isolation import isolated
from tms.experiment import Experiment
from tms.protocol import (
    OF_MODEL,
    OF_TRAINING,
    BrokenImplementation,
    Unsupported,
    needs,
    require_of_model,
    require_of_training,
    weight_shapes,
)
from tms.training import Trained, train

SHORT = {"steps": 3, "held_out": 64, "batch_size": 8}


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
    as_model = train(experiment, model=reference.build)
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


def test_settings_and_random_generators_are_left_as_they_were() -> None:
    experiment = small(**SHORT)
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
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
    assert np.array_equal(np.random.get_state()[1], states[1])  # noqa: NPY002
    assert random.getstate() == states[2]
    assert list(warnings.filters) == filters


def test_warnings_of_another_implementation_are_no_errors() -> None:
    def warning(experiment: Experiment) -> nn.Module:
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        return reference.build(experiment)

    with pytest.warns(DeprecationWarning, match="old"):
        train(small(**SHORT), model=warning)


class Answers(models.ReLUOutput):
    """A model that is right but for what a test puts in the place of its output."""

    def __init__(self, experiment: Experiment, change: Callable[[torch.Tensor], Any]) -> None:
        super().__init__(torch.from_numpy(experiment.initial_weights()))
        self.change = change

    def forward(self, x: torch.Tensor) -> Any:
        return self.change(super().forward(x))


def answering(change: Callable[[torch.Tensor], Any]) -> Callable[[Experiment], nn.Module]:
    return lambda experiment: Answers(experiment, change)


def weighing(weights: Callable[[nn.Module], Any]) -> Callable[[Experiment], nn.Module]:
    def factory(experiment: Experiment) -> nn.Module:
        model = reference.build(experiment)
        model.weights = lambda: weights(model)  # type: ignore[assignment]
        return model

    return factory


def failing(error: BaseException) -> Callable[[Experiment], Any]:
    def raising(_: Any) -> Any:
        raise error

    return raising


class Unprintable(Exception):
    def __str__(self) -> str:
        raise ValueError


class LateFailure:
    """Fails at its third call."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, out: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        if self.calls == 3:
            raise IndexError("index 5 is out of bounds")
        return out


@pytest.mark.parametrize(
    ("factory", "words"),
    [
        (failing(RuntimeError("no luck\nat all")), "the model failed with RuntimeError: no luck (test_imp"),
        (failing(SystemExit(3)), "the model failed with SystemExit: 3"),
        (failing(NotImplementedError()), "the model failed with NotImplementedError (test_imp"),
        (failing(Unprintable()), "the model failed with Unprintable (test_imp"),
        (failing(ValueError("\x1b[31mred\x00" + "x" * 1000)), "the model failed with ValueError: [31mredxxx"),
        (lambda: None, "TypeError"),
        (lambda _: None, "the factory returned a NoneType"),
        (lambda _: "model", "the factory returned a str"),
        (lambda _: nn.Identity(), "the model has no parameters to train"),
        (lambda _: nn.Linear(5, 5), "no weights named W and b, which relu_output has; it gives bias, weight"),
        (lambda _: models.Linear(torch.zeros(3, 5, 2)), "gives W in shape (3, 5, 2)"),
        (lambda _: models.Linear(torch.zeros(4, 2, 5)), "it must have the axes (instance, feature, hidden)"),
        (answering(lambda out: out[..., :1]), "the model's output has shape (4, 8, 1)"),
        (answering(lambda out: out.sum()), "the model's output has shape ()"),
        (answering(lambda out: out.transpose(0, 1)), "the model's output has shape (8, 4, 5)"),
        (answering(lambda out: (out, out)), "the model's output is an object of type tuple"),
        (answering(lambda out: out.detach().numpy()), "the model's output is an object of type ndarray"),
        (answering(lambda _: None), "the model's output is an object of type NoneType"),
        (answering(lambda out: out.long()), "the model's output is torch.int64"),
        (answering(lambda out: out.to(torch.complex64)), "the model's output is torch.complex64"),
        (answering(lambda out: out / 0), "the model's output is not finite"),
        (
            answering(lambda out: out.detach()),
            "the model failed with RuntimeError: element 0 of",
        ),
        (answering(LateFailure()), "IndexError: index 5 is out of bounds (test_implementation.py, line"),
        (weighing(lambda _: None), "gives its weights as NoneType"),
        (weighing(lambda model: [model.W, model.b]), "gives its weights as list"),
        (weighing(lambda model: {"W": model.W}), "no weights named b, which relu_output has; it gives W"),
        (weighing(lambda _: {}), "it gives none"),
        (weighing(lambda model: {"W": model.W.mT, "b": model.b}), "gives W in shape (4, 2, 5)"),
        (weighing(lambda model: {"W": model.W[:, :, :1], "b": model.b}), "gives W in shape (4, 5, 1)"),
        (weighing(lambda model: {"W": model.W, "b": "b"}), "gives b as str"),
        (weighing(lambda model: {"W": model.W.long(), "b": model.b}), "gives W as torch.int64"),
        (weighing(lambda model: {"W": model.W, "b": model.b / 0}), "in 4 of 4 instances"),
        (weighing(lambda model: model.no_such), "AttributeError"),
    ],
)
def test_a_model_that_breaks_the_protocol_is_one_sentence(factory: Any, words: str) -> None:
    with pytest.raises(BrokenImplementation) as caught:
        train(small(**SHORT), model=factory)
    assert words in str(caught.value)
    assert is_one_sentence(str(caught.value).replace("b. W", "b"))


def test_a_model_that_diverges_is_one_sentence() -> None:
    with pytest.raises(BrokenImplementation, match="not finite"):
        train(small(learning_rate=1e30, **SHORT), model=reference.build)


def test_a_model_without_hidden_activations_lacks_what_a_penalty_needs() -> None:
    class Bare(nn.Module):
        def __init__(self, experiment: Experiment) -> None:
            super().__init__()
            self.W = nn.Parameter(torch.from_numpy(experiment.initial_weights()))
            self.b = nn.Parameter(torch.zeros_like(self.W[..., 0]))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.relu(x @ self.W @ self.W.mT + self.b[:, None])

    train(small(**SHORT), model=Bare)
    with pytest.raises(Unsupported, match="no method hidden"):
        train(small(hidden_l1=0.1, **SHORT), model=Bare)


def made(**changes: Any) -> dict[str, Any]:
    """Weights in the shapes that `small` has, but for what is changed; None leaves a name out."""
    right = {"W": torch.zeros(4, 5, 2), "b": torch.zeros(4, 5)}
    return {name: values for name, values in (right | changes).items() if values is not None}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "gives its weights as NoneType"),
        (torch.zeros(4, 5, 2), "gives its weights as Tensor"),
        ((made(), []), "gives its weights as tuple"),
        (made(b=None), "no weights named b"),
        (made(W=torch.zeros(2, 2, 5, 2)), "gives W in shape (2, 2, 5, 2)"),
        (made(W=torch.zeros(4, 2, 5)), "gives W in shape (4, 2, 5)"),
        (made(b=torch.zeros(5)), "gives b in shape (5,)"),
        (made(b=0.0), "gives b in shape"),
        (made(W=np.zeros((4, 5, 2), dtype=int)), "gives W as torch.int64"),
        (made(W=np.zeros((4, 5, 2), dtype=complex)), "gives W as torch.complex128"),
        (made(W=np.zeros((4, 5, 2), dtype=object)), "gives W as ndarray"),
        (made(W=[torch.zeros(5, 2), torch.zeros(4, 2)]), "gives W as list"),
        (made(W=[[1.0], [1.0, 2.0]]), "gives W as list"),
        (made(W=iter([])), "gives W as"),
        (made(b=torch.full((4, 5), float("nan"))), "not finite, in 4 of 4 instances"),
        (made(b=torch.full((4, 5), 1e300, dtype=torch.float64)), "not finite, in 4 of 4 instances"),
    ],
)
def test_a_training_function_that_breaks_the_protocol_is_one_sentence(answer: Any, words: str) -> None:
    with pytest.raises(BrokenImplementation) as caught:
        train(small(**SHORT), trainer=lambda _: answer)
    assert words in str(caught.value)
    assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (made(), "must return a pair"),
        ((made(), made()), "must return a pair"),
        ((made(), [made()]), "at 1 checkpoints instead of 2"),
        ((made(), [made(), None]), "gives its weights as NoneType"),
        ((made(), [made(), made(W=torch.zeros(5, 2))]), "gives W in shape (5, 2)"),
    ],
)
def test_checkpoints_that_break_the_protocol_are_one_sentence(answer: Any, words: str) -> None:
    with pytest.raises(BrokenImplementation) as caught:
        train(small(checkpoints=(0, 3), **SHORT), trainer=lambda _: answer)
    assert words in str(caught.value)
    assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize("seam", ["model", "trainer"])
def test_an_interrupt_and_what_is_not_supported_pass_through(seam: str) -> None:
    for error in (KeyboardInterrupt(), Unsupported("nothing")):
        with pytest.raises(type(error)):
            train(small(**SHORT), **{seam: failing(error)})


def test_two_implementations_at_once_are_refused() -> None:
    with pytest.raises(ValueError, match="at most one"):
        train(small(**SHORT), model=notebook.factory, trainer=plain_loop.train_all)


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
