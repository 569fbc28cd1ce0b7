"""Chapter 5: how two sets of three correlated features arrange themselves while the model trains."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from companion.chapter import Chapter, Detail, View
from companion.code import Written, experiment_of, sweep_code
from companion.settings import Number, Setting, Values
from figures import learning
from tms import Trained, geometry, train
from tms.analysis.components import tegum_name
from tms.analysis.jumps import PRESENT
from tms.analysis.sets import set_numbers
from tms.features import consecutive_sets
from tms.training import ProgressReport

_FRAMES: Final = 40


def _checkpoints(steps: int) -> tuple[int, ...]:
    return tuple(np.unique(np.geomspace(4, steps, _FRAMES).round().astype(int)).tolist())


def _settings(values: Values) -> dict[str, Any]:
    steps = values["steps"]
    return {
        "n_features": 6,
        "n_hidden": 3,
        "architecture": "relu_output",
        "density": values["p"],
        "correlated": Written(consecutive_sets(2, 3), "[(0, 1, 2), (3, 4, 5)]"),
        "seeds": 1,
        "steps": steps,
        "batch_size": 256,
        "learning_rate": 0.003,
        "schedule": "constant",
        "init_scale": 0.02,
        "held_out": 1024,
        "checkpoints": Written(
            _checkpoints(steps),
            f"tuple(np.unique(np.geomspace(4, {steps}, {_FRAMES}).round().astype(int)).tolist())",
        ),
        "run_seed": values["seed"],
    }


def _train(values: Values, progress: ProgressReport | None) -> Trained:
    return train(experiment_of("correlated triples", _settings(values)), device="cpu", progress=progress)


def _view(values: Values, trained: Trained) -> View:
    history = trained.history
    assert history is not None
    D_i = geometry.dimensionality(history.parameters["W"][:, 0, 0])
    return View(
        learning.dimensionality_over_training(history.steps, D_i, history.loss[:, 0, 0], represented=PRESENT),
        f"Dimensionality of each feature and loss over {values['steps']} steps of training at density "
        f"{values['p']:g}. The trained embedding consists of: {tegum_name(trained.W[0, 0]) or 'no feature'}.",
    )


def _places(trained: Trained) -> tuple[Setting, ...]:
    steps = tuple(float(step) for step in trained.experiment.checkpoints)
    return (
        Number(
            "step",
            "step of training",
            default=steps[-1],
            low=steps[0],
            high=steps[-1],
            places=steps,
        ),
    )


def _moment(trained: Trained, place: Values) -> View:
    history = trained.history
    assert history is not None
    W, steps = history.parameters["W"][:, 0, 0], np.array(history.steps)
    frame = int(np.abs(steps - place["step"]).argmin())
    figure = learning.trajectories_3d(
        steps, W, history.loss[:, 0, 0], set_numbers(6, trained.experiment.features.sets), [frame]
    )
    return View(
        figure,
        f"Paths of the six embeddings up to step **{steps[frame]}**, where the loss is "
        f"{float(history.loss[frame, 0, 0]):.4f} and the embedding consists of: "
        f"{tegum_name(W[frame]) or 'no feature'}.",
    )


def _code(values: Values) -> str:
    return f"""\
import numpy as np, tms
from figures import learning; from tms.analysis.jumps import PRESENT
experiment = {sweep_code("correlated triples", _settings(values))}
history = tms.train(experiment, device="cpu").history
figure = learning.dimensionality_over_training(history.steps, \
tms.geometry.dimensionality(history.parameters["W"][:, 0, 0]), history.loss[:, 0, 0], represented=PRESENT)"""


CHAPTER = Chapter(
    name="learning",
    title="5. Training dynamics",
    text="Six features in two correlated sets learn to share three dimensions. **Press play** to watch the "
    "embeddings leave the origin, or move the step yourself. Other seeds take other ways.",
    source="learning-geometric",
    settings=(
        Number("p", "the density 1 − S", default=0.05, low=0.001, high=1),
        Number("steps", "the steps of training", default=8000, low=100, high=20000, whole=True),
        Number("seed", "the random seed", default=0, low=0, high=9999, whole=True),
    ),
    train=_train,
    view=_view,
    code=_code,
    detail=Detail(heading="One moment of training", settings=_places, view=_moment, played="step"),
)
