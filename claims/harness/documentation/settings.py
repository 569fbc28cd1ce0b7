"""The settings of every experiment beside those of the paper."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from claims.harness.judging.claim import PAPER, SECTIONS
from tms import paper
from tms.experiment import Experiment

NOT_STATED: Final = "not stated"
"""What the table shows where the paper names no setting."""

_ROWS: Final = ("size", "importance", "density", "models", "training")
_LEAST_SPREAD: Final = 1e-9


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The settings of an experiment, or of a family of experiments, beside those of the paper.

    Parameters
    ----------
    title, section, url
        A short title, the id of the paper's section, and the address of the passage.
    departure
        How the settings differ from the paper's, and why.
    names
        The names of the experiments.
    rows
        For each setting: its name, the paper's value, and the values at the profiles of `tms.paper.PROFILES`.
    """

    title: str
    section: str
    url: str
    departure: str
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def comparisons() -> list[Comparison]:
    """Compare every experiment of `tms.paper` with the paper, in the paper's order."""
    text = resources.files(__package__).joinpath("paper_settings.toml").read_text("utf-8")
    entries = tomllib.loads(text)["experiment"]
    order = list(SECTIONS)
    return [_comparison(entry) for entry in sorted(entries, key=lambda entry: order.index(entry["section"]))]


def _comparison(entry: dict[str, Any]) -> Comparison:
    by_profile = {profile: _experiments(entry, profile) for profile in paper.PROFILES}
    stated = entry.get("paper", {})
    described = {profile: _settings(experiments) for profile, experiments in by_profile.items()}
    return Comparison(
        title=entry["title"],
        section=entry["section"],
        url=f"{PAPER}#{entry['anchor']}" if entry["anchor"] else PAPER,
        departure=entry["departure"] if "departure" in entry else departure(getattr(paper, entry["make"])),
        names=tuple(experiment.name for experiment in by_profile["paper"]),
        rows=tuple(
            (row, stated.get(row, NOT_STATED), *(described[profile][row] for profile in paper.PROFILES))
            for row in _ROWS
        ),
    )


def departure(make: Callable[..., Any]) -> str:
    """Read how an experiment departs from the paper's settings, and why, from the docstring of its function.

    Parameters
    ----------
    make
        A function of `tms.paper`.

    Returns
    -------
    str
        The paragraphs of the docstring between its summary and its parameters, without what is said of the
        paper.

    Raises
    ------
    ValueError
        If there are none.
    """
    said = (inspect.getdoc(make) or "").partition("\nParameters\n")[0]
    _, *paragraphs = (" ".join(paragraph.split()) for paragraph in said.split("\n\n"))
    own = [each.removeprefix("Departures: ") for each in paragraphs if each and not each.startswith("Paper:")]
    if not own:
        raise ValueError(f"the docstring of {make.__name__} states no departures from the paper.")
    return " ".join(text[0].upper() + text[1:] for text in own).replace("`", "")


def _experiments(entry: dict[str, Any], profile: str) -> list[Experiment]:
    make, calls = getattr(paper, entry["make"]), entry.get("calls")
    if calls is None:
        return [make(profile)]
    every = getattr(paper, calls) if isinstance(calls, str) else calls
    return [make(*(of if isinstance(of, (list, tuple)) else [of]))(profile) for of in every]


def _settings(experiments: Sequence[Experiment]) -> dict[str, str]:
    return {
        "size": _sizes(experiments),
        "importance": _joined(_importance(e.importance) for e in experiments),
        "density": _joined(_density(e.features.density) for e in experiments),
        "models": _joined(_models(e) for e in experiments),
        "training": _joined(_training(e) for e in experiments),
    }


def _joined(texts: Iterable[str]) -> str:
    """Join the different texts of a family."""
    return "; ".join(dict.fromkeys(texts))


def _sizes(experiments: Sequence[Experiment]) -> str:
    sizes: dict[int, list[str]] = {}
    for experiment in experiments:
        n = str(experiment.n_features)
        known = sizes.setdefault(experiment.n_hidden, [])
        known += [] if n in known else [n]
    return "; ".join(f"n = {', '.join(n)}{',' if len(n) == 1 else ' with'} m = {m}" for m, n in sizes.items())


def _importance(importance: NDArray[np.float64]) -> str:
    rows = np.unique(importance, axis=0)
    if len(rows) > 1:  # only the last feature's importance varies in these sweeps
        return f"1, {_span(importance[:, -1])} for the last feature"
    if np.ptp(rows) < _LEAST_SPREAD:
        return f"{rows[0, 0]:g}"
    ratios = rows[0, 1:] / rows[0, :-1]
    if np.ptp(ratios) > _LEAST_SPREAD:
        raise ValueError("the importance is neither constant nor geometric, which this table cannot show.")
    return f"{ratios.mean():g}^i"


def _density(density: NDArray[np.float64]) -> str:
    points = np.unique(density, axis=0)
    varied = np.ptp(points, axis=1) > _LEAST_SPREAD
    if varied.any():
        return f"{points[0, -1]:g}, {_span(points[:, 0])} for the first feature"
    values = points[:, 0]
    return _span(values) if len(values) == 1 else f"{_span(values)} in {len(values)} values"


def _models(experiment: Experiment) -> str:
    seeds = "1 seed" if experiment.seeds == 1 else f"{experiment.seeds} seeds"
    best = f", the best of {experiment.best_of} each" if experiment.best_of > 1 else ""
    return f"{seeds} at {'each of ' if experiment.n_points > 1 else ''}{_points(experiment.n_points)}{best}"


def _points(count: int) -> str:
    return "1 point" if count == 1 else f"{count} points"


def _training(experiment: Experiment) -> str:
    optimizer = "Adam" if experiment.weight_decay == 0 else f"AdamW with decay {experiment.weight_decay:g}"
    return (
        f"{experiment.steps:,} steps of {experiment.batch_size:,} inputs, {optimizer} at "
        f"{experiment.learning_rate:g} ({experiment.schedule}), initial scale {experiment.init_scale:g}"
    )


def _span(values: NDArray[np.float64]) -> str:
    low, high = values.min(), values.max()
    return f"{low:.4g}" if high - low < _LEAST_SPREAD else f"{low:.4g} to {high:.4g}"
