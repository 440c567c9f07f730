"""What a station says of the job in its hand is seen on the pages of the case; the paper that a job names is given to its holder alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine import progress
from engine.codec import decode, encode
from engine.link import Link
from hardware.http_door import PAPER_BYTES
from records.offices import stations
from tests.web.counters import Program, begin, deploy, made, station_row
from tests.web.office import Office
from web.api import views

KEY = "a" * 32
TAX = {"kind": "tax_card", "serial": "661200001", "name": "金税卡 661200001", "name_en": "golden-tax card 661200001"}
RESULTS = {"card_written_at": {"$type": "date and time", "value": "2026-03-02T02:00:00+00:00"}, "card_check": "00AA11BB"}


@pytest.fixture
def house(office: Office) -> Office:
    deploy(office)
    return office


@pytest.fixture
def program(house: Office) -> Program:
    return Program(house, made(house)[1])


def kept(office: Office, case: str) -> progress.Progress:
    (one,) = office.engine.workers.of_case(case)
    return one.progress


def test_lines_are_kept_with_their_times_and_what_is_waited_for_is_what_was_said_last(house: Office, program: Program) -> None:
    case = begin(house)
    (job,) = program.fetch()
    said = [
        program.call(f"{job['id']}/progress", said="请将 金税卡 661200001 放入读卡器\x00", said_en="put the card in", waits=[TAX]),
        program.call(f"{job['id']}/progress", said="正在写卡"),
    ]

    assert [one.get_json() for one in said] == [{"done": True}] * 2
    assert [(one.zh, one.en) for one in kept(house, case).said] == [("请将 金税卡 661200001 放入读卡器", "put the card in"), ("正在写卡", "正在写卡")]
    assert {one.at for one in kept(house, case).said} == {house.clock.now()}
    assert kept(house, case).waits == ()
    house.clock.advance(timedelta(seconds=30))
    program.call(f"{job['id']}/progress", said="正在写卡", waits=[TAX])
    assert [one.at for one in kept(house, case).said][-1:] == [house.clock.now()]
    assert (len(kept(house, case).said), kept(house, case).waits) == (2, (TAX,))
    house.clock.advance(timedelta(minutes=5))
    assert kept(house, case).waits == ()  # its lock is over: nobody waits for the card
    Program(house, made(house, "窗口 2 号")[1]).fetch()
    assert (len(kept(house, case).said), kept(house, case).waits) == (2, ())


def test_only_so_many_lines_are_kept(house: Office, program: Program) -> None:
    case = begin(house)
    (job,) = program.fetch()
    station = station_row(house, made_id(house)).id
    for number in range(progress.MOST_LINES + 5):
        house.engine.workers.say(job["id"], station, f"第 {number} 步", "", ())

    assert len(kept(house, case).said) == progress.MOST_LINES
    assert kept(house, case).said[-1].zh == f"第 {progress.MOST_LINES + 4} 步"


def made_id(office: Office) -> str:
    with office.database.read() as session:
        (row,) = stations.for_post(session, "clerk@hs")
    return row.id


@pytest.mark.parametrize("given", [{}, {"said": ""}, {"said": "x" * 501}, {"said": "x", "waits": [{**TAX, "serial": "1" * 61}]}, {"said": "x", "waits": [{"kind": "tax_card"}]}, {"said": "x", "waits": [TAX] * 21}])
def test_a_line_without_words_or_with_too_many_is_refused(house: Office, program: Program, given: dict[str, Any]) -> None:
    begin(house)
    (job,) = program.fetch()

    assert program.call(f"{job['id']}/progress", **given).status_code == 422


def test_of_a_job_that_is_another_stations_or_over_nothing_is_said(house: Office, program: Program) -> None:
    case = begin(house)
    (job,) = program.fetch()
    other = Program(house, made(house, "窗口 2 号")[1])

    refused = other.call(f"{job['id']}/progress", said="正在写卡")
    program.call(f"{job['id']}/complete", key=KEY, results=RESULTS)
    late = program.call(f"{job['id']}/progress", said="正在写卡")

    assert [(one.status_code, one.get_json()["error"]) for one in (refused, late)] == [(409, "job-not-yours")] * 2
    assert house.engine.workers.of_case(case) == []
    (over,) = house.engine.workers.of_case(case, [job["id"]])
    assert (over.is_over, over.progress.said) == (True, ())
    assert house.engine.workers.of_case(house.start(), [job["id"]]) == []  # of another case it is none


def test_a_station_says_what_stands_at_its_counter_and_what_it_answered_is_kept(house: Office) -> None:
    id_, token = made(house)
    program = Program(house, token)
    begin(house)
    program.fetch(driver="pcsc", devices=["reader"], topics=["station.read_card"])
    first = station_row(house, id_)
    (job,) = program.fetch(driver="pcsc", devices=["reader", "printer"])
    held = house.engine.workers.in_hand([id_, "nobody"])
    program.call(f"{job['id']}/failure", key=KEY, reason="读卡器没有接好", retry_in=60)
    failed = station_row(house, id_)
    house.clock.advance(timedelta(minutes=2))
    (job,) = program.fetch(driver="pcsc", devices=["reader", "printer"])
    program.call(f"{job['id']}/complete", key=KEY, results=RESULTS)
    done = station_row(house, id_)

    assert (first.driver, first.devices) == ("pcsc", ["reader"])
    assert {who: [topic for topic, _since in rows] for who, rows in held.items()} == {id_: ["station.issue_cards"]}
    assert failed.devices == ["reader", "printer"]
    assert (failed.answered, failed.answered_topic, failed.answered_because) == ("failed", "station.issue_cards", "读卡器没有接好")
    assert (done.answered, done.answered_because, done.answered_at) == ("done", "", house.clock.now())


# --- the paper of a job ------------------------------------------------------------------------------------------------------


def paper_of(office: Office, case: str, monkeypatch: pytest.MonkeyPatch, content: bytes = b"%PDF-1.7 sheet", *, is_made: bool = True) -> str:
    monkeypatch.setattr(office.papers, "make", lambda papers: [content for _ in papers])
    with office.database.write() as session:
        row = office.papers.issue(session, "toy", "sheet", {"purpose": "年度合同用印"}, subject_id=case, prefix="用印", issued_by="李娜", once=f"sheet:{case}")
    if is_made:
        office.papers.render(office.database, row.id)
    return row.id


def named(office: Office, job: str, paper: str) -> None:
    """Has the job name a paper, as a model does with its input `paper`."""
    with office.database.write() as session:
        link = Link(session)
        row = link.one("SELECT payload FROM outbox WHERE id = ?", job)
        assert row is not None
        link.run("UPDATE outbox SET payload = ? WHERE id = ?", encode({**decode(bytes(row[0])), "paper": paper}), job)


def asked(program: Program, job: str) -> Any:
    return program.office.web.test_client().get(f"/api/stations/jobs/{job}/paper", headers={"Authorization": f"Bearer {program.token}"})


def test_the_holder_of_a_job_gets_the_paper_that_it_names_and_nobody_else(house: Office, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    case = begin(house)
    (job,) = program.fetch()
    assert asked(program, job["id"]).status_code == 404  # it names none
    named(house, job["id"], paper_of(house, house.start(), monkeypatch))
    assert (asked(program, job["id"]).status_code, asked(program, job["id"]).get_json()["error"]) == (404, "no-such-paper")  # of another case
    named(house, job["id"], paper_of(house, case, monkeypatch))
    other = Program(house, made(house, "窗口 2 号")[1])

    given = asked(program, job["id"])

    assert (given.status_code, given.data, given.mimetype, given.headers["Cache-Control"]) == (200, b"%PDF-1.7 sheet", "application/pdf", "no-store")
    assert (asked(other, job["id"]).status_code, asked(Program(house), job["id"]).status_code) == (409, 401)
    program.call(f"{job['id']}/complete", key=KEY, results=RESULTS)
    assert asked(program, job["id"]).status_code == 409


def test_a_paper_that_is_being_made_is_asked_for_again_and_one_that_could_not_be_made_says_why(house: Office, program: Program) -> None:
    case = begin(house)
    (job,) = program.fetch()
    with house.database.write() as session:
        row = house.papers.issue(session, "toy", "sheet", {"purpose": "年度合同用印"}, subject_id=case, prefix="用印", issued_by="李娜", once=f"sheet:{case}")
    named(house, job["id"], row.id)
    early = asked(program, job["id"])
    with house.database.write() as session:
        session.merge(row).error = "文书排版失败"
    failed = asked(program, job["id"])

    assert (early.status_code, early.get_json()["error"]) == (425, "paper-being-made")
    assert (failed.status_code, failed.get_json()["error"], failed.get_json()["message"]) == (404, "no-such-paper", "文书没有制成：文书排版失败")


def test_a_paper_that_is_too_large_for_a_counter_is_not_sent(house: Office, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    assert views.MAX_PAPER_BYTES == PAPER_BYTES
    monkeypatch.setattr(views, "MAX_PAPER_BYTES", 10)
    case = begin(house)
    (job,) = program.fetch()
    named(house, job["id"], paper_of(house, case, monkeypatch))

    assert asked(program, job["id"]).status_code == 413
