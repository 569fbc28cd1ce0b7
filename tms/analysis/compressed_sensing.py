"""What compressed sensing allows: how many features can be recovered from how many dimensions."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike


def most_per_dimension(density: ArrayLike) -> Float[np.ndarray, "*point"]:
    """Most features per dimension of which all vectors with a share p of active ones can be recovered.

    Parameters
    ----------
    density
        p = 1 - S, above 0 and below 1/2.

    Raises
    ------
    ValueError
        If a density is not in this range.

    Notes
    -----
    If every k-sparse vector of n numbers can be recovered from m linear measurements by l1 minimisation,
    then m >= k ln(n / 2k) / (2 ln 9) (S. Foucart, A. Pajor, H. Rauhut and T. Ullrich, "The Gelfand widths of
    l_p-balls for 0 < p <= 1", Journal of Complexity 26, 2010). With k = n p, as for the paper's
    m = Omega(-n p ln p) (#related-compressed), this is n / m <= 2 ln 9 / (p ln(1 / 2p)).
    """
    p = np.asarray(density, dtype=np.float64)
    if not ((p > 0) & (p < 1 / 2)).all():
        raise ValueError(f"density is {p}; it must be above 0 and below 1/2.")
    return np.asarray(2 * np.log(9) / (p * np.log(1 / (2 * p))))
