"""However a job is cut off, its cards hold it once in the end and the house is told what was answered first."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from email.message import Message
from typing import Any
from urllib.error import HTTPError

import pytest

from hardware.door import DoorShut, NotOurs, TurnedAway
from hardware.http_door import told
from hardware.layout import DONE, PENDING, SALES
from hardware.simulator import Fault
from tests.unit.hardware.counters import FAULTS, IC, ISSUE, NOW, SALE, TAX, Counting, at_counter, job, on_card, work

LATER = NOW + timedelta(hours=1)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f"{f.when} write {f.at}")
@pytest.mark.parametrize("serial", [TAX, IC])
def test_issuing_that_was_cut_off_is_finished_by_the_next_attempt(fault: Fault, serial: str) -> None:
    shelf = Counting()
    first = work(job("issue_cards", ISSUE), shelf=shelf, faults={serial: fault})

    second = work(job("issue_cards", ISSUE, attempt=2), shelf=shelf, now=lambda: LATER)

    assert [one[0] for one in second] == ["complete"]
    assert first[0][0] in {"fail", "complete"}  # the tax card has fewer files to write than the fault would reach
    holder = {name: value for name, value in ISSUE.items() if not name.endswith("_card")}
    assert on_card(shelf, TAX) == on_card(shelf, IC) == holder
    assert [one["results"] for one in on_card(shelf, TAX, DONE)] == [one["results"] for one in on_card(shelf, IC, DONE)] == [second[0][2]]
    assert [on_card(shelf, one, PENDING) for one in (TAX, IC)] == [None, None]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f"{f.when} write {f.at}")
def test_a_sale_that_was_cut_off_stands_on_the_card_once(fault: Fault) -> None:
    shelf = Counting()
    work(job("issue_cards", ISSUE, "issue"), job("write_sale", SALE, "before"), shelf=shelf)
    again = {**SALE, "number_from": "00000026", "number_to": "00000050"}
    work(job("write_sale", again, "sale"), shelf=shelf, faults={IC: fault})

    told = work(job("write_sale", again, "sale", attempt=2), job("write_sale", again, "sale", attempt=3), shelf=shelf)

    assert [one[0] for one in told] == ["complete", "complete"]
    assert told[0][2] == told[1][2]
    assert [sale["number_from"] for sale in on_card(shelf, IC, SALES)] == ["00000001", "00000026"]


@pytest.mark.parametrize("fault", [Fault("torn", 2), Fault("after", 1), Fault("before", 3)], ids=lambda f: f"{f.when} write {f.at}")
def test_what_one_job_left_half_written_is_finished_before_the_next_job_begins(fault: Fault) -> None:
    shelf = Counting()
    work(job("issue_cards", ISSUE, "issue"), shelf=shelf)
    work(job("write_sale", SALE, "first"), shelf=shelf, faults={IC: fault})

    work(job("write_sale", {**SALE, "number_from": "00000026", "number_to": "00000050"}, "second"), shelf=shelf)

    assert [sale["number_from"] for sale in on_card(shelf, IC, SALES)] == ["00000001", "00000026"]


def test_a_job_whose_answer_was_lost_is_answered_again_and_not_written_again() -> None:
    shelf = Counting()
    (first,) = work(job("issue_cards", ISSUE), shelf=shelf)
    changes = dict(shelf.changes)

    (second,) = work(job("issue_cards", ISSUE, attempt=2), shelf=shelf, now=lambda: LATER)

    assert second == first
    assert shelf.changes == changes


def test_two_jobs_that_take_turns_on_a_card_are_each_written_once() -> None:
    shelf, other = Counting(), {**SALE, "number_from": "00000026", "number_to": "00000050"}
    first, *_between = work(job("write_sale", SALE, "a"), job("write_sale", other, "b"), shelf=shelf)

    again, *_rest = work(job("write_sale", SALE, "a", attempt=2), job("write_sale", other, "b", attempt=2), shelf=shelf, now=lambda: LATER)

    assert again == first
    assert [sale["number_from"] for sale in on_card(shelf, IC, SALES)] == ["00000001", "00000026"]


@pytest.mark.parametrize("times", [1, 3, 6])
def test_an_answer_is_given_again_while_the_house_is_away(times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    station, door = at_counter(job("issue_cards", ISSUE))
    door.shut = [DoorShut("away")] * times
    monkeypatch.setattr("hardware.station.TELL_AGAIN_S", (0.0,) * 6)

    station.work_off()

    assert [one[0] for one in door.told] == ["complete"]


def test_an_answer_that_nobody_takes_is_left_to_the_card(monkeypatch: pytest.MonkeyPatch) -> None:
    station, door = at_counter(job("issue_cards", ISSUE))
    door.shut = [DoorShut("away")] * 7
    monkeypatch.setattr("hardware.station.TELL_AGAIN_S", (0.0,) * 6)

    with pytest.raises(DoorShut):
        station.work_off()

    assert door.told == []


def test_a_job_that_was_withdrawn_meanwhile_keeps_no_other_from_being_worked() -> None:
    station, door = at_counter(job("issue_cards", ISSUE, "gone"), job("write_sale", SALE, "next"))
    door.shut = [NotOurs("withdrawn")]

    assert station.work_off() == 2
    assert [one[:2] for one in door.told] == [("complete", "next")]


@pytest.mark.parametrize("code", [404, 409, 413, 422])
def test_an_answer_that_is_not_taken_gives_its_job_back_with_the_sentence_and_the_next_is_worked(code: int) -> None:
    said = {"error": "declined", "message": "案件没有从这一步继续：限额已变"}
    station, door = at_counter(job("issue_cards", ISSUE, "refused"), job("write_sale", SALE, "next"))
    door.shut = [told(HTTPError("", code, "No", Message(), io.BytesIO(json.dumps(said).encode())))]

    assert station.work_off() == 2
    assert door.told[0] == ("fail", "refused", "案件没有从这一步继续：限额已变")
    assert door.told[1][:2] == ("complete", "next")


@pytest.mark.parametrize(("code", "word", "kind"), [(401, "unknown-credential", TurnedAway), (403, "not-your-post", TurnedAway), (409, "job-not-yours", NotOurs), (503, "away", DoorShut)])
def test_what_the_house_answers_ends_a_station_only_where_it_is_not_known(code: int, word: str, kind: type[Exception]) -> None:
    error = told(HTTPError("", code, "No", Message(), io.BytesIO(json.dumps({"error": word, "message": "不"}).encode())))

    assert (type(error), str(error)) == (kind, "不")
    assert "（HTTP 404）" in str(told(HTTPError("", 404, "Not Found", Message(), io.BytesIO(b"<html>"))))


@pytest.mark.parametrize(("topic", "given"), [("write_sale", {**SALE, "ic_card": None, "tax_card": TAX}), ("issue_cards", {**ISSUE, "tax_card": "A" * 41})])
def test_a_job_that_no_station_can_do_is_given_back_and_the_next_is_worked(topic: str, given: dict[str, Any]) -> None:
    told = work(job(topic, given, "odd"), job("write_sale", SALE, "next"))

    assert [one[:2] for one in told] == [("fail", "odd"), ("complete", "next")]


def test_a_station_says_why_its_answer_came_too_late() -> None:
    said = list[str]()
    station, door = at_counter(job("issue_cards", ISSUE))
    station.say = lambda zh, _en: said.append(zh)
    door.shut = [NotOurs("作业已被收回")]

    station.work_off()

    assert said[-1] == "✗ 作业已被收回"
