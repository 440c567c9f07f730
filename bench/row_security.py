"""What the second wall costs on PostgreSQL: pages over 100,000 open tasks, asked in turn by the owner, whom it does not bind, and by the
application's role, whom it does.

JINSHUI_TEST_POSTGRES names an empty database; everything in it is dropped.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench import machine, matters
from bench.worklist import CITY, PROCESSES, PROVINCE, RETURNS, TASKS, TODAY, load
from db.session import Database
from db.sight import seeing
from db.timeouts import LONG
from engine import dossiers, worklist
from engine.link import Link
from engine.people import Actor
from engine.rights import sees
from engine.scopes import Store
from engine.sight import sight_of
from engine.worklist import WorklistQuery
from records.coinvestigation import listing, registers
from records.coinvestigation.listing import FaceQuery
from records.coinvestigation.registers import RegisterQuery
from tests.factories.hardened import hardened
from tests.rooms import create_all, drop_all

ROUNDS, SECONDS = 40, 8.0  # of a page on either side: as many rounds as this, or as fit into so long
EVENTS = 40  # of each of CASES
CASES = 2_000
DISTRICT = Actor("p-3", "王五", frozenset({"clerk:sat/zj/nb/hs/"}), ("sat/zj/nb/hs/",))
Page = Callable[[Session, Actor], object]


def _page(**query: Any) -> Page:
    return lambda session, actor: worklist.page(Link(session), actor, WorklistQuery(TODAY, **query))


def _case(session: Session, actor: Actor) -> object:
    """What a case page reads: sight, tasks, events, variables, seats, files, remarks."""
    link = Link(session)
    row = link.one("SELECT id FROM instance WHERE scope = 'sat/zj/nb/hs/' AND title LIKE '%!%' LIMIT 1")
    assert row is not None
    case = str(row[0])
    assert sees(link, case, actor)
    tables = ("comment", "attachment", "incident", "task_party", "deadline")
    of_case = [(f"SELECT * FROM {table} WHERE {'subject_id' if table == 'deadline' else 'instance_id'} = ?", (case,)) for table in tables]
    return worklist.of_case(link, case), dossiers.history(link, case), Store.load(link, case), link.several(*of_case)


def _cases(session: Session, actor: Actor) -> object:
    """The newest cases of the reader's offices, as the list of cases asks for those of few offices."""
    link = Link(session)
    return [
        link.all("SELECT id, title FROM instance WHERE scope = ? ORDER BY started_at DESC, id DESC LIMIT 26", office)
        for office in (dossiers._offices(link, list(actor.scopes)) or [])
    ]


def _register(which: Callable[..., object]) -> Page:
    return lambda session, actor: which(session, actor.scopes, RegisterQuery(), TODAY)


def _invoices(word: str = "") -> Page:
    """A page of the invoices of the largest matter that the reader's office has received from another."""

    def page(session: Session, actor: Actor) -> object:
        largest = text("SELECT delegation_id FROM delegation_receipt WHERE scope = :scope ORDER BY invoice_count DESC, id LIMIT 1")
        given = session.execute(largest, {"scope": actor.scopes[0]}).scalar_one()
        subject = listing.subject_of_case(session, "-", str(given), "")
        assert subject is not None
        assert subject.is_receipt
        return listing.faces(session, subject, FaceQuery(word))

    return page


PAGES: Mapping[str, tuple[Actor, Page]] = {
    "mine": (CITY, _page()),
    "claimable, three posts": (CITY, _page(scope="claimable")),
    "office, a district": (DISTRICT, _page(scope="office")),
    "office, a city": (CITY, _page(scope="office")),
    "office, the province": (PROVINCE, _page(scope="office")),
    "province, one process": (PROVINCE, _page(scope="office", process_id=PROCESSES[4])),
    "province, returned": (PROVINCE, _page(scope="office", state="returned", returns=RETURNS)),
    "district, a common word": (DISTRICT, _page(scope="office", text="钢材")),
    "province, a common word": (PROVINCE, _page(scope="office", text="钢材")),
    "province, one number": (PROVINCE, _page(scope="office", text="2026-012345")),
    "district, one number": (DISTRICT, _page(scope="office", text="2026-012345")),
    "cases of a city": (CITY, _cases),
    "a case page": (DISTRICT, _case),
    "register of a district, delegated": (DISTRICT, _register(registers.delegated)),
    "register of a district, received": (DISTRICT, _register(registers.received)),
    "register of the province, received": (PROVINCE, _register(registers.received)),
    "invoices of what another office sent": (DISTRICT, _invoices()),
    "invoices of what another office sent, a word": (DISTRICT, _invoices("00012345")),
    "a count without any condition": (DISTRICT, lambda session, _actor: session.execute(text("SELECT count(*) FROM task")).scalar()),
}


def prepare(database: Database) -> None:
    """100,000 cases with a task each, a history for some, and delegations with their invoices."""
    load(database, TASKS)
    with database.write(LONG) as session:
        session.execute(text("UPDATE instance SET title = title || '!%!' WHERE id IN (SELECT id FROM instance WHERE scope = 'sat/zj/nb/hs/' LIMIT 1)"))
        session.execute(
            text(
                "INSERT INTO history (instance_id, at, kind, element, name, person_id, person_name) SELECT i.id, now(), 'completed_task', 'review', '审核', 'p-1', '张三'"
                " FROM (SELECT id FROM instance WHERE title LIKE '%!' UNION (SELECT id FROM instance LIMIT :cases)) i, generate_series(1, :events)"
            ),
            {"cases": CASES, "events": EVENTS},
        )
        matters.load(session)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")  # of this connection, which ends with the pool: it takes longer than a step may
        connection.exec_driver_sql("VACUUM ANALYZE")
    database.dispose()


def once(database: Database, actor: Actor, page: Page) -> float:
    """Milliseconds of one reading transaction."""
    begun = time.perf_counter()
    with seeing(sight_of(actor)), database.read(LONG) as session:
        page(session, actor)
    return (time.perf_counter() - begun) * 1000


def measured(databases: Mapping[str, Database], actor: Actor, page: Page) -> dict[str, dict[str, float]]:
    """Milliseconds of a page on each of the databases, asked in turn; the first two rounds prepare the statements and do not count."""
    found, begun, rounds = {kind: list[float]() for kind in databases}, time.perf_counter(), 0
    while rounds < 3 or (rounds < ROUNDS + 2 and time.perf_counter() - begun < SECONDS):
        for kind, database in databases.items():
            found[kind].append(once(database, actor, page))
        rounds += 1
    return {kind: {"min": round(min(all_[2:]), 2), "p50": round(statistics.median(all_[2:]), 2), "rounds": rounds - 2} for kind, all_ in found.items()}


def main() -> None:
    """Prints and keeps the figures."""
    owner = Database(os.environ["JINSHUI_TEST_POSTGRES"])
    drop_all(owner)
    create_all(owner)
    prepare(owner)
    with hardened(owner) as address:
        walled = Database(address)
        figures = {name: measured({"without": owner, "with": walled}, *asked) for name, asked in PAGES.items()}
        walled.dispose()
    drop_all(owner)
    owner.dispose()
    machine.write("row_security", {"open_tasks": TASKS, "ms": figures})


if __name__ == "__main__":
    main()
