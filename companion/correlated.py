"""Chapter 6: correlated and anticorrelated sets of features in two dimensions."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from companion.chapter import Chapter, View
from companion.code import Written, experiment_of, sweep_code
from companion.settings import Choice, Number, Values
from figures import correlated
from tms import Trained, train
from tms.analysis.sets import set_cosines, set_numbers
from tms.features import consecutive_sets
from tms.paper.settings import TINY
from tms.training import ProgressReport

_MODELS: Final = 6


def _settings(values: Values) -> dict[str, Any]:
    count, size = values["sets"], values["size"]
    sets = Written(consecutive_sets(count, size), f"consecutive_sets({count}, {size})")
    return {
        "n_features": count * size,
        "n_hidden": 2,
        "density": values["p"],
        values["kind"]: sets,
        "seeds": _MODELS,
        "best_of": 8,
        "steps": 1000,
        "held_out": 4096,
        "run_seed": values["seed"],
        **TINY,
    }


def _train(values: Values, progress: ProgressReport | None) -> Trained:
    return train(experiment_of("sets", _settings(values)), device="cpu", progress=progress)


def _view(values: Values, trained: Trained) -> View:
    sets = trained.experiment.features.sets
    mean = f"{float(np.mean(set_cosines(trained.W[0], sets).numpy())):.2f}".replace("-", "−")
    return View(
        correlated.embeddings_row(trained.W[0], set_numbers(trained.experiment.n_features, sets)),
        f"{_MODELS} models, each the best of {trained.experiment.best_of} trials, of {values['sets']} "
        f"{values['kind']} sets of {values['size']} features at density {values['p']:g}. The mean cosine of "
        f"two features of one set is **{mean}**: 0 is orthogonal, −1 antipodal "
        "and 1 side by side.",
    )


def _code(values: Values) -> str:
    return f"""\
import tms; from figures import correlated
from tms.features import consecutive_sets; from tms.analysis.sets import set_numbers
experiment = {sweep_code("sets", _settings(values))}
trained = tms.train(experiment, device="cpu")
figure = correlated.embeddings_row(trained.W[0], \
set_numbers(experiment.n_features, experiment.features.sets))"""


CHAPTER = Chapter(
    name="correlated",
    title="6. Correlated and anticorrelated features",
    text="The features of a correlated set are active together, of an anticorrelated set at most one at a "
    "time. Correlated features prefer to be orthogonal, or side by side; anticorrelated ones prefer to be "
    "antipodal. A ring marks all features of a set but its first. **Change the kind, the number of sets and "
    "the density.**",
    source="geometry-organization",
    settings=(
        Choice(
            "kind",
            "the kind of sets",
            {"correlated": "correlated", "anticorrelated": "anticorrelated"},
        ),
        Number("sets", "the number of sets", default=2, low=1, high=4, whole=True, places=(1, 2, 3, 4)),
        Number("size", "the features in a set", default=2, low=2, high=4, whole=True, places=(2, 3, 4)),
        Number("p", "the density 1 − S", default=0.05, low=0.001, high=1),
        Number("seed", "the random seed", default=0, low=0, high=9999, whole=True),
    ),
    train=_train,
    view=_view,
    code=_code,
)
