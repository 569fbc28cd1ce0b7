"""The companion's server: this machine only, and one sentence for a port that is taken."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

marimo = pytest.importorskip("marimo", reason="marimo is not installed; the extra `explore` has it.")

from companion import server  # noqa: E402 - it needs marimo


async def _answers(*scope_receive_send: Any) -> None:
    send = scope_receive_send[-1]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


class _Builder:
    """Builds an application that always answers, in place of marimo's."""

    def with_app(self, *, path: str, root: str) -> _Builder:
        assert (path, root) == ("", str(server.APP))
        return self

    def build(self) -> Any:
        return _answers


def status_for(host: str) -> int:
    """Return the status of an answer to a request under a name."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "headers": [(b"host", host.encode())],
        "query_string": b"",
    }
    asyncio.run(server.page()(scope, receive, send))
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:8517", 200), ("localhost:8517", 200), ("elsewhere.example", 400), ("127.0.0.2", 400)],
)
def test_only_requests_under_the_names_of_this_machine_are_answered(
    host: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marimo, "create_asgi_app", lambda **_: _Builder())
    assert status_for(host) == status


def test_a_port_that_is_taken_is_named_in_one_sentence() -> None:
    with socket.create_server((server.HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(server.PortTaken, match=f"^port {port} cannot be used .*another with --port.$"):
            server.serve(port, browser=False)


def test_the_server_listens_on_loopback_alone() -> None:
    assert server.HOST == "127.0.0.1"
