"""A deputy of a head has that head's board: while he stands in, for the processes for which he does, and in both names; nobody else has."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from engine.link import Link
from records.audit import Who
from records.offices import deputies
from tests.web.browsing import Page
from tests.web.conftest import signed_in
from tests.web.office import Office
from tests.web.supervising import case_of, figures, moving, titles, urged, work
from tests.web.test_board import ADDRESSES


def lend(office: Office, principal: str, deputy: str, *processes: str) -> str:
    """Somebody stands in for another until the day after tomorrow."""
    today, who = office.clock.today(), Who("system", "系统", office.clock.now())
    people = [office.person(login).person_id for login in (principal, deputy)]
    with office.database.write() as session:
        return deputies.name(session, who, people[0], people[1], today, today + timedelta(days=2), processes, today).id


def offered(page: Page) -> list[str]:
    """The processes of the filter."""
    return [option.text for option in page.tree.xpath("//select[@name='process']/option")]


def test_a_deputy_has_the_board_of_the_head_and_neither_colleague_nor_outsider_has(board: Office) -> None:
    lend(board, "he.jie", "zhao.jun")
    deputy, head, others = signed_in(board, "zhao.jun"), signed_in(board, "he.jie"), [signed_in(board, login) for login in ("wang.fang", "chen.wei")]

    for address in ADDRESSES:
        assert deputy.open(address).status == 200, address
        assert [other.open(address).status for other in others] == [404, 404], address
    assert figures(deputy.open("/board")) == figures(head.open("/board"))
    assert titles(deputy.open("/board/cases?term=overdue")) == ["甲案逾期", "乙案逾期"]
    assert "这是 贺洁 的看板，由您代为督办：全部流程，至 2026-03-05" in deputy.open("/board").text
    assert "督办看板" in deputy.open("/profile").text
    assert "丁案鄞州" not in deputy.open("/board/cases").text


@pytest.mark.parametrize("ends", ["by its date", "withdrawn"])
def test_the_board_is_gone_when_the_deputyship_is_over(board: Office, ends: str) -> None:
    row_id = lend(board, "he.jie", "zhao.jun")
    case = case_of(board, "甲案逾期")
    page = signed_in(board, "zhao.jun").open("/board/cases?term=overdue")
    if ends == "withdrawn":
        with board.database.write() as session:
            deputies.withdraw(session, Who("system", "系统", board.clock.now()), row_id, board.clock.today())
    else:
        board.clock.advance(timedelta(days=3))
    deputy = signed_in(board, "zhao.jun")

    assert [deputy.open(address).status for address in ADDRESSES] == [404] * len(ADDRESSES)
    fields = {**page.fields("/board/urge", text="快办", case=case), "csrf": deputy.open("/profile").fields("/sign-out")["csrf"]}
    assert deputy.post("/board/urge", fields).status == 404
    assert "督办看板" not in deputy.open("/profile").text


def test_a_deputyship_for_one_process_shows_cases_of_that_process_alone(board: Office) -> None:
    lend(board, "he.jie", "zhao.jun", "moving")
    late = moving(board, "庚案超期", -1)
    deputy = signed_in(board, "zhao.jun")

    assert figures(deputy.open("/board"))[:4] == ["1", "0", "1", "50.0%"]
    assert titles(deputy.open("/board/cases")) == ["庚案超期"]
    assert titles(deputy.open("/board/cases?process=seal_request")) == titles(deputy.open("/board/tasks?process=seal_request")) == []
    assert titles(deputy.open("/board/finished")) == ["己案超期", "戊案按期"]
    assert [row.text_content().strip() for row in deputy.open("/board/table?by=process").tree.xpath("//tbody/tr/th")] == ["玩具流程"]
    assert offered(deputy.open("/board")) == ["全部流程", "玩具流程"]
    assert offered(deputy.open("/board/heat")) == ["玩具流程"]
    assert offered(signed_in(board, "he.jie").open("/board")) == ["全部流程", "玩具流程", "用印审批"]
    (people,) = (row for row in deputy.open("/board/table?by=person").tree.xpath("//tbody/tr") if row.xpath("th")[0].text_content().strip() == "王芳")
    assert [" ".join(cell.text_content().split()) for cell in people.xpath("td")][3:6] == ["2", "2", "1"]
    book = load_workbook(io.BytesIO(deputy.open("/board/cases.xlsx").response.data))
    assert [row[0].value for row in book.active.iter_rows(min_row=2)] == ["庚案超期"]

    after = urged(deputy.open("/board/cases"), "快办", late, case_of(board, "甲案逾期"))
    assert "已催办 1 件；1 件已经办结" in after.text  # what is out of reach is not told apart


def test_a_deputy_urges_in_both_names_and_both_hear_the_answer(board: Office) -> None:
    lend(board, "he.jie", "zhao.jun")
    case, deputy = case_of(board, "甲案逾期"), signed_in(board, "zhao.jun")

    after = urged(deputy.open("/board/cases?term=overdue"), "何时办结？", case)

    assert "赵军 代 贺洁" in after.text
    with board.database.read() as session:
        link = Link(session)
        assert link.all("SELECT by_id, by_name FROM urging") == [(board.person("zhao.jun").person_id, "赵军 代 贺洁")]
        ((name, new),) = link.all("SELECT person_name, new FROM trail_entry WHERE event = 'board:urging:sent'")
    assert name == "赵军 代 贺洁"
    assert board.person("he.jie").person_id in str(new)
    board.tell()
    clerk = signed_in(board, "li.na")
    assert "赵军 代 贺洁 催办：何时办结？" in clerk.open("/notices").text

    (action,) = (form.action for form in clerk.open(f"/cases/{case}").tree.forms if "urgings" in (form.action or ""))
    clerk.open(f"/cases/{case}").submit(action, text="下周一")
    board.tell()
    assert "李娜答复了催办：下周一" in deputy.open("/notices").text
    assert "李娜 答复催办：下周一" in signed_in(board, "he.jie").open("/notices").text


def test_whoever_heads_an_office_himself_has_both_boards_apart(board: Office) -> None:
    lend(board, "he.jie", "lu.an")
    both, of = signed_in(board, "lu.an"), board.person("he.jie").person_id

    page = both.open("/board")
    assert figures(page)[:3] == ["1", "0", "1"]
    assert [link.get("href") for link in page.tree.xpath("//nav[@aria-label='看板']/a")] == ["/board", f"/board?stead={of}"]
    assert figures(both.open(f"/board?stead={of}"))[:3] == ["3", "1", "2"]
    assert titles(both.open(f"/board/cases?stead={of}&term=overdue")) == ["甲案逾期", "乙案逾期"]
    for link in both.open(f"/board?stead={of}").tree.xpath("//main//a[starts-with(@href, '/board') and not(ancestor::nav[@aria-label='看板'])]/@href"):
        assert f"stead={of}" in link
    assert "已催办 1 件" in urged(both.open(f"/board/cases?stead={of}&term=overdue"), "快办", case_of(board, "甲案逾期")).text
    assert "已催办 0 件" in urged(both.open("/board/cases?term=overdue"), "快办", case_of(board, "乙案逾期")).text
    assert both.open(f"/board?stead={board.person('ma.lin').person_id}").status == 404


def test_a_deputy_hands_on_tasks_from_the_board_in_both_names(board: Office) -> None:
    lend(board, "he.jie", "zhao.jun", "moving")
    case = moving(board, "辛案", 5)
    work(board, "li.na", 1, case)
    task, deputy, wang = board.task_of(case, "wang.fang"), signed_in(board, "zhao.jun"), board.person("wang.fang")

    page = deputy.open("/board/tasks?process=moving")
    fields = page.fields("/tasks/transfer")
    fields.setlist("task", [task])
    done = deputy.post("/tasks/transfer", fields).submit("/tasks/transfer", person=wang.person_id, text="请办")

    assert "所选任务已全部转办" in done.text
    with board.database.read() as session:
        assert Link(session).all("SELECT person_name, for_name FROM history WHERE kind = 'transferred'") == [("赵军", "贺洁")]
