"""The pytest plugin that leaves out the figures, for runs of which only the numbers count."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Executor
from pathlib import Path

import pytest

from claims.harness.drawing.draw import Draw, PendingFigures


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop() -> Generator[None, object, object]:
    """Draw no figures of claims, and none for the report."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Draw, "submit", _submit_nothing)
        return (yield)


def _submit_nothing(self: Draw, pool: Executor, output: Path, failure: str | None) -> PendingFigures:
    del self, pool, output, failure
    return PendingFigures()
