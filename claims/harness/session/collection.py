"""Which claims a pytest session runs, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from claims.harness.baselines.baseline import Key
from claims.harness.judging.claim import Claim
from claims.harness.session.options import Options
from claims.harness.session.other_implementation import INDEPENDENT, depends_on_training
from claims.harness.session.selection import exactly, keyword


class Collection:
    """The pytest plugin that sorts claims as in the paper, notes after statements, and selects by id.

    Parameters
    ----------
    config
        The pytest session's config.
    options
        The parsed options.
    """

    def __init__(self, config: pytest.Config, options: Options) -> None:
        self._config = config
        self._options = options
        self._deselected = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Sort the claims, skip those that say nothing about another implementation, and apply ids in -k."""
        claims = {item: claim for item in items if (claim := claim_of(item))}
        if not claims:
            return
        for item, claim in claims.items():
            if self._options.implementation and not depends_on_training(item):
                item.add_marker(pytest.mark.skip(reason=INDEPENDENT))
            item.extra_keyword_matches.add(keyword(claim.id))
        for key, times in Counter(key_of(item, claim) for item, claim in claims.items()).items():
            if times > 1:
                raise pytest.UsageError(f"claim {key.claim} has {times} tests named {key.test}; rename them.")
        items.sort(key=_place)
        known = {claim.id for claim in claims.values()}
        self._config.option.keyword = exactly(self._config.option.keyword, known)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Note that not every claim is selected."""
        self._deselected = self._deselected or bool(items)

    @property
    def is_whole_suite(self) -> bool:
        """Whether every claim is selected: by folder, and not by file, by test or by an expression."""
        named = [Path(argument) for argument in self._config.args]
        return not self._deselected and not any("::" in str(path) or path.is_file() for path in named)


def claim_of(item: pytest.Item) -> Claim | None:
    """Return the claim that an item tests, as documented for the run's profile; None if it tests none."""
    marker = item.get_closest_marker("claim")
    if not (marker and marker.args and isinstance(marker.args[0], Claim)):
        return None
    return marker.args[0].in_profile(item.config.option.profile)


def key_of(item: pytest.Item, claim: Claim) -> Key:
    """Return the key of a claim's test."""
    return Key(claim.id, item.name)


def _place(item: pytest.Item) -> tuple[int, int, bool]:
    claim = claim_of(item)
    return (*claim.place, claim.is_note) if claim else (-1, 0, False)
