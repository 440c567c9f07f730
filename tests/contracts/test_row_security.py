"""The second wall on PostgreSQL: what the hardened role is shown of cases is what `engine.rights.sees` says, whatever a query forgets."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product

import pytest
from sqlalchemy import text

from db import row_security, sight
from db.clock import ManualClock
from db.session import Database
from db.sight import EVERYTHING, NOTHING, SETTING, seeing
from engine.board import ladder
from engine.link import Link
from engine.people import Actor, Stead
from engine.rights import sees
from engine.sight import sight_of
from records.coinvestigation.kinds import Nature, Source
from records.coinvestigation.model import Delegation, Finding, InvoiceFace, Receipt, ReceiptInvoice
from records.offices.model import Office
from tests.factories.hardened import hardened

SCOPES = ("nb/", "nb/hs/", "nb/hs/t1/", "nb/yz/", "nbx/", "sz/")
POSTS, PEOPLE, PROCESSES = ("p1", "p2", "p3", "enterprise:A1", "enterprise:B2"), ("ann", "bob", "cao", "dou"), ("reply", "delegation")
CASES = 60
MATTERS = 40
TALLIED = " UNION ALL ".join(f"SELECT '{tally} ' || scope || process_id FROM {tally}_tally" for tally in ("case", "person", "step"))
MOMENT = "2026-03-02 01:00:00+00"
NOW, DAY = datetime(2026, 3, 2, 1, tzinfo=UTC), date(2026, 3, 2)


@pytest.fixture
def application(postgres: Database) -> Iterator[Database]:
    """The database as the hardened role reaches it."""
    with hardened(postgres) as address:
        database = Database(address)
        yield database
        database.dispose()


def fill(database: Database, dice: random.Random) -> None:
    """Cases of random offices with tasks, candidates, seats and parties."""
    with database.write() as session:
        link = Link(session)
        link.put("INSERT INTO definition (id, procedure, version, content_hash, files, message, deployed_at, deployed_by) VALUES ('d', 'x', 1, '', '{}', '', ?, '')", MOMENT)
        for n in range(CASES):
            case, scope, process = f"c{n:03}", dice.choice(SCOPES), dice.choice(PROCESSES)
            link.put(
                "INSERT INTO instance (id, definition_id, procedure, process_id, title, business_key, office_id, scope, status, version, state, mac, due_label, started_at, started_by)"
                " VALUES (?, 'd', 'x', ?, 'T', '', 'o', ?, 'active', 1, '', '', '', ?, 'x')", case, process, scope, MOMENT,
            )  # fmt: skip
            link.put("INSERT INTO history (instance_id, at, kind, element, name, person_id, person_name) VALUES (?, ?, 'begun', '', '', '', '')", case, MOMENT)
            if dice.random() < 0.2:
                link.put("INSERT INTO case_party (party, instance_id) VALUES (?, ?)", dice.choice(POSTS[3:]), case)
            for number in range(dice.randrange(3)):
                _task(link, dice, case, scope, process, f"{case}t{number}")
        for scope, process in product(SCOPES, (*PROCESSES, "")):  # of a person's work those of all processes together, too
            link.put("INSERT INTO person_tally (process_id, month, scope, person_id, done, dated, in_time, seconds) VALUES (?, '2026-02', ?, 'ann', 1, 1, 1, 60)", process, scope)
            link.put("INSERT INTO case_tally (scope, beneath, month, process_id, done, dated, in_time, seconds) VALUES (?, 0, '2026-02', ?, 1, 1, 1, 60)", scope, process)
            rungs = ", ".join(ladder.COLUMNS)
            link.put(f"INSERT INTO step_tally (scope, beneath, process_id, month, element, done, seconds, {rungs}) VALUES (?, 0, ?, '2026-02', 'e', 1, 60{', 0' * len(ladder.COLUMNS)})", scope, process)


def _task(link: Link, dice: random.Random, case: str, scope: str, process: str, task: str) -> None:
    state = dice.choice(("open", "open", "completed", "cancelled"))
    holder = dice.choice((None, *PEOPLE))
    link.put(
        "INSERT INTO task (id, instance_id, token, element, name, name_en, procedure, process_id, title, business_key, scope, state, assignee_id, assignee_name, opened_at, opened_version, due_on, closed_by)"
        " VALUES (?, ?, 1, 'e', 'E', 'E', 'x', ?, 'T', '', ?, ?, ?, '', ?, 1, '9999-12-31', ?)",
        task, case, process, scope, state, holder, MOMENT, holder if state == "completed" else None,
    )  # fmt: skip
    if state == "open":
        link.many(
            "INSERT INTO task_candidate (task_id, post_id, process_id, claimable, due_on) VALUES (?, ?, ?, 1, '9999-12-31')",
            [(task, post, process) for post in dice.sample(POSTS, dice.randrange(3))],
        )
    for seat in range(dice.randrange(2)):
        person = dice.choice((None, *PEOPLE))
        link.put(
            "INSERT INTO task_party (id, task_id, instance_id, round, kind, number, post_id, person_id, for_id, state, asked_at, due_on) VALUES (?, ?, ?, 'r', ?, 1, ?, ?, ?, ?, ?, '9999-12-31')",
            f"{task}s{seat}", task, case, dice.choice(("sign", "ask", "before")), dice.choice(POSTS[:3]), person, dice.choice(("", "", *PEOPLE)),
            dice.choice(("open", "waiting", "withdrawn", "agreed", "unread")), MOMENT,
        )  # fmt: skip


def somebody(dice: random.Random) -> Actor:
    """An outside party, or a person with random posts and paths who may deputise for up to two others in processes that do not overlap."""
    person = dice.choice(PEOPLE)
    if dice.random() < 0.15:
        party = dice.choice(POSTS[3:])
        return Actor(person, person, frozenset({party}), party=party)
    processes = [frozenset({PROCESSES[0]}), frozenset({PROCESSES[1]})] if dice.random() < 0.7 else [frozenset[str]()]
    steads = tuple(
        Stead(dice.choice(PEOPLE), "", _posts(dice), tuple(dice.sample(SCOPES, dice.randrange(2))), frozenset(), which)
        for which in processes[: dice.randrange(3)]
    )
    return Actor(person, person, _posts(dice), tuple(dice.sample(SCOPES, dice.choice((0, 0, 1, 1, 2)))), steads=steads)


def _posts(dice: random.Random) -> frozenset[str]:
    return frozenset(dice.sample(POSTS[:3], dice.randrange(2)))


def shown(database: Database, sql: str) -> set[str]:
    with database.read() as session:
        return {str(row[0]) for row in Link(session).all(sql)}


def tallied(actor: Actor) -> set[str]:
    """The rows of finished work that somebody sees, as TALLIED tells them."""
    return {f"{tally} {scope}{process}" for tally in ("case", "person", "step") for scope, process in product(SCOPES, (*PROCESSES, "")) if actor.sees(scope, process)}


@pytest.mark.parametrize("seed", range(3))
def test_the_database_shows_exactly_the_cases_that_somebody_sees(postgres: Database, application: Database, seed: int) -> None:
    dice, compared, seen = random.Random(seed), 0, 0
    fill(postgres, dice)
    for _ in range(60):
        actor = somebody(dice)
        with postgres.read() as session:
            link = Link(session)
            expected = {f"c{n:03}" for n in range(CASES) if sees(link, f"c{n:03}", actor)}
            tasks = {row[0] for row in link.all("SELECT id, instance_id FROM task") if row[1] in expected}
        with seeing(sight_of(actor)):
            assert shown(application, "SELECT id FROM instance") == expected, actor
            assert shown(application, "SELECT instance_id FROM history") == expected, actor
            assert shown(application, "SELECT id FROM task") == tasks, actor
            assert shown(application, TALLIED) == tallied(actor), actor
        compared, seen = compared + CASES, seen + len(expected)

    assert 0.1 < seen / compared < 0.9


def matters(database: Database, dice: random.Random) -> list[tuple[Delegation, list[Receipt]]]:
    """Delegations of random offices, most of them sent, some received and passed down; each side may have a case, of its own office."""
    with database.read() as session:
        cases = {scope: [row[0] for row in Link(session).all("SELECT id FROM instance WHERE scope = ?", scope)] for scope in SCOPES}
    found = list[tuple[Delegation, list[Receipt]]]()
    with database.write() as session:
        session.add_all(Office(id=scope.replace("/", "-"), code=scope[:-1].replace("/", "-"), name="", name_en="", level="city", scope=scope) for scope in SCOPES)
        for n in range(MATTERS):
            here, there, below = (dice.choice(SCOPES) for _ in range(3))
            sent = dice.random() < 0.7
            given = Delegation(
                id=f"d{n}", name="N", name_generated=False, source=Source.MANUAL, nature=Nature.DOUBTFUL, from_office_id=here.replace("/", "-"), from_scope=here, state="sent" if sent else "draft",
                to_office_id=there.replace("/", "-"), to_scope=there, created_by="x", created_by_name="x", created_on=DAY, created_at=NOW, sent_on=DAY if sent else None, case_id=dice.choice(["", *cases[here]]),
            )  # fmt: skip
            places = list(dict.fromkeys([there, below]))[: dice.randrange(3) if sent else 0]
            receipts = [
                Receipt(
                    id=f"r{n}{place}", delegation_id=given.id, office_id=place.replace("/", "-"), scope=place, from_office_id="", nature=Nature.DOUBTFUL, invoice_count=1, amount=Decimal(1), tax=Decimal(1),
                    state="received", received_on=DAY, received_by="x", case_id=dice.choice(["", *cases[place]]),
                )
                for place in places
            ]  # fmt: skip
            face = InvoiceFace(
                id=f"f{n}", office_id=given.from_office_id, scope=here, source=Source.MANUAL, identity=f"{n}", invoice_code="1", invoice_number="1", copy="", amount=Decimal(1), tax=Decimal(1), issued_on=DAY,
                seller_id="", seller_name="", seller_region="", buyer_id="", buyer_name="", buyer_region="", entered_by="x", entered_at=NOW, delegation_id=given.id,
            )  # fmt: skip
            for rows in ([given], [face, *receipts]):
                session.add_all(rows)
                session.flush()
            for receipt in receipts:
                session.add(ReceiptInvoice(receipt_id=receipt.id, face_id=face.id))
                session.add(Finding(subject_id=receipt.id, face_id=face.id, delegation_id=given.id, found_by="x", found_by_name="x", found_at=NOW))
            found.append((given, receipts))
    return found


@pytest.mark.parametrize("seed", range(2))
def test_the_database_shows_exactly_the_matters_of_which_somebody_sees_a_side(postgres: Database, application: Database, seed: int) -> None:
    dice, seen = random.Random(seed), 0
    fill(postgres, dice)
    made = matters(postgres, dice)
    for _ in range(40):
        actor = somebody(dice)
        with postgres.read() as session:
            shown_cases = {case for case in {row.case_id for given, receipts in made for row in (given, *receipts)} if case and sees(Link(session), case, actor)}

        def is_side(scope: str, case: str, who: Actor = actor, cases: set[str] = shown_cases) -> bool:
            return case in cases or any(scope.startswith(path) for path in who.scopes)

        expected = {
            given.id
            for given, receipts in made
            if is_side(given.from_scope, given.case_id) or (given.sent_on and is_side(given.to_scope, "")) or any(is_side(one.scope, one.case_id) for one in receipts)
        }  # fmt: skip
        received = {one.id for given, receipts in made for one in receipts if given.id in expected}
        with seeing(sight_of(actor)):
            assert shown(application, "SELECT id FROM delegation") == expected, actor
            assert shown(application, "SELECT delegation_id FROM invoice_face") == expected, actor
            for table, column in (("delegation_receipt", "id"), ("receipt_invoice", "receipt_id"), ("receipt_finding", "subject_id")):
                assert shown(application, f"SELECT {column} FROM {table}") == received, actor
        seen += len(expected)

    assert 0.1 < seen / (40 * MATTERS) < 0.9


def test_a_case_that_is_read_opens_the_record_that_it_names_and_no_other(postgres: Database, application: Database) -> None:
    made = matters(postgres, random.Random(5))
    nobody = Actor("nobody-of-these", "ann")
    receipt = next(receipts[0] for _given, receipts in made if receipts)

    for named, expected in (((), set[str]()), (("", "d0"), {"d0"}), ((receipt.id, ""), {receipt.delegation_id})):
        with seeing(sight_of(nobody).naming(*named)):
            assert shown(application, "SELECT id FROM delegation") == expected
    assert NOTHING.naming("d0") is NOTHING
    assert EVERYTHING.naming("d0") is EVERYTHING


def test_a_query_that_forgets_its_condition_leaks_nothing(postgres: Database, application: Database) -> None:
    fill(postgres, random.Random(1))
    ann = Actor("nobody-of-these", "ann", scopes=("nb/hs/",))
    with seeing(sight_of(ann)):
        assert shown(application, "SELECT scope FROM instance") == {"nb/hs/", "nb/hs/t1/"}
        counted = shown(application, "SELECT count(*) FROM instance")
    with postgres.read() as session:
        assert counted == {str(row[0]) for row in session.execute(text("SELECT count(*) FROM instance WHERE scope LIKE 'nb/hs/%'"))}


def test_a_server_that_was_told_nothing_shows_nothing(postgres: Database, application: Database) -> None:
    fill(postgres, random.Random(2))
    for table in row_security.tables():
        with application.engine.connect() as connection:
            assert connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar() == 0, table
        with seeing(NOTHING):
            assert shown(application, f'SELECT count(*) FROM "{table}"') == {"0"}, table
    assert shown(application, "SELECT count(*) FROM instance") == {str(CASES)}
    with application.write() as session:
        assert session.execute(text("SELECT count(*) FROM instance")).scalar() == CASES


def test_what_was_told_ends_with_its_transaction(application: Database, clock: ManualClock) -> None:
    with seeing(EVERYTHING), application.read() as session:
        assert session.execute(text(f"SELECT current_setting('{SETTING}')")).scalar() == "*"
    with application.engine.connect() as connection:
        assert connection.exec_driver_sql(f"SELECT coalesce(current_setting('{SETTING}', true), '')").scalar() == ""
    assert sight.current() is EVERYTHING
    assert clock.today() == date(2026, 3, 2)


def test_a_glance_before_a_step_sees_what_the_step_does(postgres: Database, application: Database) -> None:
    fill(postgres, random.Random(3))
    with application.write() as session:
        assert Link(session).glance("SELECT count(*) FROM instance") == (CASES,)


def test_the_owner_is_not_bound(postgres: Database, application: Database) -> None:
    fill(postgres, random.Random(4))
    with seeing(NOTHING):
        assert shown(postgres, "SELECT count(*) FROM instance") == {str(CASES)}
        assert shown(application, "SELECT count(*) FROM instance") == {"0"}
