"""Principal components of the features, which the best linear model of correlated inputs represents."""

from __future__ import annotations

from typing import Final

import numpy as np
from jaxtyping import Float

from tms.features import FeatureDistribution
from tms.theory import _arguments as check
from tms.theory._arguments import Values

TIED: Final = 1e-9
"""Relative difference below which two eigenvalues count as equal."""


def feature_covariance(features: FeatureDistribution) -> Float[np.ndarray, "point feature feature"]:
    """Covariance of the inputs at every point.

    An active value is uniform on [0, 1], or on [-1, 1] if signed. Two features of a correlated set are always
    active together; two features of an anticorrelated set never are.

    Notes
    -----
    Source: #geometry-correlated-setup.
    """
    p = features.density.copy()
    for group in features.anticorrelated:
        p[:, group] /= len(group)
    together = p[:, :, None] * p[:, None, :]
    for k, group in enumerate(features.sets):
        correlated = k < len(features.correlated)
        together[np.ix_(range(len(p)), group, group)] = p[:, group[:1], None] if correlated else 0.0
    mean = np.zeros_like(p) if features.signed else p / 2
    products = np.zeros_like(together) if features.signed else together / 4
    diagonal = np.arange(p.shape[1])
    products[:, diagonal, diagonal] = p / 3
    return np.asarray(products - mean[:, :, None] * mean[:, None, :])


def principal_loss(n_hidden: int, covariance: Values) -> Float[np.ndarray, "*batch"]:
    """Lowest expected loss of x' = W^T W x + b with importance 1: the sum of the n - m smallest eigenvalues.

    With as many dimensions as features, or more, nothing is lost.

    Parameters
    ----------
    n_hidden
        Number m of hidden dimensions.
    covariance
        Covariance of the inputs, shape (..., feature, feature).

    Returns
    -------
    ndarray
        Shape (...).

    Raises
    ------
    ValueError
        If a value of the covariance is not finite.

    Notes
    -----
    By Eckart and Young, with the bias at its optimum. Source: #geometry-collapsing.
    """
    values = np.linalg.eigvalsh(check.real("covariance", covariance))
    return np.asarray(values[..., : max(values.shape[-1] - n_hidden, 0)].sum(-1))


def nearest_principal_projection(W: Values, covariance: Values) -> Float[np.ndarray, "feature feature"]:
    """Projection onto m principal components; of equally good ones, those nearest to the range of W.

    If the m-th and the next eigenvalue are equal, the components are not unique. Of the tied ones, those that
    lie nearest to the range of W are chosen.

    Parameters
    ----------
    W
        Embedding, shape (feature, hidden), with hidden <= feature.
    covariance
        Covariance of the inputs, shape (feature, feature).

    Returns
    -------
    ndarray
        The W^T W of the best linear model, shape (feature, feature).

    Raises
    ------
    ValueError
        If a value is not finite.

    Notes
    -----
    Source: #geometry-collapsing.
    """
    weights, sigma = check.embedding(W), check.real("covariance", covariance)
    m = weights.shape[1]
    values, vectors = np.linalg.eigh(sigma)
    edge, tolerance = values[-m], TIED * values[-1]
    certain, tied = vectors[:, values > edge + tolerance], vectors[:, np.abs(values - edge) <= tolerance]
    basis = np.linalg.qr(weights)[0]
    turned = np.linalg.svd(tied.T @ basis)[0][:, : m - certain.shape[1]]
    components = np.hstack([certain, tied @ turned])
    return np.asarray(components @ components.T)
