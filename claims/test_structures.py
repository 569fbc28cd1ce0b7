"""What holds of any embedding's geometry by linear algebra: leverage scores, simplices, tegum products."""

import numpy as np
import torch
from scipy.linalg import block_diag

from claims.harness import claim, identity
from tms import paper
from tms.analysis import components, geometry, polytopes

SOURCE = "geometry-structures"


@identity
@claim(
    "GEO-9",
    "Leverage scores add up to the rank of W exactly, and no D_i exceeds its feature's leverage score.",
    source="comment-zhang",
)
def test_leverage_scores(trained, measure):
    sweep = trained(paper.uniform_superposition)
    rng = np.random.default_rng(0)
    random = torch.from_numpy(rng.normal(size=(200, 20, 5)) * rng.uniform(0.1, 2, size=(200, 20, 1)))
    singular = random[:, :, :3] @ torch.from_numpy(rng.normal(size=(200, 3, 5)))
    for name, W in {"random": random, "random of rank 3": singular, "trained": sweep.W.double()}.items():
        scores, D = geometry.leverage(W), geometry.dimensionality(W)
        measure.exact(
            f"largest difference of the sum of leverage scores from the rank, {name} W",
            (scores.sum(-1) - torch.linalg.matrix_rank(W)).abs().max(),
            paper=0,
            at_most=1e-6,
            because="an identity, but for rounding; a rank is a whole number",
        )
        measure.exact(
            f"largest D_i less leverage score, {name} W",
            (D - scores).max(),
            paper=None,
            at_most=1e-9,
            because="an inequality (Cauchy and Schwarz), but for rounding",
            resolution=1e-9,
        )
    tight = [torch.from_numpy(p.vertices) for p in polytopes.known() if p.name != "capped octahedron"]
    measure.exact(
        "largest difference of D_i from the leverage score, isotropic polytopes",
        max(float((geometry.dimensionality(W) - geometry.leverage(W)).abs().max()) for W in tight),
        paper=0,
        at_most=1e-9,
        because="equal where sum_j W_j W_j^T is a multiple of the identity, but for rounding",
    )
    measure.exact(
        "least of the largest differences, random W",
        (geometry.leverage(random) - geometry.dimensionality(random)).amax(-1).min(),
        paper=None,
        at_least=0.01,
        because="where features are not isotropic the two differ, or the inequality would say nothing",
    )


@claim(
    "GEO-11",
    "n basis vectors projected orthogonally to (1, ..., 1) form a regular simplex.",
    source=SOURCE,
)
def test_projected_basis_vectors_form_a_simplex(measure):
    sizes = range(2, 10)
    grams = [geometry.gram(torch.eye(n).double() - 1 / n).numpy() for n in sizes]
    measure.exact(
        "largest deviation of a Gram matrix from the simplex's, n = 2 to 9",
        max(
            np.abs(gram * n / (n - 1) - (np.eye(n) * n - 1) / (n - 1)).max()
            for n, gram in zip(sizes, grams, strict=True)
        ),
        paper=0,
        at_most=1e-12,
        because="exact but for rounding: norm 1 and all cosines -1/(n-1) at unit length",
        resolution=1e-14,  # one library's rounding is not another's
    )
    measure.exact(
        "largest difference of rank and n - 1",
        max(abs(int(np.linalg.matrix_rank(gram)) - n + 1) for n, gram in zip(sizes, grams, strict=True)),
        paper=0,
        at_most=0,
        because="exactly one direction is not represented",
    )
    measure.exact(
        "largest deviation of D_i from (n - 1)/n",
        max(
            float((geometry.dimensionality(torch.eye(n).double() - 1 / n) - (n - 1) / n).abs().max())
            for n in sizes
        ),
        paper=0,
        at_most=1e-9,
        because="a simplex is uniform: n - 1 dimensions, shared equally",
    )


@claim("GEO-11", "A block-diagonal Gram matrix is a tegum product.", source=SOURCE)
def test_block_diagonal_gram_matrices_are_tegum_products(measure):
    factors = [p for p in polytopes.known() if p.size <= 8]
    rng = np.random.default_rng(0)
    wrong = 0
    deviation = 0.0
    for _ in range(20):
        drawn = [factors[i] for i in rng.integers(0, len(factors), size=3)]
        W = block_diag(*[p.vertices for p in drawn])
        W = rng.permutation(W @ np.linalg.qr(rng.normal(size=(W.shape[1],) * 2))[0])
        found = components.identify(torch.from_numpy(W))
        wrong += sorted(c.name for c in found) != sorted(p.name for p in drawn)
        own = np.concatenate([p.dimensionalities for p in drawn])
        deviation = max(deviation, np.abs(np.sort(np.concatenate([c.D for c in found])) - np.sort(own)).max())
    measure.exact(
        "products of three random polytopes, turned and shuffled, that do not fall apart into them, of 20",
        wrong,
        paper=0,
        at_most=0,
        because="an identity",
    )
    measure.exact(
        "largest change of a D_i by the product",
        deviation,
        paper=0,
        at_most=1e-9,
        because="orthogonal factors do not interfere, but for rounding",
    )
