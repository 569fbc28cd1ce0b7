"""The companion's server: this machine only, and one sentence for a port that is taken."""

from __future__ import annotations

import socket

import pytest

pytest.importorskip("marimo", reason="marimo is not installed; the extra `explore` has it.")

from starlette.testclient import TestClient

from companion import server


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(server.page(), base_url=f"http://{server.HOST}")


def test_the_page_is_served_with_its_own_assets(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert 'src="./assets/' in page.text


def test_a_request_under_the_name_of_another_site_is_refused(client: TestClient) -> None:
    assert client.get("/", headers={"host": "elsewhere.example"}).status_code == 400


def test_a_port_that_is_taken_is_named_in_one_sentence() -> None:
    with socket.create_server((server.HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(server.PortTaken, match=f"^port {port} cannot be used .*.*another with --port"):
            server.serve(port, browser=False)


def test_the_server_listens_on_loopback_alone() -> None:
    assert server.HOST == "127.0.0.1"
