"""Asymmetric superposition with inhibition: how two features share a neuron that computes |x|."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tms.analysis.neurons import rescaled
from tms.training import Trained

UNEQUAL: Final = 1.5
"""From this ratio on, two weights of a neuron are unequal; the paper's example has a ratio of 4."""

RECIPROCAL: Final = 3.0
"""Input and output ratios are reciprocal if their product is 1 up to this factor."""

CANCELLED: Final = 0.5
"""Share of the interference that an inhibiting neuron must take away, at least."""


@dataclass(frozen=True)
class Motif:
    """One instance of asymmetric superposition and inhibition.

    Parameters
    ----------
    shared
        Neuron that two features share.
    inhibiting
        Neuron that fires with the first feature and turns the second one's output down.
    first, second
        Feature with the larger input weight on the shared neuron, and with the smaller one.
    input_ratio
        First input weight over the second, in size.
    output_ratio
        Second output weight over the first.
    """

    shared: int
    inhibiting: int
    first: int
    second: int
    input_ratio: float
    output_ratio: float


def asymmetric_motifs(
    W: Float[Tensor, "feature neuron"], W_out: Float[Tensor, "feature neuron"], threshold: float = 0.1
) -> list[Motif]:
    """Find the neurons of one model that two features share asymmetrically, each with its inhibiting neuron.

    In the paper's example a neuron reads two features with weights 2 and -1/2 and writes them with 1/2 and 2.
    The first feature alone would then look like four of the second, so another neuron that fires with the
    first writes negatively to the second (#computation-asymmetric-motif).

    Parameters
    ----------
    W, W_out
        Input and output weights.
    threshold
        Smallest size at which an input weight counts, after the largest one of its neuron was scaled to 1.

    Returns
    -------
    list of Motif
        At most one for each shared neuron: the pair of features with its two largest input weights.
    """
    into, out = rescaled(W, W_out)
    found = []
    for k in range(into.shape[1]):
        first, second = into[:, k].abs().topk(2).indices.tolist()
        small, reads, writes = float(into[second, k].abs()), float(out[first, k]), float(out[second, k])
        if small < threshold or reads <= 0 or writes <= 0:
            continue
        input_ratio, output_ratio = 1 / small, writes / reads
        if min(input_ratio, output_ratio) < UNEQUAL:
            continue
        if not 1 / RECIPROCAL <= input_ratio / output_ratio <= RECIPROCAL:
            continue
        # What each neuron adds to the second output for each unit of the first feature, on the side of k.
        effect = torch.relu(into[first] * into[first, k].sign()) * out[second]
        strongest = int(effect.argmin())
        if effect[strongest] <= -CANCELLED * writes:
            found.append(Motif(k, strongest, first, second, input_ratio, output_ratio))
    return found


def share_with_motif(
    W: Float[Tensor, "seed trial feature neuron"],
    W_out: Float[Tensor, "seed trial feature neuron"],
    roll: int = 0,
) -> list[float]:
    """Share of each seed's trials in which the motif is found.

    Parameters
    ----------
    W, W_out
        Input and output weights.
    roll
        By how many neurons to shift the output weights. A shift joins the input weights of one neuron with
        the output weights of another, and so shows how often chance makes the motif.
    """
    return [
        float(
            np.mean([len(asymmetric_motifs(a, b.roll(roll, -1))) > 0 for a, b in zip(*trials, strict=True)])
        )
        for trials in zip(W, W_out, strict=True)
    ]


def share_of_runs(trained: Trained, point: int, roll: int = 0) -> Float[Tensor, " seed"]:
    """`share_with_motif` of the trials of each seed at a point."""
    W, W_out = (trained.trial_parameters[name][point] for name in ("W", "W_out"))
    return torch.tensor(share_with_motif(W, W_out, roll), dtype=torch.float64)


def in_best_models(trained: Trained, point: int) -> list[list[Motif]]:
    """`asymmetric_motifs` of the kept model of each seed at a point."""
    models = zip(trained.W[point], trained.parameters["W_out"][point], strict=True)
    return [asymmetric_motifs(*model) for model in models]


def mean_ratios(motifs: list[Motif]) -> tuple[float, float]:
    """Mean ratio of the input weights, and of the output weights, over the motifs of one model."""
    first, second = np.mean([(motif.input_ratio, motif.output_ratio) for motif in motifs], axis=0)
    return float(first), float(second)


def mean_ratios_of_models(found: list[list[Motif]]) -> Float[Tensor, "model 2"]:
    """`mean_ratios` of each model that has a motif; ratios of 1 if fewer than two models have one."""
    ratios = [mean_ratios(motifs) for motifs in found if motifs]
    return torch.tensor(ratios if len(ratios) > 1 else [(1.0, 1.0)] * 2, dtype=torch.float64)
