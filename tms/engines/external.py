"""Training of another implementation of the paper; everything that it returns is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn

from tms.engines import reference
from tms.engines.behaviour import TrainedState
from tms.engines.independence import repeated
from tms.engines.isolation import isolated
from tms.engines.periodic_check import PeriodicCheck
from tms.engines.probe import inputs
from tms.engines.reported_weights import TOLERANCE, deviation, unreported_state
from tms.engines.result import Progress, Result
from tms.engines.returned_weights import checked_weights
from tms.experiment import Experiment
from tms.protocol import (
    BrokenImplementation,
    ModelFactory,
    Trainer,
    Unsupported,
    Weights,
)

_STEPS_BETWEEN_CHECKS: Final = 100


class Guarded(nn.Module):
    """Another implementation's model, with all of its outputs checked.

    It takes and returns numbers of the type of its inputs, whatever type the model computes with.

    Their types and shapes are checked at every call, their numbers at every hundredth call, and not while a
    CUDA graph is captured. What training leaves is checked in any case (`check_result`).

    Parameters
    ----------
    model
        The model that its factory returned.
    experiment
        The experiment for which it was made.

    Raises
    ------
    BrokenImplementation
        If the model is not a module, has no trainable parameters, or lacks weights of its architecture.
    Unsupported
        If the experiment penalises hidden activations and the model has no method ``hidden``.
    """

    def __init__(self, model: nn.Module, experiment: Experiment) -> None:
        super().__init__()
        if not isinstance(model, nn.Module):
            raise BrokenImplementation(
                f"the factory returned a {type(model).__name__}; it must return a torch.nn.Module."
            )
        if not any(parameter.requires_grad for parameter in model.parameters()):
            raise BrokenImplementation("the model has no parameters to train.")
        if experiment.hidden_l1 and not callable(getattr(model, "hidden", None)):
            raise Unsupported("its model has no method hidden(x), which a penalty on activations needs")
        self.model = model
        self._experiment = experiment
        self._number_check = PeriodicCheck(_STEPS_BETWEEN_CHECKS)
        if few := repeated(experiment, self.weights()["W"]):
            raise BrokenImplementation(
                f"the model starts from the same weights for different seeds ({few}); each instance must "
                "have its own start, such as experiment.initial_weights() gives."
            )

    def forward(self, x: Tensor) -> Tensor:
        """Compute the model's outputs."""
        return self._call("output", self.model, x, x.shape[-1])

    def hidden(self, x: Tensor) -> Tensor:
        """Compute the model's hidden activations."""
        return self._call("hidden(x)", self.model.hidden, x, self._experiment.n_hidden)

    def to(self, device: Any, *_: object) -> Guarded:  # type: ignore[override]
        """Move the model to a device by its own method, and leave the type of its numbers as it is."""
        self.model.to(device)
        return self

    def weights(self) -> dict[str, Tensor]:
        """Collect the model's weights by name, with any further tensors that have the instance axis."""
        own = getattr(self.model, "weights", None)
        given = own() if callable(own) else dict(self.model.named_parameters())
        checked = checked_weights(given, self._experiment, "the model")
        return checked | {
            name: value
            for name, value in given.items()
            if name not in checked and isinstance(value, Tensor) and value.shape[:1] == (len(checked["W"]),)
        }

    def _call(self, what: str, function: Any, x: Tensor, width: int) -> Tensor:
        given = x.to(next(p.dtype for p in self.model.parameters() if p.requires_grad))
        version = given._version
        out = self._checked(what, function(given), (*x.shape[:2], width))
        if given._version != version:
            raise BrokenImplementation(
                f"the model changes its inputs in place to compute its {what}; they are also the targets of "
                "its outputs, so it must leave them as they are."
            )
        return out.to(x.dtype)

    def _checked(self, what: str, out: Any, shape: tuple[int, ...]) -> Tensor:
        if not isinstance(out, Tensor) or not out.is_floating_point():
            kind = out.dtype if isinstance(out, Tensor) else f"an object of type {type(out).__name__}"
            raise BrokenImplementation(
                f"the model's {what} is {kind}; it must be a tensor of real floating-point numbers."
            )
        if tuple(out.shape) != shape:
            raise BrokenImplementation(
                f"the model's {what} has shape {tuple(out.shape)}; for inputs (instance, batch, feature) it "
                f"must be {shape}."
            )
        if self._number_check.is_due(out, counts=what == "output") and not bool(out.isfinite().all()):
            raise BrokenImplementation(f"the model's {what} is not finite; every number must be.")
        return out


