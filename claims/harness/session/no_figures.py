"""The pytest plugin that leaves out the figures, for runs of which only the numbers count."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from claims.harness.drawing.draw import Draw, Drawn
from claims.harness.drawing.workers import Easels


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop() -> Generator[None, object, object]:
    """Draw nothing while claims run, and nothing for the report."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Draw, "start", _nothing)
        return (yield)


def _nothing(self: Draw, easels: Easels, output: Path, failure: str | None) -> Drawn:
    del self, easels, output, failure
    return Drawn()
