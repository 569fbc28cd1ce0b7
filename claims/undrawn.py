"""The pytest plugin that leaves out the figures, for runs of which only the numbers count."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from claims.draw import Draw


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop() -> Generator[None, object, object]:
    """Draw nothing while claims run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Draw, "save", _drawn_nothing)
        return (yield)


def _drawn_nothing(self: Draw, output: Path, failure: str | None) -> tuple[list[str], list[str]]:
    del self, output, failure
    return [], []
