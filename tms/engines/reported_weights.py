"""Whether the weights that a module reports are those of its outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import least_squares
from torch import Tensor, nn

from tms.engines import architecture
from tms.engines.behaviour import TrainedState
from tms.engines.weight_map import NotMapped, WeightMap, restored, trainable, weights_of
from tms.experiment import Experiment
from tms.protocol import weight_shapes

TOLERANCE: Final = 1e-4
"""Allowed deviation of outputs, in units of an instance's largest output; float32 sums err by some 1e-6."""
_PERTURBATION: Final = 0.5
_MASKS: Final = 8
_LEAST_FACTOR: Final = 1e-3


def deviation(model: nn.Module, experiment: Experiment, x: Tensor) -> float:
    """Measure how far a module's outputs are from its architecture's at the weights that it reports.

    Parameters
    ----------
    model
        The module, with a method ``weights()``. It is called in evaluation mode.
    experiment
        The experiment for which it was made.
    x
        Inputs, shape (instance, batch, feature).

    Returns
    -------
    float
        The largest deviation, in units of an instance's largest output.
    """
    return _deviation(_evaluated(model, x), experiment, weights_of(model, weight_shapes(experiment)), x)


def is_described(model: nn.Module, experiment: Experiment, x: Tensor, generator: torch.Generator) -> bool:
    """Whether a module's outputs are its architecture's at the weights that it reports, also at random ones.

    Parameters
    ----------
    model, experiment, x, generator
        As for `misreport`.
    """
    if deviation(model, experiment, x) > TOLERANCE:
        return False
    with restored(model):
        perturb(model, generator)
        return deviation(model, experiment, x) <= TOLERANCE


def misreport(model: nn.Module, experiment: Experiment, x: Tensor, generator: torch.Generator) -> str | None:
    """Say in what way a module reports other weights than those of its outputs; None if it does not.

    A module that uses the weights that it reports, but computes something else than the architecture, reports
    nothing wrong.

    Parameters
    ----------
    model, experiment, x
        As for `deviation`. The module is left as it was.
    generator
        Random generator of perturbations.

    Returns
    -------
    str or None
        A clause without a subject, such as "its outputs are those of -b".
    """
    with restored(model):
        perturb(model, generator)
        if deviation(model, experiment, x) <= TOLERANCE:
            return None
        if hidden := _unreported(model, experiment, x, generator):
            return f"its outputs depend on {hidden}, but the weights that it reports do not"
        weights = weights_of(model, weight_shapes(experiment))
        outputs = _evaluated(model, x)
        for what, other in _rearranged(experiment, weights):
            if _deviation(outputs, experiment, other, x) <= TOLERANCE:
                return what
        if factors := _scales(experiment, weights, outputs, x):
            return f"its outputs are those of {factors}, not of what it reports"
        if not _rows_are_embeddings(model, experiment, x, generator):
            return (
                f"its outputs are not those of {experiment.architecture} at the weights that it reports: row "
                "i of its W is not the embedding of feature i, b_i is not the bias of output i, or its "
                "instances are in another order"
            )
    return None


def unreported_state(model: nn.Module, experiment: Experiment, x: Tensor, state: TrainedState) -> str | None:
    """Name a state that training changed, and on which outputs depend, but not the reported weights.

    Parameters
    ----------
    model, experiment, x
        As for `deviation`. The module is left as it was.
    state
        The state of the module before training.
    """
    names = weight_shapes(experiment)
    outputs, weights = _evaluated(model, x), weights_of(model, names)
    for name, tensor in state.changed():
        former = tensor.clone()
        tensor.mul_(1.5).add_(0.1)
        changed, others = weights_of(model, names), _evaluated(model, x)
        tensor.copy_(former)
        is_reported = any(not torch.allclose(changed[n], weights[n]) for n in names)
        if not is_reported and not torch.allclose(others, outputs):
            return name
    return None


def perturb(model: nn.Module, generator: torch.Generator) -> None:
    """Add normal numbers to all trainable parameters of a module, scaled to its hidden dimensions."""
    with torch.no_grad():
        for parameter in trainable(model).values():
            noise = torch.randn(parameter.shape, generator=generator).to(parameter)
            width = max(1, parameter.shape[-1] if parameter.ndim > 2 else 1)
            parameter.add_(noise * (_PERTURBATION / width**0.5))


