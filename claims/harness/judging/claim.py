"""A claim: a statement of the paper or a robustness note, and the decorators that mark its tests."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import pytest

from claims.harness.errors import MisuseError
from claims.harness.judging.outcomes import Verdict

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
"""Titles of the paper's sections by the prefix of their claims' ids, in the paper's order."""

ID: Final = re.compile(r"[A-Z]+-\d+")
"""Form of a claim's id: a key of `SECTIONS` and a number."""

_ANCHOR: Final = re.compile(r"[A-Za-z0-9_-]*")

Test = TypeVar("Test", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A statement of the paper that a number can test, or a robustness note about one.

    A note asks how far a statement holds beyond what the paper says, with a quantifier of our own. It has the
    id of its statement, and no verdict about the paper.

    Parameters
    ----------
    id
        A key of `SECTIONS`, a hyphen and a number, such as "GEO-2".
    sentence
        The statement, short enough for a table.
    source
        Anchor in the paper's page, with or without "#"; empty for the page itself.
    reading
        The interpretation under which the statement is tested, where the paper leaves it open.
    contradicted
        The documented reason why the statement does not hold as the paper words it.
    inconclusive
        The documented reason why the test cannot tell whether the statement holds. A statement with neither
        is expected to be replicated.
    profiles
        The only profiles to which the documented reason applies; empty for every profile.
    is_note
        Whether the claim is a robustness note.

    Raises
    ------
    MisuseError
        If the id, the sentence or the anchor has another form, or two outcomes are documented.
    """

    id: str
    sentence: str
    source: str
    reading: str | None = None
    contradicted: str | None = None
    inconclusive: str | None = None
    profiles: tuple[str, ...] = ()
    is_note: bool = False

    def __post_init__(self) -> None:
        """Check the form of every field."""
        if not ID.fullmatch(self.id) or self.section not in SECTIONS:
            sections = ", ".join(SECTIONS)
            raise MisuseError(f"claim id {self.id!r} must be one of {sections}, a hyphen and a number.")
        if not self.sentence.strip():
            raise MisuseError(f"claim {self.id} needs a sentence.")
        if not _ANCHOR.fullmatch(self.source.removeprefix("#")):
            raise MisuseError(
                f"claim {self.id}: source {self.source!r} must be an anchor of the paper's page."
            )
        for name in ("reading", "contradicted", "inconclusive"):
            text = getattr(self, name)
            if text is not None and not text.strip():
                raise MisuseError(f"claim {self.id}: {name} must be a sentence or None.")
        if self.contradicted and self.inconclusive:
            raise MisuseError(
                f"claim {self.id} must be documented as contradicted or as inconclusive, not both."
            )
        if self.profiles and not self.documented:
            raise MisuseError(f"claim {self.id} names profiles, but documents no outcome for them.")
        if self.is_note and self.documented:
            raise MisuseError(f"claim {self.id} is a note, which has no verdict that could be documented.")

    def in_profile(self, profile: str) -> Claim:
        """Return the claim as it is documented for a profile."""
        if not self.profiles or profile in self.profiles:
            return self
        return dataclasses.replace(self, contradicted=None, inconclusive=None, profiles=())

    @property
    def expected(self) -> Verdict:
        """The documented verdict: the test fails with any other."""
        if self.is_note:
            return Verdict.NOTED
        if self.contradicted:
            return Verdict.CONTRADICTED
        return Verdict.INCONCLUSIVE if self.inconclusive else Verdict.REPLICATED

    @property
    def documented(self) -> str | None:
        """The documented reason why the statement is not replicated; None if it should be, and for notes."""
        return self.contradicted or self.inconclusive

    @property
    def section(self) -> str:
        """Section of the paper as a key of `SECTIONS`, such as "GEO"."""
        return self.id.partition("-")[0]

    @property
    def place(self) -> tuple[int, int]:
        """Position in the paper, to sort by: index of the section, and number within it."""
        return list(SECTIONS).index(self.section), int(self.id.partition("-")[2])

    @property
    def anchor(self) -> str:
        """Anchor in the paper's page, without "#"."""
        return self.source.removeprefix("#")

    @property
    def url(self) -> str:
        """Address of the statement in the paper."""
        return f"{PAPER}#{self.anchor}" if self.anchor else PAPER


def claim(
    id: str,  # noqa: A002
    sentence: str,
    *,
    source: str,
    reading: str | None = None,
    contradicted: str | None = None,
    inconclusive: str | None = None,
    profiles: tuple[str, ...] = (),
) -> Callable[[Test], Test]:
    """Mark a test as the test of a statement of the paper; several tests may share one id.

    Parameters
    ----------
    id, sentence, source, reading
        As in `Claim`.
    contradicted, inconclusive
        The reason why the statement is expected to have this verdict; at most one of them. The test passes
        with the documented verdict only, and without either if the statement is replicated.
    profiles
        The only profiles to which that reason applies, such as ("paper",); empty for every profile.

    Raises
    ------
    MisuseError
        If one of them has another form, or both outcomes are documented.
    """
    stated = Claim(
        id=id,
        sentence=sentence,
        source=source,
        reading=reading,
        contradicted=contradicted,
        inconclusive=inconclusive,
        profiles=profiles,
    )
    return pytest.mark.claim(stated)


def note(
    id: str,  # noqa: A002
    sentence: str,
    *,
    source: str,
    reading: str | None = None,
) -> Callable[[Test], Test]:
    """Mark a test as a robustness note: how far a statement holds beyond what the paper says.

    Its quantities have no acceptance region. It passes unless it raises an error, drifts from its baseline,
    or has a quantity that cannot be measured.

    Parameters
    ----------
    id
        Id of the statement that it belongs to.
    sentence, source, reading
        As in `Claim`.

    Raises
    ------
    MisuseError
        If one of them has another form.
    """
    return pytest.mark.claim(Claim(id=id, sentence=sentence, source=source, reading=reading, is_note=True))


def identity(test: Test) -> Test:
    """Mark a claim as an identity: it holds for any weights, so it cannot tell two implementations apart."""
    marked: Test = pytest.mark.identity(test)
    return marked
