"""Claim ids in a -k expression: `-k GEO-2` is exactly claim GEO-2, never GEO-20."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from typing import Final

import pytest

from claims.harness.judging.claim import ID

# A name in a -k expression, as pytest reads it.
_NAME: Final = re.compile(r"(?::?\w|:|\+|-|\.|\[|\]|\\|/)+")


def keyword(claim_id: str) -> str:
    """Return a keyword that selects exactly one claim; pytest matches any name that contains its id."""
    return f":{claim_id}:"


def exactly(expression: str, known: Collection[str]) -> str:
    """Make claim ids and sections in a -k expression match exactly themselves.

    Parameters
    ----------
    expression
        The value of the option -k.
    known
        Ids of all claims that were collected.

    Returns
    -------
    str
        The expression with the keywords of `keyword` in place of ids.

    Raises
    ------
    pytest.UsageError
        If an id belongs to no claim; the message names similar ids.
    """
    sections = {claim_id.partition("-")[0] for claim_id in known}

    def exact(match: re.Match[str]) -> str:
        name = match.group()
        if ID.fullmatch(name.upper()):
            if name.upper() not in known:
                raise pytest.UsageError(_unknown(name.upper(), known))
            return keyword(name.upper())
        return f":{name}-" if name in sections else name

    return _NAME.sub(exact, expression)


def _unknown(claim_id: str, known: Collection[str]) -> str:
    similar = difflib.get_close_matches(claim_id, sorted(known), n=3, cutoff=0.5)
    return f"-k {claim_id}: there is no such claim here" + (
        f"; the nearest are {', '.join(similar)}." if similar else "."
    )
