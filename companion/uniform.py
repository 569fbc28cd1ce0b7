"""Chapter 4: the dimensionality of every feature, and the polytope that a feature belongs to."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from companion.chapter import Chapter, Detail, View
from companion.code import Written, experiment_of, sweep_code
from companion.demonstrating import fewer_dimensions
from companion.settings import Number, Setting, Values, rounded
from figures import polytope, uniform
from tms import Trained, geometry, train
from tms.analysis.components import component_of, identify
from tms.paper.uniform import LARGE
from tms.training import ProgressReport

_INVERSE_DENSITIES: Final = 9
_RANGE: Final = (1, 10)
_POINT: Final = 8
"""Size of a point that a finger can hit."""


def _settings(values: Values) -> dict[str, Any]:
    inverse = np.geomspace(*_RANGE, _INVERSE_DENSITIES)
    return {
        "n_features": values["n"],
        "n_hidden": values["m"],
        "density": Written(
            1 / inverse[:, None], f"1 / np.geomspace({_RANGE[0]}, {_RANGE[1]}, {_INVERSE_DENSITIES})[:, None]"
        ),
        "seeds": 1,
        "steps": values["steps"],
        "run_seed": values["seed"],
        **LARGE,
    }


def _train(values: Values, progress: ProgressReport | None) -> Trained:
    return train(experiment_of("uniform", _settings(values)), device="cpu", progress=progress)


def _view(values: Values, trained: Trained) -> View:
    D_star, D_i = geometry.dimensions_per_feature(trained.W), geometry.dimensionality(trained.W)
    figure = uniform.feature_dimensionality(
        1 / trained.experiment.coordinates["density"], D_star, D_i, point_size=_POINT
    )
    represented = geometry.represented(trained.W).sum(-1)[:, 0]
    return View(
        figure,
        f"Each point is one of {values['n']} features at one density: its dimensionality Dᵢ, from dense to "
        f"sparse. From {int(represented[0])} features that are represented at density 1 to "
        f"**{int(represented[-1])}** at density 0.1, in {values['m']} dimensions.",
        axes=figure.axes[0],
    )


def _places(trained: Trained) -> tuple[Setting, ...]:
    start, feature = _largest_polytope(trained)
    inverse = tuple(map(rounded, 1 / trained.experiment.coordinates["density"]))
    return (
        Number(
            "inverse",
            "1/(1−S) of the model",
            default=inverse[start],
            low=inverse[0],
            high=inverse[-1],
            places=inverse,
        ),
        Number(
            "feature",
            "the feature",
            default=feature + 1,
            low=1,
            high=trained.experiment.n_features,
            whole=True,
        ),
    )


def _largest_polytope(trained: Trained) -> tuple[int, int]:
    """Point and first feature of the largest known polytope; if none, feature 0 of the sparsest point."""
    known = [
        (len(component.features), point, component.features[0])
        for point in range(trained.experiment.n_points)
        for component in identify(trained.W[point, 0])
        if component.polytope is not None
    ]
    _, point, feature = max(known, default=(0, trained.experiment.n_points - 1, 0))
    return point, feature


def _point(trained: Trained, inverse: float) -> int:
    return int(np.abs(np.log(inverse * trained.experiment.coordinates["density"])).argmin())


def _snapped(trained: Trained, x: float, y: float) -> Values:
    point = _point(trained, x)
    feature = int((geometry.dimensionality(trained.W[point, 0]) - y).abs().argmin())
    return {"inverse": rounded(1 / trained.experiment.coordinates["density"][point]), "feature": feature + 1}


def _at(trained: Trained, place: Values) -> tuple[float, float]:
    W = trained.W[_point(trained, place["inverse"]), 0]
    return place["inverse"], float(geometry.dimensionality(W)[int(place["feature"]) - 1])


def _feature(trained: Trained, place: Values) -> View:
    point, feature = _point(trained, place["inverse"]), int(place["feature"]) - 1
    W = trained.W[point, 0]
    D = float(geometry.dimensionality(W)[feature])
    start = f"Feature {feature + 1} at 1/(1−S) = {place['inverse']:.3g} has dimensionality **{D:.3f}**"
    component = component_of(W, feature)
    if component is None:
        return View(polytope.solid(W[[feature]], 0), f"{start}: it is not represented.")
    members = ", ".join(str(i + 1) for i in component.features)
    others = len(component.features) - 1
    known = component.polytope is not None
    kind = f"a **{component.name}**" if known else f"no known polytope ({component.name})"
    return View(
        polytope.solid(W[list(component.features)], component.features.index(feature)),
        f"{start}. It interferes with {others} {'other' if others == 1 else 'others'}, and together they "
        f"form {kind}: features {members}.",
    )


def _code(values: Values) -> str:
    return f"""\
import numpy as np, tms
from figures import uniform
experiment = {sweep_code("uniform", _settings(values))}
trained = tms.train(experiment, device="cpu")
figure = uniform.feature_dimensionality(1 / experiment.coordinates["density"], \
tms.geometry.dimensions_per_feature(trained.W), \
tms.geometry.dimensionality(trained.W), point_size={_POINT})"""


CHAPTER = Chapter(
    name="uniform",
    title="4. The geometry of uniform superposition",
    text="All features are equally important. Their dimensionalities gather at fractions such as 1/2 and "
    "2/5, which belong to polytopes. **Click a point** to see its feature's geometry in three dimensions.",
    source="geometry-dimensionality",
    settings=(
        Number("n", "the number of features n", default=40, low=2, high=120, whole=True),
        Number("m", "the number of dimensions m", default=9, low=1, high=20, whole=True),
        Number("steps", "the steps of training", default=16000, low=100, high=60000, whole=True),
        Number("seed", "the random seed", default=0, low=0, high=9999, whole=True),
    ),
    train=_train,
    view=_view,
    code=_code,
    rule=fewer_dimensions,
    detail=Detail(
        heading="The geometry of one feature", settings=_places, view=_feature, snapped=_snapped, at=_at
    ),
)
