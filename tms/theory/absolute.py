"""A solution of y = |x| with a ReLU hidden layer that can be written down, without superposition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from tms.theory import _arguments as check
from tms.theory._arguments import Values


@dataclass(frozen=True, eq=False)
class PairedNeurons:
    """The solution that computes half as many absolute values as there are neurons, and guesses the others.

    Attributes
    ----------
    served
        Whether |x_i| is computed, shape (..., feature).
    W, W_out
        Input and output weights, shape (..., feature, neuron): a neuron each for x_i and -x_i of a feature
        that is served, 0 elsewhere.
    b
        Bias, shape (..., feature): 0 for a feature that is served, else the mean of |x_i|.
    loss
        Exact expected loss, shape (...).
    """

    served: Bool[np.ndarray, "*batch feature"]
    W: Float[np.ndarray, "*batch feature neuron"]
    W_out: Float[np.ndarray, "*batch feature neuron"]
    b: Float[np.ndarray, "*batch feature"]
    loss: Float[np.ndarray, "*batch"]


def paired_neurons(
    n_features: int, n_neurons: int, *, density: Values, importance: Values = 1.0
) -> PairedNeurons:
    """Serve the features that matter most with two neurons each, and leave the others at their mean.

    Parameters
    ----------
    n_features, n_neurons
        Numbers of features and of hidden neurons.
    density, importance
        1 - S and I_i; broadcast to (..., feature). Values are 0 with probability S, else uniform on [-1, 1].

    Returns
    -------
    PairedNeurons
        Weights and exact expected loss.

    Raises
    ------
    ValueError
        If a number is below 1, or a density or an importance is not valid.

    Notes
    -----
    |x| = ReLU(x) + ReLU(-x), so a pair of neurons computes one feature exactly. An output that is constant
    costs I_i (p/3 - p^2/4) at its best value, p/2. The n_neurons // 2 features for which this cost is largest
    are served; of features with equal cost, the first. Source: #computation-basic.
    """
    if n_features < 1 or n_neurons < 1:
        raise ValueError(f"n_features is {n_features} and n_neurons {n_neurons}; both must be at least 1.")
    p, importances = check.per_feature(
        n_features, density=check.density(density), importance=check.importance(importance)
    )
    cost = importances * (p / 3 - p**2 / 4)
    order = np.argsort(-cost, axis=-1, kind="stable")
    pairs = min(n_neurons // 2, n_features)
    served = np.zeros(cost.shape, dtype=bool)
    np.put_along_axis(served, order[..., :pairs], True, axis=-1)
    W = np.zeros((*cost.shape, n_neurons))
    W_out = np.zeros_like(W)
    for pair in range(pairs):
        feature = order[..., pair, None, None]
        for neuron, sign in ((2 * pair, 1.0), (2 * pair + 1, -1.0)):
            np.put_along_axis(W[..., neuron, None], feature, sign, axis=-2)
            np.put_along_axis(W_out[..., neuron, None], feature, 1.0, axis=-2)
    return PairedNeurons(
        served=served,
        W=W,
        W_out=W_out,
        b=np.where(served, 0.0, p / 2),
        loss=np.where(served, 0.0, cost).sum(-1),
    )
