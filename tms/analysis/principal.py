"""How far trained models are from principal component analysis (#geometry-collapsing)."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tms import theory


def principal_distance(
    W: Float[Tensor, "*batch feature hidden"], covariance: Float[np.ndarray, "feature feature"]
) -> Float[Tensor, "*batch"]:
    """Distance of each Gram matrix from the nearest projection onto principal components.

    Parameters
    ----------
    W
        Embeddings.
    covariance
        Covariance of the inputs. Where eigenvalues are tied, the principal components are those nearest to
        what W represents.

    Returns
    -------
    Tensor
        Frobenius norm of the difference, relative to that of the projection, sqrt(m).
    """
    flat = W.reshape(-1, *W.shape[-2:]).double().numpy()
    nearest = np.stack([theory.nearest_principal_projection(one, covariance) for one in flat])
    distance = np.linalg.norm(flat @ np.swapaxes(flat, 1, 2) - nearest, axis=(1, 2)) / W.shape[-1] ** 0.5
    return torch.from_numpy(distance).reshape(W.shape[:-2])
