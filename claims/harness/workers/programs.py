"""Programs that jobs run; they end with the worker that started them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Any, Final

_running: Final[set[subprocess.Popen[bytes]]] = set()


def run(command: Sequence[str], **settings: Any) -> int:
    """Run a program to its end; an exception in this process, such as Ctrl-C, ends it.

    Parameters
    ----------
    command
        The program and its arguments.
    **settings
        Settings of `subprocess.Popen`.

    Returns
    -------
    int
        Its exit code.
    """
    with subprocess.Popen(command, **settings) as program:
        _running.add(program)
        try:
            return program.wait()
        except BaseException:
            program.kill()
            raise
        finally:
            _running.discard(program)


def end_all() -> None:
    """End the programs that run now."""
    for program in list(_running):
        program.kill()
