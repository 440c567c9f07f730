"""The board is measured whole, and a panel that is too slow fails the measurement."""

from __future__ import annotations

import inspect
import sys
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from bench import board
from engine.board.api import Board
from engine.board.listing import TERMS

NO_PANEL = {"count_new", "deviations", "recount", "hands_of", "held"}  # a worker's, an administrator's, whom an urging reaches and one case for it


class Asked:
    """Stands for the board, and notes what it is asked."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.terms: dict[str, set[str]] = {"list_open": set(), "list_tasks": set()}

    def __getattr__(self, name: str) -> Any:
        def ask(_sight: object, term: str = "", **_chosen: object) -> None:
            self.names.add(name)
            self.terms.get(name, set()).add(term)

        return ask


def test_whatever_a_board_can_be_asked_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "timed", lambda act: act())
    asked = Asked()
    board.panels(SimpleNamespace(board=asked), "sat/zj/")  # type: ignore[arg-type]

    assert asked.names == {name for name, _ in inspect.getmembers(Board, inspect.isfunction) if not name.startswith("_")} - NO_PANEL
    assert asked.terms == {name: {"", *TERMS} for name in ("list_open", "list_tasks")}


@pytest.mark.parametrize(("p50", "told"), [(board.LIMIT, ""), (board.LIMIT + 0.1, "sqlite, city, heat map: 300.1 ms")])
def test_a_panel_above_the_limit_fails_the_measurement(p50: float, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    server = SimpleNamespace(sqlalchemy_url=lambda _name: "sqlite://")
    found = {"ms": {"city": {"heat map": {"first": 900.0, "p50": p50, "max": 900.0}}}}
    for name, instead in {"running": lambda: nullcontext(server), "load": lambda *_: None, "measured": lambda _database: found}.items():
        monkeypatch.setattr(board, name, instead)
    monkeypatch.setattr(sys, "argv", ["board", "10", "10"])
    with pytest.raises(SystemExit, match=told) if told else nullcontext():
        board.main()
