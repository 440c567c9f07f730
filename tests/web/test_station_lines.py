"""What a case page says while the case waits for a station: which, since when, whether it is online, what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.web.browsing import Person
from tests.web.conftest import signed_in
from tests.web.counters import Program, begin, deploy, made
from tests.web.office import Office

KEY = "a" * 32


@pytest.fixture
def house(office: Office) -> Office:
    deploy(office)
    return office


def line(person: Person, case: str) -> str:
    notices = person.open(f"/cases/{case}").tree.xpath("//div[contains(@class,'notice')]")
    return " ".join(" ".join(one.text_content().split()) for one in notices if "工作站" in one.text_content())


@pytest.mark.parametrize(("topic", "asks_for_cards"), [("station.issue_cards", True), ("station.print_paper", False)])
def test_a_card_is_asked_for_only_where_the_job_wants_one(office: Office, topic: str, asks_for_cards: bool) -> None:
    deploy(office, topic)
    case, clerk, program = begin(office), signed_in(office, "li.na"), Program(office, made(office)[1])

    program.fetch(devices=["printer", "reader"])

    assert ("插卡" in line(clerk, case), "打印好以后案件自动继续" in line(clerk, case)) == (asks_for_cards, not asks_for_cards)


def test_a_case_says_which_station_it_waits_for_and_what_to_do(house: Office) -> None:
    case, clerk = begin(house), signed_in(house, "li.na")

    assert line(clerk, case).startswith("等待 海曙区税务局clerk工作站办理“issue”，自 09:00 起；这个岗位还没有工作站。")
    assert "新建一台" in line(clerk, case)

    program = Program(house, made(house)[1])
    assert "工作站未联机" in line(clerk, case)
    assert "联机后自动办理" in line(clerk, case)

    (job,) = program.fetch()
    assert "工作站（窗口 1 号）正在办理“issue”" in line(clerk, case)
    program.call(f"{job['id']}/failure", key=KEY, reason="读卡器里没有 金税卡 661200001", retry_in=60)
    assert "工作站已联机" in line(clerk, case)
    assert "上次没有办成：读卡器里没有 金税卡 661200001。" in line(clerk, case)

    house.clock.advance(timedelta(days=1))
    assert "自 2026-03-02 09:00 起" in line(signed_in(house, "li.na"), case)
    (job,) = program.fetch()
    program.call(f"{job['id']}/error", key=KEY, code="CARD_WRONG", message="另一张卡")
    assert line(signed_in(house, "li.na"), case) == ""


def test_the_page_asks_for_what_a_counter_does_and_is_told_when_it_is_over(house: Office) -> None:
    case, clerk, program = begin(house), signed_in(house, "li.na"), Program(house, made(house)[1])
    (job,) = program.fetch()
    waits = [{"kind": "tax_card", "serial": "661200001", "name": "金税卡 661200001", "name_en": "golden-tax card 661200001"}]
    for number in range(8):
        program.call(f"{job['id']}/progress", said=f"第 {number} 步", said_en=f"step {number}", waits=waits)

    part = clerk.open(f"/cases/{case}/stations?known=")
    assert [one.text_content() for one in part.tree.xpath("//ul[@class='puts']//b")] == ["金税卡 661200001"]
    assert [one.text_content() for one in part.tree.xpath("//ol[@class='said-lines']/li")] == [f"09:00第 {number} 步" for number in range(8)]
    assert "更早的 2 条" in part.text
    program.call(f"{job['id']}/error", key=KEY, code="CARD_WRONG", message="另一张卡")
    over = clerk.open(f"/cases/{case}/stations?known={job['id']},none")
    assert "工作站没有办成“issue”：另一张卡。" in over.text
    assert "puts" not in over.text
    assert clerk.open("/cases/none/stations").status == 404


def test_a_case_that_waits_for_nothing_says_nothing(house: Office) -> None:
    assert line(signed_in(house, "li.na"), house.start()) == ""


def test_the_line_of_steps_says_where_the_case_stands(house: Office) -> None:
    case = begin(house)

    now = signed_in(house, "li.na").open(f"/cases/{case}").tree.xpath("//*[@aria-current='step']")

    assert [" ".join(one.text_content().split()) for one in now] == ["issue"]
