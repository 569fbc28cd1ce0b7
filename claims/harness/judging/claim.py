"""A claim of the paper, and the decorators that mark its tests."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import pytest

from claims.harness.errors import MisuseError, NotAcceptedError

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
    """A statement of the paper that a number can test.

    Parameters
    ----------
    id
        A key of `SECTIONS`, a hyphen and a number, such as "GEO-2".
    sentence
        The statement, short enough for a table.
    source
        Anchor in the paper's page, with or without "#"; empty for the page itself.
    not_replicated
        The reason why the statement does not hold as the paper words it; None for a claim that should hold.
    reading
        The interpretation under which the statement is tested, where the paper leaves it open.

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
        for name in ("not_replicated", "reading"):
            text = getattr(self, name)
            if text is not None and not text.strip():
                raise MisuseError(f"claim {self.id}: {name} must be a sentence or None.")

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
    not_replicated: str | None = None,
    reading: str | None = None,
) -> Callable[[Test], Test]:
    """Mark a test as the test of a claim; several tests may share one claim.

    Parameters
    ----------
    id, sentence, source, not_replicated, reading
        As in `Claim`. A claim that is documented as not replicated becomes a strict xfail, which only a
        quantity outside its acceptance region satisfies: an error in the test, or a claim that holds after
        all, still fails.

    Raises
    ------
    MisuseError
        If one of them has another form.
    """
    stated = Claim(id=id, sentence=sentence, source=source, not_replicated=not_replicated, reading=reading)

    def mark(test: Test) -> Test:
        marked: Test = pytest.mark.claim(stated)(test)
        if not_replicated is not None:
            marked = pytest.mark.xfail(strict=True, raises=NotAcceptedError, reason=not_replicated)(marked)
        return marked

    return mark


def identity(test: Test) -> Test:
    """Mark a claim as an identity: it holds for any weights, so it cannot tell two implementations apart."""
    marked: Test = pytest.mark.identity(test)
    return marked
