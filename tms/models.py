"""The paper's architectures, each as a stack of independent instances.

Row i of `W[instance, feature, hidden]` is the embedding W_i of feature i, so that the paper's W^T W is
``W @ W.mT``. Every model maps inputs of shape (instance, batch, feature) to outputs of the same shape.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import torch
from jaxtyping import Float
from torch import Tensor, nn

ACTIVATIONS: Final[dict[str, Callable[[Tensor], Tensor]]] = {
    "relu": torch.relu,
    "gelu": nn.functional.gelu,
    "quadratic": torch.square,
}
"""Output activations by name: the paper's ReLU, and two others for #comment-redwood."""


class HasHidden(Protocol):
    """A model that exposes its hidden activations, as an L1 penalty on them requires."""

    def hidden(self, x: Float[Tensor, "instance batch feature"]) -> Float[Tensor, "instance batch hidden"]:
        """Activations of the hidden layer."""
        ...


class Linear(nn.Module):
    """x' = W^T W x + b (#demonstrating-setup-model).

    Parameters
    ----------
    W
        Initial embedding, shape (instance, feature, hidden).
    """

    def __init__(self, W: Float[Tensor, "instance feature hidden"]) -> None:
        super().__init__()
        self.W = nn.Parameter(W.clone())
        self.b = nn.Parameter(torch.zeros_like(W[..., 0]))

    def hidden(self, x: Float[Tensor, "instance batch feature"]) -> Float[Tensor, "instance batch hidden"]:
        """Embed the inputs: h = W x."""
        return x @ self.W

    def forward(self, x: Float[Tensor, "instance batch feature"]) -> Float[Tensor, "instance batch feature"]:
        """Reconstruct the inputs."""
        return self.hidden(x) @ self.W.mT + self.b[:, None, :]


class ReLUOutput(Linear):
    """x' = ReLU(W^T W x + b), or with another output activation (#demonstrating-setup-model).

    Parameters
    ----------
    W
        Initial embedding, shape (instance, feature, hidden).
    activation
        A name of `ACTIVATIONS`.
    """

    def __init__(self, W: Float[Tensor, "instance feature hidden"], activation: str = "relu") -> None:
        super().__init__(W)
        self.activation = ACTIVATIONS[activation]

    def forward(self, x: Float[Tensor, "instance batch feature"]) -> Float[Tensor, "instance batch feature"]:
        """Reconstruct the inputs."""
        return self.activation(super().forward(x))


class ReLUHidden(nn.Module):
    """h = ReLU(W x), x' = ReLU(W^T h + b): a privileged basis (#privileged-basis).

    Parameters
    ----------
    W
        Initial embedding, shape (instance, feature, hidden).
    hidden_bias
        Whether the hidden layer has a bias, so that h = ReLU(W x + b_hidden).
    """

    def __init__(self, W: Float[Tensor, "instance feature hidden"], hidden_bias: bool = False) -> None:
        super().__init__()
        self.W = nn.Parameter(W.clone())
        self.b = nn.Parameter(torch.zeros_like(W[..., 0]))
        self.b_hidden = nn.Parameter(torch.zeros_like(W[:, 0])) if hidden_bias else None

    def hidden(self, x: Float[Tensor, "instance batch feature"]) -> Float[Tensor, "instance batch hidden"]:
        """Activations of the hidden neurons."""
        h = x @ self.W
        return torch.relu(h if self.b_hidden is None else h + self.b_hidden[:, None, :])

    def decoder(self) -> Float[Tensor, "instance feature hidden"]:
        """Output weights; they are those of the embedding."""
        return self.W

    def forward(self, x: Float[Tensor, "instance batch feature"]) -> Float[Tensor, "instance batch feature"]:
        """Compute the outputs."""
        return torch.relu(self.hidden(x) @ self.decoder().mT + self.b[:, None, :])


class ReLUHiddenUntied(ReLUHidden):
    """h = ReLU(W_1 x), y = ReLU(W_2 h + b): computes |x| in the paper (#computation-setup).

    Parameters
    ----------
    W, W_out
        Initial input and output weights, each of shape (instance, feature, hidden).
    hidden_bias
        Whether the hidden layer has a bias.
    """

    def __init__(
        self,
        W: Float[Tensor, "instance feature hidden"],
        W_out: Float[Tensor, "instance feature hidden"],
        hidden_bias: bool = False,
    ) -> None:
        super().__init__(W, hidden_bias)
        self.W_out = nn.Parameter(W_out.clone())

    def decoder(self) -> Float[Tensor, "instance feature hidden"]:
        """Output weights; they are independent of the embedding."""
        return self.W_out
