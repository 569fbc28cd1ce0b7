"""Parts of the view model of a report that are not about single claims."""

from __future__ import annotations

from dataclasses import dataclass

from claims.harness.report import text
from claims.harness.report.pictures import Picture


@dataclass(frozen=True)
class Status:
    """A verdict, or the result of a comparison with the baseline.

    Parameters
    ----------
    word
        Its name, as in results.json.
    symbol
        A sign, so that no status is told apart by colour alone.
    """

    word: str
    symbol: str

    @property
    def css(self) -> str:
        """Name of its class in the style sheet."""
        return self.word.replace(" ", "-")


def status(word: str) -> Status:
    """Give a verdict, or the result of a comparison, its symbol."""
    return Status(word, text.SYMBOLS[word])


@dataclass(frozen=True, kw_only=True)
class UnmeasuredView:
    """A quantity that the models do not have, as a row of a claim's table.

    Parameters
    ----------
    name, because
        Name of the quantity, and the reason for its acceptance region.
    measured
        Why there is no value.
    paper
        The paper's value; empty where it gives none.
    position, acceptance
        "outside" with its sign, and the acceptance region in words; None and empty where there is none.
    """

    name: str
    because: str
    measured: str
    paper: str
    position: Status | None
    acceptance: str


@dataclass(frozen=True, kw_only=True)
class ExperimentView:
    """A trained experiment as a row of a table.

    Parameters
    ----------
    name, description
        Its name and its settings.
    engine, device, reused, seconds, rate, memory
        What trained it and what that took; numbers are text, empty if an earlier run trained it.
    difference
        How its model differs from what the fused engine computes; empty if they agree or were not compared.
    drift, losses
        The comparison of its losses with the baseline.
    standing, kind, value, allowed, evidence
        Whether its models converged; the kind of evidence, the number measured at the worst point and the
        largest that is allowed, empty where there is none; and the evidence in a sentence.
    """

    name: str
    description: str
    engine: str
    device: str
    reused: bool
    seconds: str
    rate: str
    memory: str
    difference: str
    drift: Status
    losses: str
    standing: Status
    kind: str
    value: str
    allowed: str
    evidence: str


@dataclass(frozen=True, kw_only=True)
class FigureErrorView:
    """A figure that could not be drawn: its claim and test, its name, and the error in one line."""

    claim: str
    test: str
    figure: str
    error: str


@dataclass(frozen=True, kw_only=True)
class ControlView:
    """A deliberate mistake: its name and description, and the ids of claims by what it does to them."""

    name: str
    mistake: str
    because: str
    caught: tuple[str, ...]
    withheld: tuple[str, ...]
    blurred: tuple[str, ...]
    missed: tuple[str, ...]
    replicated: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FalsificationView:
    """The falsification matrix: its profile, number of claims, controls, and figure.

    Parameters
    ----------
    profile
        Profile of its runs.
    claims
        Number of tests of claims.
    controls
        The deliberate mistakes, junk among them.
    left
        Number of mistakes that are not measured yet.
    junk
        Number of controls that put junk in place of trained models.
    replicated
        Ids of statements that junk replicates.
    picture
        The figure of the matrix; None if it was not drawn.
    """

    profile: str
    claims: int
    controls: tuple[ControlView, ...]
    left: int
    junk: int
    replicated: tuple[str, ...]
    picture: Picture | None
