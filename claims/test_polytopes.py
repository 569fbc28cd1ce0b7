"""The geometry of uniform superposition: components of the interference graph and the polytopes they form."""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor

import figures.uniform
from claims.harness import Measure, TrainedModels, claim
from tms import paper
from tms.analysis import clusters, components
from tms.analysis.components import Component, identify
from tms.analysis.packing import pairs_pack_best
from tms.analysis.plateaus import curve
from tms.analysis.sweeps import point_at
from tms.training import Trained

STRUCTURES = "geometry-structures"
CLEANER = "cleaner: of 20 represented features one more"
NEAR_EXACT = "by theory, from the exact losses of both packings for n much larger than m"


@claim(
    "GEO-6",
    "The interference graph falls apart into small components, each a known polytope.",
    source=STRUCTURES,
    reading="Read for the middle of the plateau at 1/2, 1/(1-S) = 3.2; and for pentagons at 1/(1-S) = 4.7, "
    "where they pack best by theory, with 150 features in 12 dimensions trained three times as long.",
)
def test_components_are_known_polytopes(trained, measure, draw):
    found = identified(trained(paper.uniform_plateau), [0])
    measure_components(measure, found, "middle of the plateau at 1/2")
    measure(
        "|D_i - its polytope's|, the mean",
        [components.deviation_from_polytopes(models) for models in found],
        paper=0,
        at_most=0.0125,
        because="half of the distance of the nearest two fractions, 2/5 and 3/8",
    )
    long = long_competition(trained)
    at = point_at(long, "density", 1 / 4.7)
    pentagons = [sum(c.name == "pentagon" for c in model) for [model] in identified(long, [at])]
    measure(
        "models with pentagons, 1/(1-S) = 4.7, trained long",
        torch.tensor(pentagons) > 0,
        paper=None,
        at_least=0.1,
        because=f"they occur where they pack best {NEAR_EXACT}: in one in ten models at least; random "
        "directions form none",
    )
    most = int(np.argmax(pentagons))
    draw(figures.uniform.geometry_graph, "geometry/feature_graph_pentagons", long.W[at, most])


@claim(
    "GEO-6",
    "The interference graph falls apart into small known polytopes over the whole sweep.",
    source=STRUCTURES,
    contradicted="Only where pairs prevail. From 1/(1-S) of about 4.5 on a few large components without a "
    "name take over, and from 6 on one of nearly all features.",
)
def test_components_are_known_polytopes_over_the_whole_sweep(trained, measure):
    sweep = trained(paper.uniform_superposition)
    places, _ = curve(sweep)
    low, high = pairs_pack_best()
    for start, end in ((low, high), (high, 10.0)):
        chosen = np.flatnonzero((places >= start) & (places <= end * (1 + 1e-9)))
        measure_components(measure, identified(sweep, chosen), f"1/(1-S) from {start:.2f} to {end:.2f}")


@claim(
    "GEO-10",
    "Longer training gives cleaner fractions.",
    source="comment-pressure",
    reading="For 150 features in 12 dimensions, over 1/(1-S) from 4 to 8.",
)
def test_longer_training_gives_cleaner_fractions(trained, measure):
    shares = [clean_shares(trained(paper.competition(paper.PRESSURES[-1], steps))) for steps in paper.LENGTHS]
    asked = (1, "features in known polytopes"), *((2, kind) for kind in shares[0])
    for length, kind in asked:
        measure(
            f"gain of {kind}, {paper.LENGTHS[length]} steps over {paper.LENGTHS[0]}, all densities",
            (shares[length][kind] - shares[0][kind]).mean(0),
            paper=None,
            at_least=0.05,
            because=CLEANER,
        )


@claim(
    "GEO-10",
    "More features competing give cleaner fractions, above all at high sparsity.",
    source="comment-pressure",
    contradicted="Not at every level of either. In 12 dimensions, 150 features take D_i at the fractions "
    "more often than 60 do at 1/(1-S) of 4 to 5.4, in some seeds; at 8 all features join in one component, "
    "however many compete. And 30, which are all represented, form more known polytopes than either.",
)
def test_pressure_gives_cleaner_fractions(trained, measure):
    for few, many in (*pairwise(paper.PRESSURES), (paper.PRESSURES[0], paper.PRESSURES[-1])):
        measure_gains(measure, trained, few, many)


def measure_components(measure: Measure, found: list[list[list[Component]]], where: str) -> None:
    """Measure whether the components of each seed's models are known polytopes, and small."""
    measure(
        f"share of represented features whose component is a known polytope, {where}",
        [share_in_known_polytopes(models) for models in found],
        paper=1,
        at_least=0.9,
        because="nine in ten; of random directions none are",
    )
    measure(
        f"features in a component, as a feature sees it, the mean, {where}",
        [components.mean_size(models) for models in found],
        paper=None,
        at_most=8,
        because="small is at most the square antiprism's 8, the largest that the paper names; a graph that "
        "does not fall apart has all of 60",
    )


def measure_gains(measure: Measure, trained: TrainedModels, few: int, many: int) -> None:
    """Measure how much cleaner many features are than few, by polytopes and by fractions."""
    sweeps = [trained(paper.competition(n, paper.LENGTHS[-1])) for n in (few, many)]
    shares = [clean_shares(sweep) for sweep in sweeps]
    for inverse in paper.COMPETITION_INVERSE_DENSITIES:
        point = point_at(sweeps[0], "density", 1 / inverse)
        for kind, share in shares[1].items():
            measure(
                f"gain of {kind}, {many} features over {few}, 1/(1-S) = {inverse:g}",
                share[point] - shares[0][kind][point],
                paper=None,
                at_least=0.05,
                because=CLEANER,
            )


def identified(sweep: Trained, points: Iterable[int]) -> list[list[list[Component]]]:
    """Components of the models at some points, a list of models for each seed."""
    return [[identify(W) for W in sweep.W[list(points), seed]] for seed in range(sweep.experiment.seeds)]


def share_in_known_polytopes(models: Sequence[Sequence[Component]]) -> float:
    """Share of the represented features in known polytopes; the claim fails if none is represented."""
    share = components.in_known_polytopes(models)
    if np.isnan(share):
        pytest.fail("no model represents any feature")
    return share


@cache
def clean_shares(sweep: Trained) -> dict[str, Tensor]:
    """Shares of represented features in known polytopes, and with D_i at a fraction, (point, seed)."""
    named = [[share_in_known_polytopes([identify(W)]) for W in point] for point in sweep.W]
    return {
        "features in known polytopes": torch.tensor(named, dtype=torch.float64),
        "features with D_i at a fraction": clusters.share_at_fractions(sweep.W),
    }


def long_competition(trained: TrainedModels) -> Trained:
    """The largest number of features that compete, trained the longest."""
    return trained(paper.competition(paper.PRESSURES[-1], paper.LENGTHS[-1]))
