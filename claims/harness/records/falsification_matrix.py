"""The falsification matrix: the outcome of every claim under every mistake made on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from claims.harness.baselines.baseline import Key
from claims.harness.judging.outcomes import Verdict


class Kind(StrEnum):
    """The part of the code that holds a mistake; or junk, weights that nobody trained."""

    MODEL = "model"
    TRAINING = "training"
    DATA = "data"
    LABELS = "labels"
    MEASUREMENT = "measurement"
    THEORY = "theory"
    JUNK = "junk"


class State(StrEnum):
    """The outcome of a claim under a mistake, judged by its verdict."""

    CAUGHT = "caught"
    WITHHELD = "withheld"
    BLURRED = "inconclusive"
    SURVIVED = "survived"
    BROKE = "broke"
    NOT_APPLICABLE = "not applicable"
    REPLICATED = "replicated by junk"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Cell:
    """The outcome of one test of a claim under one control.

    Parameters
    ----------
    state
        The outcome by the verdict. *Caught*: a statement is replicated without the mistake and contradicted
        with it, or the other way round. *Withheld*: its quantities say so, too, but the run gives no verdict,
        as nothing shows that the wrong models converged. *Blurred*: a statement is only inconclusive with it,
        which says nothing about the paper. *Broke*: the test ended in an error, which is no judgement. *Not
        applicable*: every value is the same to the last bit as without the mistake. *Replicated*: junk in
        place of trained models replicates the statement, whatever its verdict is otherwise.
    drifted
        Whether the comparison with the baseline noticed the mistake.
    by
        The quantity that caught the mistake or drifted, or the error that broke the test; empty if there is
        none.
    """

    state: State
    drifted: bool = False
    by: str = ""


NOT_RUN: Final = Cell(State.NOT_RUN)
NOTICED: Final = (State.CAUGHT, State.WITHHELD)
"""The states in which the quantities of a claim tell the mistake from the code as it is written."""


@dataclass(frozen=True, kw_only=True)
class ControlRecord:
    """The description of a control that a matrix keeps.

    Parameters
    ----------
    mistake
        The mistake, one sentence.
    kind
        The part of the code that holds the mistake.
    against
        Sections and ids of the claims that are judged under it.
    because
        The reason for this choice of claims, one sentence or more.
    seconds
        Wall time of its run, in seconds.
    """

    mistake: str
    kind: Kind
    against: tuple[str, ...]
    because: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """Outcomes of claims (rows) under controls (columns).

    Parameters
    ----------
    code
        Digest of the code that decides outcomes, when the runs were made (64 hexadecimal digits).
    environment
        Versions, device, engine, profile and seed of the runs.
    controls
        The controls, by name.
    claims
        Verdict of every test of a claim without any mistake.
    cells
        Outcomes by test and by name of the control. A missing outcome is `NOT_RUN`.
    planned
        Number of controls that the code has; a matrix of fewer is a part.
    """

    code: str
    environment: Mapping[str, str | int]
    controls: Mapping[str, ControlRecord] = field(default_factory=dict)
    claims: Mapping[Key, Verdict] = field(default_factory=dict)
    cells: Mapping[Key, Mapping[str, Cell]] = field(default_factory=dict)
    planned: int = 0

    @property
    def left(self) -> int:
        """Number of controls of the code that are not in the matrix."""
        return self.planned - len(self.controls)

    def cell(self, claim: Key, control: str) -> Cell:
        """Return the outcome of a claim under a control."""
        return self.cells.get(claim, {}).get(control, NOT_RUN)

    def catches(self, claim: Key) -> list[str]:
        """Name the mistakes that a claim catches; junk is none, as nobody takes it for models.

        A replicated statement catches a control by its verdict, or by its quantities where the verdict is
        withheld from models that did not converge. A statement that is contradicted or inconclusive without
        any mistake may be so with one, too, and a note has no verdict about the paper. These therefore also
        catch a control that moves them away from their baseline.
        """
        by_drift = self.claims[claim] is not Verdict.REPLICATED
        return [
            name
            for name, cell in self.cells.get(claim, {}).items()
            if self.controls[name].kind is not Kind.JUNK
            and (cell.state in NOTICED or (by_drift and cell.state is State.SURVIVED and cell.drifted))
        ]

    @property
    def junk(self) -> list[str]:
        """Controls that put junk in place of trained models."""
        return [name for name, control in self.controls.items() if control.kind is Kind.JUNK]

    def replicated_by(self, control: str) -> list[Key]:
        """List the statements that junk replicates, which none may."""
        return self._in_state(State.REPLICATED, control)

    def withheld_by(self, control: str) -> list[Key]:
        """List the claims whose quantities catch a control, though the run withholds their verdict."""
        return self._in_state(State.WITHHELD, control)

    def blurred_by(self, control: str) -> list[Key]:
        """List the claims that a control makes inconclusive, and not the opposite of what they are."""
        return self._in_state(State.BLURRED, control)

    def caught_by(self, control: str) -> list[Key]:
        """List the claims whose verdict catches a control."""
        return self._in_state(State.CAUGHT, control)

    def missed_by(self, control: str) -> list[Key]:
        """List the claims whose values a control changes, but not their verdict or baseline status."""
        silent = Cell(State.SURVIVED)
        return [claim for claim in self.claims if self.cell(claim, control) == silent]

    @property
    def unfalsified(self) -> list[Key]:
        """Claims that catch no control: no run shows that they can fail."""
        return [claim for claim in self.claims if not self.catches(claim)]

    @property
    def unnoticed(self) -> list[str]:
        """Controls that no claim's verdict or quantities catch."""
        return [name for name in self.controls if not (self.caught_by(name) or self.withheld_by(name))]

    def _in_state(self, state: State, control: str) -> list[Key]:
        return [claim for claim in self.claims if self.cell(claim, control).state is state]
