"""Exact expected losses of trained models, which have no noise of held-out inputs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tms import theory
from tms.experiment import Experiment
from tms.training import Trained

MOST_EXACT: Final = 3
"""Largest number of independent features for which `expected_losses` is exact."""


def zero_loss(experiment: Experiment) -> Float[np.ndarray, " point"]:
    """Expected loss of a model that outputs 0: the sum of I_i E[x_i^2] (#demonstrating-setup-loss).

    Parameters
    ----------
    experiment
        The experiment; at a point where all inputs are 0 or have no importance, the result is 1.
    """
    active = experiment.features.density.copy()
    for group in experiment.features.anticorrelated:
        active[:, list(group)] /= len(group)
    loss = (experiment.importance * active / 3).sum(1)
    return np.where(loss > 0, loss, 1.0)


def known_losses(
    experiment: Experiment,
    W: Float[Tensor, "point *rest feature hidden"],
    b: Float[Tensor, "point *rest feature"],
) -> Float[np.ndarray, "point ..."] | None:
    """Expected losses of models of an experiment; None where they cannot be computed.

    They can be computed for linear models, and for output activations of few independent features; for ReLU
    output models also of features in sets, or of a few more, by quadrature (see `tms.theory.Quadrature`).

    Parameters
    ----------
    experiment
        The experiment that gives each point its density and importance.
    W, b
        Weights of the models at each point, with any axes after the point.
    """
    compute = _expected_loss_of(experiment)
    if compute is None:
        return None
    # Models that diverged have no weights that a loss could be computed from.
    finite = (W.isfinite().all(-1) & b.isfinite()).all(-1).numpy()
    weights, biases = (
        torch.nan_to_num(values.double(), nan=0.0, posinf=0.0, neginf=0.0).numpy() for values in (W, b)
    )
    lead = (None,) * (W.ndim - 3)
    loss = [
        compute(weights[k], biases[k], density=density[lead], importance=importance[lead])
        for k, (density, importance) in enumerate(
            zip(experiment.features.density, experiment.importance, strict=True)
        )
    ]
    return np.where(finite, np.stack(loss), np.inf)


def _expected_loss_of(experiment: Experiment) -> Callable[..., Float[np.ndarray, "..."]] | None:
    features, n = experiment.features, experiment.n_features
    if features.signed or experiment.target != "identity":
        return None
    if experiment.architecture == "linear":
        return None if features.sets else theory.linear_expected_loss
    if experiment.architecture != "relu_output":
        return None
    if experiment.activation != "relu":
        if features.sets or n > theory.activations.MAX_FEATURES:
            return None
        return partial(theory.smooth_expected_loss, experiment.activation)
    if not features.sets and n <= MOST_EXACT:
        return theory.expected_loss
    return theory.Quadrature(features).loss if theory.Quadrature.covers(features) else None


def kept_losses(trained: Trained) -> Float[np.ndarray, "point seed"]:
    """Loss of the kept models: the expected loss where it can be computed, else that on held-out inputs.

    Parameters
    ----------
    trained
        Any sweep.
    """
    known = known_losses(trained.experiment, trained.W, trained.b)
    return trained.loss.double().numpy() if known is None else known


def over_linear_minimum(trained: Trained) -> Float[np.ndarray, "point seed"]:
    """Loss of the kept models over the lowest one of linear models, which have no superposition.

    Parameters
    ----------
    trained
        A sweep of independent features that are to be reconstructed.

    Notes
    -----
    Source: #demonstrating-basic-results.
    """
    experiment = trained.experiment
    lowest = theory.linear_minimum(
        experiment.n_hidden,
        variance=theory.feature_variance(experiment.features.density),
        importance=experiment.importance,
    )
    return np.asarray(kept_losses(trained) / lowest[:, None])


_TRIALS: Final[WeakKeyDictionary[Trained, Float[Tensor, "point seed trial"]]] = WeakKeyDictionary()


def trial_losses(trained: Trained) -> Float[Tensor, "point seed trial"]:
    """Expected loss of every trial, computed once for each sweep.

    Parameters
    ----------
    trained
        A sweep whose expected losses can be computed, see `known_losses`.

    Raises
    ------
    ValueError
        If they cannot.
    """
    if trained not in _TRIALS:
        trials = trained.trial_parameters
        known = known_losses(trained.experiment, trials["W"], trials["b"])
        if known is None:
            raise ValueError(f"{trained.experiment.name}: the expected loss of its models is not known.")
        _TRIALS[trained] = torch.from_numpy(known)
    return _TRIALS[trained]


def exactly_best(trained: Trained) -> Trained:
    """Keep the trials of lowest expected loss: sampled losses cannot tell sparse solutions apart.

    Parameters
    ----------
    trained
        A sweep whose expected losses can be computed, see `known_losses`.

    Raises
    ------
    ValueError
        If they cannot.
    """
    return trained.best_by(trial_losses(trained))


def expected_losses(
    W: Float[Tensor, "point *rest feature hidden"],
    b: Float[Tensor, "point *rest feature"],
    experiment: Experiment,
) -> Float[np.ndarray, "point ..."]:
    """Expected loss of ReLU output models of up to three independent features.

    Parameters
    ----------
    W, b
        Weights of the models at each point, with any axes after the point.
    experiment
        The experiment that gives each point its density and importance.
    """
    lead = (slice(None), *(None,) * (W.ndim - 3))
    return theory.expected_loss(
        W.double().numpy(),
        b.double().numpy(),
        density=experiment.features.density[lead],
        importance=experiment.importance[lead],
    )
