"""Which absolute values a model with a ReLU hidden layer computes (#computation)."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

UNIFORM_VARIANCE = 1 / 12
"""Variance of |x| of an active feature, uniform in [0, 1]: the error of the best constant."""


def explained_when_active(
    W: Float[Tensor, "feature neuron"],
    W_out: Float[Tensor, "feature neuron"],
    b: Float[Tensor, " feature"],
    x: Float[Tensor, "input feature"],
    own: Float[Tensor, " input"],
) -> Float[Tensor, " feature"]:
    """Share of the variance of |x_i| that a model explains when feature i is active among its usual others.

    Parameters
    ----------
    W, W_out, b
        Input weights, output weights and output biases of one model.
    x
        Inputs of the model's own data.
    own
        Values of the active feature, uniform in [-1, 1]; they take the place of x_i for each i in turn.

    Returns
    -------
    Tensor
        1 for a feature that is computed exactly, 0 for one that a constant would do as well for, -3 for an
        output that is always 0. One sign of the feature alone gives -1 (#computation-super-v-sparsity).
    """
    W, W_out, b, x, own = (values.double() for values in (W, W_out, b, x, own))
    before = x @ W
    explained = []
    for i in range(len(W)):
        h = torch.relu(before + (own - x[:, i])[:, None] * W[i])
        y = torch.relu(h @ W_out[i] + b[i])
        explained.append(1 - ((y - own.abs()) ** 2).mean() / UNIFORM_VARIANCE)
    return torch.stack(explained)
