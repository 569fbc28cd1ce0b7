"""Judge a model that someone else wrote: a model as in the paper's public notebook, and its adapter.

The model differs from this package in every convention that an adapter can bridge: its batches have the axes
(batch, instance, feature), and its bias is called `b_final`. Only `Adapter` and `factory` know this package.
The package trains the model, and the paper's claims judge the result:

    nox -s replicate -- --model tests/examples/notebook.py:factory
"""

import torch
from torch import nn

from tms.experiment import Experiment
from tms.protocol import require_of_model


class Model(nn.Module):
    """The notebook's model, unchanged: x -> ReLU(W W^T x + b) for several instances at once."""

    def __init__(self, n_instances: int, n_features: int, n_hidden: int) -> None:
        super().__init__()
        self.W = nn.Parameter(torch.empty((n_instances, n_features, n_hidden)))
        nn.init.xavier_normal_(self.W)
        self.b_final = nn.Parameter(torch.zeros((n_instances, n_features)))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        hidden = torch.einsum("...if,ifh->...ih", features, self.W)
        out = torch.einsum("...ih,ifh->...if", hidden, self.W)
        return torch.relu(out + self.b_final)


class Adapter(nn.Module):
    """The same model in this package's conventions: the instance axis first, and weights named W and b."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Reconstruct inputs of shape (instance, batch, feature)."""
        out: torch.Tensor = self.model(x.transpose(0, 1))
        return out.transpose(0, 1)

    def hidden(self, x: torch.Tensor) -> torch.Tensor:
        """Return the hidden activations, shape (instance, batch, hidden)."""
        return torch.einsum("ibf,ifh->ibh", x, self.model.W)

    def weights(self) -> dict[str, torch.Tensor]:
        """Name the weights: W (instance, feature, hidden) and b (instance, feature)."""
        return {"W": self.model.W, "b": self.model.b_final}


def factory(experiment: Experiment) -> Adapter:
    """Build the model of an experiment; the package calls this function.

    Claims that need another architecture are skipped, because `require_of_model` raises `Unsupported`.
    """
    require_of_model(experiment, "relu_output", "hidden_l1")
    model = Model(experiment.n_instances, experiment.n_features, experiment.n_hidden)
    with torch.no_grad():
        # xavier_normal_ counts the instance axis as part of the fan; the paper's deviation is of one model.
        deviation = experiment.init_scale * (2 / (experiment.n_features + experiment.n_hidden)) ** 0.5
        model.W.normal_(0, deviation)
    return Adapter(model)
