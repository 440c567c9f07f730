"""The demonstration: three months of an office, played by the real engine up to today."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app import Application, apart, compose
from commands import demo_office, run
from commands.scenarios.stage import unrendered
from db.clock import Clock, ManualClock
from engine.link import Link
from records.coinvestigation import states
from records.coinvestigation.model import Delegation, InvoiceFace, Receipt

pytestmark = pytest.mark.slow
TODAY = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)


class Composing:
    """What app.py gives to its commands, for one folder and one day."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def __call__(self, clock: Clock | None = None, data: str | None = None) -> Application:
        return compose(apart(Path(data or self.data)), clock or ManualClock(TODAY), render=unrendered)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demonstration, made once."""
    data = tmp_path_factory.mktemp("demo")
    (data / "loading").mkdir()
    (data / "loading" / "jinshui.db").write_text("left by a start that was ended half way")
    run.with_demo(Composing(data)).database.dispose()
    return data


def counts(application: Application, sql: str) -> dict[str, int]:
    with application.database.read() as session:
        return {str(row[0]): int(row[1]) for row in Link(session).all(sql)}


def test_forty_cases_stand_in_every_state_and_some_are_overdue(played: Path) -> None:
    application = Composing(played)()

    with application.database.read() as session:
        assert session.scalar(select(func.count()).select_from(InvoiceFace)) == 300
        assert session.scalar(select(func.count()).select_from(Delegation)) >= 40
        delegations, receipts = set(session.scalars(select(Delegation.state))), set(session.scalars(select(Receipt.state)))
        late = session.scalars(select(Receipt).where(Receipt.due_on < TODAY.date(), Receipt.replied_on.is_(None))).all()
    assert delegations == set(states.NAMES["delegation"]) - {"sent"}  # what is sent is registered at once on the other side
    assert receipts == set(states.NAMES["receipt"])
    assert len(late) >= 3
    assert counts(application, "SELECT process_id, count(*) FROM instance WHERE status = 'active' GROUP BY 1").keys() >= {
        "delegation", "reply", "urging", "extension", "mismatch_report",
    }  # fmt: skip
    assert counts(application, "SELECT reason, count(*) FROM incident GROUP BY 1") == {}
    application.database.dispose()


def test_its_papers_stand_in_no_paper_s_way(played: Path) -> None:
    application = Composing(played)()

    due = counts(application, "SELECT id, due_at > (SELECT min(due_at) FROM outbox WHERE topic = 'papers.render' AND state = 'pending') FROM outbox WHERE topic = 'papers.render' AND state = 'pending'")
    assert len(due) > 40
    assert sum(due.values()) == len(due) - 1  # one is due at once, the others after what somebody issues now
    with application.database.read() as session:
        (first,) = Link(session).all("SELECT min(due_at) FROM outbox WHERE topic = 'papers.render' AND state = 'pending'")
        assert Link(session).as_moment(first[0]) == TODAY


def test_every_open_task_can_be_done_by_somebody_of_the_office(played: Path) -> None:
    application = Composing(played)()
    without = (
        "SELECT t.element, count(*) FROM task t WHERE t.state = 'open' AND NOT EXISTS (SELECT 1 FROM task_candidate c"
        " JOIN post_holding h ON h.post_id = c.post_id WHERE c.task_id = t.id) AND NOT EXISTS (SELECT 1 FROM task_candidate c"
        " JOIN party p ON c.post_id = p.kind || ':' || p.number WHERE c.task_id = t.id) GROUP BY 1"
    )

    assert counts(application, without) == {}
    application.database.dispose()


def test_a_second_start_plays_nothing_again(played: Path, tmp_path: Path) -> None:
    data = tmp_path / "again"
    shutil.copytree(played, data)
    before = (data / "jinshui.db").read_bytes()

    application: Any = run.with_demo(Composing(data))

    assert demo_office.is_empty(application) is False
    assert (data / "jinshui.db").read_bytes() == before
    assert not (data / "loading").exists()
    application.database.dispose()