def _evaluated(model: nn.Module, x: Tensor) -> Tensor:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        outputs: Tensor = model(x)
    model.train(was_training)
    return outputs


def _deviation(outputs: Tensor, experiment: Experiment, weights: Mapping[str, Tensor], x: Tensor) -> float:
    exact = architecture.outputs(experiment, weights, x)
    scale = exact.abs().amax((1, 2)).clamp(min=1e-3)
    error = (outputs.double() - exact).abs().amax((1, 2))
    return float(torch.nan_to_num(error / scale, nan=0.0).max())


def _unreported(
    model: nn.Module, experiment: Experiment, x: Tensor, generator: torch.Generator
) -> str | None:
    """Name a parameter, or its scale, on which the outputs depend and the reported weights do not."""
    names = weight_shapes(experiment)
    outputs, weights = _evaluated(model, x), weights_of(model, names)
    for name, parameter in trainable(model).items():
        noise = torch.randn(parameter.shape, generator=generator).to(parameter)
        # Weights that were normalised for a picture change with the parameter, but not with its scale.
        for change, of in ((parameter.detach() + noise, ""), (2 * parameter.detach(), "the scale of ")):
            with restored(model):
                with torch.no_grad():
                    parameter.copy_(change)
                changed = weights_of(model, names)
                is_reported = any(not torch.allclose(changed[n], weights[n]) for n in names)
                if not is_reported and not torch.allclose(_evaluated(model, x), outputs):
                    return f"{of}its parameter {name}"
    return None


def _rearranged(
    experiment: Experiment, weights: Mapping[str, Tensor]
) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """Yield usual mistakes in reporting weights, each with the weights that it would hide."""
    n, m = experiment.n_features, experiment.n_hidden
    transposed = {
        name: values.reshape(-1, m, n).mT.contiguous() if name in ("W", "W_out") else values
        for name, values in weights.items()
    }
    yield "its outputs are those of the transposed W: return W.mT, not W or a reshape of it", transposed
    yield "its outputs are those of -b, not of the b that it reports", {**weights, "b": -weights["b"]}


def _scales(experiment: Experiment, weights: Mapping[str, Tensor], outputs: Tensor, x: Tensor) -> str | None:
    """Name the factors by which reported weights differ from those of the outputs; None if there are none."""
    wanted = outputs.detach().double()

    def fitting(*names: str) -> str | None:
        def scaled(factors: NDArray[np.float64]) -> dict[str, Tensor]:
            by_name = dict(zip(names, factors.tolist(), strict=True))
            return {name: by_name.get(name, 1.0) * values.double() for name, values in weights.items()}

        def errors(factors: NDArray[np.float64]) -> Any:
            return (architecture.outputs(experiment, scaled(factors), x) - wanted).flatten().cpu().numpy()

        found = least_squares(errors, np.ones(len(names)), method="lm").x
        # A model without a bias has the outputs of 0 b, whatever the scale of b.
        is_scale = float(np.abs(found).min()) > _LEAST_FACTOR
        if not is_scale or _deviation(outputs, experiment, scaled(found), x) > TOLERANCE:
            return None
        return " and ".join(f"{factor:.4g} {name}" for name, factor in zip(names, found, strict=True))

    alone = [text for name in weights if (text := fitting(name))]
    # W_out is left out: with ReLUs between, its scale can be that of W and of the hidden bias.
    return " or ".join(alone) or fitting(*(name for name in weights if name != "W_out"))


def _rows_are_embeddings(
    model: nn.Module, experiment: Experiment, x: Tensor, generator: torch.Generator
) -> bool:
    """Whether row i of the weights, and b_i, do nothing to other outputs while feature i is not active."""
    try:
        found = WeightMap(model, experiment)
    except NotMapped:
        return True
    instances, n = experiment.n_instances, experiment.n_features
    for attempt in range(_MASKS):
        active = torch.rand(instances, n, generator=generator) < 0.5
        if instances > 1:
            active[attempt % 2 :: 2] = False
        for parameter in model.parameters():
            parameter.grad = None
        outputs = model(x * active[:, None, :].to(x))
        factors = torch.randn(outputs.shape, generator=generator) * active[:, None, :]
        torch.autograd.backward((outputs * factors.to(outputs)).sum())
        gradient = found.gradient()
        if any(bool(gradient[name][~active].any()) for name in ("W", "W_out", "b") if name in gradient):
            return False
    return True
