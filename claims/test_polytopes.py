"""The geometry of uniform superposition: components of the interference graph and the polytopes they form."""

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
from torch import Tensor

import figures.uniform
from claims.harness import TrainedModels, claim, note
from tms import paper
from tms.analysis import clusters, components
from tms.analysis.components import Component, identify
from tms.analysis.packing import pairs_pack_best
from tms.analysis.plateaus import curve, middle_half
from tms.analysis.sweeps import independent_sweeps, nearest_point
from tms.training import Trained

STRUCTURES: Final = "geometry-structures"
PRESSURE: Final = "comment-pressure"
SMALL: Final = 8
"""Features of the square antiprism, the largest polytope that the paper names."""
PENTAGONS: Final = 4.5
"""1/(1-S) of the model that is drawn with its pentagons; they pack best from 4.4 to 5.0."""
CLEANER: Final = (
    "cleaner: a larger share of the represented features has D_i in the window of a fraction. The least "
    "step of this share is one of all features"
)


@claim(
    "GEO-6",
    "The interference graph falls apart into small components, each a known polytope.",
    source=STRUCTURES,
    reading="On the plateau at 1/2: in the middle half, in the logarithm, of the range of 1/(1-S) in which "
    "pairs pack best by theory, from 2.0 to 3.4.",
)
def test_components_are_known_polytopes(trained, measure):
    sweep = trained(paper.uniform_superposition)
    low, high = middle_half(pairs_pack_best())
    found = [identify(W) for W in models_between(sweep, low, high)]
    measure(
        "share of represented features whose component is a known polytope, in each model",
        [components.in_known_polytopes([model]) for model in found],
        paper=1,
        at_least=0.9,
        because="nine in ten; of random directions none are",
    )
    measure(
        "features in a component, as a feature sees it, the mean in each model",
        [components.mean_size([model]) for model in found],
        paper=2,
        at_most=SMALL,
        because="small is at most the square antiprism's 8, the largest that the paper names; a graph that "
        "does not fall apart has all of 60",
    )
    measure(
        "|D_i - its polytope's|, the median in each model",
        [components.deviation_from_polytopes([model]) for model in found],
        paper=0,
        at_most=0.0125,
        because="half of the distance of the nearest two fractions, 2/5 and 3/8",
    )


@claim(
    "GEO-6",
    "Components are digons, pentagons and square antiprisms, each at some density of the sweep.",
    source=STRUCTURES,
)
def test_the_polytopes_of_the_paper_occur(trained, measure, draw):
    sweep = trained(paper.uniform_superposition)
    for kind in ("digon", "pentagon", "square antiprism"):
        measure.count(
            f"components that are a {kind}, in each sweep",
            [count(models, kind) for models in identified(sweep)],
            paper=None,
            at_least=1,
            because="they occur: one in a sweep of one model at each density, on average; random directions "
            "form none",
        )
    there = sweep.W[nearest_point(sweep, "density", 1 / PENTAGONS)]
    most = int(np.argmax([count([identify(W)], "pentagon") for W in there]))
    draw(figures.uniform.geometry_graph, "geometry/feature_graph_pentagons", there[most])


@note(
    "GEO-6",
    "How many components are triangles and tetrahedra, and how many models have triangles and pairs.",
    source=STRUCTURES,
)
def test_tetrahedra_and_bipyramids(trained, measure):
    sweeps = identified(trained(paper.uniform_superposition))
    for kind in ("triangle", "tetrahedron"):
        measure.count(
            f"components that are a {kind}, in each sweep",
            [count(models, kind) for models in sweeps],
        )
    measure.count(
        "models with triangles and digons, in each sweep",
        [
            sum(bool(count([model], "triangle") and count([model], "digon")) for model in models)
            for models in sweeps
        ],
    )


@note("GEO-6", "How far the interference graph falls apart outside the plateau.", source=STRUCTURES)
def test_components_over_the_whole_sweep(trained, measure):
    sweep = trained(paper.uniform_superposition)
    low, high = pairs_pack_best()
    for start, end in ((low, high), (high, 10.0)):
        found = [identify(W) for W in models_between(sweep, start, end * (1 + 1e-9))]
        where = f"1/(1-S) from {start:.2f} to {end:.2f}"
        measure(
            f"share of represented features whose component is a known polytope, {where}",
            [components.in_known_polytopes([model]) for model in found],
        )
        measure(
            f"features in a component, as a feature sees it, the mean, {where}",
            [components.mean_size([model]) for model in found],
        )


