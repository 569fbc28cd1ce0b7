"""Adversarial examples against a toy model: the paper's analytic attack.

The attack on feature i adds a vector along (W^T W)_i to the input (#adversarial). In a model without
superposition it changes only the output of that feature; with superposition also the outputs of features that
share its direction.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tms.features import sample
from tms.random_streams import HELD_OUT
from tms.training import Trained

ATTACK: Final = 0.1
"""L2 norm of an attack as a share of the mean norm of an input (#adversarial)."""
ROWS: Final = 2048
"""Inputs on which a model is attacked."""

_INPUTS: Final = HELD_OUT + (1 << 30)
_SMALLEST: Final = 1e-12


def attacks(W: Float[Tensor, "*batch feature hidden"]) -> Float[Tensor, "*batch feature feature"]:
    """Unit vector of the analytic attack on each feature, (W^T W)_i / ||(W^T W)_i||, in row i (#adversarial).

    It is 0 for a feature whose embedding is 0.
    """
    gram = W @ W.mT
    unit: Tensor = gram / torch.linalg.vector_norm(gram, dim=-1, keepdim=True).clamp(min=_SMALLEST)
    return unit


def damage(
    W: Float[Tensor, "feature hidden"],
    b: Float[Tensor, " feature"],
    importance: Float[Tensor, " feature"],
    x: Float[Tensor, "row feature"],
    strength: float = ATTACK,
    directions: Float[Tensor, "attack feature"] | None = None,
) -> Float[Tensor, " attack"]:
    """By how much each attack raises a ReLU output model's loss (#adversarial).

    Parameters
    ----------
    W, b
        The model.
    importance
        I_i, the weights of the loss.
    x
        Inputs. The loss is against these, not against the attacked ones.
    strength
        L2 norm of the attack, as a share of the mean norm of `x`.
    directions
        Unit vectors of the attacks; by default the analytic attack on each feature of this model.

    Returns
    -------
    Float[Tensor, "attack"]
        The damage, in float64.

    Notes
    -----
    Every attack adds the same number to an output of all inputs. So each output's loss is a function of that
    number alone, a quadratic between neighbouring values at which an input opens the output.
    """
    size = strength * torch.linalg.vector_norm(x, dim=-1).mean()
    embedded = W @ W.mT
    moves = (size * (attacks(W) if directions is None else directions) @ embedded).double()
    # An output of an input opens where a move exceeds the negative of its argument.
    ends, order = (-(x @ embedded + b)).mT.contiguous().sort(dim=1)
    closed_up_to, target = ends.double(), x.mT.gather(1, order).double()
    error = target + closed_up_to
    square, linear, if_closed = (_sums_of_first(each) for each in (error**2, error, target**2))
    at = torch.cat([moves, torch.zeros_like(moves[:1])]).mT.contiguous()
    opened = torch.searchsorted(closed_up_to, at)
    losses = (
        square.gather(1, opened)
        - 2 * at * linear.gather(1, opened)
        + opened * at**2
        + (if_closed[:, -1:] - if_closed.gather(1, opened))
    )
    weighted = importance.double() @ losses / len(x)
    return weighted[:-1] - weighted[-1]


def _sums_of_first(values: Float[Tensor, "feature row"]) -> Float[Tensor, "feature count"]:
    """Sums of the first 0, 1, 2, ... values of each row."""
    return torch.nn.functional.pad(values.cumsum(1), (1, 0))


def vulnerability(
    trained: Trained, *, strength: float = ATTACK, rows: int = ROWS
) -> Float[Tensor, "point seed"]:
    """Damage of the worst attack, relative to that on a model without superposition (#adversarial).

    A model that gives a dimension each to the most important features and none to the rest passes the attack
    on feature i to output i unchanged. The damage is then I_i times the squared norm of the attack.

    Parameters
    ----------
    trained
        ReLU output models.
    strength
        L2 norm of the attack, as a share of the mean norm of an input.
    rows
        Number of inputs on which each model is attacked, drawn from its own stream.
    """
    experiment = trained.experiment
    worst = torch.zeros(experiment.n_points, experiment.seeds, dtype=torch.float64)
    for point, seed in np.ndindex(experiment.n_points, experiment.seeds):
        x = attacked_inputs(trained, point, seed, rows)
        importance = torch.from_numpy(experiment.importance[point]).float()
        norm = strength * torch.linalg.vector_norm(x, dim=-1).mean()
        harm = damage(trained.W[point, seed], trained.b[point, seed], importance, x, strength)
        worst[point, seed] = harm.max() / (norm**2 * importance.max())
    return worst


def transferred_damage(
    trained: Trained, *, strength: float = ATTACK, rows: int = ROWS
) -> Float[Tensor, " seed"]:
    """Damage of the attacks of another model over that of a model's own, mean over the attacked features.

    The attacks on each model of the first point are those that are derived from the next seed's model
    (#adversarial).

    Parameters
    ----------
    trained, strength, rows
        As for `vulnerability`; at least two seeds.

    Raises
    ------
    ValueError
        If there is one seed, whose attacks would be its own.
    """
    experiment = trained.experiment
    if experiment.seeds < 2:
        raise ValueError(
            f"{experiment.name}: seeds = {experiment.seeds}; attacks transfer between two models."
        )
    importance = torch.from_numpy(experiment.importance[0]).float()
    ratios = torch.zeros(experiment.seeds, dtype=torch.float64)
    for seed in range(experiment.seeds):
        x = attacked_inputs(trained, 0, seed, rows)
        model = (trained.W[0, seed], trained.b[0, seed], importance, x, strength)
        other = attacks(trained.W[0, (seed + 1) % experiment.seeds])
        ratios[seed] = damage(*model, directions=other).mean() / damage(*model).mean()
    return ratios


def attacked_inputs(trained: Trained, point: int, seed: int, rows: int) -> Float[Tensor, "row feature"]:
    """Draw the inputs on which one model is attacked, from its own stream."""
    own, one = trained.experiment.first_trials, [point * trained.experiment.seeds + seed]
    return sample(trained.experiment.features, own.density[one], own.keys[one], _INPUTS, rows)[0]


def correlation_of_changes(
    one: Float[np.ndarray, "point seed"], other: Float[np.ndarray, "point seed"]
) -> Float[np.ndarray, " seed"]:
    """Correlation of the factors by which two positive quantities change from point to point of a sweep.

    Two quantities that rise independently of each other correlate along a sweep, but the factors by which
    they rise do not.
    """
    return np.array(
        [
            np.corrcoef(np.diff(np.log(a)), np.diff(np.log(b)))[0, 1]
            for a, b in zip(one.T, other.T, strict=True)
        ]
    )
