"""The best arrangement of many features that uses nothing but dimensions of their own and antipodal pairs."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from tms.theory import _arguments as check
from tms.theory._arguments import Values


def loss_with_pairs(n_hidden: int, *, density: Values, importance: Values) -> Float[np.ndarray, "*batch"]:
    """Lowest expected loss of a ReLU output model whose features are alone, in antipodal pairs, or ignored.

    The most important features have a dimension of their own, the next ones share a dimension with one other
    feature each, and the rest is ignored. The number of pairs is the best one. All norms are 1, the biases of
    represented features are 0, and those of ignored features are their mean.

    Parameters
    ----------
    n_hidden
        Hidden dimensions m.
    density
        1 - S of all features, shape (...).
    importance
        Shape (..., feature), in any order.

    Returns
    -------
    ndarray
        Shape (...).

    Raises
    ------
    ValueError
        If a density or an importance is not valid, or there are fewer features than dimensions.

    Notes
    -----
    A feature loses nothing in a dimension of its own, I p^2 / 6 in a pair, and I (p/3 - p^2/4) if it is
    ignored. Trained models can do better, so this is a loss that training must at least reach. Source:
    #demonstrating-basic-results, #phase-change.
    """
    p = check.density(density)
    importances = -np.sort(-check.importance(importance), axis=-1)
    n = importances.shape[-1]
    if not 1 <= n_hidden <= n:
        raise ValueError(f"n_hidden is {n_hidden}; with {n} features it must lie between 1 and {n}.")
    losses = []
    for pairs in range(min(n_hidden, n - n_hidden) + 1):
        alone, kept = n_hidden - pairs, n_hidden + pairs
        in_pairs = importances[..., alone:kept].sum(-1) * p**2 / 6
        losses.append(in_pairs + importances[..., kept:].sum(-1) * (p / 3 - p**2 / 4))
    return np.asarray(np.min(losses, axis=0))
