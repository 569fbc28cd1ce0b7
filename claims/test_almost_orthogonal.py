"""Motivation: how many almost orthogonal directions fit into a space."""

import numpy as np

import figures.motivation
from claims.harness import claim
from tms.analysis.almost_orthogonal import count_almost_orthogonal, guaranteed_almost_orthogonal

COSINE = 0.3
"""Directions with a smaller |cosine| count as almost orthogonal: 73 degrees or more, as in a pentagon."""
DIMENSIONS = (4, 8, 16, 24, 32, 40, 48, 56, 64)
CANDIDATES = 4000


@claim(
    "MATH-6",
    "Exponentially many almost orthogonal directions fit into n dimensions.",
    source="motivation-superposition",
    reading="Almost orthogonal is a |cosine| below 0.3.",
)
def test_exponentially_many_almost_orthogonal_directions_fit(measure, draw):
    found = np.array(
        [
            [count_almost_orthogonal(n, COSINE, candidates=CANDIDATES, seed=seed) for seed in range(4)]
            for n in DIMENSIONS
        ]
    )
    guaranteed = np.array([guaranteed_almost_orthogonal(n, COSINE) for n in DIMENSIONS])
    measure(
        "random directions kept over the number that always fits, least over 4 to 64 dimensions",
        (found / guaranteed[:, None]).min(0),
        paper=None,
        at_least=1,
        because="they fit: drawing at random finds at least as many as a covering argument promises",
    )
    measure(
        "random directions kept in 64 dimensions, per dimension",
        found[-1] / DIMENSIONS[-1],
        paper=None,
        at_least=2,
        because="many more than the one per dimension that can be orthogonal: twice as many at least",
    )
    rate = [
        np.log(guaranteed_almost_orthogonal(2 * n, COSINE) / guaranteed_almost_orthogonal(n, COSINE)) / n
        for n in (500, 1000)
    ]
    measure.exact(
        "growth of the logarithm of the number that always fits, per dimension, from 1000 to 2000",
        rate[1],
        paper=None,
        at_least=0.01,
        because="exponential growth adds a constant to the logarithm with each dimension; 0.01 doubles the "
        "number every 70 dimensions",
    )
    measure.exact(
        "this growth over that from 500 to 1000 dimensions",
        rate[1] / rate[0],
        paper=1,
        within=0.05,
        because="1 is an exponential; a power of n has a half, whatever the power",
    )
    draw(
        figures.motivation.almost_orthogonal_directions,
        "motivation/almost_orthogonal_directions",
        np.array(DIMENSIONS, dtype=float),
        found.astype(float),
        guaranteed,
        COSINE,
    )
