"""The search for asymmetric superposition, on the paper's own example and on what lacks a part of it."""

from __future__ import annotations

import pytest
import torch

from tests.helpers.known_models import known_models
from tests.helpers.small import small
from tms.analysis.motifs import (
    Motif,
    asymmetric_motifs,
    in_best_models,
    mean_ratios,
    mean_ratios_of_models,
    share_of_runs,
    share_with_motif,
)

# Neuron 0 reads 2 and -1/2 and writes 1/2 and 2; neuron 1 fires with the first feature, against the second.
READS = torch.tensor([[2.0, 1.0, -1.0], [-0.5, 0.0, 0.0]])
WRITES = torch.tensor([[0.5, 0.0, 1.0], [2.0, -4.0, 0.0]])


def test_the_papers_example_is_found_with_its_neurons_and_ratios() -> None:
    (motif,) = asymmetric_motifs(READS, WRITES)
    assert (motif.shared, motif.inhibiting, motif.first, motif.second) == (0, 1, 0, 1)
    assert motif.input_ratio == pytest.approx(4)
    assert motif.output_ratio == pytest.approx(4)


def test_the_scale_of_a_neuron_does_not_matter() -> None:
    scale = torch.tensor([0.1, 7.0, 30.0])
    assert asymmetric_motifs(READS * scale, WRITES / scale) == pytest.approx(asymmetric_motifs(READS, WRITES))


@pytest.mark.parametrize(
    ("name", "reads", "writes"),
    [
        ("equal weights", {(0, 0): 1.0, (1, 0): -1.0}, {(0, 0): 1.0, (1, 0): 1.0}),
        ("no inhibition", {}, {(1, 1): 0.0}),
        ("inhibition on the other side of the first feature", {(0, 1): -1.0}, {}),
        ("output weights in the order of the input weights", {}, {(0, 0): 2.0, (1, 0): 0.5}),
        ("a negative output", {}, {(1, 0): -2.0}),
        ("two negative outputs", {}, {(0, 0): -0.5, (1, 0): -2.0}),
        ("nearly equal output weights", {(1, 0): -1.0}, {(1, 0): 0.6}),
        ("inhibition of a quarter of the output", {}, {(1, 1): -1.0}),
        ("a neuron of one feature", {(1, 0): 0.0}, {}),
        ("outputs far from reciprocal", {}, {(1, 0): 20.0, (1, 1): -40.0}),
    ],
)
def test_without_a_part_it_is_not_the_motif(
    name: str, reads: dict[tuple[int, int], float], writes: dict[tuple[int, int], float]
) -> None:
    W, W_out = READS.clone(), WRITES.clone()
    for place, value in reads.items():
        W[place] = value
    for place, value in writes.items():
        W_out[place] = value
    assert asymmetric_motifs(W, W_out) == [], name


def test_pairs_of_pure_neurons_hold_no_motif() -> None:
    sides = torch.cat([torch.eye(3), -torch.eye(3)], dim=1)
    assert asymmetric_motifs(sides, sides.abs()) == []


def test_the_share_is_of_each_seeds_trials_and_shifted_output_weights_end_the_motif() -> None:
    pure = torch.tensor([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    W = torch.stack([torch.stack([READS, pure]), torch.stack([READS, READS])])
    W_out = torch.stack([torch.stack([WRITES, pure.abs()]), torch.stack([WRITES, WRITES])])
    assert share_with_motif(W, W_out) == [0.5, 1.0]
    assert share_with_motif(W, W_out, roll=1) == [0.0, 0.0]


def test_ratios_are_averaged_over_motifs() -> None:
    motifs = [Motif(0, 1, 0, 1, 4.0, 2.0), Motif(2, 3, 0, 1, 2.0, 5.0)]
    assert mean_ratios(motifs) == (3.0, 3.5)


def test_motifs_are_those_of_a_points_best_models_and_shares_those_of_all_trials() -> None:
    experiment = small(n_features=2, n_hidden=3, architecture="relu_hidden_untied", best_of=2, seeds=2)
    pure = torch.tensor([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    both, none = torch.stack([pure, READS]), torch.stack([pure, pure])
    W = torch.stack([torch.stack([none, none]), torch.stack([both, none])])
    W_out = torch.where((W == READS).all(-1).all(-1)[..., None, None], WRITES, pure.abs())
    # The second trial of each seed is the best.
    loss = torch.tensor([1.0, 0.5]).expand(2, 2, 2)
    models = known_models(experiment, loss=loss, W=W, W_out=W_out, b=torch.zeros(2, 2, 2, 2))
    assert [len(found) for found in in_best_models(models, 1)] == [1, 0]
    assert [len(found) for found in in_best_models(models, 0)] == [0, 0]
    assert share_of_runs(models, 1).tolist() == [0.5, 0]
    assert share_of_runs(models, 1, roll=1).tolist() == [0, 0]


def test_mean_ratios_are_of_the_models_with_a_motif() -> None:
    first, second = Motif(0, 1, 0, 1, 4.0, 2.0), Motif(2, 3, 0, 1, 2.0, 5.0)
    assert mean_ratios_of_models([[first, second], [], [second]]).tolist() == [[3, 3.5], [2, 5]]
    assert mean_ratios_of_models([[first], []]).tolist() == [[1, 1], [1, 1]]
