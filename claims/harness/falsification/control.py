"""A control: a mistake made on purpose, and the claims that are judged under it."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from claims.harness.errors import MisuseError
from claims.harness.judging.claim import ID, SECTIONS
from claims.harness.records.falsification_matrix import Kind

__all__ = ["Control", "Kind", "is_claim"]

_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TEST: Final = re.compile(r"test_\w+")


@dataclass(frozen=True, kw_only=True)
class Control:
    """A negative control: a realistic mistake that the claims must notice.

    Parameters
    ----------
    name
        A unique short name, lower-case words joined by hyphens.
    mistake
        The mistake, one sentence.
    kind
        The part of the code that holds the mistake.
    against
        Sections and ids of the claims that are judged under it, separated by spaces. An id may name one of
        its tests, as in "GEO-8::test_simplices_alone_where_features_are_sparse".
    because
        The reason for this choice of claims: what the mistake can change, and what is left out to save time.
    apply
        A function that returns a context manager; inside it, this process makes the mistake.

    Raises
    ------
    MisuseError
        If a name, a sentence or a claim has another form.
    """

    name: str
    mistake: str
    kind: Kind
    against: str
    because: str
    apply: Callable[[], AbstractContextManager[None]]

    def __post_init__(self) -> None:
        """Check the form of every part."""
        if not _NAME.fullmatch(self.name):
            raise MisuseError(f"control {self.name!r} must be lower-case words joined by hyphens.")
        for part in ("mistake", "because"):
            if not getattr(self, part).endswith("."):
                raise MisuseError(f"control {self.name}: {part} must be a sentence.")
        if not self.claims:
            raise MisuseError(f"control {self.name} names no claim to judge.")
        for claim in self.claims:
            claim_id, separator, test = claim.partition("::")
            if not is_claim(claim_id) or (separator and not _TEST.fullmatch(test)):
                raise MisuseError(f"control {self.name}: {claim!r} is neither a section nor a claim's id.")

    @property
    def retrains(self) -> bool:
        """Whether models must be trained under the mistake; if not, models of the plain run are reused."""
        return self.kind in (Kind.MODEL, Kind.TRAINING, Kind.DATA, Kind.JUNK)

    @property
    def claims(self) -> tuple[str, ...]:
        """The sections and ids in `against`."""
        return tuple(self.against.split())

    def judges(self, claim: str) -> bool:
        """Whether a claim is judged under this control, or any claim of a section is."""
        judged = [own.partition("::")[0] for own in self.claims]
        return any(claim == own or _is_in(claim, own) or _is_in(own, claim) for own in judged)

    @property
    def expression(self) -> str:
        """The claims to judge, as an expression for pytest's -k."""
        return " or ".join(
            f"({claim.replace('::', ' and ')})" if "::" in claim else claim for claim in self.claims
        )


def is_claim(text: str) -> bool:
    """Whether a text is a section, or has the form of the id of a claim in one."""
    return text in SECTIONS or (ID.fullmatch(text) is not None and text.partition("-")[0] in SECTIONS)


def _is_in(claim: str, section: str) -> bool:
    return claim.partition("-")[0] == section
