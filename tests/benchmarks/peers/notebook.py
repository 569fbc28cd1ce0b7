"""The notebook loop: training as people write it in a notebook.

It uses an nn.Module with an instance axis, einsum, autograd and torch.optim.AdamW; torch.rand draws each
batch, in the layout (batch, instance, feature). It shares no code with the engines, so a change to an engine
cannot change the unit of the measurement.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from tests.benchmarks.trainers import Run, Trainer, Weights
from tms.experiment import Experiment


class NotebookModel(nn.Module):
    """A module for all of the paper's architectures.

    Parameters
    ----------
    experiment
        The source of architecture, sizes, densities and importances; each point is one instance.
    device
        "cpu" or "cuda".
    """

    def __init__(self, experiment: Experiment, device: str) -> None:
        super().__init__()
        shape = (experiment.n_points, experiment.n_features, experiment.n_hidden)
        self.kind = experiment.architecture
        self.signed = experiment.features.signed
        self.absolute = experiment.target == "absolute"
        self.density = torch.tensor(experiment.features.density, dtype=torch.float32, device=device)
        self.importance = torch.tensor(experiment.importance, dtype=torch.float32, device=device)
        self.W = nn.Parameter(torch.empty(shape, device=device))
        untied = self.kind == "relu_hidden_untied"
        self.W_out = nn.Parameter(torch.empty(shape, device=device)) if untied else None
        self.b = nn.Parameter(torch.empty(shape[:2], device=device))
        self.reset()

    @torch.no_grad()
    def reset(self) -> None:
        """Draw new initial weights by Xavier's rule for every model, and set the biases to zero."""
        n, m = self.W.shape[1:]
        for weights in (self.W, self.W_out):
            if weights is not None:
                weights.normal_(std=(2 / (n + m)) ** 0.5)
        self.b.zero_()

    def draw(self, rows: int) -> tuple[Tensor, Tensor]:
        """Draw two uniform arrays: the values of a batch, and the numbers that decide which are active."""
        shape = (rows, *self.density.shape)
        return torch.rand(shape, device=self.density.device), torch.rand(shape, device=self.density.device)

    def inputs(self, values: Tensor, chances: Tensor) -> Float[Tensor, "batch instance feature"]:
        """Make a batch of the two arrays from `draw`."""
        if self.signed:
            values = 2 * values - 1
        return torch.where(chances < self.density, values, 0.0)

    def batch(self, rows: int) -> Float[Tensor, "batch instance feature"]:
        """Draw inputs for every instance."""
        return self.inputs(*self.draw(rows))

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
        return self.error(x, self(x))

    def error(self, x: Tensor, out: Tensor) -> Float[Tensor, ""]:
        """Compute the loss of given outputs."""
        target = x.abs() if self.absolute else x
        error: Tensor = self.importance * (target - out) ** 2
        return error.mean(0).sum()

    def weights(self) -> Weights:
        """Copy all parameters."""
        return {name: parameter.detach().cpu().clone() for name, parameter in self.named_parameters()}


def adamw(model: nn.Module, experiment: Experiment) -> torch.optim.Optimizer:
    """Build AdamW with an experiment's learning rate and weight decay."""
    return torch.optim.AdamW(
        model.parameters(), lr=experiment.learning_rate, weight_decay=experiment.weight_decay
    )


def notebook_loop(experiment: Experiment, device: str) -> Trainer:
    """Prepare to train every point of an experiment.

    Parameters
    ----------
    experiment
        The experiment to train; its number of steps is not used.
    device
        "cpu" or "cuda".
    """

    def trainer(steps: int) -> Run:
        def run() -> Weights:
            torch.manual_seed(0)
            model = NotebookModel(experiment, device)
            optimizer = adamw(model, experiment)
            for _ in range(steps):
                optimizer.zero_grad(set_to_none=True)
                loss = model.loss(model.batch(experiment.batch_size))
                loss.backward()
                optimizer.step()
            return model.weights()

        return run

    return trainer
