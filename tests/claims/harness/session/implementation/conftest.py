"""Suites whose experiments are really trained."""

from __future__ import annotations

import pytest

from tests.helpers.claim_suite import Suite
from tests.helpers.implementations import LOOP, MODEL, write
from tests.helpers.small import small
from tms.training import train


@pytest.fixture(scope="session", autouse=True)
def imports_made_by_training() -> None:
    """Let training import all that it does, since runs inside a test forget what they imported first."""
    train(small(steps=1, held_out=1), engine="reference")


@pytest.fixture
def suite(pytester: pytest.Pytester) -> Suite:
    """A suite whose experiments are really trained."""
    suite = Suite(pytester, [])
    pytester.makepyfile(notebook=MODEL, plain_loop=LOOP)
    write(suite)
    return suite
