"""Serve the interactive companion; name what it lacks in one sentence."""

from __future__ import annotations

from typing import Final

from claims.harness.errors import MisuseError

_EXTRA: Final = {"marimo", "uvicorn", "starlette"}


def serve_companion(port: int, *, browser: bool) -> None:
    """Serve the companion to this machine until Ctrl-C.

    Parameters
    ----------
    port
        The port on the loopback interface; 0 for a free one.
    browser
        Whether to open the page in the user's browser.

    Raises
    ------
    MisuseError
        If a package of the extra `explore` is missing, or the port cannot be used.
    """
    try:
        from companion.server import PortTaken, serve
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        raise MisuseError(
            f"tms explore needs {error.name}, which is not installed; install it with "
            f'pip install "tms-replication[explore]".'
        ) from error
    try:
        serve(port, browser=browser)
    except PortTaken as error:
        raise MisuseError(str(error)) from error
