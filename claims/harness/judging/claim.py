"""Claim, Quantity and Verdict: what the paper says, what was measured, and the rule that judges it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, TypeVar

import numpy as np
import pytest

from claims.harness.errors import MisuseError, NotAcceptedError
from claims.harness.judging.statistics import LEVEL, RESOLUTION, Interval, mean_interval, share_interval

PAPER: Final = "https://transformer-circuits.pub/2022/toy_model/index.html"
SECTIONS: Final = {
    "INTRO": "Introduction",
    "DEMO": "Demonstrating superposition",
    "MATH": "Mathematical understanding",
    "PHASE": "Superposition as a phase change",
    "GEO": "Geometry of uniform superposition",
    "NONU": "Geometry of non-uniform superposition",
    "CORR": "Correlated and anticorrelated features",
    "LEARN": "Learning dynamics",
    "ADV": "Adversarial robustness",
    "PRIV": "Superposition in a privileged basis",
    "COMP": "Computation in superposition",
    "WIDE": "The wider picture",
}
"""Titles of the paper's sections by the ids of their claims, in the paper's order."""

ID: Final = re.compile(r"[A-Z]+-\d+")
_ANCHOR: Final = re.compile(r"[A-Za-z0-9_-]*")

# Squares and sums of numbers up to here stay finite.
_LARGEST: Final = 1e100

Test = TypeVar("Test", bound=Callable[..., Any])


class Verdict(StrEnum):
    """Where a claim stands against the paper."""

    REPLICATED = "replicated"
    NOT_REPLICATED = "not replicated"
    FAILED = "failed"
    NOT_RUN = "not run"


class Steadiness(StrEnum):
    """Where a quantity, or a whole claim, stands against its baseline."""

    STEADY = "steady"
    DRIFTED = "drifted"
    MISSING = "missing"
    NOT_COMPARED = "not compared"


class Kind(StrEnum):
    """How the values of a quantity make one number and an interval."""

    MEAN = "mean"
    SHARE = "share"
    EXACT = "exact"


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """One measured number, with what the paper says of it and what is accepted.

    Parameters
    ----------
    name
        What is measured; unique in its claim.
    kind
        A mean over seeds with a Student t interval, a share of seeds (values 0 and 1) with an exact
        Clopper-Pearson interval, or one exact value whose interval has no width.
    values
        One finite value a seed, in `unit`; exactly one if exact, at least two if a mean.
    paper
        The paper's value, None where it gives no number.
    acceptance
        Where the whole interval must lie; an infinite end is open.
    because
        Why this region and no other.
    unit
        Unit of the values, empty if there is none.
    resolution
        Change below which two runs count as equal, in `unit`; None for `RESOLUTION` of the quantity's scale.

    Raises
    ------
    MisuseError
        If a value is not finite, there are too few, the acceptance region is empty, or its reason is.
    """

    name: str
    kind: Kind
    values: tuple[float, ...]
    paper: float | None
    acceptance: Interval
    because: str
    unit: str = ""
    resolution: float | None = None

    def __post_init__(self) -> None:
        """Check all that a measurement can get wrong."""
        needed = 2 if self.kind is Kind.MEAN else 1
        if not self.name.strip():
            raise MisuseError("measure needs a name that says what is measured.")
        if len(self.values) < needed or (self.kind is Kind.EXACT and len(self.values) > 1):
            wanted = "exactly 1" if self.kind is Kind.EXACT else f"at least {needed}"
            raise MisuseError(
                f"measure({self.name!r}): a {self.kind} needs {wanted} values, not {len(self.values)}."
            )
        for value in self.values:
            if not abs(value) <= _LARGEST:
                raise MisuseError(f"measure({self.name!r}): every value must be finite, not {value}.")
        if not self.because.strip():
            raise MisuseError(f"measure({self.name!r}) needs because=, the reason for its acceptance region.")
        if self.paper is not None and not math.isfinite(self.paper):
            raise MisuseError(f"measure({self.name!r}): paper must be finite or None, not {self.paper}.")
        lo, hi = self.acceptance
        if not lo <= hi or lo == math.inf or hi == -math.inf or (math.isinf(lo) and math.isinf(hi)):
            raise MisuseError(f"measure({self.name!r}): [{lo:g}, {hi:g}] is no acceptance region.")
        if self.resolution is not None and not 0 <= self.resolution < math.inf:
            raise MisuseError(
                f"measure({self.name!r}): resolution must be finite and not negative, not {self.resolution}."
            )

    @property
    def n(self) -> int:
        """Number of values."""
        return len(self.values)

    @cached_property
    def mean(self) -> float:
        """Mean of the values, in the quantity's unit."""
        return float(np.mean(self.values))

    @cached_property
    def sd(self) -> float:
        """Standard deviation over seeds (n - 1 in the denominator), in the quantity's unit."""
        return float(np.std(self.values, ddof=1)) if self.n > 1 else 0.0

    @cached_property
    def interval(self) -> Interval:
        """Confidence interval at `LEVEL`, in the quantity's unit."""
        match self.kind:
            case Kind.MEAN:
                return mean_interval(self.values)
            case Kind.SHARE:
                return share_interval(round(sum(self.values)), self.n)
            case Kind.EXACT:
                return Interval(self.values[0], self.values[0])

    @property
    def accepted(self) -> bool:
        """Whether the whole interval lies in the acceptance region; fewer seeds make this harder."""
        return self.acceptance.contains(self.interval)

    @property
    def smallest_change(self) -> float:
        """Largest change between two runs that still counts as none, in the quantity's unit.

        Unless stated, it is `RESOLUTION` of the largest number by which the quantity is read: its values,
        its acceptance region, the paper's value. So a residual of 1e-16 that must stay below 1e-9 may
        become 3e-16.
        """
        if self.resolution is not None:
            return self.resolution
        read = [*self.values, *self.acceptance, 0.0 if self.paper is None else self.paper]
        return RESOLUTION * max(abs(number) for number in read if math.isfinite(number))

    def __str__(self) -> str:
        """One line: what was measured, what was accepted and why."""
        seeds = "exact" if self.kind is Kind.EXACT else f"{LEVEL:.0%} interval over {self.n} seeds"
        span = "" if self.kind is Kind.EXACT else f" [{self.interval.lo:.4g}, {self.interval.hi:.4g}]"
        unit = f" {self.unit}" if self.unit else ""
        verb = "lies in" if self.accepted else "is not within"
        lo, hi = self.acceptance
        return (
            f"{self.name}: {self.mean:.4g}{span}{unit} ({seeds}) {verb} [{lo:.4g}, {hi:.4g}], "
            f"because {self.because}"
        )


