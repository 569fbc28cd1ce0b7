"""A model in the style of the paper's public notebook, and its adapter.

Batches have the axes (batch, instance, feature), weights are made by Xavier's rule, products are written as
einsum, and the bias is called b_final. Run it with

    nox -s replicate -- --model tests/examples/notebook.py:factory
"""

import torch
from torch import nn

from tms.experiment import Experiment
from tms.protocol import require_of_model


class Model(nn.Module):
    """What a notebook has: nothing in it knows of this package."""

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
    """The same model with the instance axis first, and its weights under the names of this package."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.model(x.transpose(0, 1)).transpose(0, 1)

    def hidden(self, x: torch.Tensor) -> torch.Tensor:
        return torch.einsum("ibf,ifh->ibh", x, self.model.W)

    def weights(self) -> dict[str, torch.Tensor]:
        return {"W": self.model.W, "b": self.model.b_final}


def factory(experiment: Experiment) -> Adapter:
    require_of_model(experiment, "relu_output", "hidden_l1")
    model = Model(experiment.n_instances, experiment.n_features, experiment.n_hidden)
    with torch.no_grad():
        # Xavier's rule looks at all instances at once; the paper's weights are those of one model.
        deviation = experiment.init_scale * (2 / (experiment.n_features + experiment.n_hidden)) ** 0.5
        model.W.normal_(0, deviation)
    return Adapter(model)
