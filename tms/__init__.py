"""Toy models of superposition: train them, measure their geometry, compare them with exact theory.

Describe a sweep, train it, and measure the embeddings. Here five features of decreasing importance compete
for two dimensions. If they are always active, the model keeps the two most important ones. If they are
sparse, it represents all five, as a pentagon:

>>> import numpy as np
>>> from tms import geometry, sweep, train
>>> experiment = sweep(
...     "five in two",
...     n_features=5,
...     n_hidden=2,
...     architecture="relu_output",
...     density=[[1.0], [0.05]],
...     importance=[0.9 ** np.arange(5)],
...     seeds=3,
...     best_of=8,
...     steps=1000,
...     batch_size=256,
...     learning_rate=0.05,
...     init_scale=0.5,
... )
>>> trained = train(experiment, device="cpu")
>>> trained.W.shape  # point, seed, feature, hidden
torch.Size([2, 3, 5, 2])
>>> geometry.represented(trained.W).sum(-1)  # represented features, by point and seed
tensor([[2, 2, 2],
        [5, 5, 5]])

The public names:

`Experiment`, `sweep`
    The description of a sweep, and the function that builds it (`tms.experiment`).
`train`, `Trained`
    The function that trains an experiment, and its result (`tms.training`).
`paper`
    The experiments of the paper.
`geometry`
    Measurements of embeddings; more are in `tms.analysis`.
`theory`
    Exact expected losses and optima.

The package imports neither pytest nor matplotlib.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tms._version import __version__
from tms.sources import separate_compiled_code

if TYPE_CHECKING:
    from tms import paper, theory
    from tms.analysis import geometry
    from tms.experiment import Experiment, sweep
    from tms.training import Trained, train

# Numba takes note of its cache folder when a kernel is defined, so this comes before any module with kernels.
separate_compiled_code()

__all__ = [
    "Experiment",
    "Trained",
    "__version__",
    "geometry",
    "paper",
    "sweep",
    "theory",
    "train",
]

_MODULES = {"geometry": "tms.analysis.geometry", "paper": "tms.paper", "theory": "tms.theory"}
_HOLDERS = {
    "Experiment": "tms.experiment",
    "Trained": "tms.training",
    "sweep": "tms.experiment",
    "train": "tms.training",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is used, so that one module of the package does not load all others."""
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name in _HOLDERS:
        return getattr(import_module(_HOLDERS[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
