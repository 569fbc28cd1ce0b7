"""Evidence that the models of an experiment converged, as results.json and reports show it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from tms.analysis.convergence import Evidence


class Standing(StrEnum):
    """Whether it is shown that models converged."""

    CONVERGED = "converged"
    NOT_CONVERGED = "not converged"
    NOT_SHOWN = "not shown"


@dataclass(frozen=True, kw_only=True)
class Convergence:
    """The evidence of one experiment in one run.

    Parameters
    ----------
    standing
        Whether the evidence holds, fails or is missing.
    kind
        The kind of evidence, a value of `tms.analysis.convergence.KINDS`; empty if the experiment names none.
    value, allowed
        The number measured at the worst point, and the largest that is allowed; None where there is none.
    sentence
        What was measured and what is allowed, or what is missing, in words.
    points
        The number measured at each point.
    """

    standing: Standing
    kind: str
    value: float | None = None
    allowed: float | None = None
    sentence: str
    points: tuple[float, ...] = ()

    @classmethod
    def of(cls, evidence: Evidence) -> Self:
        """Take over what was measured."""
        standing = Standing.CONVERGED if evidence.holds else Standing.NOT_CONVERGED
        return cls(
            standing=standing,
            kind=evidence.kind,
            value=evidence.value,
            allowed=evidence.allowed,
            sentence=evidence.sentence,
            points=evidence.points,
        )

    @classmethod
    def missing(cls, kind: str, sentence: str) -> Self:
        """Say why there is no evidence."""
        return cls(standing=Standing.NOT_SHOWN, kind=kind, sentence=sentence)

    def doubt(self, experiment: str) -> str | None:
        """Say in one line why claims about an experiment cannot be judged; None if they can be."""
        if self.standing is Standing.CONVERGED:
            return None
        verb = (
            "did not converge"
            if self.standing is Standing.NOT_CONVERGED
            else "are not shown to have converged"
        )
        return f"The models of {experiment} {verb}: {self.sentence}"

    def entry(self) -> dict[str, Any]:
        """Return the entry of results.json."""
        return {**asdict(self), "standing": self.standing.value, "points": list(self.points)}
