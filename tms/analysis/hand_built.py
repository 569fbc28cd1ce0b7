"""Losses of solutions that are written down by hand, at the points of an experiment."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from tms import theory
from tms.experiment import Experiment


def loss_with_pairs(experiment: Experiment) -> Float[np.ndarray, " point"]:
    """Loss of the best arrangement in dimensions of their own and antipodal pairs, shape (point,).

    See `tms.theory.loss_with_pairs`; the features of a point share one density.

    Parameters
    ----------
    experiment
        A sweep of ReLU output models of independent features.

    Raises
    ------
    ValueError
        If the features of a point have different densities.
    """
    density = experiment.features.density
    if np.ptp(density, axis=1).any():
        raise ValueError(f"{experiment.name}: the features of a point must share one density.")
    return theory.loss_with_pairs(
        experiment.n_hidden, density=density[:, 0], importance=experiment.importance
    )


def worth_in_dimensions(
    experiment: Experiment, loss: Float[np.ndarray, "point seed"]
) -> Float[np.ndarray, "point seed"]:
    """How many times as many dimensions a model without superposition needs for the same loss.

    Without superposition, m features have no loss and each of the others has p/3 - p^2/4, the loss of a
    feature that is ignored (#strategic-approach-no-super). Dimensions between two whole numbers count by
    their part.

    Parameters
    ----------
    experiment
        A sweep of ReLU output models of independent features of importance 1.
    loss
        Losses of its models.

    Raises
    ------
    ValueError
        If an importance is not 1.
    """
    if (experiment.importance != 1).any():
        raise ValueError(f"{experiment.name}: all importances must be 1.")
    ignored = theory.feature_variance(experiment.features.density[:, :1])
    return np.asarray((experiment.n_features - loss / ignored) / experiment.n_hidden)


def saved_for_activation(
    experiment: Experiment, loss: Float[np.ndarray, "point seed"]
) -> Float[np.ndarray, "point seed"]:
    """Loss that one dimension of superposed features saves for each activation, over that of a dedicated one.

    A dimension is active if any of its features is, with probability 1 - (1 - p)^n. A dimension of its own
    saves p/3 - p^2/4 and is active with probability p (#strategic-approach-no-super).

    Parameters
    ----------
    experiment
        A sweep of ReLU output models with one hidden dimension and independent features of importance 1.
    loss
        Losses of its models.

    Raises
    ------
    ValueError
        If there are several hidden dimensions, or an importance is not 1.
    """
    if experiment.n_hidden != 1 or (experiment.importance != 1).any():
        raise ValueError(f"{experiment.name}: one hidden dimension and importances of 1 are needed.")
    p = experiment.features.density[:, :1]
    ignored = theory.feature_variance(p)
    active = 1 - (1 - p) ** experiment.n_features
    return np.asarray((experiment.n_features * ignored - loss) / active / (ignored / p))