@dataclass(frozen=True, kw_only=True)
class Drift:
    """A quantity beside its baseline.

    Parameters
    ----------
    status
        Whether it moved.
    p_value
        Of the drift test; None where nothing was tested.
    alpha
        Level of this one comparison; None where nothing was tested.
    effect
        Change of the mean in standard deviations of the baseline; None where that has no spread.
    relative
        Change of the mean as a share of the baseline's; None where that is 0.
    detectable
        Smallest change that would be caught 9 times in 10, in the quantity's unit; None if no change can be,
        which is so of shares of few values.
    """

    status: Steadiness
    p_value: float | None = None
    alpha: float | None = None
    effect: float | None = None
    relative: float | None = None
    detectable: float | None = None


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A statement of the paper that a number can test.

    Parameters
    ----------
    id
        A section of `SECTIONS` and a number, such as "GEO-2".
    sentence
        The statement, short enough for a table.
    source
        Anchor in the paper's page, with or without "#"; empty for the page itself.
    not_replicated
        Why the statement does not hold as written; None for a claim that should.
    reading
        The reading under which it is tested, where the paper leaves it open.

    Raises
    ------
    MisuseError
        If the id, the sentence or the anchor has another form.
    """

    id: str
    sentence: str
    source: str
    not_replicated: str | None = None
    reading: str | None = None

    def __post_init__(self) -> None:
        """Check the form of every part."""
        if not ID.fullmatch(self.id) or self.section not in SECTIONS:
            sections = ", ".join(SECTIONS)
            raise MisuseError(f"claim id {self.id!r} must be one of {sections}, a hyphen and a number.")
        if not self.sentence.strip():
            raise MisuseError(f"claim {self.id} needs a sentence.")
        if not _ANCHOR.fullmatch(self.source.removeprefix("#")):
            raise MisuseError(
                f"claim {self.id}: source {self.source!r} must be an anchor of the paper's page."
            )
        for name in ("not_replicated", "reading"):
            text = getattr(self, name)
            if text is not None and not text.strip():
                raise MisuseError(f"claim {self.id}: {name} must be a sentence or None.")

    @property
    def section(self) -> str:
        """Section of the paper, such as "GEO"."""
        return self.id.partition("-")[0]

    @property
    def place(self) -> tuple[int, int]:
        """Where the claim stands in the paper: position of its section, and its number there."""
        return list(SECTIONS).index(self.section), int(self.id.partition("-")[2])

    @property
    def anchor(self) -> str:
        """Anchor in the paper's page, without "#"."""
        return self.source.removeprefix("#")

    @property
    def url(self) -> str:
        """Address of the statement in the paper."""
        return f"{PAPER}#{self.anchor}" if self.anchor else PAPER


