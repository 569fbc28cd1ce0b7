"""Counting features in superposition by sparse autoencoders (#comment-sharkey)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from scipy.sparse import csgraph
from torch import Tensor

from tms.analysis.sparse_autoencoder import Dictionaries
from tms.training import Trained

SAME: Final = 0.95
"""Cosine from which on two words count as the same direction: 18 degrees."""

IN_USE: Final = 0.1
"""A word counts as in use if it is active for this share of the time for which a feature is."""

LEVEL: Final = 0.1
"""A dictionary's loss counts as level if the lowest one is lower by no more than this share. Dictionaries of
one size differ by about half as much between trainings."""


def words_in_use(dictionaries: Dictionaries, trained: Trained) -> Float[np.ndarray, " seed"]:
    """Number of words that are in use, those that are not dead.

    Parameters
    ----------
    dictionaries
        Sparse autoencoders of the first point's models.
    trained
        These models; their features share one density.
    """
    density = float(trained.experiment.features.density[0, 0])
    return (dictionaries.activity >= IN_USE * density).sum(-1).double().numpy()


def size_of_level_loss(
    sizes: Sequence[int], loss: Float[np.ndarray, "size seed"]
) -> Float[np.ndarray, " seed"]:
    """Size from which on larger dictionaries have no lower loss, by `LEVEL`.

    Parameters
    ----------
    sizes
        Numbers of words, increasing.
    loss
        Loss of the autoencoders of each size.

    Returns
    -------
    ndarray
        Where the straight line between two neighbouring sizes falls for good to the lowest loss and `LEVEL`;
        the smallest size if its loss is as low.
    """
    found = []
    for each in loss.T:
        level = each.min() * (1 + LEVEL)
        last = int(np.flatnonzero(each > level).max(initial=-1))
        if last < 0 or last + 1 == len(each):
            found.append(float(sizes[max(last, 0)]))
            continue
        part = (each[last] - level) / (each[last] - each[last + 1])
        found.append(sizes[last] + part * (sizes[last + 1] - sizes[last]))
    return np.array(found)


def common_directions(
    words: Float[Tensor, "seed word hidden"], others: Float[Tensor, "seed other_word hidden"]
) -> Float[np.ndarray, " seed"]:
    """Number of different directions among the words that another dictionary of the same model has, too.

    Words within `SAME` of each other, directly or through others, count once.

    Parameters
    ----------
    words, others
        Unit vectors.
    """
    found = []
    for own, other in zip(words, others, strict=True):
        shared = own[(own @ other.mT).amax(-1) > SAME]
        if not len(shared):
            found.append(0.0)
            continue
        count, _ = csgraph.connected_components(torch.gt(shared @ shared.mT, SAME).numpy(), directed=False)
        found.append(float(count))
    return np.array(found)
