"""What stands last on the screen, or in the file, of a start: the accounts and the address."""

from __future__ import annotations

import argparse
import socket
from typing import Any
from unittest.mock import Mock

import pytest

from commands import run


def test_accounts_and_address_are_said_when_pump_and_server_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def noting(what: str) -> Any:
        def note(*_args: Any, **_named: Any) -> Any:
            said.append(what)
            return Mock(run=noting("serving"), shutdown=noting("over"))

        return note

    monkeypatch.setattr(run, "prepare", noting("prepared"))
    monkeypatch.setattr(run, "with_demo", lambda compose: compose())
    monkeypatch.setattr(run.demo_office, "load", lambda _application: [("chen.min", "陈敏", {})])
    monkeypatch.setattr(run, "start_pump", noting("pump"))
    monkeypatch.setattr(run, "Server", noting("server"))
    monkeypatch.setattr(run, "show", noting("accounts"))
    monkeypatch.setattr(run, "say", lambda text: said.append(text.partition(": ")[0]))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setattr(run, "first_free", lambda *_: listening)
        options = argparse.Namespace(no_demo=False, host="127.0.0.1", port=0, nodes=0)

        assert run.serve(Mock(), options) == 0

    assert said == ["prepared", "pump", "server", "accounts", "Jinshui 金税流程 is up", "serving", "over"]
