"""The application's own role on PostgreSQL: everything that the application does works, and nothing that would change evidence does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bench.soak.edits import KEY, act
from db import roles
from db.chain.api import Chain
from db.chain.figures import Figures
from db.clock import ManualClock
from db.session import Database
from papers.api import Papers
from papers.model import Paper
from tests.factories.bpmn import chain as flows
from tests.factories.bpmn import end, process, start, user
from tests.factories.hardened import hardened
from tests.factories.kit import Kit

MODEL = process(start(), user("a"), end(), flows("begun", "a", "done"))
EVERY = roles.fixed_tables


@pytest.fixture
def application(postgres: Database) -> Iterator[Database]:
    """The database as the hardened role reaches it."""
    with postgres.engine.begin() as connection:  # which the migrations make
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num varchar(32))")
    with hardened(postgres) as address:
        database = Database(address)
        yield database
        database.dispose()
    with postgres.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")


def refused(database: Database, statement: str) -> bool:
    with pytest.raises(DBAPIError) as told, database.write() as session:
        session.execute(text(statement))
    return isinstance(told.value.orig, psycopg.errors.InsufficientPrivilege)


def test_a_case_is_worked_sealed_and_verified_under_the_role(application: Database, clock: ManualClock, gate_in_process: None) -> None:
    kit = Kit(application, clock)
    kit.deploy(toy_bpmn=MODEL)
    case = kit.start()
    kit.complete(case, "a")
    act(application, clock.now(), 1)
    chain = Chain(application, clock, lambda: KEY)
    chain.tick()

    result = chain.verify()

    assert kit.status(case) == "completed"
    assert result.rows > 10
    assert result.findings == []


def test_a_paper_gets_its_bytes_under_the_role(application: Database, clock: ManualClock, tmp_path: Path) -> None:
    folder = tmp_path / "toy" / "papers"
    folder.mkdir(parents=True)
    (folder.parent / "procedure.yaml").write_text("papers: {slip: {title: 单据}}", "utf-8")
    (folder / "slip.html").write_text("<p>{{ number }}</p>", "utf-8")
    papers = Papers(tmp_path, clock, lambda sheets: [b"%PDF" for _ in sheets])
    with application.write() as session:
        paper = papers.issue(session, "toy", "slip", {}, subject_id="case", prefix="甬", issued_by="陈敏", once="a").id

    papers.render(application, paper)

    with application.read() as session:
        assert session.get_one(Paper, paper).state == "issued"


@pytest.mark.parametrize("table", [*EVERY()])
def test_no_row_of_evidence_can_be_changed_or_taken_away(table: str, application: Database) -> None:
    with application.read() as session:
        (column,) = session.execute(text(
            "SELECT column_name FROM information_schema.columns WHERE table_name = :table AND table_schema = 'public' ORDER BY ordinal_position LIMIT 1"
        ), {"table": table}).one()  # fmt: skip
    for statement in (f'UPDATE "{table}" SET "{column}" = "{column}"', f'DELETE FROM "{table}"', f'TRUNCATE "{table}"', f'ALTER TABLE "{table}" DISABLE TRIGGER ALL', f'DROP TABLE "{table}"'):
        assert refused(application, statement), statement


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica", "CREATE TABLE mine (a int)", "UPDATE alembic_version SET version_num = '0001'", "DROP FUNCTION evidence_history() CASCADE",
        "UPDATE unsealed SET key = '1'", "SELECT setval('history_id_seq', 1)", "UPDATE paper SET number = '1'",
    ],
)  # fmt: skip
def test_neither_triggers_nor_tables_nor_counters_are_the_roles(statement: str, application: Database) -> None:
    assert refused(application, statement)


def test_a_role_that_could_is_told(postgres: Database, application: Database, clock: ManualClock) -> None:
    with postgres.read() as session:
        assert roles.powers(session) == roles.fixed_tables()
    with application.read() as session:
        assert roles.powers(session) == []
    figures = {name: value for name, _help, _label, value in Figures(postgres, clock).read()}
    assert figures["jinshui_audit_alterable_tables"] == len(roles.fixed_tables())


def test_a_name_that_is_no_name_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a name"):
        roles.grants('x"; DROP TABLE seal; --', "jinshui")
