"""Chapter 2: W^T W, the bias and the norms of one model (the paper's basic results)."""

from __future__ import annotations

from typing import Any, Final

from companion.chapter import Chapter, View
from companion.code import Written, experiment_of, sweep_code
from companion.settings import Choice, Number, Values
from figures import demonstrating
from tms import Trained, geometry, train
from tms.analysis.exact_losses import zero_loss
from tms.analysis.superposition import SUPERPOSED
from tms.paper.settings import geometric_importance
from tms.training import ProgressReport

_MOST: Final = 100
"""Most features: the picture of a larger matrix shows no single entry."""


def _settings(values: Values) -> dict[str, Any]:
    n, decay = values["n"], values["decay"]
    return {
        "n_features": n,
        "n_hidden": values["m"],
        "architecture": values["model"],
        "density": values["p"],
        "importance": Written(geometric_importance(decay, n), f"geometric_importance({decay}, {n})"),
        "seeds": 1,
        "best_of": 2,
        "steps": 1000 if n <= 30 else 500,
        "batch_size": 256,
        "learning_rate": 0.02,
        "init_scale": 0.5,
        "held_out": 4096,
        "run_seed": values["seed"],
    }


def _train(values: Values, progress: ProgressReport | None) -> Trained:
    return train(experiment_of("basic results", _settings(values)), device="cpu", progress=progress)


def _view(values: Values, trained: Trained) -> View:
    W = trained.W[0, 0]
    kept = geometry.represented(W)
    shared = kept & (geometry.interference(W) >= SUPERPOSED)
    share = float(trained.loss[0, 0] / zero_loss(trained.experiment)[0])
    return View(
        demonstrating.single_model(W, trained.b[0, 0]),
        f"{len(W)} features in {W.shape[1]} dimensions at density {values['p']:g}: **{int(kept.sum())}** "
        f"features are represented, **{int(shared.sum())}** of them in superposition. The held-out loss is "
        f"{share:.1%} of that of a model whose output is always 0.",
    )


def _code(values: Values) -> str:
    return f"""\
import tms
from figures import demonstrating; from tms.paper.settings import geometric_importance
experiment = {sweep_code("basic results", _settings(values))}
trained = tms.train(experiment, device="cpu")
figure = demonstrating.single_model(trained.W[0, 0], trained.b[0, 0])"""


def fewer_dimensions(values: Values) -> tuple[str, str] | None:
    """Refuse more hidden dimensions m than features n."""
    if values["m"] <= values["n"]:
        return None
    return "m", (
        f"m = {values['m']}; the number of dimensions must be at most the number of features, "
        f"n = {values['n']}."
    )


CHAPTER = Chapter(
    name="demonstrating",
    title="2. What a model learns: WᵀW, bias and norms",
    text="A model of *n* features in *m* dimensions, trained at density *p* = 1 − S. A bright diagonal entry "
    "is a feature that is represented; entries off the diagonal are interference. **Lower the density** from "
    "1 to 0.01, or compare with the linear model, which never uses superposition.",
    source="demonstrating-basic-results",
    settings=(
        Number("n", "the number of features n", default=20, low=2, high=_MOST, whole=True),
        Number("m", "the number of dimensions m", default=5, low=1, high=_MOST, whole=True),
        Number("p", "the density p", default=0.1, low=0.001, high=1),
        Number("decay", "the importance ratio Iᵢ₊₁/Iᵢ", default=0.7, low=0.1, high=1),
        Choice("model", "the model", {"ReLU output": "relu_output", "linear": "linear"}),
        Number("seed", "the random seed", default=0, low=0, high=9999, whole=True),
    ),
    train=_train,
    view=_view,
    code=_code,
    rule=fewer_dimensions,
)
