"""BFGS from all starts of all problems in one compiled call.

The loss takes a few microseconds here. A library called once per start would spend most of its time
elsewhere.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from tms.theory._compiled import kernel
from tms.theory._kernels import loss_and_gradient

STEPS = 400
LINE_SEARCH_STEPS = 40
ARMIJO, CURVATURE = 1e-4, 0.9


@kernel
def dot(a: Float[np.ndarray, " parameter"], b: Float[np.ndarray, " parameter"]) -> float:
    """Inner product, summed in order, so that it is the same on every processor."""
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@kernel
def apply(
    matrix: Float[np.ndarray, "parameter parameter"],
    vector: Float[np.ndarray, " parameter"],
    sign: float,
    out: Float[np.ndarray, " parameter"],
) -> None:
    """Write ``sign * matrix @ vector`` into ``out``."""
    for i in range(vector.size):
        out[i] = sign * dot(matrix[i], vector)


@kernel
def reset(matrix: Float[np.ndarray, "parameter parameter"]) -> None:
    """Make the matrix the identity."""
    for i in range(matrix.shape[0]):
        for j in range(matrix.shape[0]):
            matrix[i, j] = 1.0 if i == j else 0.0


@kernel
def evaluate(
    point: Float[np.ndarray, " parameter"],
    n: int,
    m: int,
    bias: bool,
    scale: float,
    importance: Float[np.ndarray, " feature"],
    sets: Int[np.ndarray, "set three"],
    probability: Float[np.ndarray, " set"],
    gradient: Float[np.ndarray, " parameter"],
) -> float:
    """Loss and gradient, divided by ``scale``, at a point that holds W and then b.

    Without a bias, b stays at its value: its gradient is 0.
    """
    W, dW = point[: n * m].reshape(n, m), gradient[: n * m].reshape(n, m)
    loss = loss_and_gradient(W, point[n * m :], importance, sets, probability, dW, gradient[n * m :])
    for i in range(gradient.size):
        gradient[i] = gradient[i] / scale if bias or i < n * m else 0.0
    return loss / scale


@kernel
def descend(
    point: Float[np.ndarray, " parameter"],
    n: int,
    m: int,
    bias: bool,
    scale: float,
    tolerance: float,
    importance: Float[np.ndarray, " feature"],
    sets: Int[np.ndarray, "set three"],
    probability: Float[np.ndarray, " set"],
) -> float:
    """Minimise from ``point``, in place; return the loss divided by ``scale``.

    A line search by bisection finds steps that satisfy the weak Wolfe conditions. It copes with the jumps of
    the second derivative.
    """
    size = point.size
    gradient, trial, trial_gradient = np.empty(size), np.empty(size), np.empty(size)
    direction, move, change, bent = np.empty(size), np.empty(size), np.empty(size), np.empty(size)
    inverse = np.zeros((size, size))
    value = evaluate(point, n, m, bias, scale, importance, sets, probability, gradient)
    fresh = False
    restart = True
    for _ in range(STEPS):
        if dot(gradient, gradient) <= tolerance**2:
            break
        apply(inverse, gradient, -1.0, direction)
        if restart or dot(direction, gradient) >= 0.0:
            reset(inverse)
            apply(inverse, gradient, -1.0, direction)
            fresh = True
            restart = False
        slope = dot(direction, gradient)
        low, high, step = 0.0, np.inf, 1.0
        trial_value = value
        for _ in range(LINE_SEARCH_STEPS):
            for i in range(size):
                trial[i] = point[i] + step * direction[i]
            trial_value = evaluate(trial, n, m, bias, scale, importance, sets, probability, trial_gradient)
            if trial_value > value + ARMIJO * step * slope:
                high = step
            elif dot(direction, trial_gradient) < CURVATURE * slope:
                low = step
            else:
                break
            step = 2 * low if high == np.inf else (low + high) / 2
        if trial_value >= value:
            if fresh:
                break
            restart = True
            continue
        for i in range(size):
            move[i], change[i] = trial[i] - point[i], trial_gradient[i] - gradient[i]
            point[i], gradient[i] = trial[i], trial_gradient[i]
        value = trial_value
        product = dot(move, change)
        if product > 0.0:
            if fresh:
                for i in range(size):
                    inverse[i, i] = product / dot(change, change)
                fresh = False
            apply(inverse, change, 1.0, bent)
            rest = (1.0 + dot(change, bent) / product) / product
            for i in range(size):
                for j in range(size):
                    inverse[i, j] += (
                        rest * move[i] * move[j] - (bent[i] * move[j] + move[i] * bent[j]) / product
                    )
    return value


@kernel
def descend_all(
    points: Float[np.ndarray, "problem start parameter"],
    n: int,
    m: int,
    bias: bool,
    tolerance: float,
    scale: Float[np.ndarray, " problem"],
    importance: Float[np.ndarray, "problem feature"],
    sets: Int[np.ndarray, "set three"],
    probability: Float[np.ndarray, "problem set"],
    loss: Float[np.ndarray, "problem start"],
) -> None:
    """`descend` from every start of every problem; update ``points`` in place, write unscaled losses."""
    for p in range(points.shape[0]):
        for s in range(points.shape[1]):
            loss[p, s] = scale[p] * descend(
                points[p, s], n, m, bias, scale[p], tolerance, importance[p], sets, probability[p]
            )
