"""How numbers and verdicts are written, in every kind of report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

SYMBOLS: Final = {
    "replicated": "✓",
    "not replicated": "≠",
    "failed": "✗",
    "not run": "○",
    "steady": "=",
    "drifted": "△",
    "missing": "?",
    "not compared": "·",
}
"""A sign for every verdict, so that none is told by colour alone."""

_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>|#~$])")
# What makes a link of an address, and a list or a heading of a line, without being asked to.
_LINK: Final = re.compile(r"(?<=\w)(://|(?<=\bwww)\.|@)")
_BLOCK: Final = re.compile(r"^(\d*)([-+.)](?=\s|$)|=+$|-+$)")


class Raw(str):
    """Text that is Markdown already."""

    __slots__ = ()


def number(value: float | None) -> str:
    """Write a number with four significant digits; nothing for None."""
    return "" if value is None else f"{value:.4g}"


def measured(quantity: dict[str, Any]) -> str:
    """Write a quantity's mean with its interval and unit."""
    lo, hi = quantity["interval"]
    span = "" if quantity["kind"] == "exact" else f" [{number(lo)}, {number(hi)}]"
    return f"{number(quantity['mean'])}{span} {quantity['unit']}".rstrip()


def acceptance(quantity: dict[str, Any]) -> str:
    """Write an acceptance region."""
    lo, hi = quantity["acceptance"]
    if lo is None:
        return f"at most {number(hi)}"
    if hi is None:
        return f"at least {number(lo)}"
    return f"exactly {number(lo)}" if lo == hi else f"{number(lo)} to {number(hi)}"


def baseline(quantity: dict[str, Any]) -> str:
    """Write what a quantity's baseline holds."""
    stored = quantity["baseline"]
    return "" if stored is None else f"{number(stored['mean'])} (sd {stored['sd']:.2g}, n {stored['n']})"


def power(detectable: float | None, unit: str) -> str:
    """Say which change of a quantity its drift test would catch 9 times in 10."""
    if detectable is None:
        return "would catch no change: too few seeds"
    return f"would catch ±{detectable:.2g} {unit}".rstrip()


def losses(experiment: dict[str, Any]) -> str:
    """Say how an experiment's losses stand beside their baseline; nothing if they were not compared."""
    drift = experiment["drift"]
    if drift["p_value"] is None or drift["change"] is None:
        return ""
    said = f"{drift['change']:+.2%}, p = {drift['p_value']:.2g}"
    if not drift["paired"]:
        return f"{said}, of other seeds"
    caught = drift["detectable"]
    return said + ("" if caught is None else f", would catch ±{caught:.2g}")


def missed(claim: dict[str, Any], most: int = 3) -> list[dict[str, Any]]:
    """Choose the quantities of a claim that are not accepted, at most so many, spread evenly over them."""
    found = [q for q in claim["quantities"] if not q["accepted"]]
    if len(found) <= most:
        return found
    return [found[k * (len(found) - 1) // (most - 1)] for k in range(most)]


def main_quantity(claim: dict[str, Any]) -> dict[str, Any] | None:
    """Choose the quantity that says most of a claim: one that missed, else drifted, else the first."""
    quantities: list[dict[str, Any]] = claim["quantities"]
    missed = [q for q in quantities if not q["accepted"]]
    drifted = [q for q in quantities if q["drift"]["status"] == "drifted"]
    return next(iter([*missed, *drifted, *quantities]), None)


def took(document: Mapping[str, Any]) -> str:
    """Say how long a run took, how much of that was training, and on how many cores."""
    environment = document["environment"]
    trained = sum(experiment["seconds"] for experiment in document["experiments"])
    cores = environment.get("cores")
    where = "" if cores is None else f", on {cores} {'core' if cores == 1 else 'cores'}"
    return f"{environment['seconds']:.0f} s in all, of which {trained:.0f} s training{where}"


def memory(size: int | None) -> str:
    """Write a number of bytes in MB; nothing for None."""
    return "" if size is None else f"{size / 1e6:,.0f}" if size >= 1e7 else f"{size / 1e6:.1f}"


def markdown(value: object) -> str:
    """Escape anything that is to stand in Markdown, on one line, unless it is `Raw`."""
    if isinstance(value, Raw):
        return value
    line = " ".join(str(value).replace("&", "&amp;").split())
    escaped = _SPECIAL.sub(r"\\\1", line).replace("\\<", "&lt;").replace("\\>", "&gt;")
    return _BLOCK.sub(r"\1\\\2", _LINK.sub(r"\\\g<0>", escaped))
