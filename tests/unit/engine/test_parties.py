"""An outside party sees exactly the cases that name it: in lists, searches, pages, attachments, tasks; and nothing else."""

from __future__ import annotations

from functools import partial

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.errors import NotFound, NotYours, TaskNotOpen
from engine.people import Actor
from engine.worklist import WorklistQuery
from tests.factories.bpmn import chain, end, process, properties, script, start, user
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


# --- a party that starts a case, and what it is shown of it ----------------------------------------------------------------

ASKED = process(
    properties(parties='"enterprise:" + firm', offered_to="enrolment = null and not(list contains(running, \"asking\"))"),
    start(), user("hand_in", "enterprise@party"), user("check"), end(), chain("begun", "hand_in", "check", "done"),
    id_="asking", camunda_candidateStarterGroups="enterprise@party, clerk@own",
)  # fmt: skip


@pytest.fixture
def asking(any_database: Database, clock: ManualClock) -> Kit:
    kit = Kit(any_database, clock)
    kit.deploy(asking_bpmn=ASKED)
    kit.hire(FIRM, OTHER, COLLEAGUE)
    kit.bench.directory.competent = {"enterprise:A1": "nb", "enterprise:B2": "sz"}
    return kit


COLLEAGUE = Actor("second of A1", "second", frozenset({"enterprise:A1"}), roles=frozenset({"enterprise"}), party="enterprise:A1")


def begin(kit: Kit, actor: Actor, office: str, firm: str = "A1") -> str:
    return kit.engine.start("asking", office_id=office, actor=actor, key=kit.key(), variables={"firm": firm}).instance_id


def test_a_party_starts_at_its_own_competent_office_and_nowhere_else(asking: Kit) -> None:
    assert [view.office_ids for view in asking.engine.startable(FIRM)] == [("nb",)]
    case = begin(asking, FIRM, "nb")

    assert asking.engine.header(case, FIRM).office_id == "nb"
    assert list(asking.open(case)) == ["hand_in"]
    for actor, office in ((FIRM, "sz"), (OTHER, "nb"), (ANN, "sz")):
        with pytest.raises(NotYours):
            begin(asking, actor, office)


def test_a_party_files_for_no_other(asking: Kit) -> None:
    with pytest.raises(NotYours, match="当事人"):
        begin(asking, FIRM, "nb", firm="B2")
    assert asking.rows("SELECT count(*) FROM instance") == [(0,)]


@pytest.mark.parametrize(("firm", "written"), [("A1", "A1"), ("A1", "B2"), ("B2", "B2"), ("B2", "A1")])
def test_what_ends_in_the_step_that_begins_it_names_its_party_too(asking: Kit, firm: str, written: str) -> None:
    """By what the model knew when it ended, of which the start form need not have known."""
    asking.deploy(filed_bpmn=process(
        properties(parties='"enterprise:" + firm'), start(), script("write", "firm", f'"{written}"'), end(), chain("begun", "write", "done"),
        id_="filed", camunda_candidateStarterGroups="enterprise@party",
    ))  # fmt: skip
    file = partial(asking.engine.start, "filed", office_id="nb", actor=FIRM, key=asking.key(), variables={"firm": firm})
    if written == "A1":
        assert asking.engine.header(file().instance_id, FIRM).status == "completed"
        return
    with pytest.raises(NotYours, match="当事人"):
        file()
    assert asking.rows("SELECT count(*) FROM instance") == [(0,)]


def test_what_can_only_be_refused_is_not_offered(asking: Kit) -> None:
    asking.bench.directory.known = {"enterprise:B2": {"enrolment": "enrolled"}}
    assert [view.model.process_id for view in asking.engine.of_use(FIRM)] == ["asking"]
    assert asking.engine.of_use(OTHER) == []

    begin(asking, FIRM, "nb")
    assert asking.engine.of_use(FIRM) == []  # one is under way


