"""An outside party sees exactly the cases that name it: in lists, searches, pages, attachments, tasks; and nothing else."""

from __future__ import annotations

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.errors import NotFound, NotYours
from engine.people import Actor
from engine.worklist import WorklistQuery
from tests.factories.bpmn import chain, end, process, properties, start, user
from tests.factories.kit import ANN, Kit

SIGNING = process(
    properties(parties='if firm = null then null else "enterprise:" + firm'), start(), user("hand_in", "enterprise@party"), user("check"), end(),
    chain("begun", "hand_in", "check", "done"),
)  # fmt: skip
INSIDE = process(start(), user("think"), end(), chain("begun", "think", "done"), id_="inside")


def account(number: str) -> Actor:
    return Actor(f"of {number}", number, frozenset({f"enterprise:{number}"}), roles=frozenset({"enterprise"}), party=f"enterprise:{number}")


FIRM, OTHER = account("A1"), account("B2")


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    kit = Kit(any_database, clock)
    kit.deploy(toy_bpmn=SIGNING, inside_bpmn=INSIDE)
    return kit


def items(kit: Kit, actor: Actor, scope: str, text: str = "") -> list[str]:
    page = kit.engine.worklist(actor, WorklistQuery(kit.clock.today(), scope=scope, text=text))
    assert page.scopes[scope] == len(page.items)
    return [row.instance_id for row in page.items]


def test_a_party_finds_its_cases_and_tasks_and_no_others(kit: Kit) -> None:
    mine, others, inside = kit.start(firm="A1"), kit.start(firm="B2"), kit.start("inside")

    assert [head.instance_id for head in kit.engine.cases(FIRM)[0]] == [mine]
    assert [head.instance_id for head in kit.engine.cases(FIRM, text="案子")[0]] == [mine]
    assert items(kit, FIRM, "claimable") == items(kit, FIRM, "claimable", "案子") == [mine]
    assert items(kit, FIRM, "office") == items(kit, FIRM, "office", "案子") == []
    assert kit.engine.header(mine, FIRM).instance_id == mine
    for case in (others, inside):
        for look in (kit.engine.header, kit.engine.case, kit.engine.diagram):
            with pytest.raises(NotFound):
                look(case, FIRM)
        with pytest.raises(NotFound):
            kit.engine.task(next(iter(kit.open(case).values())), FIRM)


def test_files_and_remarks_of_another_case_are_not_there(kit: Kit) -> None:
    mine, others = kit.start(firm="A1"), kit.start(firm="B2")
    file = kit.engine.attach(others, "a.pdf", b"%PDF", "application/pdf", ANN, kit.key())
    own = kit.engine.attach(mine, "b.pdf", b"%PDF", "application/pdf", FIRM, kit.key())

    assert kit.engine.attachment(own, FIRM)[0] == "b.pdf"
    with pytest.raises(NotFound):
        kit.engine.attachment(file, FIRM)
    with pytest.raises(NotFound):
        kit.engine.comment(others, "你好", FIRM, kit.key())


def test_the_party_does_its_own_task_and_no_other(kit: Kit) -> None:
    case = kit.start(firm="A1")
    task = kit.open(case)["hand_in"]

    for stranger in (OTHER, ANN):
        with pytest.raises(NotYours):
            kit.engine.claim(task, stranger, kit.key())
    kit.engine.complete(task, {}, FIRM, kit.key())
    with pytest.raises(NotYours):
        kit.engine.complete(kit.open(case)["check"], {}, FIRM, kit.key())
    kit.complete(case, "check")
    assert kit.engine.header(case, FIRM).status == "completed"


def test_a_party_that_is_no_longer_named_no_longer_sees_the_case(kit: Kit) -> None:
    case = kit.start(firm="A1")
    kit.complete(case, "hand_in", FIRM)
    with kit.database.write() as session:
        from engine.case import Case
        from engine.link import Link

        loaded = Case.load(kit.kernel, session, Link(session), case)
        root = next(iter(loaded.machine.scopes.values()))
        loaded.put(root, "firm", "B2")
        loaded.flush()

    with pytest.raises(NotFound):
        kit.engine.header(case, FIRM)
    assert kit.engine.header(case, OTHER).instance_id == case


def test_a_case_that_names_nobody_is_seen_by_no_party(kit: Kit) -> None:
    case = kit.start("inside")

    assert kit.rows("SELECT count(*) FROM case_party") == [(0,)]
    with pytest.raises(NotFound):
        kit.engine.header(case, FIRM)
