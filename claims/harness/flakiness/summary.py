"""Summarize many runs: how often each claim fails and drifts, and how far it is from failing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from claims.harness.baselines.baseline import Key
from claims.harness.flakiness.runs import Runs
from claims.harness.judging.claim import SECTIONS
from claims.harness.judging.outcomes import Verdict
from claims.harness.judging.statistics import Interval, share_interval, standard_deviation

LEVEL: Final = 0.95
"""Confidence level of the intervals of rates."""

THIN: Final = 4.0
"""A margin below this number of standard deviations is too thin."""


@dataclass(frozen=True)
class Rate:
    """A count among n runs."""

    count: int
    n: int

    @property
    def interval(self) -> Interval:
        """Clopper and Pearson's exact interval at `LEVEL`."""
        return share_interval(self.count, self.n, LEVEL) if self.n else Interval(0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Margin:
    """The distances of a quantity from the edges of its acceptance region over runs; nan in a note.

    Parameters
    ----------
    name
        The name of the quantity.
    mean, spread
        Mean and standard deviation, over runs, of the quantity's mean.
    of_mean
        Distance between that mean and the nearest edge, in standard deviations; negative if it lies outside,
        infinite where the mean never varies.
    inside
        The same distance for the ends of its intervals: positive if the intervals lie inside as a whole.
    outside
        The distance by which its intervals lie outside as a whole; negative if they reach into the region.
        Where both are negative, the quantity is undecided.
    drifted
        Runs in which the quantity drifted.
    """

    name: str
    mean: float
    spread: float
    of_mean: float
    inside: float
    outside: float
    drifted: Rate


@dataclass(frozen=True, kw_only=True)
class ClaimFlakes:
    """One test of a claim over all runs.

    Parameters
    ----------
    key
        The claim and its test.
    expected
        The documented verdict; the claim fails with any other.
    failed, drifted
        Runs in which it failed or drifted, of those in which it ran.
    margins
        The margins of its quantities.
    """

    key: Key
    expected: Verdict
    failed: Rate
    drifted: Rate
    margins: tuple[Margin, ...]

    @property
    def decisive(self) -> Margin | None:
        """The quantity that is nearest to giving another verdict than the documented one; None in a note.

        One quantity that leaves its region ends a replication. A contradiction ends only with the quantity
        that lies farthest outside.
        """
        if not self.margins or self.expected is Verdict.NOTED:
            return None
        nearest_outside = max(self.margins, key=lambda margin: margin.outside)
        if self.expected is Verdict.CONTRADICTED:
            return nearest_outside
        if self.expected is Verdict.REPLICATED:
            return min(self.margins, key=lambda margin: margin.inside)
        least_inside = min(self.margins, key=lambda margin: margin.inside)
        return max(nearest_outside, least_inside, key=lambda margin: max(margin.outside, margin.inside))

    @property
    def margin(self) -> float:
        """Standard deviations between the claim and its failure; negative if it fails, nan in a note."""
        if self.decisive is None:
            return math.nan
        if self.expected is Verdict.REPLICATED:
            return self.decisive.inside
        if self.expected is Verdict.CONTRADICTED:
            return self.decisive.outside
        return min(
            -max(margin.outside for margin in self.margins), -min(margin.inside for margin in self.margins)
        )


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The summary of all runs.

    Parameters
    ----------
    identity, codes, commits
        Settings and rules of the runs, digests of their code, and commits at which they were made.
    seeds, parts
        Seeds at which every claim has a run, and seeds at which only some claims have one.
    seconds
        Wall time of all runs, in seconds.
    failed, drifted, either
        Of `seeds`, those at which any claim failed; any quantity or loss drifted; either happened.
    missing
        Of `seeds`, those at which a claim or a loss had no baseline.
    without
        Claims that have no runs.
    losses
        Runs in which trained losses drifted, of those in which they were compared, by experiment.
    claims
        The tests of claims, in the paper's order.
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
    """Summarize runs.

    Parameters
    ----------
    runs
        The runs, at least one.
    """
    every = sorted(set().union(*runs.claims.values()))
    complete = [seed for seed in every if not runs.lacking(seed, runs.known)]
    failed = [any(not entry["passes"] for entry in runs.at(seed)) for seed in complete]
    drifted = [_any(runs, seed, "drifted") for seed in complete]
    return Summary(
        identity=runs.lines[-1]["identity"],
        codes=tuple(dict.fromkeys(line["identity"]["code"] for line in runs.lines)),
        commits=tuple(dict.fromkeys(str(line["commit"])[:12] for line in runs.lines)),
        seeds=tuple(complete),
        parts=tuple(sorted(set(every) - set(complete))),
        seconds=math.fsum(line["seconds"] for line in runs.lines),
        failed=_rate(failed),
        drifted=_rate(drifted),
        either=_rate([a or b for a, b in zip(failed, drifted, strict=True)]),
        missing=_rate([_any(runs, seed, "missing") for seed in complete]),
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
        expected=Verdict(entries[-1]["expected"]) if entries else Verdict.REPLICATED,
        failed=_rate([not entry["passes"] for entry in entries]),
        drifted=_rate(_compared([entry["baseline"] for entry in entries])),
        margins=tuple(_margin(name, rows) for name, rows in values.items()),
    )


def _margin(name: str, rows: Sequence[Sequence[Any]]) -> Margin:
    means, los, his = (np.array([row[i] for row in rows], dtype=np.float64) for i in range(3))
    lo, hi = rows[-1][3:5]

    def apart(lower: np.ndarray, upper: np.ndarray) -> list[float]:
        below = [] if lo is None else [_in_spreads(float(lower.mean()) - lo, lower)]
        above = [] if hi is None else [_in_spreads(hi - float(upper.mean()), upper)]
        return below + above

    return Margin(
        name=name,
        mean=float(means.mean()),
        spread=standard_deviation(means),
        of_mean=min(apart(means, means), default=math.nan),
        inside=min(apart(los, his), default=math.nan),
        outside=max((-distance for distance in apart(his, los)), default=math.nan),
        drifted=_rate(_compared([row[5] for row in rows])),
    )


def _in_spreads(distance: float, values: np.ndarray) -> float:
    spread = standard_deviation(values)
    if spread == 0:
        return math.inf if distance >= 0 else -math.inf
    return distance / spread


def _any(runs: Runs, seed: int, status: str) -> bool:
    claims = any(entry["baseline"] == status for entry in runs.at(seed))
    return claims or any(of.get(seed) == status for of in runs.losses.values())


def _compared(statuses: Sequence[str]) -> list[bool]:
    return [status == "drifted" for status in statuses if status in ("steady", "drifted")]


def _rate(happened: Sequence[bool]) -> Rate:
    return Rate(sum(happened), len(happened))
