"""How SQLite finds what a panel of the board shows: it never walks through all that was ever done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

from bench.board import CITIES, panels
from db.clock import ManualClock
from db.session import Database
from engine.link import Link
from tests.factories.kit import Kit

WALKED = re.compile(r"SCAN (t|i|task|instance)\b(?! USING (COVERING )?INDEX ix_)")  # an index of ours holds a part: what is open, what is not counted


def test_no_panel_reads_a_whole_table(database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    kit, asked, execute = Kit(database, clock), dict[str, Sequence[Any]](), Link._execute

    def heard(link: Link, sql: str, values: Sequence[Any]) -> None:
        asked.setdefault(sql, values)
        execute(link, sql, values)

    monkeypatch.setattr(Link, "_execute", heard)
    panels(kit.engine, CITIES[0])
    monkeypatch.undo()

    def plan(sql: str, values: Sequence[Any] = ()) -> str:
        return "\n".join(str(row[3]) for row in kit.rows(f"EXPLAIN QUERY PLAN {sql}", *values))

    assert WALKED.search(plan("SELECT name FROM task"))
    assert len(asked) > 20
    assert [sql for sql, values in asked.items() if WALKED.search(plan(sql, values))] == []
