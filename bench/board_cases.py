"""Cases by the hundred thousand for a board to count: the rows as the engine leaves them, written to every database, made once."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Index

from db.base import Base
from db.ids import new_id
from db.session import Database
from db.timeouts import ENDLESS, LONG
from engine import standstill
from engine.board.counting import TABLES, Tallies
from engine.link import NEVER, Link
from tests.rooms import create_all

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
MONTHS = 36
PROVINCE = "sat/zj/"
CITIES = [f"{PROVINCE}{city}/" for city in ("nb", "hz", "wz", "jx", "hu", "sx", "jh", "qz", "zs", "tz", "ls")]
OFFICES = [f"{city}d{district}/t{office}/" for city in CITIES for district in range(9) for office in range(5)]  # 495 tax offices
PROCESSES = [f"process_{n:02}" for n in range(12)]
STEPS = ("accept", "review", "decide")
PEOPLE = 4  # of an office
CASE = (
    "id", "definition_id", "procedure", "process_id", "business_key", "title", "office_id", "scope", "status", "version", "state", "mac", "due_on",
    "due_label", "started_at", "started_by", "ended_at", "timeliness",
)  # fmt: skip
TASK = (
    "id", "instance_id", "token", "element", "name", "name_en", "procedure", "process_id", "business_key", "title", "scope", "state", "assignee_id",
    "assignee_name", "opened_at", "opened_version", "due_on", "closed_at", "closed_by", "timeliness",
)  # fmt: skip
OF_TASK = ("id", "scope", "process_id", "element", "closed_by", "opened_at", "closed_at", "due_on")
OF_CASE = ("id", "scope", "process_id", "started_at", "ended_at", "due_on")
AT_ONCE, LEFT = 20_000, 2_000
Written = tuple[tuple[Any, ...], list[tuple[Any, ...]]]


def cases(finished: int, open_: int, seed: int = 7) -> Iterator[Written]:
    """A row of `CASE` with its rows of `TASK`, still without their verdicts: three steps of some days each, one case in twelve late, one in ten without a date; of one open
    case in twenty the clock stands.
    """
    chance = random.Random(seed)
    for number in range(finished + open_):
        is_open = number >= finished
        id_, office, process = new_id(), chance.choice(OFFICES), chance.choice(PROCESSES)
        days = [chance.expovariate(1 / mean) for mean in (0.6, 3, 6)]
        begun = NOW - timedelta(days=chance.uniform(0, 30 if is_open else MONTHS * 30.4), minutes=1)
        if not is_open:
            begun -= timedelta(days=sum(days))
        due = NEVER if chance.random() < 0.1 else begun.date() + timedelta(days=chance.choice((15, 20, 30)))
        if is_open and chance.random() < 0.05:
            due = standstill.IN_TIME
        head = ("toys", process, f"甬协查{number:07}", f"有限公司 {number} 号增值税专用发票协查")
        tasks, at = [], begun
        for n, step in enumerate(STEPS[: chance.randrange(1, 4)] if is_open else STEPS):
            person = f"{office}p{chance.randrange(PEOPLE)}"
            closed: datetime | None = at + timedelta(days=days[n])
            if is_open and (n == 2 or (closed and closed > NOW) or chance.random() < 0.5):
                closed = None
            holder = person if closed or chance.random() < 0.7 else None
            tasks.append((
                new_id(), id_, n + 1, step, step, step, *head, office, "completed" if closed else "open", holder, "某人" if holder else "", at, 1,
                due, closed, person if closed else None,
            ))  # fmt: skip
            if closed is None:
                break
            at = closed
        status, ended = ("active", None) if is_open else ("completed", at)
        if is_open and tasks[-1][-2] is not None:  # the last step is done and the next one has begun
            tasks.append((new_id(), id_, 9, "sign", "sign", "sign", *head, office, "open", None, "", at, 1, due, None, None))
        yield (id_, "d", *head, "o", office, status, 3, b"", "", None if due == NEVER or not is_open else due, "", begun, "x", ended), tasks


def load(databases: Sequence[Database], finished: int, open_: int) -> None:
    """Writes cases and tasks with their figures, with COPY on PostgreSQL; all but the last are counted. Indexes are made afterwards, as after a restore."""
    for database in databases:
        _begin(database)
    tallies, begun = Tallies(), time.perf_counter()
    written = counted(cases(finished, open_), tallies, max(finished - LEFT, 0))
    gc.disable()  # millions of tuples that nothing leads back to
    while some := list(islice(written, AT_ONCE)):
        for database in databases:
            _write(database, "instance", CASE, [case for case, _tasks in some])
            _write(database, "task", TASK, [task for _case, tasks in some for task in tasks])
    gc.enable()
    for database in databases:
        for (table, keys, columns), figures in zip(TABLES, tallies.parts, strict=True):
            _write(database, table, (*keys, *columns), [(*key, *figures[key]) for key in sorted(figures)])
    print(f"{finished + open_} cases written in {time.perf_counter() - begun:.0f} s", flush=True)
    for database in databases:
        _end(database)
    print(f"indexes made after {time.perf_counter() - begun:.0f} s", flush=True)


def _indexes() -> list[Index]:
    return [index for table in ("task", "instance") for index in Base.metadata.tables[table].indexes]


def _begin(database: Database) -> None:
    create_all(database)
    with database.write(LONG) as session:
        link = Link(session)
        link.run(
            "INSERT INTO definition (id, procedure, version, content_hash, files, message, deployed_at, deployed_by) VALUES ('d', 'toys', 1, 'x', '{}', '', ?, 'x')",
            link.moment(NOW),
        )
    with patient(database) as connection:
        for index in _indexes():
            index.drop(connection)


def _end(database: Database) -> None:
    with patient(database) as connection:
        for index in _indexes():
            index.create(connection)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not database.is_sqlite:
            driver: Any = connection.connection.dbapi_connection
            driver.answer_s = ENDLESS.answer_s
            connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE")


def counted(found: Iterator[Written], tallies: Tallies, until: int) -> Iterator[Written]:
    """The same, each finished one with its verdict and among the figures, but for the last."""
    for number, (case, tasks) in enumerate(found):
        if number >= until:
            yield (*case, 0), [(*task, 0) for task in tasks]
            continue
        verdicts = [tallies.add_task([task[TASK.index(name)] for name in OF_TASK]) for task in tasks]
        steps = [(Link.as_day(task[TASK.index("due_on")]), task[TASK.index("closed_at")]) for task in tasks]
        yield (*case, tallies.add_case([case[CASE.index(name)] for name in OF_CASE], steps)), [(*t, v) for t, v in zip(tasks, verdicts, strict=True)]


@contextmanager
def patient(database: Database) -> Iterator[Connection]:
    """A transaction that may take as long as it takes."""
    with database.write(ENDLESS) as session:
        yield session.connection()


def _write(database: Database, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    if database.is_sqlite:
        with database.write(LONG) as session:
            link = Link(session)
            moments, days = ([at for at, name in enumerate(columns) if name.endswith(end)] for end in ("_at", "due_on"))
            stored = [list(row) for row in rows]
            for row in stored:
                for at in moments:
                    row[at] = link.moment(row[at])
                for at in days:
                    row[at] = link.day(row[at])
            link.many(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({link.places(columns)})", stored)
        return
    with patient(database) as connection, connection.connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
