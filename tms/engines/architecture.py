"""The paper's architectures as formulas of their weights, written independently of `tms.models`."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from tms.experiment import Experiment


def outputs(
    experiment: Experiment,
    weights: Mapping[str, Tensor],
    x: Float[Tensor, "instance batch feature"],
) -> Float[Tensor, "instance batch feature"]:
    """Compute the outputs of an experiment's architecture, in float64.

    Source: #demonstrating-setup-model, #privileged-basis, #computation-setup.

    Parameters
    ----------
    experiment
        The experiment, which sets architecture and activation.
    weights
        Weights by name, with the shapes of `tms.protocol.weight_shapes`.
    x
        The inputs.
    """
    exact = {name: values.detach().to(x.device, torch.float64) for name, values in weights.items()}
    hidden = torch.bmm(x.to(torch.float64), exact["W"])
    if experiment.has_hidden_relu:
        if experiment.hidden_bias:
            hidden = hidden + exact["b_hidden"].unsqueeze(1)
        hidden = hidden.clamp(min=0)
    decoder = exact["W_out"] if experiment.architecture == "relu_hidden_untied" else exact["W"]
    z = torch.bmm(hidden, decoder.transpose(1, 2)) + exact["b"].unsqueeze(1)
    match "linear" if experiment.architecture == "linear" else experiment.activation:
        case "linear":
            return z
        case "gelu":
            return z * (1 + torch.erf(z / math.sqrt(2))) / 2
        case "quadratic":
            return z * z
        case _:
            return z.clamp(min=0)
