"""The server of the companion's page, which listens on this machine only."""

from __future__ import annotations

import os
import socket
import webbrowser
from pathlib import Path
from typing import Any, Final

import marimo
import uvicorn
from starlette.middleware.trustedhost import TrustedHostMiddleware

HOST: Final = "127.0.0.1"
PORT: Final = 8517
APP: Final = Path(__file__).with_name("app.py")
_NAMES: Final = [HOST, "localhost"]


class PortTaken(OSError):
    """Raised if the port cannot be listened on; the message is one sentence."""


class _Server(uvicorn.Server):
    """A server that says where the page is, and opens it, once it listens."""

    def __init__(self, config: uvicorn.Config, url: str, browser: bool) -> None:
        super().__init__(config)
        self._url, self._browser = url, browser

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening."""
        await super().startup(sockets)
        print(f"The companion is at {self._url} on this machine. Ctrl-C ends it.", flush=True)
        if self._browser:
            webbrowser.open(self._url)


def serve(port: int = PORT, browser: bool = True) -> None:
    """Serve the page until the process is interrupted.

    Parameters
    ----------
    port
        Port on the loopback interface; 0 for any free one.
    browser
        Whether to open the page in the default browser.

    Raises
    ------
    PortTaken
        If the port cannot be listened on.
    """
    # Chapters descend in a few dimensions. A second thread of OpenBLAS, which SciPy loads with the first
    # chapter, makes that 15 times as slow where other programs run.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        raise PortTaken(
            f"port {port} cannot be used ({error.strerror}); choose another with --port."
        ) from error
    url = f"http://{HOST}:{listening.getsockname()[1]}/"
    config = uvicorn.Config(page(), log_level="warning", ws="websockets-sansio")
    with listening:
        _Server(config, url, browser).run(sockets=[listening])


def page() -> Any:
    """Make the ASGI application, which answers to this machine's own names alone.

    Other names would let a web page elsewhere reach it under a name of its own that resolves to this machine.
    """
    app = marimo.create_asgi_app(quiet=True, include_code=False).with_app(path="", root=str(APP)).build()
    return TrustedHostMiddleware(app, allowed_hosts=_NAMES, www_redirect=False)
