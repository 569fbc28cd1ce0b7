"""Errors of claims, and how they are shown on one line."""

from __future__ import annotations

from typing import Final

from claims.harness.files import printable

_MOST_SHOWN: Final = 400


class MisuseError(ValueError):
    """A claim is written wrongly; the message says how in one sentence."""


class ClaimError(AssertionError):
    """A claim failed or drifted; the message gives the reasons, one per line."""


class NotAcceptedError(ClaimError):
    """A claim has another verdict than the documented one; the message names the quantities that decide."""


class ImplementationError(ClaimError):
    """An external implementation could not train; the message names it and the reason in one sentence."""


def one_line(error: BaseException) -> str:
    """Describe an exception in one printable line: its type and the first line of its message."""
    try:
        lines = str(error).strip().splitlines()
    except Exception:
        lines = []
    message = printable(lines[0], _MOST_SHOWN) if lines else ""
    if isinstance(error, ImplementationError) and message:
        return message
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
