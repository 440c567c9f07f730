"""Databases of every released revision with live cases: migrated, each case loads and goes on to its end; an interruption does no harm."""

from __future__ import annotations

import argparse
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import column, event, select, table, update

from commands import migrate as command
from db import migrate
from db.clock import ManualClock
from db.migrate import NewerDatabase
from db.session import Database
from db.types import Moment
from engine.codec import encode
from engine.link import Link
from engine.tables import Instance, Variable
from records.coinvestigation import store
from records.coinvestigation.model import ImmediateReport
from tests.crash.reaper import after, note
from tests.rooms import load_tables
from tests.unit.records.making import CHEN, HS, face
from tests.upgrade import coinvestigation
from tests.upgrade.recording import RECORDED_AT, finish, load, revisions, workbench

REVISIONS = list(revisions())
ENTRY_POINTS = ("0007", "0008")  # before and after they got a table of their own
DIED = 9
STRIDE = 32  # a migration is one transaction: `./test` strikes it here and there, `make soak` before every statement


def ended(database: Database) -> list[tuple[str, str, int]]:
    """How the cases stand: process, status, how many."""
    kit = workbench(database, ManualClock(RECORDED_AT))
    return kit.rows("SELECT process_id, status, count(*) FROM instance GROUP BY process_id, status ORDER BY process_id")  # type: ignore[return-value]


@pytest.mark.parametrize("revision", REVISIONS)
def test_live_cases_of_a_released_revision_go_on_to_their_end(revision: str, empty: Database) -> None:
    count = load(empty, revision)
    assert migrate.upgrade(empty) == (revision, migrate.newest())

    kit = workbench(empty, ManualClock(RECORDED_AT))
    finish(kit)

    assert {status for _process, status, _count in ended(empty)} == {"completed"}
    assert sum(number for *_rest, number in ended(empty)) >= count > 25
    assert kit.rows("SELECT count(*) FROM incident") == [(0,)]
    assert {row[0] for row in kit.rows("SELECT state FROM outbox")} == {"done"}
    assert {row[0] for row in kit.rows("SELECT state FROM message")} == {"delivered"}


@pytest.mark.parametrize("revision", coinvestigation.recorded())
def test_a_live_co_investigation_with_terms_papers_and_a_list_goes_on_to_its_end(revision: str, empty: Database, tmp_path: Path) -> None:
    application, rest, clock = coinvestigation.restored(empty, revision, tmp_path)
    with empty.read() as session:
        before = Link(session).all("SELECT id, sha256 FROM paper ORDER BY id")

    played = coinvestigation.finish(application, rest, clock)

    assert played.faults == []
    assert played.steps_done == len(rest.steps) > 5
    with empty.read() as session:
        link = Link(session)
        assert len(before) > 3 and set(before) <= set(link.all("SELECT id, sha256 FROM paper ORDER BY id"))
        assert link.all("SELECT count(*) FROM incident") == [(0,)]
    application.database.dispose()


@pytest.mark.parametrize("revision", [REVISIONS[0], *ENTRY_POINTS])
def test_whatever_could_be_begun_by_its_name_still_can(revision: str, empty: Database) -> None:
    load(empty, revision)
    migrate.upgrade(empty)

    kit = workbench(empty, ManualClock(RECORDED_AT))
    with empty.read() as session:
        newest = kit.engine.kernel.definitions.newest(Link(session)).values()
    begun = [("process", name, p.definition_id) for p in newest for name in p.models]
    begun += [("message", name, p.definition_id) for p in newest for name in p.message_starts]
    assert len({kind for kind, *_rest in begun}) == 2
    assert sorted(kit.rows("SELECT kind, name, definition_id FROM entry_point")) == sorted(begun)


def killed_at(database: Database, k: int) -> bool:
    """Migrates in a child that dies before its k-th statement, commit included; False if it came to its end."""
    database.dispose()
    child = os.fork()
    if child == 0:
        left = k

        def strike(*_args: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os._exit(DIED)

        try:
            other = Database(database.url.render_as_string(hide_password=False))
            event.listen(other.engine, "before_cursor_execute", strike)
            event.listen(other.engine, "commit", strike)
            migrate.upgrade(other)
            os._exit(0)
        except BaseException:  # noqa: BLE001 -- a forked child must never return into the test runner
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, DIED}, f"the child failed at statement {k}"
    return code == DIED


@pytest.mark.timeout(900)
def test_a_migration_killed_at_any_statement_is_simply_run_again(empty: Database) -> None:
    oldest, k, deaths = REVISIONS[0], 0, 0
    load(empty, oldest)
    schema = shape(empty)
    empty.dispose()
    file = Path(empty.url.database or "")
    if empty.is_sqlite:
        shutil.copy(file, file.with_suffix(".old"))

    while killed_at(empty, k := after(k, STRIDE)):
        assert shape(empty) == schema, f"half migrated when killed at statement {k}"
        assert migrate.current(empty) == oldest
        deaths += 1
    note(deaths)
    assert deaths > 6, "the killer must have seen the statements"

    assert migrate.current(empty) == migrate.newest()
    finish(workbench(empty, ManualClock(RECORDED_AT)))
    assert {status for _process, status, _count in ended(empty)} == {"completed"}


def shape(database: Database) -> list[tuple[object, ...]]:
    """Every table, index and trigger."""
    sql = (
        "SELECT name, sql FROM sqlite_master ORDER BY name" if database.is_sqlite
        else "SELECT relname, relkind::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY relname"
    )  # fmt: skip
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


def test_a_database_of_newer_code_is_left_alone(empty: Database, capsys: pytest.CaptureFixture[str]) -> None:
    load_tables()
    migrate.upgrade(empty)
    with empty.engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    before = shape(empty)

    with pytest.raises(NewerDatabase, match="9999"):
        migrate.upgrade(empty)

    class Newer:
        database = empty

    assert command.main(Newer, argparse.Namespace(revision="")) == 1
    assert "比程序新" in capsys.readouterr().out
    assert shape(empty) == before


def test_what_a_summary_took_before_there_was_a_mark_is_marked_and_nothing_else(empty: Database) -> None:
    load(empty, "0008")
    march, april = (datetime(2026, month, 10, tzinfo=UTC) for month in (3, 4))
    with empty.write() as session:
        faces = [store.add_face(session, CHEN, HS, face(number)).id for number in (1, 2, 3)]
        # reported and received before the summary; received after it; reported in the month after
        for face_id, reported_at, received_at in zip(faces, (march, march, april), (march, april, april), strict=True):
            session.execute(REPORT.insert().values(
                face_id=face_id, office_id="hs", scope=HS.scope, city_office_id="nb", acknowledged_by="zhou", reported_at=reported_at,
                acknowledged_at=received_at,
            ))  # fmt: skip
        case = session.scalars(select(Instance.id)).first()
        session.execute(update(Instance).where(Instance.id == case).values(process_id="mismatch_summary", office_id="nb", started_at=april - timedelta(days=5)))
        session.add(Variable(instance_id=case, scope_id=99, name="summary_month", content=encode("2026-03"), version=1, element=""))

    migrate.upgrade(empty)

    with empty.read() as session:
        marked = dict(session.execute(select(ImmediateReport.face_id, ImmediateReport.summed_up_in)).all())
    assert [marked[face_id] for face_id in faces] == [case, "", ""]


REPORT = table(  # as it was in 0008
    "immediate_report", column("face_id"), column("office_id"), column("scope"), column("city_office_id"), column("acknowledged_by"),
    column("reported_at", Moment()), column("acknowledged_at", Moment()),
)  # fmt: skip
