"""`tms explore` serves the companion, or says in one sentence what it lacks."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from tests.helpers.calls import Calls
from tests.helpers.command import tms


def test_explore_serves_the_companion_at_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    served = Calls()
    monkeypatch.setitem(sys.modules, "companion.server", SimpleNamespace(serve=served, PortTaken=OSError))
    assert tms("explore", "--port", 9000, "--no-browser") == 0
    assert served == [((9000,), {"browser": False})]


def test_explore_names_a_port_that_is_taken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def serve(port: int, **_: object) -> None:
        raise OSError(f"port {port} cannot be used.")

    monkeypatch.setitem(sys.modules, "companion.server", SimpleNamespace(serve=serve, PortTaken=OSError))
    assert tms("explore") == 2
    assert capsys.readouterr().err == "port 8517 cannot be used.\n"


def test_explore_without_marimo_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in ("companion.server", "companion.app"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "marimo", None)
    assert tms("explore") == 2
    assert capsys.readouterr().err == (
        "tms explore needs marimo, which is not installed; "
        'install it with pip install "tms-replication[explore]".\n'
    )
