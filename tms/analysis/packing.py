"""The best packing of features into polytopes when more features compete than fit.

With n much larger than m, a polytope of any size finds enough features, and the others are not represented.
The best packing is then the polytope that lowers the loss most for each dimension that it takes. The
densities at which one polytope takes over from another predict where a fraction of a dimension prevails
(#geometry-uniform).
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import scipy.optimize

from tms.analysis import polytopes
from tms.features import FeatureDistribution
from tms.theory.quadrature import Quadrature

_START_NORM: Final = 1.05
_START_BIAS: Final = -0.02


def gain(name: str, inverse_density: float) -> float:
    """Decrease of the loss by a polytope of features, for each dimension and each unit of density.

    Parameters
    ----------
    name
        A polytope of `tms.analysis.polytopes.known`.
    inverse_density
        1/(1-S), at least 1.

    Returns
    -------
    float
        Loss of as many features that are not represented, minus the expected loss of the polytope at its best
        norms and biases, divided by its dimension and the density; minus infinity if the descent leaves the
        polytope.

    Raises
    ------
    ValueError
        If there is no such polytope or the inverse density is below 1.
    """
    polytope, quadrature = _quadrature(name)
    if not 1 <= inverse_density < np.inf:
        raise ValueError(f"inverse_density is {inverse_density}; it must be finite and at least 1.")
    n, p = polytope.size, 1 / inverse_density
    found = quadrature.descend(
        _START_NORM * polytope.vertices, np.full(n, _START_BIAS), density=np.full(n, p)
    )
    if polytopes.gram_distance(found.W @ found.W.T, polytope) > polytopes.TOLERANCE:
        return -np.inf
    return (n * (p / 3 - p**2 / 4) - found.loss) / (polytope.dimension * p)


@cache
def takeover(first: str, second: str, low: float, high: float) -> float:
    """1/(1-S) at which one polytope packs as well as another.

    Parameters
    ----------
    first, second
        Polytopes of `tms.analysis.polytopes.known`.
    low, high
        Ends of the interval of 1/(1-S) to search; `first` packs better at one end, `second` at the other.

    Raises
    ------
    ValueError
        If the same polytope packs better at both ends, or one is not a minimum of the loss at an end.
    """

    def lead(inverse_density: float) -> float:
        return gain(first, inverse_density) - gain(second, inverse_density)

    ends = lead(low), lead(high)
    if not np.isfinite(ends).all() or ends[0] * ends[1] > 0:
        raise ValueError(
            f"{first} and {second} do not exchange places between 1/(1-S) = {low:g} and {high:g}."
        )
    return float(scipy.optimize.brentq(lead, low, high, xtol=1e-3))


def pairs_pack_best() -> tuple[float, float]:
    """Ends of the range of 1/(1-S) in which digons pack better than triangles and than pentagons."""
    return takeover("triangle", "digon", 1.5, 1.6), takeover("digon", "pentagon", 4, 5)


@cache
def _quadrature(name: str) -> tuple[polytopes.Polytope, Quadrature]:
    found = [polytope for polytope in polytopes.known() if polytope.name == name]
    if not found:
        raise ValueError(f"there is no polytope named {name!r} in tms.analysis.polytopes.known().")
    return found[0], Quadrature(FeatureDistribution(density=np.full((1, found[0].size), 0.5)), points=128)
