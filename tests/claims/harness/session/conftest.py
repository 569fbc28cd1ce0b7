"""Fixtures of the tests of sessions."""

from __future__ import annotations

import pytest


@pytest.fixture
def without_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs draw and train in their own process: a worker takes seconds to start, and does the same."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("claims.harness.workers.Processes.__init__", refuse)
