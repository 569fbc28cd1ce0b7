"""Judge a training function that someone else wrote: a plain loop that trains one model after the other.

Nothing in the loop has an instance axis. The package calls `train_all` for every experiment, and the paper's
claims judge the weights that it returns:

    nox -s replicate -- --trainer tests/examples/plain_loop.py:train_all
"""

import torch

from tms.experiment import Experiment
from tms.protocol import require_of_training


def train_one(
    density: torch.Tensor,
    importance: torch.Tensor,
    n_hidden: int,
    rates: list[float],
    batch_size: int,
    scale: float,
    linear: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Train a single model: return W (feature, hidden) and b (feature)."""
    n_features = len(density)
    W = scale * (2 / (n_features + n_hidden)) ** 0.5 * torch.randn(n_features, n_hidden)
    b = torch.zeros(n_features)
    W.requires_grad_()
    b.requires_grad_()
    optimizer = torch.optim.Adam([W, b], lr=rates[0])
    for rate in rates:
        optimizer.param_groups[0]["lr"] = rate
        active = torch.rand(batch_size, n_features) < density
        x = torch.rand(batch_size, n_features) * active
        out = x @ W @ W.T + b
        loss = (importance * (x - (out if linear else torch.relu(out))) ** 2).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return W.detach(), b.detach()


def train_all(experiment: Experiment) -> dict[str, list[torch.Tensor]]:
    """Train all instances of an experiment; return one array per instance for each weight.

    Claims that need anything else, such as signed features, are skipped, because `require_of_training` raises
    `Unsupported`.
    """
    require_of_training(experiment, "linear", "relu_output")
    instances = experiment.instances
    trained = [
        train_one(
            torch.tensor(density, dtype=torch.float32),
            torch.tensor(importance, dtype=torch.float32),
            experiment.n_hidden,
            experiment.rates().tolist(),
            experiment.batch_size,
            experiment.init_scale,
            linear=experiment.architecture == "linear",
        )
        for density, importance in zip(instances.density, instances.importance, strict=True)
    ]
    return {"W": [W for W, _ in trained], "b": [b for _, b in trained]}
