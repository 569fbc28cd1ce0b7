"""The comment that leaves the bias out: how the best solution changes with density."""

import numpy as np

import figures.no_bias
from claims.harness import claim
from tms import theory
from tms.analysis.no_bias_minima import (
    along_density,
    antipodal_steps,
    followed,
    kinds,
    minima,
    second_weight,
)

SOURCE = "comment-deepmind"


@claim(
    "PHASE-6",
    "Without bias, dense and equally important features are best stored confused: W1 = W2 = 1/sqrt(2).",
    source=SOURCE,
)
def test_without_bias_the_dense_corner_is_confused(measure, draw):
    corner = minima(1.0, 1.0)
    for i in (0, 1):
        measure.exact(
            f"|W{i + 1}| at density 1 and equal importance",
            abs(float(corner.W[0, i, 0])),
            paper=1 / np.sqrt(2),
            within=0.01,
            because="the comment says approximately; a hundredth is what a loss surface shows",
        )
    measure.exact(
        "W1 W2 at density 1 and equal importance",
        float(corner.W[0, 0, 0] * corner.W[0, 1, 0]),
        paper=0.5,
        within=0.01,
        because="similar rather than antipodal: the product is positive",
    )
    settings = {"ignored": (0.3, 0.1), "antipodal": (0.1, 0.5), "confused": (0.9, 0.9)}
    side = np.linspace(-1.4, 1.4, 141)
    W1, W2 = np.meshgrid(side, side)
    surfaces, lowest, titles = [], [], []
    for name, (p, r) in settings.items():
        surfaces.append(theory.no_bias_loss(W1, W2, density=p, relative_importance=r))
        found = minima(p, r).W[0, :, 0]
        lowest.append(np.stack([found, -found]))
        titles.append(f"{name}: $1-S={p:g}$, $r={r:g}$")
    draw(
        figures.no_bias.loss_surfaces,
        "phase/no_bias_loss_surfaces",
        side,
        side,
        np.stack(surfaces),
        lowest,
        titles,
    )


@claim(
    "PHASE-6",
    "Without bias, the minimum jumps from antipodal to confused.",
    source=SOURCE,
)
def test_without_bias_antipodal_to_confused_jumps(measure, draw):
    second = second_weight(np.linspace(0.4, 0.8, 161), 1.0)
    measure.exact(
        "largest step of W2 along the density, at equal importance",
        np.abs(np.diff(second)).max(),
        paper=None,
        at_least=1,
        because="from antipodal, near -1, to confused, near 0.7, without the values between: a drift over "
        "160 steps would make steps of 0.01",
    )
    density = np.linspace(0.02, 1.0, 120)
    weights = [followed(density, r) for r in (0.1, 1.0)]
    draw(
        figures.no_bias.transition,
        "phase/no_bias_transition",
        np.stack([density, density]),
        np.stack(weights),
        np.stack([kinds(W) for W in weights]),
        ["$r=0.1$", "$r=1$"],
    )


@claim(
    "PHASE-6",
    "Without bias, the minimum moves continuously from ignored to antipodal.",
    source=SOURCE,
    contradicted="At every importance from 0.01 to 1 the exact minimum jumps from a norm near 0 to one of "
    "0.58 or more. What moves continuously is the antipodal minimum, from there on to -1, and the ignored "
    "one, which becomes the confused one.",
)
def test_without_bias_ignored_to_antipodal_is_continuous(measure):
    for r in (0.02, 0.1, 0.2):
        measure.exact(
            f"largest step of W2 along the density, at relative importance {r:g}",
            np.abs(np.diff(along_density(r))).max(),
            paper=0,
            at_most=0.05,
            because="600 steps share the way from 0 to -1; where the minimum moves continuously, steps are "
            "30 times smaller than the whole",
        )


@claim(
    "PHASE-6",
    "Without bias, the antipodal minimum moves smoothly as sparsity alters.",
    source=SOURCE,
    reading="Continuous is read as: along the antipodal minimum alone, while it is the lowest.",
)
def test_without_bias_the_antipodal_minimum_moves_smoothly(measure):
    for r in (0.02, 0.1, 0.2):
        fine, coarse = (antipodal_steps(along_density(r)[::every]).max() for every in (1, 2))
        measure.exact(
            f"largest step when the grid is twice as fine, as a share, at relative importance {r:g}",
            fine / coarse,
            paper=0.5,
            between=(0.3, 0.8),
            because="half as long steps of a continuous curve are half as large, of a jump the same",
        )