def test_of_a_case_a_party_is_shown_its_own_and_nothing_from_inside(asking: Kit) -> None:
    case = begin(asking, FIRM, "nb")
    own = asking.open(case)["hand_in"]
    asking.complete(case, "hand_in", COLLEAGUE)
    inside = asking.open(case)["check"]
    mine = asking.engine.attach(case, "ours.pdf", b"%PDF", "application/pdf", COLLEAGUE, asking.key())
    theirs = asking.engine.attach(case, "theirs.pdf", b"%PDF", "application/pdf", ANN, asking.key())
    asking.engine.comment(case, "内部意见", ANN, asking.key())
    asking.engine.comment(case, "请问进展", FIRM, asking.key())

    seen = asking.engine.case(case, FIRM)
    assert [row["filename"] for row in seen.attachments] == ["ours.pdf"]
    assert [row["text"] for row in seen.comments] == ["请问进展"]
    assert (seen.open_tasks, seen.incidents, seen.variables, seen.done, seen.has_earlier) == ([], [], {}, [], False)
    assert [(row.kind, row.person_id) for row in seen.history] == [("started", FIRM.person_id), ("completed_task", COLLEAGUE.person_id)]
    assert asking.engine.attachment(mine, FIRM)[0] == "ours.pdf"
    with pytest.raises(NotFound):
        asking.engine.attachment(theirs, FIRM)
    for look in (lambda: asking.engine.task(inside, FIRM), lambda: asking.engine.diagram(case, FIRM), lambda: asking.engine.history(case, FIRM, 0)):
        with pytest.raises(NotFound):
            look()
    with pytest.raises(TaskNotOpen):
        asking.engine.task(own, FIRM)
    (place,) = asking.engine.standings([case], FIRM)[case]
    assert (place.posts, place.is_own) == (("clerk:nb",), False)
    assert [task.element for task in asking.engine.case(case, ANN).open_tasks] == ["check"]
    assert len(asking.engine.case(case, ANN).attachments) == 2


def test_a_failure_is_a_matter_of_the_authority(asking: Kit) -> None:
    case = begin(asking, FIRM, "nb")
    with asking.database.write() as session:
        from engine import incidents
        from engine.link import Link

        failed = incidents.Failed("complete", FIRM.person_id, {"task_id": asking.open(case)["hand_in"], "values": {}}, case, "hand_in", "")
        id_ = incidents.record(Link(session), asking.clock.now(), failed, "cupboard", "")

    assert asking.engine.case(case, FIRM).incidents == []
    with pytest.raises(NotFound):
        asking.engine.retry_incident(id_, FIRM, asking.key())


def told(kit: Kit) -> list[tuple[str, str, tuple[str, ...], str]]:
    """What the parties of cases hear from now on."""
    heard = list[tuple[str, str, tuple[str, ...], str]]()
    kit.kernel.on_moved = lambda _session, moved: heard.append((moved.kind, moved.step, moved.posts, moved.because))
    return heard


def test_a_party_hears_that_its_case_is_over_and_how(kit: Kit) -> None:
    case = kit.start(firm="A1")
    kit.complete(case, "hand_in", FIRM)
    kit.forget()
    heard = told(kit)
    kit.complete(case, "check")

    assert (kit.status(case), heard) == ("completed", [("ended", "done", ("enterprise:A1",), "")])


def test_whoever_ends_a_case_himself_is_not_told_of_it_nor_is_anybody_of_one_that_names_nobody(kit: Kit) -> None:
    kit.deploy("more", own_bpmn=process(properties(parties='"enterprise:" + firm'), start(), user("hand_in", "enterprise@party"), end(), chain("begun", "hand_in", "done"), id_="own"))
    heard = told(kit)
    kit.complete(kit.start("own", firm="A1"), "hand_in", FIRM)
    kit.complete(kit.start("inside"), "think")

    assert heard == []


def test_a_party_hears_that_its_case_was_ended_and_why(kit: Kit) -> None:
    stopped = process(properties(parties='"enterprise:" + firm', may_cancel="clerk"), start(), user("check"), end(), chain("begun", "check", "done"), id_="stopped")
    kit.deploy("more", stopped_bpmn=stopped)
    case, heard = kit.start("stopped", firm="A1"), told(kit)
    kit.engine.cancel_case(case, "重复立案", ANN, kit.key())

    assert heard == [("stopped", "", ("enterprise:A1",), "重复立案")]