def run_model(
    experiment: Experiment,
    device: str,
    progress: Progress,
    factory: ModelFactory,
    *,
    is_described: bool = False,
) -> Result:
    """Train another implementation's model with the reference engine.

    Parameters
    ----------
    experiment
        The experiment to train.
    device
        "cpu" or "cuda".
    progress
        Called with the number of instance-steps since the last call.
    factory
        The model factory.
    is_described
        Whether the model's outputs before training are those of its architecture at the weights that it
        reports. They must be so after training, too.

    Raises
    ------
    Unsupported
        As raised by the factory.
    BrokenImplementation
        If anything else goes wrong, or a trained weight or a loss is not finite.
    """
    built: list[tuple[Guarded, TrainedState]] = []

    def guarded(asked: Experiment) -> Guarded:
        model = Guarded(factory(asked), asked)
        built.append((model, TrainedState(model.model)))
        return model

    with isolated(experiment, "the model"):
        result = reference.run(experiment, device, progress, guarded)
        check_result(result)
        [(model, state)] = built
        x = inputs(experiment, device)
        if is_described and (off := deviation(model, experiment, x)) > TOLERANCE:
            raise BrokenImplementation(
                f"the model reports wrong weights: after training, its outputs differ from those of "
                f"{experiment.architecture} at these weights by up to {off:.2g} of the largest output."
            )
        if name := unreported_state(model, experiment, x, state):
            raise BrokenImplementation(
                f"the model reports wrong weights: its outputs depend on its state {name}, which training "
                "changes, but the weights that it reports do not."
            )
    return result


def check_result(result: Result) -> None:
    """Check that all numbers that a model's training left are finite; raise BrokenImplementation if not."""
    for name, values in {**result.parameters, "held-out loss": result.loss}.items():
        if not bool(values.isfinite().all()):
            raise BrokenImplementation(f"the model's {name} is not finite after training.")


def run_trainer(experiment: Experiment, device: str, progress: Progress, trainer: Trainer) -> Result:
    """Call another implementation's training function, and evaluate the weights that it returns.

    Parameters
    ----------
    experiment
        The experiment to train.
    device
        "cpu" or "cuda", for the evaluation.
    progress
        Called once, with all instance-steps.
    trainer
        The training function.

    Raises
    ------
    Unsupported
        As raised by the training function.
    BrokenImplementation
        If anything else goes wrong in it, or the weights break the protocol (`tms.protocol`).
    """
    with isolated(experiment, "the training function"):
        answer = trainer(experiment)
    final, kept = _split(answer, experiment)
    who = "the training function"
    parameters = checked_weights(final, experiment, who)
    at_checkpoints = [checked_weights(weights, experiment, who) for weights in kept]
    loss = _held_out(parameters, experiment, device)
    progress(experiment.n_instances * experiment.steps)
    if not at_checkpoints:
        return Result(parameters, loss)
    return Result(
        parameters,
        loss,
        torch.stack([_held_out(weights, experiment, device) for weights in at_checkpoints]),
        {name: torch.stack([weights[name] for weights in at_checkpoints]) for name in parameters},
    )


def _split(answer: Any, experiment: Experiment) -> tuple[Weights, Sequence[Weights]]:
    count = len(experiment.checkpoints)
    if not count:
        return answer, ()
    if not isinstance(answer, tuple) or len(answer) != 2 or not isinstance(answer[1], Sequence):
        raise BrokenImplementation(
            "for an experiment with checkpoints the training function must return a pair: weights, and a "
            "list of the weights at each checkpoint."
        )
    if len(answer[1]) != count:
        raise BrokenImplementation(
            f"the training function returned weights at {len(answer[1])} checkpoints instead of {count}."
        )
    return answer


def _held_out(weights: Mapping[str, Tensor], experiment: Experiment, device: str) -> Tensor:
    model = reference.build(experiment)
    model.load_state_dict(dict(weights))
    return reference.evaluate(model.to(device), experiment, device, torch.float32)
