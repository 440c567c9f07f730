"""An urging from the board: once a day for a subject on both databases, its words fixed, its answer given once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.clock import ManualClock
from db.ids import new_id
from db.session import Database
from deadlines.api import DeadlineService
from deadlines.model import Urging
from tests.factories.notices import left_for


def urge(database: Database, deadlines: DeadlineService, subject: str, by: str) -> Urging | None:
    with database.write() as session:
        return deadlines.urge_today(session, subject, by_id=by, by_name=by, posts=["post"], text="请抓紧办理")


def test_a_subject_is_urged_once_a_day_whoever_does_it(any_database: Database, clock: ManualClock) -> None:
    deadlines, subject = DeadlineService(clock), new_id()

    assert urge(any_database, deadlines, subject, "甲") is not None
    assert urge(any_database, deadlines, subject, "乙") is None
    assert urge(any_database, deadlines, new_id(), "乙") is not None
    clock.advance(timedelta(days=1))
    assert urge(any_database, deadlines, subject, "乙") is not None

    with any_database.read() as session:
        assert [one.by_name for one in deadlines.urgings(session, subject)] == ["甲", "乙"]
        assert len(left_for(session, ["post"])) == 3


@pytest.mark.parametrize("change", ["text = '别的话'", "by_id = '别人'", "at = NULL", "answer = '另一个答复'"])
def test_nobody_changes_what_was_urged_or_answered(any_database: Database, clock: ManualClock, change: str) -> None:
    deadlines, subject = DeadlineService(clock), new_id()
    row = urge(any_database, deadlines, subject, "甲")
    assert row is not None
    with any_database.write() as session:
        deadlines.answer(session, row.id, by="丙", text="下周一")

    with pytest.raises(DBAPIError, match="urging_is"), any_database.write() as session:
        session.execute(text(f"UPDATE urging SET {change}"))
