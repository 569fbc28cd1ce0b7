"""Chapter 8: adversarial examples against models in superposition."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from companion.chapter import Chapter, View
from companion.code import Written, experiment_of, sweep_code
from companion.demonstrating import fewer_dimensions
from companion.settings import Number, Values
from figures import adversarial as figures
from tms import Trained, geometry, train
from tms.analysis import adversarial
from tms.paper.adversarial import TRAINED
from tms.training import ProgressReport

_INVERSE_DENSITIES: Final = 6


def _settings(values: Values) -> dict[str, Any]:
    sparsest = values["sparsest"]
    inverse = np.geomspace(1, sparsest, _INVERSE_DENSITIES)
    return {
        "n_features": values["n"],
        "n_hidden": values["m"],
        "density": Written(
            1 / inverse[:, None], f"1 / np.geomspace(1, {sparsest}, {_INVERSE_DENSITIES})[:, None]"
        ),
        "seeds": 2,
        "steps": 1500,
        "run_seed": values["seed"],
        **TRAINED,
    }


def _train(values: Values, progress: ProgressReport | None) -> Trained:
    return train(experiment_of("attacked", _settings(values)), device="cpu", progress=progress)


def _view(values: Values, trained: Trained) -> View:
    strength = values["strength"]
    harm = adversarial.vulnerability(trained, strength=strength)
    features = 1 / geometry.dimensions_per_feature(trained.W)
    return View(
        figures.vulnerability(1 / trained.experiment.coordinates["density"], harm, features),
        f"{values['n']} features in {values['m']} dimensions, attacked with {strength:g} times the norm of "
        f"an input. From density 1 to {1 / values['sparsest']:.3g} the damage of the worst attack, over that "
        f"on a model without superposition, goes from {float(harm[0].mean()):.2f} to "
        f"**{float(harm[-1].mean()):.2f}**, and the features per dimension from "
        f"{float(features[0].mean()):.2f} to **{float(features[-1].mean()):.2f}**.",
    )


def _code(values: Values) -> str:
    return f"""\
import numpy as np, tms; from figures import adversarial as figures
from tms.analysis import adversarial
experiment = {sweep_code("attacked", _settings(values))}
trained = tms.train(experiment, device="cpu")
figure = figures.vulnerability(1 / experiment.coordinates["density"], \
adversarial.vulnerability(trained, strength={values["strength"]}), \
1 / tms.geometry.dimensions_per_feature(trained.W))"""


CHAPTER = Chapter(
    name="adversarial",
    title="8. Adversarial examples",
    text="An attack moves the input a little along the direction of one feature; in superposition it "
    "disturbs the features that share its dimensions. Vulnerability rises with the features per dimension. "
    "**Change the size and the strength of the attacks.**",
    source="adversarial",
    settings=(
        Number("n", "the number of features n", default=60, low=4, high=200, whole=True),
        Number("m", "the number of dimensions m", default=6, low=1, high=40, whole=True),
        Number("sparsest", "1/(1−S) of the sparsest features", default=20.0, low=2, high=100),
        Number("strength", "the strength of the attack, in input norms", default=0.1, low=0.01, high=2),
        Number("seed", "the random seed", default=0, low=0, high=9999, whole=True),
    ),
    train=_train,
    view=_view,
    code=_code,
    rule=fewer_dimensions,
)
