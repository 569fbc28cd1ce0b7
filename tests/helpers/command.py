"""The command `tms` in this process."""

from __future__ import annotations

import pytest

from claims.harness import cli


def tms(*arguments: object) -> int:
    """Run the command and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        cli.main([str(argument) for argument in arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code
