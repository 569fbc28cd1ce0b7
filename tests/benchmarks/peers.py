"""What the engines are measured against: training as people write it in a notebook.

An nn.Module with an instance axis, einsum, autograd, torch.optim.AdamW, and each batch from torch.rand, in
the layout (batch, instance, feature). It shares no code with the engines, so that a change there cannot move
the measure.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from tms.experiment import Experiment


class NotebookModel(nn.Module):
    """Any of the paper's architectures, as one module.

    Parameters
    ----------
    experiment
        Architecture, sizes, densities and importances; one instance for each point.
    device
        Where to train.
    """

    def __init__(self, experiment: Experiment, device: str) -> None:
        super().__init__()
        shape = (experiment.n_points, experiment.n_features, experiment.n_hidden)
        self.kind = experiment.architecture
        self.signed = experiment.features.signed
        self.absolute = experiment.target == "absolute"
        self.density = torch.tensor(experiment.features.density, dtype=torch.float32, device=device)
        self.importance = torch.tensor(experiment.importance, dtype=torch.float32, device=device)
        untied = self.kind == "relu_hidden_untied"
        self.W = nn.Parameter(torch.empty(shape, device=device))
        self.W_out = nn.Parameter(torch.empty(shape, device=device)) if untied else None
        for weights in (self.W, self.W_out):
            if weights is not None:
                nn.init.xavier_normal_(weights)
        self.b = nn.Parameter(torch.zeros(shape[:2], device=device))

    def batch(self, rows: int) -> Float[Tensor, "batch instance feature"]:
        """Draw inputs for every instance."""
        shape = (rows, *self.density.shape)
        values = torch.rand(shape, device=self.density.device)
        if self.signed:
            values = 2 * values - 1
        active = torch.rand(shape, device=self.density.device) < self.density
        return torch.where(active, values, 0.0)

    def forward(self, x: Float[Tensor, "batch instance feature"]) -> Float[Tensor, "batch instance feature"]:
        """Reconstruct the inputs, or compute their absolute values."""
        hidden = torch.einsum("bif,ifh->bih", x, self.W)
        if self.kind.startswith("relu_hidden"):
            hidden = torch.relu(hidden)
        W_out = self.W if self.W_out is None else self.W_out
        out = torch.einsum("bih,ifh->bif", hidden, W_out) + self.b
        return out if self.kind == "linear" else torch.relu(out)

    def loss(self, x: Float[Tensor, "batch instance feature"]) -> Float[Tensor, ""]:
        """Weighted squared error, averaged over the batch and summed over features and instances."""
        target = x.abs() if self.absolute else x
        error: Tensor = self.importance * (target - self(x)) ** 2
        return error.mean(0).sum()


def notebook_loop(experiment: Experiment, device: str) -> dict[str, Tensor]:
    """Train every point of an experiment for all its steps.

    Parameters
    ----------
    experiment
        What to train.
    device
        "cpu" or "cuda".

    Returns
    -------
    dict
        Parameters by name, instance axis first, on the CPU.
    """
    torch.manual_seed(0)
    model = NotebookModel(experiment, device)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=experiment.learning_rate, weight_decay=experiment.weight_decay
    )
    for _ in range(experiment.steps):
        optimizer.zero_grad(set_to_none=True)
        loss = model.loss(model.batch(experiment.batch_size))
        loss.backward()
        optimizer.step()
    return {name: parameter.detach().cpu() for name, parameter in model.named_parameters()}
