"""The follower, the mail and the digest are killed at every statement and commit, also behind a letter that the server has taken.

Whatever was told is told once, nothing is lost, and a letter that comes twice is the same letter.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from db.clock import SHANGHAI, ManualClock
from db.followed import Untold
from db.session import Database
from engine.tables import Outbox
from handlers.telling.digests import Digests
from notices.model import NoticeDigest, Told
from tests.crash.reaper import every_death
from tests.factories.mail import give_addresses, mail_server, mailed_by
from tests.rooms import filled
from tests.web.office import OPENED, Office, furnish, furnished_file, open_office

LEASE = timedelta(minutes=6)
MOST_IS_READING = 17  # of what is struck; `make soak` leaves nothing out


@pytest.fixture(params=["sqlite", "postgres"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """The toy office on either database."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{furnished_file(tmp_path / 'office.db')}")
    else:
        database = request.getfixturevalue("postgres")
        filled(database, "toy", furnish)
    yield open_office(database, ManualClock(OPENED))
    database.dispose()


def test_nothing_is_lost_and_nothing_told_twice(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Digests, "_counts", lambda *_: [("在办", 1)])  # counting only reads, statement after statement
    give_addresses(office, "li.na")
    with mail_server() as post:
        telling = mailed_by(office, post.postman(timeout_s=5))
        day = datetime(2026, 3, 2, 8, 30, tzinfo=SHANGHAI)
        office.clock.set(datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI))
        rounds = 0

        def before(_k: int) -> None:
            """A working day later something happens again."""
            nonlocal day, rounds
            day, rounds = day + timedelta(days=1), rounds + 1
            while not office.deadlines.calendar.is_working_day(day.date()):
                day += timedelta(days=1)
            office.clock.set(day)
            case = office.start(f"案件 {rounds}", key=f"start {rounds}")
            with office.database.write() as session:
                office.deadlines.notify(session, sorted(office.person("li.na").post_ids), case, "urged", "局长催办", "urged")

        def act(_k: int) -> None:
            telling.tick()
            telling.look_at_dates()
            office.engine.work_effects()

        for k in every_death(office.database, act, before=before, at_least=15, stride=MOST_IS_READING):
            office.clock.advance(LEASE)
            act(k)
            me = office.person("li.na").person_id
            with office.database.read() as session:
                counted = select(func.count())
                assert session.scalar(counted.select_from(Untold)) == 0, k
                assert session.scalar(counted.where(Told.person_id == me, Told.occasion == "urged")) == rounds, k
                assert session.scalar(counted.select_from(NoticeDigest)) == rounds, k
                assert session.scalar(counted.where(Outbox.topic == "notices.mail", Outbox.state == "done")) == 2 * rounds, k

    found = {(str(letter["Subject"]), str(letter["Message-ID"])) for letter in post.letters}
    assert len({subject for subject, _id in found}) == len({id_ for _subject, id_ in found}) == len(found) == 2 * rounds
