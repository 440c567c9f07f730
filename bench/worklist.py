"""The worklist over 100,000 open tasks on SQLite: page, filters, search, last page, each with all the numbers beside it."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import machine
from db.ids import new_id
from db.session import Database
from db.timeouts import LONG
from engine import offices, worklist
from engine.link import NEVER, Link
from engine.people import Actor
from engine.worklist import WorklistQuery
from tests.rooms import create_all

TASKS = 100_000
TODAY = date(2026, 3, 2)
DISTRICTS = [f"sat/zj/{city}/{district}/" for city in ("nb", "hz", "wz", "jx") for district in ("hs", "jb", "yz", "zh", "bl")]
PROCESSES = [f"process_{n:02}" for n in range(12)]
RETURNS = frozenset((process, "review") for process in PROCESSES)
ROLES = ("clerk", "handler", "director", "archivist")
GOODS = ("钢材", "废旧物资", "农产品", "电子元件", "服装", "塑料粒子", "煤炭", "汽车配件")
CITY = Actor("p-1", "张三", frozenset(f"{role}:sat/zj/nb/hs/" for role in ROLES[:3]), ("sat/zj/nb/",))
PROVINCE = Actor("p-2", "李四", frozenset({"director:sat/zj/nb/hs/"}), ("sat/zj/",))


@dataclass(frozen=True)
class Population:
    """Among whom the tasks are spread; `post` is the identifier of a role at an office."""

    offices: Sequence[str] = tuple(DISTRICTS)
    roles: Sequence[str] = ROLES
    post: Callable[[str, str], str] = "{}:{}".format


POPULATION = Population()


def tasks(count: int, seed: int = 7, among: Population = POPULATION) -> Iterator[tuple[Any, ...]]:
    """(id, office, process, due, assignee, title, number, role), one in five assigned to one of 300 people."""
    chance = random.Random(seed)
    for n in range(count):
        due = NEVER if chance.random() < 0.1 else TODAY + timedelta(days=chance.randrange(-30, 90))
        assignee = f"p-{chance.randrange(300)}" if chance.random() < 0.2 else None
        title = f"{chance.choice(GOODS)}有限公司 {n} 号增值税专用发票协查"
        yield (
            new_id(),
            chance.choice(among.offices),
            chance.choice(PROCESSES),
            due,
            assignee,
            title,
            f"甬协查2026-{n:06}",
            chance.choice(among.roles),
        )


def load(database: Database, count: int, among: Population = POPULATION) -> None:
    """Writes cases and open tasks as the engine would, without playing them."""
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    with database.write(LONG) as session:
        link = Link(session)
        at = link.moment(moment)
        link.run(
            "INSERT INTO definition (id, procedure, version, content_hash, files, message, deployed_at, deployed_by) VALUES ('d', 'toys', 1, 'x', '{}', '', ?, 'x')",
            at,
        )
        rows = list(tasks(count, among=among))
        link.many(
            "INSERT INTO instance (id, definition_id, procedure, process_id, business_key, title, office_id, scope, status, version, state, mac,"
            " due_label, started_at, started_by) VALUES (?, 'd', 'toys', ?, ?, ?, 'o', ?, 'active', 1, ?, '', '', ?, 'x')",
            [(r[0], r[2], r[6], r[5], r[1], b"", at) for r in rows],
        )
        link.many(
            "INSERT INTO task (id, instance_id, token, element, name, name_en, procedure, process_id, business_key, title, scope, state,"
            " assignee_id, assignee_name, opened_at, opened_version, due_on) VALUES (?, ?, 1, 'review', '审核', 'Review', 'toys', ?, ?, ?, ?, 'open', ?, '', ?, 1, ?)",
            [(r[0], r[0], r[2], r[6], r[5], r[1], r[4], at, link.due(r[3])) for r in rows],
        )
        link.many(
            "INSERT INTO task_candidate (task_id, post_id, process_id, claimable, due_on) VALUES (?, ?, ?, ?, ?)",
            [(r[0], among.post(r[7], r[1]), r[2], 0 if r[4] else 1, link.due(r[3])) for r in rows],
        )
        for office in among.offices:
            offices.add(link, office, [(r[2], link.due(r[3]), r[0]) for r in rows if r[1] == office])


def timed(database: Database, actor: Actor, query: WorklistQuery, rounds: int = 15) -> dict[str, float]:
    """Milliseconds of the whole page, counts included."""
    found = []
    for _ in range(rounds):
        begun = time.perf_counter()
        with database.read() as session:
            worklist.page(Link(session), actor, query)
        found.append((time.perf_counter() - begun) * 1000)
    return {"min": round(min(found), 2), "p50": round(statistics.median(found), 2), "max": round(max(found), 2)}


def measure(database: Database) -> dict[str, Any]:
    """Every kind of page that the worklist offers."""
    with database.read() as session:
        far = worklist.page(Link(session), PROVINCE, WorklistQuery(TODAY, scope="office", limit=5000)).next_cursor
    return {
        "mine": timed(database, CITY, WorklistQuery(TODAY)),
        "claimable, three posts": timed(database, CITY, WorklistQuery(TODAY, scope="claimable")),
        "office, a city": timed(database, CITY, WorklistQuery(TODAY, scope="office")),
        "office, the province": timed(database, PROVINCE, WorklistQuery(TODAY, scope="office")),
        "province, page 200": timed(database, PROVINCE, WorklistQuery(TODAY, scope="office", after=far)),
        "province, overdue": timed(database, PROVINCE, WorklistQuery(TODAY, scope="office", term="overdue")),
        "province, half filled in": timed(database, PROVINCE, WorklistQuery(TODAY, scope="office", state="draft")),
        "province, returned": timed(database, PROVINCE, WorklistQuery(TODAY, scope="office", state="returned", returns=RETURNS)),
        "province, one process": timed(database, PROVINCE, WorklistQuery(TODAY, scope="office", process_id=PROCESSES[4])),
        "claimable, a word in it": timed(database, CITY, WorklistQuery(TODAY, scope="claimable", text="钢材")),
        "province, a common word": timed(database, PROVINCE, WorklistQuery(TODAY, scope="office", text="钢材")),
        "province, one number": timed(database, PROVINCE, WorklistQuery(TODAY, scope="office", text="2026-012345")),
        "province, nothing found": timed(database, PROVINCE, WorklistQuery(TODAY, scope="office", text="没有这个词")),
    }


def main() -> None:
    """Prints and keeps the figures."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder)}/bench.db")
        create_all(database)
        load(database, TASKS)
        figures = measure(database)
        database.dispose()
    machine.write("worklist", {"open_tasks": TASKS, "ms": figures})


if __name__ == "__main__":
    main()
