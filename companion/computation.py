"""Chapter 7: neurons that compute absolute values."""

from __future__ import annotations

from typing import Any

from companion.chapter import Chapter, View
from companion.code import Written, experiment_of, sweep_code
from companion.settings import Number, Values
from figures import computation
from tms import Trained, train
from tms.analysis import absolute, neurons
from tms.paper.computation import SMALL
from tms.paper.settings import geometric_importance
from tms.training import ProgressReport


def _settings(values: Values) -> dict[str, Any]:
    n, decay = values["n"], values["decay"]
    return {
        "n_features": n,
        "n_hidden": values["m"],
        "architecture": "relu_hidden_untied",
        "target": "absolute",
        "signed": True,
        "density": values["p"],
        "importance": Written(geometric_importance(decay, n), f"geometric_importance({decay}, {n})"),
        "seeds": 1,
        "best_of": 6,
        "run_seed": values["seed"],
        **SMALL,
    }


def _train(values: Values, progress: ProgressReport | None) -> Trained:
    return train(experiment_of("absolute values", _settings(values)), device="cpu", progress=progress)


def _view(values: Values, trained: Trained) -> View:
    W, W_out = neurons.rescaled(trained.W[0, 0], trained.parameters["W_out"][0, 0])
    computed = int(absolute.features_computed(trained, 0)[0])
    alone = int(neurons.monosemantic(trained.W[0, 0]).sum())
    return View(
        computation.absolute_value(W, W_out),
        f"{values['m']} neurons at density {values['p']:g} compute **{computed}** of {values['n']} absolute "
        "values: their outputs explain more than half of the variance of |xᵢ| while feature i is active. "
        f"**{alone}** neurons serve one feature only. Without superposition, an absolute value takes two "
        "neurons.",
    )


def _code(values: Values) -> str:
    return f"""\
import tms; from figures import computation; from tms.analysis import neurons
from tms.paper.settings import geometric_importance
experiment = {sweep_code("absolute values", _settings(values))}
trained = tms.train(experiment, device="cpu")
figure = computation.absolute_value(*neurons.rescaled(trained.W[0, 0], trained.parameters["W_out"][0, 0]))"""


CHAPTER = Chapter(
    name="computation",
    title="7. Neurons that compute |x|",
    text="A hidden layer of ReLU neurons computes absolute values, |x| = ReLU(x) + ReLU(−x). Each bar is a "
    "neuron, each colour a feature; neurons are scaled so that their largest input weight is 1. **Raise the "
    "density to 1**: each neuron then serves one feature, and features without two neurons are not computed.",
    source="computation",
    settings=(
        Number("n", "the number of features n", default=6, low=1, high=20, whole=True),
        Number("m", "the number of neurons m", default=10, low=1, high=40, whole=True),
        Number("p", "the density 1 − S", default=0.03, low=0.001, high=1),
        Number("decay", "the importance ratio Iᵢ₊₁/Iᵢ", default=1.0, low=0.1, high=1),
        Number("seed", "the random seed", default=0, low=0, high=9999, whole=True),
    ),
    train=_train,
    view=_view,
    code=_code,
)
