"""What many runs say together: how often each claim fails and drifts, and how far it is from doing so."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from claims.harness.baselines.store import Key
from claims.harness.flakiness.runs import Runs
from claims.harness.judging.claim import SECTIONS
from claims.harness.judging.statistics import Interval, share_interval

LEVEL: Final = 0.95
"""Confidence level of the intervals of rates."""

THIN: Final = 4.0
"""Margins below so many standard deviations are too thin."""


@dataclass(frozen=True)
class Rate:
    """How many of how many."""

    count: int
    n: int

    @property
    def interval(self) -> Interval:
        """Clopper and Pearson's exact interval at `LEVEL`."""
        return share_interval(self.count, self.n, LEVEL) if self.n else Interval(0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Margin:
    """How far a quantity stays within its acceptance region over runs; negative outside.

    Parameters
    ----------
    name
        Of the quantity.
    mean, spread
        Of its means over runs: their mean and standard deviation.
    of_mean
        Standard deviations between the nearest edge and that mean; infinite where the mean never varies.
    of_interval
        The same for the ends of its intervals, by which claims are judged.
    drifted
        Runs in which it drifted.
    """

    name: str
    mean: float
    spread: float
    of_mean: float
    of_interval: float
    drifted: Rate


@dataclass(frozen=True, kw_only=True)
class ClaimFlakes:
    """One test of a claim over all runs.

    Parameters
    ----------
    key
        Which.
    documented
        Whether it is documented as not replicated, and so fails if every quantity is accepted.
    failed, drifted
        Runs in which it did, of those in which it ran.
    margins
        Of its quantities.
    """

    key: Key
    documented: bool
    failed: Rate
    drifted: Rate
    margins: tuple[Margin, ...]

    @property
    def decisive(self) -> Margin | None:
        """The quantity that fails the claim first: the nearest to its edge, or of a miss the farthest out."""
        return min(self.margins, key=lambda margin: margin.of_interval, default=None)

    @property
    def margin(self) -> float:
        """Standard deviations between the claim and its failure."""
        if self.decisive is None:
            return math.nan
        return -self.decisive.of_interval if self.documented else self.decisive.of_interval


@dataclass(frozen=True, kw_only=True)
class Summary:
    """All runs together.

    Parameters
    ----------
    identity, codes, commits
        What the runs have in common, the states of the code that gave it, and the commits they were made at.
    seeds, parts
        Seeds at which every claim has a run, and those at which some claims have none.
    seconds
        How long all of it took.
    failed, drifted, either
        Of the whole seeds, those with any claim that failed; with any quantity or loss that drifted; with
        either.
    missing
        Of the whole seeds, those at which something had no baseline to compare with.
    without
        Claims that have no runs.
    losses
        By experiment, runs in which its trained losses drifted, of those in which they were compared.
    claims
        Test by test, in the order of the paper.
    """

    identity: Mapping[str, str]
    codes: tuple[str, ...]
    commits: tuple[str, ...]
    seeds: tuple[int, ...]
    parts: tuple[int, ...]
    seconds: float
    failed: Rate
    drifted: Rate
    either: Rate
    missing: Rate
    without: tuple[Key, ...]
    losses: Mapping[str, Rate]
    claims: tuple[ClaimFlakes, ...]


def summarize(runs: Runs) -> Summary:
    """Sum up runs.

    Parameters
    ----------
    runs
        Of `claims.harness.flakiness.runs.read`, at least one.
    """
    every = sorted(set().union(*runs.claims.values()))
    whole = [seed for seed in every if not runs.lacking(seed, runs.known)]
    failed = [any(entry["verdict"] == "failed" for entry in runs.at(seed)) for seed in whole]
    drifted = [_any(runs, seed, "drifted") for seed in whole]
    return Summary(
        identity=runs.lines[-1]["identity"],
        codes=tuple(dict.fromkeys(line["identity"]["code"] for line in runs.lines)),
        commits=tuple(dict.fromkeys(str(line["commit"])[:12] for line in runs.lines)),
        seeds=tuple(whole),
        parts=tuple(sorted(set(every) - set(whole))),
        seconds=math.fsum(line["seconds"] for line in runs.lines),
        failed=_rate(failed),
        drifted=_rate(drifted),
        either=_rate([a or b for a, b in zip(failed, drifted, strict=True)]),
        missing=_rate([_any(runs, seed, "missing") for seed in whole]),
        losses={name: _rate(_compared(list(of.values()))) for name, of in sorted(runs.losses.items())},
        without=tuple(sorted({key for key in runs.known if not runs.claims.get(key)}, key=_place)),
        claims=tuple(_claim(key, list(runs.claims[key].values())) for key in sorted(runs.claims, key=_place)),
    )


def _place(key: Key) -> tuple[int, int]:
    section, _, number = key.claim.partition("-")
    return list(SECTIONS).index(section), int(number)


def _claim(key: Key, entries: Sequence[Mapping[str, Any]]) -> ClaimFlakes:
    entries = [entry for entry in entries if entry["verdict"] != "not run"]
    values: dict[str, list[Sequence[Any]]] = {}
    for entry in entries:
        for quantity in entry["quantities"]:
            values.setdefault(quantity[0], []).append(quantity[1:])
    return ClaimFlakes(
        key=key,
        documented=any(entry["documented"] for entry in entries),
        failed=_rate([entry["verdict"] == "failed" for entry in entries]),
        drifted=_rate(_compared([entry["baseline"] for entry in entries])),
        margins=tuple(_margin(name, rows) for name, rows in values.items()),
    )


def _margin(name: str, rows: Sequence[Sequence[Any]]) -> Margin:
    means, los, his = (np.array([row[i] for row in rows], dtype=np.float64) for i in range(3))
    lo, hi = rows[-1][3:5]

    def apart(lower: np.ndarray, upper: np.ndarray) -> float:
        below = [] if lo is None else [_in_spreads(float(lower.mean()) - lo, lower)]
        above = [] if hi is None else [_in_spreads(hi - float(upper.mean()), upper)]
        return min(below + above, default=math.inf)

    return Margin(
        name=name,
        mean=float(means.mean()),
        spread=_spread(means),
        of_mean=apart(means, means),
        of_interval=apart(los, his),
        drifted=_rate(_compared([row[5] for row in rows])),
    )


def _in_spreads(distance: float, values: np.ndarray) -> float:
    spread = _spread(values)
    if spread == 0:
        return math.inf if distance >= 0 else -math.inf
    return distance / spread


def _spread(values: np.ndarray) -> float:
    # Equal numbers have a standard deviation of rounding, not of 0.
    return float(values.std(ddof=1)) if np.ptp(values) > 0 else 0.0


def _any(runs: Runs, seed: int, status: str) -> bool:
    claims = any(entry["baseline"] == status for entry in runs.at(seed))
    return claims or any(of.get(seed) == status for of in runs.losses.values())


def _compared(statuses: Sequence[str]) -> list[bool]:
    return [status == "drifted" for status in statuses if status in ("steady", "drifted")]


def _rate(happened: Sequence[bool]) -> Rate:
    return Rate(sum(happened), len(happened))
