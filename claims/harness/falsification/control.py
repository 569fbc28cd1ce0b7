"""Control: one mistake made on purpose, and the claims that are judged under it."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from claims.harness.errors import MisuseError
from claims.harness.judging.claim import ID, SECTIONS

_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TEST: Final = re.compile(r"test_\w+")


class Kind(StrEnum):
    """Where the mistake is."""

    MODEL = "model"
    TRAINING = "training"
    DATA = "data"
    LABELS = "labels"
    MEASUREMENT = "measurement"
    THEORY = "theory"


@dataclass(frozen=True, kw_only=True)
class Control:
    """A negative control: a mistake that someone could really make, and that the claims must notice.

    Parameters
    ----------
    name
        Short and unique, lower-case words joined by hyphens.
    mistake
        What it gets wrong, one sentence.
    kind
        Where the mistake is.
    against
        Sections and ids of the claims that are judged under it, with spaces between. An id may name one of
        its tests, as in "GEO-8::test_simplices_alone_where_features_are_sparse".
    because
        Why these claims: what it can touch, and what of that is left out for time.
    apply
        Gives a context in which the mistake is made, all over this process.

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
            raise MisuseError(f"control {self.name} is held against no claim.")
        for claim in self.claims:
            own, separator, test = claim.partition("::")
            if not is_claim(own) or (separator and not _TEST.fullmatch(test)):
                raise MisuseError(f"control {self.name}: {claim!r} is neither a section nor a claim's id.")

    @property
    def retrains(self) -> bool:
        """Whether models must be trained under the mistake; if not, those of a run without it will do."""
        return self.kind in (Kind.MODEL, Kind.TRAINING, Kind.DATA)

    @property
    def claims(self) -> tuple[str, ...]:
        """Sections and ids in `against`."""
        return tuple(self.against.split())

    def held_against(self, claim: str) -> bool:
        """Whether a claim or a section is among those, or shares some with them."""
        held = [own.partition("::")[0] for own in self.claims]
        return any(claim == own or _within(claim, own) or _within(own, claim) for own in held)

    @property
    def expression(self) -> str:
        """Which claims to judge, as pytest's -k wants to be told."""
        return " or ".join(
            f"({claim.replace('::', ' and ')})" if "::" in claim else claim for claim in self.claims
        )


def is_claim(text: str) -> bool:
    """Whether a text is a section, or has the form of the id of a claim in one."""
    return text in SECTIONS or (ID.fullmatch(text) is not None and text.partition("-")[0] in SECTIONS)


def _within(claim: str, section: str) -> bool:
    return claim.partition("-")[0] == section
