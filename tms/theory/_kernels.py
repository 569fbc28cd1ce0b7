"""The loss of one model as a weighted sum over sets of active features, with its gradient."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from tms.theory._compiled import kernel
from tms.theory._halfspace import cut_moments

LARGEST_SET = 3


@kernel
def output_error(
    k: int, target: int, a0: float, a1: float, a2: float, c: float
) -> tuple[float, float, float, float, float]:
    """E[(x_target - ReLU(a . x + c))^2] over [0, 1]^k, and its derivatives in a0, a1, a2 and c.

    A target of -1 stands for an output whose own feature is 0. Where ReLU is off, the error is x_target^2 for
    any a and c. Only the region where it is on depends on them, through its moments up to the second.
    """
    m, m0, m1, m2, m00, m01, m02, m11, m12, m22 = cut_moments(k, a0, a1, a2, c)
    z0 = a0 * m00 + a1 * m01 + a2 * m02 + c * m0
    z1 = a0 * m01 + a1 * m11 + a2 * m12 + c * m1
    z2 = a0 * m02 + a1 * m12 + a2 * m22 + c * m2
    z = a0 * m0 + a1 * m1 + a2 * m2 + c * m
    value = a0 * z0 + a1 * z1 + a2 * z2 + c * z
    if target == 0:
        value += 1 / 3 - 2 * z0
        z0, z1, z2, z = z0 - m00, z1 - m01, z2 - m02, z - m0
    elif target == 1:
        value += 1 / 3 - 2 * z1
        z0, z1, z2, z = z0 - m01, z1 - m11, z2 - m12, z - m1
    elif target == 2:
        value += 1 / 3 - 2 * z2
        z0, z1, z2, z = z0 - m02, z1 - m12, z2 - m22, z - m2
    return value, 2 * z0, 2 * z1, 2 * z2, 2 * z


@kernel
def loss_and_gradient(
    W: Float[np.ndarray, "feature hidden"],
    b: Float[np.ndarray, " feature"],
    importance: Float[np.ndarray, " feature"],
    sets: Int[np.ndarray, "set three"],
    probability: Float[np.ndarray, " set"],
    dW: Float[np.ndarray, "feature hidden"],
    db: Float[np.ndarray, " feature"],
) -> float:
    """Loss of one model, its gradient written into dW and db.

    Each row of ``sets`` lists the active features, padded with -1; ``probability`` weighs the sets.
    """
    n, m = W.shape
    loss = 0.0
    for i in range(n):
        db[i] = 0.0
        for h in range(m):
            dW[i, h] = 0.0
    slope = np.zeros(3)
    for s in range(sets.shape[0]):
        if probability[s] == 0.0:
            continue
        k = 0
        while k < 3 and sets[s, k] >= 0:
            k += 1
        for i in range(n):
            weight = probability[s] * importance[i]
            if weight == 0.0:
                continue
            target = -1
            for q in range(3):
                slope[q] = 0.0
                if q < k:
                    j = sets[s, q]
                    for h in range(m):
                        slope[q] += W[i, h] * W[j, h]
                    if j == i:
                        target = q
            value, d0, d1, d2, d = output_error(k, target, slope[0], slope[1], slope[2], b[i])
            loss += weight * value
            db[i] += weight * d
            for q in range(k):
                j = sets[s, q]
                pull = weight * (d0 if q == 0 else d1 if q == 1 else d2)
                for h in range(m):
                    dW[i, h] += pull * W[j, h]
                    dW[j, h] += pull * W[i, h]
    return loss


@kernel
def batch_loss_and_gradient(
    W: Float[np.ndarray, "problem feature hidden"],
    b: Float[np.ndarray, "problem feature"],
    importance: Float[np.ndarray, "problem feature"],
    sets: Int[np.ndarray, "set three"],
    probability: Float[np.ndarray, "problem set"],
    loss: Float[np.ndarray, " problem"],
    dW: Float[np.ndarray, "problem feature hidden"],
    db: Float[np.ndarray, "problem feature"],
) -> None:
    """`loss_and_gradient` of every problem, written into loss, dW and db."""
    for p in range(W.shape[0]):
        loss[p] = loss_and_gradient(W[p], b[p], importance[p], sets, probability[p], dW[p], db[p])
