"""Work after commit: done once with success, tried again with patience, answered as a step; and work of processes elsewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.errors import JobNotYours, StepFailed
from engine.link import Link
from engine.people import Actor
from engine.registry import BpmnError, EffectContext, StepContext
from tests.factories.bpmn import boundary, chain, end, inputs, process, properties, service, start, user
from tests.factories.kit import ANN, Kit, ToyDirectory

OPERATOR = Actor("op", "高博", frozenset(), ("nb/",), roles=frozenset({"system_administrator"}))
ERROR = '<error id="jammed" errorCode="JAM" name="卡纸"/>'
PRINTING = process(
    start(), user("fill"), service("print", "toys.print", inputs(text="title")), boundary("jam", "print", '<errorEventDefinition errorRef="jammed"/>'),
    user("read"), user("repair"), end(), chain("begun", "fill", "print", "read", "done"), chain("jam", "repair", "done"), references=ERROR,
)  # fmt: skip


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    return Kit(any_database, clock)


def test_an_effect_is_done_after_commit_and_its_answer_goes_on(kit: Kit) -> None:
    seen: list[tuple[str, object]] = []

    @kit.registry.effect("toys.print")
    def print_(ctx: EffectContext) -> dict[str, object]:
        """Prints."""
        seen.append((ctx.key, ctx.payload["text"]))
        return {"pages": 3}

    kit.deploy(toy_bpmn=PRINTING)
    case = kit.start(title="协查函")
    kit.complete(case, "fill")
    assert seen == []

    assert kit.engine.tick().effects == 1
    assert kit.engine.tick().effects == 0

    assert [text for _key, text in seen] == ["协查函"]
    assert kit.variables(case)["pages"] == 3
    assert list(kit.open(case)) == ["read"]


def test_an_effect_that_fails_is_tried_again_with_the_same_key(kit: Kit) -> None:
    keys: list[str] = []

    @kit.registry.effect("toys.print")
    def print_(ctx: EffectContext) -> None:
        """Prints."""
        keys.append(ctx.key)
        if len(keys) < 3:
            raise OSError("打印机没有纸")

    kit.deploy(toy_bpmn=PRINTING)
    case = kit.start()
    kit.complete(case, "fill")
    for seconds in (0, 5, 25):
        kit.clock.advance(timedelta(seconds=seconds))
        kit.engine.tick()

    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert list(kit.open(case)) == ["read"]


def test_the_last_failure_leaves_an_incident_that_can_be_retried(kit: Kit) -> None:
    broken = [True]

    @kit.registry.effect("toys.print")
    def print_(ctx: EffectContext) -> None:
        """Prints."""
        if broken:
            raise OSError("打印机没有纸")

    kit.deploy(toy_bpmn=PRINTING)
    case = kit.start()
    kit.complete(case, "fill")
    for _ in range(10):
        kit.engine.tick()
        kit.clock.advance(timedelta(hours=7))
    (incident,) = kit.engine.case(case, ANN).incidents
    assert (incident.element, incident.reason) == ("print", "打印机没有纸")

    broken.clear()
    kit.engine.retry_incident(incident.id, ANN, kit.key())
    kit.engine.tick()

    assert list(kit.open(case)) == ["read"]


def test_a_modelled_error_takes_its_own_way(kit: Kit) -> None:
    @kit.registry.effect("toys.print")
    def print_(ctx: EffectContext) -> None:
        """Prints."""
        raise BpmnError("JAM", "第二联卡住")

    kit.deploy(toy_bpmn=PRINTING)
    case = kit.start()
    kit.complete(case, "fill")
    kit.engine.tick()

    assert list(kit.open(case)) == ["repair"]


def test_an_answer_that_the_case_cannot_take_stops_neither_pump_nor_others(kit: Kit) -> None:
    @kit.registry.effect("toys.print")
    def print_(ctx: EffectContext) -> dict[str, object]:
        """Prints."""
        return {"pages": object()}

    kit.deploy(toy_bpmn=PRINTING)
    case = kit.start()
    kit.complete(case, "fill")

    assert kit.engine.tick().failures == 1
    assert kit.rows("SELECT state FROM outbox") == [("pending",)]


def test_what_an_operation_emits_is_done_once_per_key(kit: Kit) -> None:
    mails: list[object] = []

    @kit.registry.effect("toys.mail")
    def mail(ctx: EffectContext) -> None:
        """Mails."""
        mails.append(ctx.payload["to"])

    @kit.registry.operation("toys.print")
    def twice(ctx: StepContext) -> None:
        """Emits the same thing twice."""
        for _ in range(2):
            ctx.emit("toys.mail", {"to": "a"}, f"mail:{ctx.case.instance_id}")

    kit.deploy(toy_bpmn=PRINTING)
    kit.complete(kit.start(), "fill")
    kit.engine.tick()

    assert mails == ["a"]


# --- work of processes elsewhere -------------------------------------------------------------------------------------------


@pytest.fixture
def reading(kit: Kit) -> Kit:
    """Nobody here knows the topic, so a worker must fetch it."""
    kit.deploy(
        toy_bpmn=process(
            start(),
            service("read", "cards.read", properties(post='"reception-3"')),
            user("check"),
            end(),
            chain("begun", "read", "check", "done"),
        )
    )
    return kit


def test_a_worker_gets_a_job_for_its_post_alone_and_answers_it(reading: Kit) -> None:
    case, workers = reading.start(), reading.engine.workers

    assert workers.fetch("w1", ["cards.read"], posts=["reception-4"]) == []
    (job,) = workers.fetch("w1", ["cards.read"], posts=["reception-3"])
    assert workers.fetch("w2", ["cards.read"], posts=["reception-3"]) == []
    workers.complete(job.id, "w1", {"serial": "44-1"}, "k")
    workers.complete(job.id, "w1", {"serial": "44-1"}, "k")

    assert reading.variables(case)["serial"] == "44-1"
    assert list(reading.open(case)) == ["check"]


def test_a_worker_that_dies_loses_its_job_to_the_next(reading: Kit) -> None:
    reading.start()
    workers = reading.engine.workers
    (job,) = workers.fetch("w1", ["cards.read"], posts=["reception-3"], lease=timedelta(minutes=1))
    reading.clock.advance(timedelta(minutes=2))

    (again,) = workers.fetch("w2", ["cards.read"], posts=["reception-3"])

    assert (again.id, again.key, again.attempt) == (job.id, job.key, 2)
    with pytest.raises(JobNotYours):
        workers.complete(job.id, "w1", {}, "late")
    workers.prolong(again.id, "w2")


def test_a_worker_without_a_name_gets_and_answers_nothing(reading: Kit) -> None:
    case, workers = reading.start(), reading.engine.workers
    ((job, before),) = reading.rows("SELECT id, due_at FROM outbox")

    for act in (
        lambda: workers.complete(job, "", {"serial": "44-1"}, "k1"),
        lambda: workers.fail(job, "", "没有读到", "k2"),
        lambda: workers.raise_error(job, "", "E", "", "k3"),
        lambda: workers.prolong(job, ""),
        lambda: workers.fetch("", ["cards.read"], posts=["reception-3"]),
    ):
        with pytest.raises(JobNotYours):
            act()

    assert list(reading.open(case)) == []
    assert reading.rows("SELECT state, attempts, due_at FROM outbox") == [("pending", 0, before)]


def test_a_job_that_no_worker_came_back_with_waits_for_a_person_after_the_last_attempt(reading: Kit) -> None:
    case, workers = reading.start(), reading.engine.workers
    for _attempt in range(8):
        assert len(workers.fetch("w", ["cards.read"], posts=["reception-3"], lease=timedelta(minutes=1))) == 1
        reading.clock.advance(timedelta(minutes=2))

    assert workers.fetch("w", ["cards.read"], posts=["reception-3"]) == []
    assert reading.rows("SELECT state, worker, attempts FROM outbox") == [("failed", "", 8)]
    (incident,) = reading.engine.case(case, ANN).incidents
    assert "8 次都没有结果" in incident.reason

    reading.engine.retry_incident(incident.id, ANN, reading.key())
    (job,) = workers.fetch("w", ["cards.read"], posts=["reception-3"])
    workers.complete(job.id, "w", {"serial": "44-1"}, "k")
    assert list(reading.open(case)) == ["check"]
    assert reading.engine.case(case, ANN).incidents == []


def test_jobs_that_are_spent_keep_no_other_from_a_worker(reading: Kit) -> None:
    cases, workers = [reading.start() for _ in range(3)], reading.engine.workers
    with reading.database.write() as session:
        Link(session).run("UPDATE outbox SET attempts = 8, worker = 'dead' WHERE instance_id <> ?", cases[2])

    (job,) = workers.fetch("w", ["cards.read"], posts=["reception-3"])

    assert reading.rows("SELECT instance_id FROM outbox WHERE id = ?", job.id) == [(cases[2],)]
    assert [len(reading.engine.case(case, ANN).incidents) for case in cases] == [1, 1, 0]


def test_a_job_that_failed_is_offered_again_later(reading: Kit) -> None:
    case, workers = reading.start(), reading.engine.workers
    for attempt in range(8):
        (job,) = workers.fetch("w", ["cards.read"], posts=["reception-3"])
        workers.fail(job.id, "w", "没有插卡", f"fail-{attempt}", retry_in=timedelta(seconds=10))
        assert workers.fetch("w", ["cards.read"], posts=["reception-3"]) == []
        reading.clock.advance(timedelta(seconds=10))

    assert workers.fetch("w", ["cards.read"], posts=["reception-3"]) == []
    (incident,) = reading.engine.case(case, ANN).incidents
    assert incident.reason == "没有插卡"
    reading.engine.retry_incident(incident.id, ANN, reading.key())
    assert len(workers.fetch("w", ["cards.read"], posts=["reception-3"])) == 1


def stuck(kit: Kit) -> tuple[str, str]:
    """A case that cannot go on from the answer of its worker, and the job."""
    kit.deploy(
        toy_bpmn=process(
            start(), service("read", "cards.read"), user("check", "nobody@own"), end(), chain("begun", "read", "check", "done")
        )
    )
    case = kit.start()
    (job,) = kit.engine.workers.fetch("w", ["cards.read"])
    for attempt in range(2):
        with pytest.raises(StepFailed, match="岗位"):
            kit.engine.workers.complete(job.id, "w", {"serial": "1"}, f"k{attempt}")
    return case, job.id


def somebody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ToyDirectory, "candidates", lambda *_given: ["clerk:nb"])


def test_a_case_that_cannot_go_on_from_an_answer_says_so_until_it_can_and_keeps_the_job(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    case, job = stuck(kit)

    assert [i.element for i in kit.engine.case(case, ANN).incidents] == ["check"]
    assert "serial" not in kit.variables(case)

    somebody_is_there(monkeypatch)
    kit.engine.workers.complete(job, "w", {"serial": "1"}, "k")

    assert list(kit.open(case)) == ["check"]
    assert kit.engine.case(case, ANN).incidents == []
    assert kit.rows("SELECT incidents FROM instance") == [(0,)]


def test_an_incident_of_work_elsewhere_is_one_however_it_failed_and_is_closed_by_whoever_has_it_tried_again(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, job = stuck(kit)
    with kit.database.write() as session:
        Link(session).run("UPDATE outbox SET attempts = 8")
    kit.engine.workers.fail(job, "w", "没有插卡", "last")
    assert kit.rows("SELECT reason, attempts FROM incident") == [("没有插卡", 3)]

    with kit.database.write() as session:
        kit.engine.operations.retry(session, "effect", job, OPERATOR, "again")
    assert kit.rows("SELECT incidents FROM instance") == [(0,)]

    somebody_is_there(monkeypatch)
    (again,) = kit.engine.workers.fetch("w", ["cards.read"])
    kit.engine.workers.complete(again.id, "w", {"serial": "1"}, "k")
    assert list(kit.open(case)) == ["check"]


def test_why_a_case_could_not_go_on_is_still_said_when_its_workers_give_up(kit: Kit) -> None:
    case, _job = stuck(kit)
    with kit.database.write() as session:
        Link(session).run("UPDATE outbox SET attempts = 8")
    kit.clock.advance(timedelta(hours=1))

    assert kit.engine.workers.fetch("w", ["cards.read"]) == []

    (incident,) = kit.engine.case(case, ANN).incidents
    assert "8 次都没有结果" in incident.reason
    assert "岗位" in incident.reason
