"""The paper's hand-picked "natural" solutions of its two phase diagrams, in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from tms.theory import _arguments as check
from tms.theory._arguments import Values

TRIPLE_POINT = (4 / 7, 1.0)
"""(density, relative importance) at which all natural solutions of either diagram have equal loss."""


@dataclass(frozen=True, eq=False)
class NaturalSolutions:
    """Natural solutions of a phase diagram and their losses in its cells.

    Attributes
    ----------
    names
        Names of the solutions, which say how they treat the features.
    outcomes
        Fate of the extra (last) feature in each solution: "ignored", "superposed" or "dedicated".
    W
        Embedding of each solution, shape (solution, feature, hidden).
    b
        Bias, shape (..., solution, feature): p / 2, the mean, for an ignored feature, else 0.
    loss
        Exact expected loss, shape (..., solution).
    """

    names: tuple[str, ...]
    outcomes: tuple[str, ...]
    W: Float[np.ndarray, "solution feature hidden"]
    b: Float[np.ndarray, "*cell solution feature"]
    loss: Float[np.ndarray, "*cell solution"]

    @property
    def best(self) -> Int[np.ndarray, "*cell"]:
        """Index of the solution of lowest loss, shape (...); the first of equals."""
        return np.asarray(np.argmin(self.loss, axis=-1))

    @property
    def best_loss(self) -> Float[np.ndarray, "*cell"]:
        """Lowest loss, shape (...)."""
        return np.asarray(self.loss.min(axis=-1))

    @property
    def relative_gap(self) -> Float[np.ndarray, "*cell"]:
        """How much worse the second best solution is, as a share of the best loss, shape (...)."""
        best, second = np.moveaxis(np.partition(self.loss, 1, axis=-1)[..., :2], -1, 0)
        return np.asarray((second - best) / best)


def two_in_one(density: Values, relative_importance: Values) -> NaturalSolutions:
    """Natural ways to store two features, of importance 1 and r, in one dimension.

    With density p: ignoring the last feature costs r (p/3 - p^2/4), ignoring the first p/3 - p^2/4, and
    superposing the two as an antipodal pair (1 + r) p^2 / 6.

    Parameters
    ----------
    density
        Density p of both features, in (0, 1]; broadcasts with relative_importance.
    relative_importance
        r, above 0.

    Returns
    -------
    NaturalSolutions
        Solutions "extra ignored", "first ignored", "superposed".

    Raises
    ------
    ValueError
        If a density is outside (0, 1] or a relative importance is not above 0.

    Notes
    -----
    Source: #phase-change. The boundary between the first and the last is `boundary`, that between the other
    two its mirror image under r -> 1 / r; both end in `TRIPLE_POINT`.
    """
    p, r = _cells(density, relative_importance)
    ignored, pair = p / 3 - p**2 / 4, p**2 / 6
    W = np.array([[[1.0], [0.0]], [[0.0], [1.0]], [[1.0], [-1.0]]])
    return NaturalSolutions(
        names=("extra ignored", "first ignored", "superposed"),
        outcomes=("ignored", "dedicated", "superposed"),
        W=W,
        b=_bias(W, p),
        loss=np.stack([r * ignored, ignored, (1 + r) * pair], axis=-1),
    )


def three_in_two(density: Values, relative_importance: Values) -> NaturalSolutions:
    """Natural ways to store three features, of importance 1, 1 and r, in two dimensions.

    Parameters
    ----------
    density
        Density p of all features, in (0, 1]; broadcasts with relative_importance.
    relative_importance
        r, above 0.

    Returns
    -------
    NaturalSolutions
        Solutions named by the direction that W does not represent, as in the paper: "⊥ [0, 0, 1]"
        (extra ignored), "⊥ [1, 0, 0]" (another ignored), "⊥ [0, 1, 1]" (extra superposed with another),
        "⊥ [1, 1, 0]" (the other two superposed). Exchanging the first two features gives solutions of the
        same loss, not listed again.

    Raises
    ------
    ValueError
        If a density is outside (0, 1] or a relative importance is not above 0.

    Notes
    -----
    For r < 1 the boundary of superposition is `boundary`; for r > 1, where the extra feature has its own
    dimension on both sides, it is the line p = 4/7. The lines r = 1 and p = 4/7 meet it in `TRIPLE_POINT`.
    Source: #phase-change.
    """
    p, r = _cells(density, relative_importance)
    ignored, pair = p / 3 - p**2 / 4, p**2 / 6
    W = np.array(
        [
            [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]],
            [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]],
            [[1.0, 0.0], [0.0, 1.0], [0.0, -1.0]],
            [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]],
        ]
    )
    return NaturalSolutions(
        names=("⊥ [0, 0, 1]", "⊥ [1, 0, 0]", "⊥ [0, 1, 1]", "⊥ [1, 1, 0]"),
        outcomes=("ignored", "dedicated", "superposed", "dedicated"),
        W=W,
        b=_bias(W, p),
        loss=np.stack([r * ignored, ignored, (1 + r) * pair, 2 * pair], axis=-1),
    )


def boundary(density: Values) -> Float[np.ndarray, "..."]:
    """Relative importance at which ignoring the extra feature and superposing it cost the same.

    Parameters
    ----------
    density
        p in [0, 1], any shape.

    Returns
    -------
    ndarray
        r = 2p / (4 - 5p); infinite from p = 4/5 on, where superposing is never better. It separates the
        best natural solutions for p <= 4/7, where r <= 1. With the first feature in the extra one's place the
        boundary is 1 / r.

    Raises
    ------
    ValueError
        If a density is outside [0, 1].

    Notes
    -----
    Source: #phase-change.
    """
    p = check.density(density)
    remaining = 4 - 5 * p
    return np.asarray(np.divide(2 * p, remaining, out=np.full(p.shape, np.inf), where=remaining > 0))


def _cells(
    density: Values, relative_importance: Values
) -> tuple[Float[np.ndarray, "*cell"], Float[np.ndarray, "*cell"]]:
    p = check.positive("density", check.density(density))
    r = check.positive("relative_importance", relative_importance)
    try:
        p, r = np.broadcast_arrays(p, r)
    except ValueError:
        raise ValueError(
            f"density {p.shape}, relative_importance {r.shape}: these shapes must broadcast together."
        ) from None
    return p, r


def _bias(
    W: Float[np.ndarray, "solution feature hidden"], p: Float[np.ndarray, "*cell"]
) -> Float[np.ndarray, "*cell solution feature"]:
    return np.asarray(p[..., None, None] / 2 * (W == 0).all(axis=-1))
