"""Processes that are offered on the page of a case, and what a step may know and send beside its own case."""

from __future__ import annotations

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.errors import NotFound, NotOffered, NotYours
from engine.link import Link
from engine.registry import StepContext
from tests.factories.bpmn import chain, end, flow, message, node, on_message, process, properties, receive, service, start, user
from tests.factories.kit import ANN, OUTSIDER, Kit

HOST = process(start(), user("fill"), end(), chain("begun", "fill", "done"))
GUEST = process(properties(offered_on="toy"), start(), user("ask"), end(), chain("begun", "ask", "done"), id_="guest")
ABOUT = "name: 玩具\ndeadlines: {reply: {label: 期限}}\n"


def furnished(database: Database, clock: ManualClock) -> Kit:
    kit = Kit(database, clock)
    kit.deploy(toy_bpmn=HOST, guest_bpmn=GUEST, procedure_yaml=ABOUT.encode())
    return kit


def test_an_offered_process_starts_about_the_case_at_its_office(any_database: Database, clock: ManualClock) -> None:
    kit = furnished(any_database, clock)
    host = kit.start()

    guest = kit.engine.start("guest", office_id="elsewhere", actor=ANN, key=kit.key(), about=host)

    assert [view.model.process_id for view in kit.engine.offered(host, ANN)] == ["guest"]
    assert (guest.office_id, guest.parent_id, kit.variables(guest.instance_id)["about"]) == ("nb", host, host)
    assert [view.model.process_id for view in kit.engine.startable(ANN)] == ["toy"]


def test_nothing_is_offered_on_a_case_that_is_over_or_of_another_process_nor_about_none(database: Database, clock: ManualClock) -> None:
    kit = furnished(database, clock)
    host = kit.start()
    guest = kit.engine.start("guest", office_id="nb", actor=ANN, key=kit.key(), about=host).instance_id
    kit.complete(host, "fill")

    assert kit.engine.offered(host, ANN) == []
    for about in (host, guest, ""):
        with pytest.raises(NotOffered):
            kit.engine.start("guest", office_id="nb", actor=ANN, key=kit.key(), about=about)


def test_whoever_sees_the_case_from_above_starts_nothing_in_the_name_of_its_office(database: Database, clock: ManualClock) -> None:
    kit = furnished(database, clock)
    host = kit.start(office="nb/hs")

    assert kit.engine.header(host, ANN).office_id == "nb/hs"
    assert kit.engine.offered(host, ANN) == []
    with pytest.raises(NotYours):
        kit.engine.start("guest", office_id="nb", actor=ANN, key=kit.key(), about=host)


def test_nobody_starts_anything_about_a_case_that_he_does_not_see(database: Database, clock: ManualClock) -> None:
    kit = furnished(database, clock)
    host = kit.start()

    with pytest.raises(NotFound):
        kit.engine.start("guest", office_id="sz", actor=OUTSIDER, key=kit.key(), about=host)


def test_a_step_reads_what_the_version_of_its_case_says(database: Database, clock: ManualClock) -> None:
    kit = Kit(database, clock)
    seen: list[object] = []

    @kit.registry.operation("look")
    def look(ctx: StepContext) -> None:
        seen.append(ctx.about["deadlines"])

    model = process(start(), user("fill"), service("work", "look"), end(), chain("begun", "fill", "work", "done"))
    kit.deploy(toy_bpmn=model, procedure_yaml=ABOUT.encode())
    case = kit.start()
    kit.deploy(toy_bpmn=model, procedure_yaml=b"deadlines: {}\n")
    kit.complete(case, "fill")

    assert seen == [{"reply": {"label": "期限"}}]


def test_a_message_written_in_the_callers_transaction_is_delivered_once_or_not_at_all(
    database: Database, clock: ManualClock
) -> None:
    kit = Kit(database, clock)
    kit.deploy(
        ear_bpmn=process(
            start(),
            receive("hear", "news", correlation="case_id()"),
            end(),
            chain("begun", "hear", "done"),
            id_="ear",
            references=message("news"),
        )
    )
    case = kit.start("ear")

    with pytest.raises(ZeroDivisionError), database.write() as session:
        kit.engine.post_message(session, "news", case, {}, "once")
        raise ZeroDivisionError
    kit.engine.tick()
    assert kit.status(case) == "active"

    for _ in range(2):
        with database.write() as session:
            kit.engine.post_message(session, "news", case, {}, "once")
    kit.engine.tick()
    assert kit.status(case) == "completed"
    with database.read() as session:
        assert Link(session).all("SELECT state FROM message") == [("delivered",)]


def test_an_event_sub_process_listens_in_a_case_that_a_message_started(any_database: Database, clock: ManualClock) -> None:
    kit = Kit(any_database, clock)

    @kit.registry.operation("count")
    def count(ctx: StepContext) -> dict[str, int]:
        return {"heard": int(ctx.variables.get("heard") or 0) + 1}

    inner = (
        start("heard_it", properties(correlation="case_id()") + on_message("change"), isInterrupting="false")
        + service("count_it", "count")
        + end("counted")
    )
    sub = node("subProcess", "listen", inner + chain("heard_it", "count_it", "counted"), triggeredByEvent="true")
    begun = start("begun", on_message("begin"))
    kit.deploy(
        toy_bpmn=process(
            begun,
            user("fill"),
            end(),
            sub,
            flow("begun", "fill"),
            flow("fill", "done"),
            references=message("begin") + message("change"),
        )
    )
    kit.engine.send_message("begin", "", {"office_id": "nb"}, kit.key())
    (case,) = kit.cases("toy")

    for _ in range(2):
        assert kit.engine.send_message("change", case, {}, kit.key()) == "delivered"

    assert kit.variables(case)["heard"] == 2
    assert list(kit.open(case)) == ["fill"]