def judge(claim: Claim, quantities: Sequence[Quantity]) -> tuple[Verdict, str | None]:
    """Judge a claim whose test ran to its end.

    Parameters
    ----------
    claim
        What the paper says.
    quantities
        What was measured; a claim without any has nothing to stand on, and fails.

    Returns
    -------
    verdict : Verdict
        Replicated if all quantities are accepted. A claim documented as not replicated must have one that is
        not: if all are accepted, its documentation is wrong and it fails.
    reason : str or None
        The quantities that were not accepted, a line each, or why else the claim fails.
    """
    if not quantities:
        return Verdict.FAILED, "The claim measured nothing."
    missed = "\n".join(str(quantity) for quantity in quantities if not quantity.accepted)
    if claim.not_replicated is None:
        return (Verdict.FAILED, missed) if missed else (Verdict.REPLICATED, None)
    if missed:
        return Verdict.NOT_REPLICATED, missed
    return Verdict.FAILED, (
        f"Documented as not replicated ({claim.not_replicated}), but every quantity is accepted: "
        "if that is so, remove not_replicated."
    )


def claim(
    id: str,  # noqa: A002
    sentence: str,
    *,
    source: str,
    not_replicated: str | None = None,
    reading: str | None = None,
) -> Callable[[Test], Test]:
    """Mark a test as the test of a claim; several tests may share one claim.

    Parameters
    ----------
    id, sentence, source, not_replicated, reading
        As in `Claim`. A claim that is not replicated becomes a strict xfail, which only a quantity outside
        its acceptance region satisfies: an error in the test, or a claim that holds after all, still fails.

    Raises
    ------
    MisuseError
        If any of them has another form.
    """
    stated = Claim(id=id, sentence=sentence, source=source, not_replicated=not_replicated, reading=reading)

    def mark(test: Test) -> Test:
        marked: Test = pytest.mark.claim(stated)(test)
        if not_replicated is not None:
            marked = pytest.mark.xfail(strict=True, raises=NotAcceptedError, reason=not_replicated)(marked)
        return marked

    return mark


def identity(test: Test) -> Test:
    """Mark a claim as true of any weights, so that it says nothing of another implementation."""
    marked: Test = pytest.mark.identity(test)
    return marked
