"""Chapter 1: five features in two dimensions (the paper's introduction)."""

from __future__ import annotations

from typing import Any

from companion.chapter import Chapter, View
from companion.code import Written, experiment_of, sweep_code
from companion.settings import Number, Values
from figures import introduction
from tms import Trained, train
from tms.analysis.components import tegum_name
from tms.analysis.exact_losses import exactly_best, kept_losses
from tms.analysis.exact_optima import lowest_from_trained
from tms.paper.settings import TINY, geometric_importance
from tms.training import ProgressReport


def _settings(values: Values) -> dict[str, Any]:
    decay = values["decay"]
    return {
        "n_features": 5,
        "n_hidden": 2,
        "density": round(1 - values["sparsity"], 6),
        "importance": Written(geometric_importance(decay, 5), f"geometric_importance({decay}, 5)"),
        "seeds": 1,
        "best_of": 12,
        "steps": 800,
        "held_out": 4096,
        "run_seed": values["seed"],
        **TINY,
    }


def _train(values: Values, progress: ProgressReport | None) -> Trained:
    experiment = experiment_of("introduction", _settings(values))
    return exactly_best(train(experiment, device="cpu", progress=progress))


def _view(values: Values, trained: Trained) -> View:
    experiment = trained.experiment
    loss, lowest = float(kept_losses(trained)[0, 0]), float(lowest_from_trained(trained)[0])
    density, importance = experiment.coordinates["density"], experiment.importance[0]
    return View(
        introduction.embeddings_row(trained.W[:, 0], density, importance),
        f"Expected loss: **{loss:.5f}** for the best of {experiment.best_of} trained models, "
        f"**{lowest:.5f}** for the exact optimum, to which descent on the exact loss leads from them; "
        f"training ends {loss / lowest - 1:.2%} above it. Importance falls by a factor of "
        f"{values['decay']:g} from feature to feature. The embedding consists of: "
        f"{tegum_name(trained.W[0, 0]) or 'no feature'}.",
    )


def _code(values: Values) -> str:
    return f"""\
import tms; from figures import introduction; from tms.paper.settings import geometric_importance
from tms.analysis.exact_losses import exactly_best
experiment = {sweep_code("introduction", _settings(values))}
trained = exactly_best(tms.train(experiment, device="cpu"))
figure = introduction.embeddings_row(trained.W[:, 0], experiment.coordinates["density"], \
experiment.importance[0])"""


CHAPTER = Chapter(
    name="introduction",
    title="1. Five features in two dimensions",
    text="Five features of falling importance share two dimensions. **Move the sparsity from dense to "
    "sparse**: dense features leave room for the two most important ones, sparser ones form two antipodal "
    "pairs, and very sparse ones a pentagon.",
    source="motivation-superposition",
    settings=(
        Number(
            "sparsity",
            "the sparsity S",
            default=0.9,
            low=0,
            high=0.999,
            places=(0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.99, 0.999),
        ),
        Number(
            "decay",
            "the importance ratio Iᵢ₊₁/Iᵢ",
            default=0.9,
            low=0.1,
            high=1,
            places=(0.1, 0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0),
        ),
        Number("seed", "the random seed", default=0, low=0, high=9999, whole=True),
    ),
    train=_train,
    view=_view,
    code=_code,
)
