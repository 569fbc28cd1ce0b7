"""Whether the models of an experiment are independent: other seeds must give other weights."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from tms.experiment import Experiment


def repeated(
    experiment: Experiment,
    W: Float[Tensor, "instance feature hidden"],
    loss: Float[Tensor, " instance"] | None = None,
) -> str | None:
    """Say how many models of an experiment differ, if some are the same bit for bit at every point.

    Weights of 0 do not count, nor models without any loss, which can be the same for a good reason.

    Parameters
    ----------
    experiment
        The experiment, whose points have several models each.
    W
        The embeddings of all instances.
    loss
        The held-out loss of each instance; None counts every instance.

    Returns
    -------
    str or None
        Such as "1 of 36 models differ"; None if the models of any point all differ.
    """
    counts = W.flatten(1).ne(0).any(1)
    if loss is not None:
        counts &= loss > 0
    rows = W.detach().cpu().contiguous().numpy()
    per_point = len(rows) // experiment.n_points
    worst: tuple[int, int] | None = None
    for first in range(0, len(rows), per_point):
        numbers = [k for k in range(first, first + per_point) if counts[k]]
        different = len({rows[k].tobytes() for k in numbers})
        if len(numbers) < 2:
            continue
        if different == len(numbers):
            return None
        worst = min(worst or (different, len(numbers)), (different, len(numbers)))
    return worst and f"{worst[0]} of {worst[1]} models of a point differ"
