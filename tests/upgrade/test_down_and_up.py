"""A revision that is taken back and made again on filled tables: rows keep their names, and each is sealed once."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from db import migrate
from db.chain.sealer import Sealer
from db.chain.verify import verify
from db.clock import ManualClock
from db.session import Database
from tests.unit.records.test_fixed_books import REFUSED, play

KEY = b"0" * 32
KINDS = "'hand_up_sheet', 'hand_up_closed', 'hand_up_line', 'loss_total', 'old_invoice_return', 'major_matter', 'key_change', 'key_decided'"
WAITING = f"SELECT evidence, key FROM unsealed WHERE evidence IN ({KINDS}) ORDER BY 1, 2"
LINES = "SELECT id, sheet_id, place, serial FROM hand_up_line ORDER BY 1"


def test_fixed_books_that_are_taken_back_and_made_again_are_sealed_once(empty: Database, clock: ManualClock) -> None:
    migrate.upgrade(empty)
    play(empty)
    sealer = Sealer(empty, clock, lambda: KEY)
    lines, waiting = rows(empty, LINES), rows(empty, WAITING)
    assert (len(lines), len(waiting)) == (3, 11)

    back_and_forth(empty)  # while nothing is sealed
    assert (rows(empty, LINES), rows(empty, WAITING)) == (lines, waiting)

    sealer.seal()
    back_and_forth(empty)  # when everything is
    assert (rows(empty, LINES), rows(empty, WAITING)) == (lines, [])
    sealer.seal()
    assert verify(empty, KEY, []).findings == []
    for guard, statement in REFUSED:
        with pytest.raises(IntegrityError, match=guard), empty.write() as session:
            session.execute(text(statement))


def rows(database: Database, sql: str) -> list[tuple[object, ...]]:
    with database.read() as session:
        return [tuple(row) for row in session.execute(text(sql))]


def back_and_forth(database: Database) -> None:
    with migrate._alone(database) as connection:
        command.downgrade(migrate._config(connection), "0020")
    assert rows(database, WAITING) == []
    migrate.upgrade(database)
