"""How reports write numbers and results as text, and how they escape text for Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

SYMBOLS: Final = {
    "replicated": "✓",
    "contradicted": "≠",
    "inconclusive": "±",
    "noted": "†",
    "failed": "✗",
    "not run": "○",
    "not as documented": "!",
    "steady": "=",
    "drifted": "△",
    "missing": "?",
    "not compared": "·",
    "converged": "✓",
    "not converged": "✗",
    "not shown": "?",
    "not judged": "·",
}
"""A sign for every verdict, comparison and convergence, so that none is told apart by colour alone."""

POSITIONS: Final = {"inside": "✓", "undecided": "±", "outside": "✗"}
"""A sign for each position of an interval."""

_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>|#~$])")
# Text that Markdown takes for a link, and starts of lines that it takes for a list or a heading.
_LINK: Final = re.compile(r"(?<=\w)(://|(?<=\bwww)\.|@)")
_BLOCK: Final = re.compile(r"^(\d*)([-+.)](?=\s|$)|=+$|-+$)")
_NAMED_MISTAKES: Final = 4


class Raw(str):
    """Text that is Markdown already and must not be escaped."""

    __slots__ = ()


def number(value: float | None) -> str:
    """Format a number with four significant digits; None gives an empty text."""
    return "" if value is None else f"{value:.4g}"


def plural(count: int, one: str, many: str) -> str:
    """Choose the form of a noun that agrees with a count."""
    return one if count == 1 else many


def interval(quantity: Mapping[str, Any]) -> str:
    """Format a quantity's confidence interval; empty for an exact quantity."""
    lo, hi = quantity["interval"]
    return "" if quantity["kind"] == "exact" else f"[{number(lo)}, {number(hi)}]"


def measured(quantity: Mapping[str, Any]) -> str:
    """Format a quantity's mean with its interval and unit."""
    parts = (number(quantity["mean"]), interval(quantity), quantity["unit"])
    return " ".join(part for part in parts if part)


def acceptance(quantity: Mapping[str, Any]) -> str:
    """Describe an acceptance region; empty if there is none."""
    if quantity["acceptance"] is None:
        return ""
    lo, hi = quantity["acceptance"]
    if lo is None:
        return f"at most {number(hi)}"
    if hi is None:
        return f"at least {number(lo)}"
    return f"exactly {number(lo)}" if lo == hi else f"{number(lo)} to {number(hi)}"


def baseline(quantity: Mapping[str, Any]) -> str:
    """Format the baseline of a quantity; empty if there is none."""
    stored = quantity["baseline"]
    return "" if stored is None else f"{number(stored['mean'])} (sd {stored['sd']:.2g}, n {stored['n']})"


def change(drift: Mapping[str, Any]) -> str:
    """Format a quantity's change from its baseline; empty where the baseline's mean is 0."""
    if drift["relative"] is None:
        return ""
    effect = "" if drift["effect"] is None else f", {drift['effect']:+.2g} sd"
    return f"{100 * drift['relative']:+.2g}%{effect}"


def power(detectable: float | None, unit: str) -> str:
    """Describe the smallest change of a quantity that its drift test detects 9 times in 10."""
    if detectable is None:
        return "would detect no change: too few seeds"
    return f"would detect ±{detectable:.2g} {unit}".rstrip()


def losses(experiment: Mapping[str, Any]) -> str:
    """Describe how an experiment's losses compare with their baseline; empty if they were not compared."""
    drift = experiment["drift"]
    if drift["p_value"] is None or drift["change"] is None:
        return ""
    compared = f"{drift['change']:+.2%}, p = {drift['p_value']:.2g}"
    if not drift["paired"]:
        return f"{compared}, seeds other than the baseline's"
    detectable = drift["detectable"]
    return compared + ("" if detectable is None else f", would detect ±{detectable:.2g}")


def convergence(number: float | None) -> str:
    """Format a number that shows whether models converged; None gives an empty text."""
    return "" if number is None else f"{number:.3g}"


def catches(names: Sequence[str]) -> str:
    """Name the deliberate mistakes that a claim catches; empty if there are none."""
    if not names:
        return ""
    all_named = len(names) <= _NAMED_MISTAKES
    mistakes = f"{len(names)} of the deliberate mistakes{':' if all_named else ', such as'}"
    return f"{mistakes} {', '.join(names[:_NAMED_MISTAKES])}."


def duration(document: Mapping[str, Any]) -> str:
    """Describe how long a run took, how much of that was training, and on how many cores."""
    environment = document["environment"]
    trained = sum(experiment["seconds"] for experiment in document["experiments"])
    cores = environment.get("cores")
    where = "" if cores is None else f", on {cores} {plural(cores, 'core', 'cores')}"
    return f"{environment['seconds']:.0f} s in all, of which {trained:.0f} s training{where}"


def training_floor(document: Mapping[str, Any]) -> str:
    """Describe the least time that training needs, and the share reached; empty if it is not known."""
    floor = document.get("training_floor")
    if floor is None:
        return ""
    took, least = (
        f"{floor[name]:.{0 if floor[name] >= 10 else 2}f}" for name in ("trained_seconds", "seconds")
    )
    without = f"; not counted: {', '.join(floor['not_counted'])}" if floor["not_counted"] else ""
    best = f", best of {floor['measurements']}" if floor["measurements"] > 1 else ""
    when = f"at the speed of this machine, measured {moment(floor['measured'])}{best}"
    return f"training took {took} s; its counted floor is {least} s ({floor['share']:.0%}) {when}{without}"


def moment(written: str) -> str:
    """Format a time in ISO 8601 to the minute; any other text is returned as it is."""
    try:
        return f"{datetime.fromisoformat(written):%Y-%m-%d %H:%M %Z}".strip()
    except ValueError:
        return written


def megabytes(size: int | None) -> str:
    """Format a number of bytes in MB; None gives an empty text."""
    return "" if size is None else f"{size / 1e6:,.0f}" if size >= 1e7 else f"{size / 1e6:.1f}"


def short(value: object, most: int = 120) -> str:
    """Shorten a text to a number of characters; an ellipsis marks the cut."""
    line = " ".join(str(value).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def markdown(value: object) -> str:
    """Escape a value for one line of Markdown, unless it is `Raw`."""
    if isinstance(value, Raw):
        return value
    line = " ".join(str(value).replace("&", "&amp;").split())
    escaped = _SPECIAL.sub(r"\\\1", line).replace("\\<", "&lt;").replace("\\>", "&gt;")
    return _BLOCK.sub(r"\1\\\2", _LINK.sub(r"\\\g<0>", escaped))
