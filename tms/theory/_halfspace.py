"""Moments of the unit cube cut by a half-space, the one integral behind every exact loss here.

For x uniform on [0, 1]^k, k <= 3, and z = a . x + c, these functions return E[q(x) 1(z > 0)] for the
monomials q of degree 0, 1 and 2. The innermost variable is integrated in closed form. As a function of each
further variable, the remaining integrand is a polynomial between the values at which the plane z = 0 passes a
vertex of the smaller cube. Gauss-Legendre quadrature on each such piece is therefore exact up to rounding:
degree 3 needs two nodes, degree 4 needs three. The only division by a slope places a break, which is then
clamped to the cube, so slopes of any size, zero included, are safe.
"""

from __future__ import annotations

import math
from typing import TypeAlias

from tms.theory._compiled import kernel

Line: TypeAlias = tuple[float, float, float]
Square: TypeAlias = tuple[float, float, float, float, float, float]
Cube: TypeAlias = tuple[float, float, float, float, float, float, float, float, float, float]

TWO_NODES = 0.5 * (1 - 1 / math.sqrt(3)), 0.5 * (1 + 1 / math.sqrt(3))
THREE_NODES = 0.5 * (1 - math.sqrt(0.6)), 0.5, 0.5 * (1 + math.sqrt(0.6))
THREE_WEIGHTS = 5 / 18, 8 / 18, 5 / 18


@kernel
def crossing(slope: float, offset: float) -> float:
    """Where ``slope * t + offset`` changes sign, clamped to [0, 1]; 0 for no slope."""
    if slope == 0.0:
        return 0.0
    return min(max(-offset / slope, 0.0), 1.0)


@kernel
def line_moments(a: float, c: float) -> Line:
    """E of (1, x, x^2) where a x + c > 0."""
    low, high = 0.0, 1.0
    if a > 0.0:
        low = crossing(a, c)
    elif a < 0.0:
        high = crossing(a, c)
    elif c <= 0.0:
        high = 0.0
    width = high - low
    return width, width * (high + low) / 2, width * (high * high + high * low + low * low) / 3


@kernel
def square_moments(a0: float, a1: float, c: float) -> Square:
    """E of (1, x0, x1, x0^2, x0 x1, x1^2) where a0 x0 + a1 x1 + c > 0."""
    s = s0 = s1 = s00 = s01 = s11 = 0.0
    first, second = crossing(a1, c), crossing(a1, c + a0)
    low, middle = min(first, second), max(first, second)
    start = 0.0
    for piece in range(3):
        end = low if piece == 0 else middle if piece == 1 else 1.0
        if end > start:
            weight = (end - start) / 2
            for node in TWO_NODES:
                t = start + (end - start) * node
                m, m0, m00 = line_moments(a0, a1 * t + c)
                s += weight * m
                s0 += weight * m0
                s1 += weight * m * t
                s00 += weight * m00
                s01 += weight * m0 * t
                s11 += weight * m * t * t
        start = end
    return s, s0, s1, s00, s01, s11


@kernel
def cube_moments(a0: float, a1: float, a2: float, c: float) -> Cube:
    """E of (1, x0, x1, x2, x0^2, x0 x1, x0 x2, x1^2, x1 x2, x2^2) where a0 x0 + a1 x1 + a2 x2 + c > 0."""
    s = s0 = s1 = s2 = s00 = s01 = s02 = s11 = s12 = s22 = 0.0
    first, second = crossing(a2, c), crossing(a2, c + a0)
    third, fourth = crossing(a2, c + a1), crossing(a2, c + a0 + a1)
    low, middle_low = min(first, second), max(first, second)
    middle_high, high = min(third, fourth), max(third, fourth)
    low, middle_high = min(low, middle_high), max(low, middle_high)
    middle_low, high = min(middle_low, high), max(middle_low, high)
    middle_low, middle_high = min(middle_low, middle_high), max(middle_low, middle_high)
    start = 0.0
    for piece in range(5):
        end = 1.0
        if piece == 0:
            end = low
        elif piece == 1:
            end = middle_low
        elif piece == 2:
            end = middle_high
        elif piece == 3:
            end = high
        if end > start:
            for k in range(3):
                weight = (end - start) * THREE_WEIGHTS[k]
                t = start + (end - start) * THREE_NODES[k]
                m, m0, m1, m00, m01, m11 = square_moments(a0, a1, a2 * t + c)
                s += weight * m
                s0 += weight * m0
                s1 += weight * m1
                s2 += weight * m * t
                s00 += weight * m00
                s01 += weight * m01
                s02 += weight * m0 * t
                s11 += weight * m11
                s12 += weight * m1 * t
                s22 += weight * m * t * t
        start = end
    return s, s0, s1, s2, s00, s01, s02, s11, s12, s22


@kernel
def cut_moments(k: int, a0: float, a1: float, a2: float, c: float) -> Cube:
    """`cube_moments` of the first k coordinates, the others being fixed at 0."""
    if k == 0:
        inside = 1.0 if c > 0.0 else 0.0
        return inside, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if k == 1:
        m, m0, m00 = line_moments(a0, c)
        return m, m0, 0.0, 0.0, m00, 0.0, 0.0, 0.0, 0.0, 0.0
    if k == 2:
        m, m0, m1, m00, m01, m11 = square_moments(a0, a1, c)
        return m, m0, m1, 0.0, m00, m01, 0.0, m11, 0.0, 0.0
    return cube_moments(a0, a1, a2, c)
