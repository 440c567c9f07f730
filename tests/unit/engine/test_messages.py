"""Messages between cases: to exactly one that waits, to a new case, or kept until somebody waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.clock import ManualClock
from db.session import Database
from engine import messages
from engine.errors import KeyReused
from engine.link import Link
from engine.registry import StepContext
from tests.factories.bpmn import (
    boundary,
    catch,
    chain,
    end,
    message,
    on_message,
    on_signal,
    process,
    properties,
    receive,
    send,
    service,
    signal,
    start,
    throw,
    user,
)  # fmt: skip
from tests.factories.kit import Kit

LETTERS = message("letter") + message("reply")
ASKING = process(
    start(), send("ask", "letter", payload='{ office_id: "sz", number: number }'), receive("answered", "reply", correlation="number"), user("read"),
    end(), chain("begun", "ask", "answered", "read", "done"), id_="asking", references=LETTERS,
)  # fmt: skip
ANSWERING = process(
    start(inside=on_message("letter")), user("answer"), send("post", "reply", correlation="number", payload="{ text: number }"), end(),
    chain("begun", "answer", "post", "done"), id_="answering", references=LETTERS,
)  # fmt: skip


@pytest.fixture
def kit(any_database: Database, clock: ManualClock) -> Kit:
    kit = Kit(any_database, clock)
    kit.deploy(asking_bpmn=ASKING, answering_bpmn=ANSWERING)
    return kit


def test_a_letter_starts_a_case_elsewhere_and_its_reply_comes_back(kit: Kit) -> None:
    asking = kit.start("asking", number="NB-7")
    assert kit.cases("answering") == []

    kit.engine.tick()
    (answering,) = kit.cases("answering")
    kit.complete(answering, "answer", who=_clerk_of("sz"))
    kit.engine.tick()

    assert kit.variables(asking)["text"] == "NB-7"
    assert list(kit.open(asking)) == ["read"]
    assert kit.status(answering) == "completed"


def test_a_reply_wakes_only_the_case_with_its_number(kit: Kit) -> None:
    first, second = kit.start("asking", number="1"), kit.start("asking", number="2")

    assert kit.engine.send_message("reply", "2", {"text": "for the second"}, "k") == "delivered"

    assert (list(kit.open(first)), list(kit.open(second))) == ([], ["read"])


def test_a_message_nobody_waits_for_is_kept_and_delivered_later(kit: Kit) -> None:
    assert kit.engine.send_message("reply", "9", {"text": "early"}, "k") == "parked"
    case = kit.start("asking", number="9")

    kit.engine.tick()

    assert kit.variables(case)["text"] == "early"


def test_a_message_sent_twice_with_one_key_arrives_once(kit: Kit) -> None:
    assert kit.engine.send_message("letter", "", {"office_id": "sz"}, "same") == "started"
    kit.engine.send_message("letter", "", {"office_id": "sz"}, "same")
    kit.engine.tick()

    assert len(kit.cases("answering")) == 1
    with pytest.raises(KeyReused):
        kit.engine.send_message("letter", "", {"office_id": "other"}, "same")


def test_two_messages_for_one_that_waits_reach_it_once(kit: Kit) -> None:
    case = kit.start("asking", number="5")

    outcomes = [kit.engine.send_message("reply", "5", {"text": text}, text) for text in ("one", "two")]

    assert outcomes == ["delivered", "parked"]
    assert kit.variables(case)["text"] == "one"


def test_a_parked_message_that_crossed_its_receiver_is_found_by_the_pump(kit: Kit) -> None:
    case = kit.start("asking", number="5")
    with kit.database.write() as session:  # as two transactions leave it that did not see each other
        link = Link(session)
        id_ = messages.accept(link, kit.clock.now(), "x", "reply", "5", {"text": "crossed"})
        link.run("UPDATE message SET state = 'parked' WHERE id = ?", id_)

    kit.engine.tick()

    assert kit.variables(case)["text"] == "crossed"


@pytest.fixture
def radio(any_database: Database, clock: ManualClock) -> Kit:
    """`mouth` sends news to whoever waits for them; `ear` waits until it is called off."""
    kit = Kit(any_database, clock)

    @kit.registry.operation("tell")
    def tell(ctx: StepContext) -> None:
        ctx.send("news", "x", {}, if_awaited=True)

    ear = process(
        start(), user("work"), boundary("hear", "work", properties(correlation='"x"') + on_message("news")), end(), end("told"),
        chain("begun", "work", "done"), chain("hear", "told"), id_="ear", references=message("news"),
    )  # fmt: skip
    kit.deploy(ear_bpmn=ear, mouth_bpmn=process(start(), service("say", "tell"), end(), chain("begun", "say", "done"), id_="mouth"))
    return kit


def unwanted(kit: Kit) -> int:
    """How many messages nobody waited for; the history of their sender says so of each."""
    messages = [state for (state,) in kit.rows("SELECT state FROM message ORDER BY id") if state == "unwanted"]
    told = kit.rows("SELECT instance_id, name FROM history WHERE kind = 'unwanted'")
    assert told == [(mouth, "news") for mouth in kit.cases("mouth")][: len(messages)]
    return len(messages)


def test_whoever_waits_when_it_is_delivered_hears_it_though_nobody_did_when_it_was_sent(radio: Kit) -> None:
    radio.start("mouth")
    late = radio.start("ear")

    radio.engine.tick()

    assert (radio.status(late), unwanted(radio)) == ("completed", 0)


def test_whoever_ends_between_sending_and_delivery_leaves_the_message_unwanted(radio: Kit) -> None:
    ear = radio.start("ear")
    radio.start("mouth")
    radio.complete(ear, "work")

    radio.engine.tick()

    assert unwanted(radio) == 1


def test_what_was_unwanted_wakes_nobody_who_comes_later(radio: Kit) -> None:
    radio.start("mouth")
    radio.engine.tick()
    later = radio.start("ear")

    radio.engine.tick()

    assert (radio.status(later), list(radio.open(later)), unwanted(radio)) == ("active", ["work"], 1)


def test_a_letter_without_an_office_waits_with_its_reason(kit: Kit) -> None:
    assert kit.engine.send_message("letter", "", {}, "k") == "pending"

    ((reason, operation),) = kit.rows("SELECT reason, action FROM incident WHERE resolved_at IS NULL")
    assert "office_id" in reason
    assert '"operation":"message"' in operation


def test_a_signal_reaches_all_who_wait_each_in_a_step_of_its_own(any_database: Database, clock: ManualClock) -> None:
    kit = Kit(any_database, clock)
    kit.deploy(
        waiting_bpmn=process(start(), catch("holiday", on_signal("closed")), end(), chain("begun", "holiday", "done"), id_="waiting", references=signal("closed")),
        calling_bpmn=process(start(), throw("call", on_signal("closed")), end(), chain("begun", "call", "done"), id_="calling", references=signal("closed")),
    )  # fmt: skip
    waiting = [kit.start("waiting") for _ in range(3)]
    kit.start("calling")

    report = kit.engine.tick()

    assert [kit.status(case) for case in waiting] == ["completed"] * 3
    assert report.messages == 4
    late = kit.start("waiting")
    kit.engine.tick()
    assert kit.status(late) == "active"


def test_a_receiver_that_fails_keeps_the_message_and_shows_why(any_database: Database, clock: ManualClock) -> None:
    kit, broken = Kit(any_database, clock), [True]

    @kit.registry.operation("toys.file")
    def file(ctx: StepContext) -> None:
        """Files."""
        if broken:
            raise RuntimeError("柜子锁着")

    kit.deploy(
        toy_bpmn=process(
            start(),
            receive("wait", "reply", correlation='"a"'),
            service("file", "toys.file"),
            end(),
            chain("begun", "wait", "file", "done"),
            references=LETTERS,
        )
    )
    case = kit.start()
    assert kit.engine.send_message("reply", "a", {}, "k") == "pending"
    (incident,) = kit.engine.case(case, _clerk_of("nb")).incidents
    assert (incident.element, incident.reason) == ("file", "柜子锁着")

    broken.clear()
    kit.engine.retry_incident(incident.id, _clerk_of("nb"), kit.key())
    kit.engine.tick()

    assert kit.status(case) == "completed"
    assert kit.engine.case(case, _clerk_of("nb")).incidents == []


def test_a_start_message_means_one_procedure(kit: Kit) -> None:
    from engine.errors import ModelRefused

    with pytest.raises(ModelRefused, match="letter"):
        kit.deploy("others", other_bpmn=ANSWERING.replace(b'"answering"', b'"other"'))


def test_an_unknown_property_is_no_correlation(kit: Kit) -> None:
    case = kit.start("asking")  # no number: null correlates with the empty text

    assert kit.engine.send_message("reply", "", {"text": "x"}, "k") == "delivered"
    assert list(kit.open(case)) == ["read"]
    assert properties() != ""


def _clerk_of(office: str):  # type: ignore[no-untyped-def]
    from tests.factories.kit import person

    return person("clerk", f"clerk:{office}")


def test_a_message_that_failed_with_its_sender_and_with_its_receiver_leaves_no_incident_when_it_is_delivered(kit: Kit) -> None:
    broken = [True]

    @kit.registry.operation("toys.book")
    def book(ctx: StepContext) -> None:
        """Fails until it is mended."""
        if broken:
            raise RuntimeError("台账打不开")

    letter = message("news")
    kit.deploy(
        "news",
        telling_bpmn=process(
            start(), send("tell", "news", correlation='"x"', payload='{ office_id: "nb" }'), user("wait"), end(), chain("begun", "tell", "wait", "done"),
            id_="telling", references=letter,
        ),
        beginning_bpmn=process(
            start(inside=on_message("news")), service("book", "toys.book"), end(), chain("begun", "book", "done"), id_="beginning", references=letter
        ),
        hearing_bpmn=process(
            start(), receive("hear", "news", correlation='"x"'), service("book", "toys.book"), user("read"), end(),
            chain("begun", "hear", "book", "read", "done"), id_="hearing", references=letter,
        ),
    )  # fmt: skip
    telling = kit.start("telling")
    kit.engine.tick()  # nobody waits, and the case that it starts fails: the sender is told
    hearing = kit.start("hearing")
    kit.clock.advance(timedelta(seconds=5))
    kit.engine.tick()
    assert {row[0] for row in kit.rows("SELECT instance_id FROM incident WHERE resolved_at IS NULL")} == {telling, hearing}

    broken.clear()
    kit.clock.advance(timedelta(seconds=25))
    kit.engine.tick()

    assert list(kit.open(hearing)) == ["read"]
    assert kit.rows("SELECT count(*) FROM incident WHERE resolved_at IS NULL") == [(0,)]
    assert kit.rows("SELECT DISTINCT incidents FROM instance") == [(0,)]