@claim(
    "GEO-10",
    "Longer training often gives cleaner fractions.",
    source=PRESSURE,
    reading="For 150 features in 12 dimensions, over 1/(1-S) from 4 to 8. Cleaner structure is a larger "
    "share of represented features at a fraction.",
)
def test_longer_training_gives_cleaner_fractions(trained, measure):
    brief, long = (trained(paper.competition(paper.PRESSURES[-1], steps)) for steps in paper.LENGTHS)
    measure(
        f"gain by {paper.LENGTHS[-1]} steps over {paper.LENGTHS[0]}, the mean over densities",
        (share_at_fractions(long) - share_at_fractions(brief)).mean(0),
        paper=None,
        at_least=one_feature(trained),
        because=CLEANER,
    )


@claim(
    "GEO-10",
    "More features competing often give cleaner fractions.",
    source=PRESSURE,
    reading="Of 150 and 45 features in 12 dimensions, over 1/(1-S) from 4 to 8.",
)
def test_pressure_gives_cleaner_fractions(trained, measure):
    measure(
        f"gain by {paper.PRESSURES[-1]} features over {paper.PRESSURES[0]}, the mean over densities",
        gain_by_pressure(trained).mean(0),
        paper=None,
        at_least=one_feature(trained),
        because=CLEANER,
    )


@note(
    "GEO-10",
    "How much cleaner pressure makes fractions at each density, and at how many densities it does.",
    source=PRESSURE,
)
def test_pressure_at_each_density(trained, measure):
    gain = gain_by_pressure(trained)
    for inverse, values in zip(paper.COMPETITION_INVERSE_DENSITIES, gain, strict=True):
        measure(f"gain by more features, 1/(1-S) = {inverse:g}", values)
    measure(
        "densities at which more features give cleaner fractions, as a share", (gain > 0).double().mean(0)
    )


@claim(
    "GEO-10",
    "Pressure makes fractions cleaner above all at high sparsity.",
    source=PRESSURE,
    reading="Within the paper's sweep: the two sparser against the two denser of four densities, 1/(1-S) "
    "from 4 to 8.",
    contradicted="The gain is largest at 1/(1-S) = 4.7, where models have pairs and pentagons. At 8 there is "
    "none: features belong to large components without a fraction, however many compete.",
)
def test_pressure_matters_most_at_high_sparsity(trained, measure):
    gain = gain_by_pressure(trained)
    half = len(gain) // 2
    measure(
        "gain at the sparser half of the densities less gain at the denser half",
        gain[half:].mean(0) - gain[:half].mean(0),
        paper=None,
        at_least=one_feature(trained),
        because="above all at high sparsity: the gain is larger there, by one of all features at least",
    )


def one_feature(trained: TrainedModels) -> float:
    """Share of all features that one makes, where many compete."""
    return 1 / trained(paper.competition(paper.PRESSURES[-1], paper.LENGTHS[-1])).experiment.n_features


def gain_by_pressure(trained: TrainedModels) -> Tensor:
    """Gain in the share of features at fractions, many features over few, densest first, (point, seed)."""
    few, many = (
        share_at_fractions(trained(paper.competition(n, paper.LENGTHS[-1]))) for n in paper.PRESSURES
    )
    return many - few


def share_at_fractions(sweep: Trained) -> Tensor:
    """Share of the represented features at a fraction, 0 where there is none, (point, seed)."""
    return clusters.share_at_fractions(sweep.W).nan_to_num(0)


def models_between(sweep: Trained, low: float, high: float) -> Tensor:
    """Embeddings of all models with 1/(1-S) in a range, shape (model, feature, hidden)."""
    places, _ = curve(sweep)
    return sweep.W[np.flatnonzero((places >= low) & (places <= high))].flatten(0, 1)


@cache
def identified(sweep: Trained) -> list[list[list[Component]]]:
    """Components of every model of the independent sweeps."""
    return [[identify(W) for W in part.W] for part in independent_sweeps(sweep)]


def count(models: Sequence[Sequence[Component]], name: str) -> int:
    """Number of components with a name."""
    return sum(component.name == name for model in models for component in model)
