"""Recorded live cases: the rows of a database of a released revision, kept as JSON, read back into either database.

`python -m tests.upgrade.recording` records the cases of the models below at the revision that this code has.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from sqlalchemy import MetaData, Table, inspect

from db import evidence, followed, migrate
from db.base import Base
from db.clock import ManualClock
from db.queue import is_ours
from db.session import Database
from engine.people import SYSTEM
from engine.registry import EffectContext, StepContext
from tests.factories.bpmn import (
    boundary,
    catch,
    chain,
    end,
    flow,
    gateway,
    message,
    process,
    properties,
    receive,
    send,
    service,
    start,
    timer,
    user,
)
from tests.factories.kit import ANN, Kit
from tests.rooms import load_tables

FOLDER = Path(__file__).parent / "recorded"
RECORDED_AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
NAMES = message("letter") + message("reply")
MODELS = {
    "task": process(start(), user("a"), user("b"), end(), chain("begun", "a", "b", "done"), id_="task"),
    "timer": process(start(), catch("wait", timer("PT1H")), user("b"), end(), chain("begun", "wait", "b", "done"), id_="timer"),
    "edge": process(
        start(), user("a"), boundary("late", "a", timer("PT1H"), interrupting=False), user("urge"), end(), end("urged"),
        chain("begun", "a", "done"), chain("late", "urge", "urged"), id_="edge",
    ),
    "effect": process(start(), service("print", "toys.print"), user("b"), end(), chain("begun", "print", "b", "done"), id_="effect"),
    "external": process(start(), service("read", "cards.read"), user("b"), end(), chain("begun", "read", "b", "done"), id_="external"),
    "asking": process(
        start(), send("ask", "letter", payload='{ office_id: "nb", number: number }'), receive("answered", "reply", correlation="number"), end(),
        chain("begun", "ask", "answered", "done"), id_="asking", references=NAMES,
    ),
    "answering": process(
        start(inside='<messageEventDefinition messageRef="letter"/>'), user("answer"), send("post", "reply", correlation="number"), end(),
        chain("begun", "answer", "post", "done"), id_="answering", references=NAMES,
    ),
    "parallel": process(
        start(), gateway("parallel", "split"), user("a"), user("b"), gateway("parallel", "join"), end(),
        chain("begun", "split", "a", "join", "done"), chain("split", "b", "join"), id_="parallel",
    ),
    "choice": process(
        start(), user("a"), gateway("exclusive", "big", "small"), user("b"), user("c"), end(), chain("begun", "a", "big"),
        flow("big", "b", id_="small"), flow("big", "c", "amount > 1000"), flow("b", "done"), flow("c", "done"), id_="choice",
    ),
    "booking": process(properties(may_cancel="chief"), start(), service("book", "toys.book"), user("b"), end(), chain("begun", "book", "b", "done"), id_="booking"),
}  # fmt: skip
PER_MODEL = 3
COUNTED = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND column_default LIKE 'nextval(%%'"
    " AND table_name NOT LIKE 'procrastinate%%'"
)


def workbench(database: Database, clock: ManualClock) -> Kit:
    """An engine that can work the recorded cases."""
    kit = Kit(database, clock)

    @kit.registry.effect("toys.print")
    def print_(ctx: EffectContext) -> dict[str, object]:
        """Prints."""
        return {"pages": 3}

    @kit.registry.operation("toys.book")
    def book(ctx: StepContext) -> dict[str, object]:
        """Books."""
        ctx.set_business_key(f"NB-{ctx.variables['number']}")
        return {"booked": True}

    return kit


def finish(kit: Kit) -> None:
    """Works every open thing until nothing is open."""
    kit.clock.advance(timedelta(hours=2))
    for _round in range(20):
        kit.engine.tick()
        for job in kit.engine.workers.fetch("w", ["cards.read"], limit=50):
            kit.engine.workers.complete(job.id, "w", {"serial": "44"}, f"job-{job.id}")
        open_tasks = kit.rows("SELECT id FROM task WHERE state = 'open' ORDER BY id")
        for (task_id,) in open_tasks:
            kit.engine.complete(task_id, {}, ANN, f"finish-{task_id}")
        if not open_tasks and not kit.engine.tick().total:
            return



def record(database: Database) -> None:
    """Cases at every waiting point."""
    kit = workbench(database, ManualClock(RECORDED_AT))
    for name, model in MODELS.items():
        kit.deploy(name, **{f"{name}_bpmn": model})
    for name in MODELS:
        if name == "answering":
            continue
        for number in range(PER_MODEL):
            kit.engine.start(
                name, office_id="nb", actor=SYSTEM, key=f"{name}-{number}", title=f"{name} {number}",
                variables={"number": f"{name}-{number}", "amount": number * 1000},
            )  # fmt: skip
    for name, element in (("task", "a"), ("parallel", "a"), ("choice", "a")):
        (case, *_) = kit.cases(name)
        kit.complete(case, element)
    kit.engine.tick(2, effects=False)  # some letters are on their way, some have arrived


def rows_of(database: Database) -> dict[str, Any]:
    """Every row of the database, by table."""
    with database.engine.connect() as connection:
        names = [name for name in inspect(connection).get_table_names() if is_ours(name)]
        found = {name: _plain(connection.exec_driver_sql(f'SELECT * FROM "{name}"').mappings()) for name in sorted(names)}
    return {name: rows for name, rows in found.items() if rows}


def dump(database: Database, file: Path) -> None:
    """Writes every row of the database."""
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(orjson.dumps(rows_of(database)))


def _plain(rows: Any) -> list[dict[str, Any]]:
    return [{k: {"b64": base64.b64encode(v).decode()} if isinstance(v, bytes) else v for k, v in row.items()} for row in rows]


WRITTEN_BY_TRIGGERS = (evidence.QUEUE, followed.QUEUE)


def revisions() -> Iterator[str]:
    """Those of which there is a recording."""
    return (file.stem for file in sorted(FOLDER.glob("*.json")))


def load(database: Database, revision: str) -> int:
    """Brings an empty database to a recorded revision and fills it with the recorded rows; returns how many cases."""
    recorded = orjson.loads((FOLDER / f"{revision}.json").read_bytes())
    fill(database, revision, recorded)
    return len(recorded["instance"])


def fill(database: Database, revision: str, recorded: dict[str, Any]) -> None:
    """Brings an empty database to a revision and fills it with rows, by table."""
    load_tables()
    migrate.upgrade(database, revision)
    with database.engine.execution_options(writes=True).begin() as connection:
        names = [table.name for table in Base.metadata.sorted_tables if table.name in recorded]
        for name in sorted(names, key=WRITTEN_BY_TRIGGERS.__contains__):  # behind the rows whose triggers write into them
            table = Table(name, MetaData(), autoload_with=connection)
            connection.execute(table.delete())  # what a migration put in stands among what was recorded
            rows = [{key: _value(value, table.c[key].type) for key, value in row.items()} for row in recorded[name]]
            connection.execute(table.insert(), rows)
        if not database.is_sqlite:
            for name, column in connection.exec_driver_sql(COUNTED).all():
                connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{name}', '{column}'), max({column})) FROM {name}")


def _value(value: Any, kind: Any) -> Any:
    if isinstance(value, dict) and "b64" in value:
        return base64.b64decode(value["b64"])
    if isinstance(value, str) and "TIMESTAMP" in str(kind):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    if str(kind) == "BOOLEAN":
        return None if value is None else bool(value)
    return datetime.fromisoformat(value).date() if isinstance(value, str) and str(kind) == "DATE" else value


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        made = Database(f"sqlite:///{folder}/recorded.db")
        load_tables()
        migrate.upgrade(made)
        record(made)
        dump(made, FOLDER / f"{migrate.newest()}.json")
        made.dispose()
