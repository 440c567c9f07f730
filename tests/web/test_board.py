"""The supervisor's board: for whoever heads an office and for nobody else, figures that lead to what they count, urging that acts once."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from deadlines.rules import parse_rule
from engine import standstill
from engine.link import Link
from records.offices.organisation import load_organisation
from tests.web.browsing import Person
from tests.web.conftest import signed_in
from tests.web.office import FILLED, PASSWORD, Office
from tests.web.supervising import DIRECTORS, case_of, figures, moving, titles, urged, work

ADDRESSES = (
    "/board", "/board/table", "/board/table?by=process", "/board/table?by=month", "/board/table?by=person", "/board/cases", "/board/cases?term=overdue",
    "/board/finished", "/board/tasks", "/board/tasks?state=done", "/board/heat", "/board/waits", "/board/heat/diagram?process=seal_request",
    *(f"/board/{panel}.xlsx" for panel in ("table", "people", "cases", "finished", "tasks", "heat", "waits")),
)  # fmt: skip


# --- who sees it -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["li.na", "wang.fang", "zhao.jun", "chen.wei", "gao.bo", "wei.lan", "jiang.tao"])
def test_to_whoever_heads_no_office_the_board_is_not_there(board: Office, login: str) -> None:
    person = signed_in(board, login)

    for address in ADDRESSES:
        assert person.open(address).status == 404, address
    assert "督办看板" not in person.open("/profile").text
    key = person.open("/profile").fields("/sign-out")
    assert person.post("/board/urge", {**key, "key": "0" * 32, "case": case_of(board, "甲案逾期"), "text": "快办"}).status == 404


def test_every_panel_opens_to_a_head_and_shows_only_his_offices(board: Office) -> None:
    district, other, city = (signed_in(board, login) for login in ("he.jie", "lu.an", "ma.lin"))

    for address in ADDRESSES:
        assert [person.open(address).status for person in (district, other, city)] == [200, 200, 200], address
    assert figures(district.open("/board"))[:4] == ["3", "1", "2", "50.0%"]
    assert figures(other.open("/board"))[:4] == ["1", "0", "1", "—"]
    assert figures(city.open("/board"))[:4] == ["4", "1", "3", "50.0%"]
    assert titles(district.open("/board/cases?term=overdue")) == ["甲案逾期", "乙案逾期"]
    assert titles(city.open("/board/cases?term=overdue")) == ["甲案逾期", "乙案逾期", "丁案鄞州"]
    for address in ADDRESSES:
        if not address.endswith("xlsx"):
            assert "丁案鄞州" not in district.open(address).text
            assert "李娜" not in other.open(address).text


def test_an_office_out_of_reach_is_not_there_for_the_board(board: Office) -> None:
    district, city = signed_in(board, "he.jie"), signed_in(board, "ma.lin")
    offices = {option.text: option.get("value") for option in city.open("/board").tree.xpath("//select[@name='office']/option")}

    assert titles(city.open(f"/board/cases?office={offices['鄞州区税务局']}")) == ["丁案鄞州"]
    for address in ("/board", "/board/cases", "/board/tasks", "/board/table.xlsx"):
        assert district.open(f"{address}?office={offices['鄞州区税务局']}").status == 404


# --- figures -----------------------------------------------------------------------------------------------------------------


def test_every_figure_leads_to_as_many_as_it_says(board: Office) -> None:
    city = signed_in(board, "ma.lin")
    seen = 0
    for address in ("/board/table", "/board/table?by=process", "/board/table?by=month", "/board/table?by=person", "/board/heat", "/board/waits"):
        for link in city.open(address).tree.xpath("//tbody//td//a[contains(@class, 'num')]"):
            assert len(titles(city.open(link.get("href")))) == int(link.text), f"{address}: {link.get('href')}"
            seen += 1
    assert seen >= 25


def test_in_time_is_told_by_office_process_month_and_person(board: Office) -> None:
    city = signed_in(board, "ma.lin")

    def row(address: str, label: str) -> list[str]:
        (found,) = (r for r in city.open(address).tree.xpath("//tbody/tr") if r.xpath("th")[0].text_content().strip() == label)
        return [" ".join(cell.text_content().split()) for cell in found.xpath("td")]

    assert row("/board/table", "海曙区税务局") == ["3", "1", "2", "0", "2", "1", "50.0%", "1.2 天"]
    assert row("/board/table", "宁波市税务局（本级）")[:5] == ["0", "0", "0", "0", "0"]
    assert row("/board/table?by=process", "玩具流程") == ["0", "0", "0", "0", "2", "1", "50.0%", "1.2 天"]
    assert row("/board/table?by=month", "2026-03") == ["3", "1", "2", "0", "2", "1", "50.0%", "1.2 天"]
    assert row("/board/table?by=month", "2026-02") == ["1", "0", "1", "0", "0", "0", "—", "—"]
    assert row("/board/table?by=person", "王芳") == ["0", "0", "0", "2", "2", "1", "50.0%", "1.1 天"]
    assert row("/board/table?by=person", "待认领")[:3] == ["4", "1", "3"]
    assert row("/board/heat?process=moving", "sign") == ["2", "1.1 天", "2 天内"]
    assert row("/board/heat?process=moving", "draft") == ["2", "2 小时", "4 小时内"]


def test_what_is_open_stands_in_the_month_of_its_date_and_apart_where_it_has_none_for_now(board: Office) -> None:
    board.start("庚案下月", due_in=30)
    board.start("辛案无期")
    with board.database.write() as session:
        board.engine.set_due(session, case_of(board, "丁案鄞州"), standstill.LATE, "期限")  # as a clock that stands leaves it
    page = signed_in(board, "ma.lin").open("/board/table?by=month&period=1")  # what is open is told of every month

    told = {row.xpath("string(th)").strip(): [" ".join(cell.text_content().split()) for cell in row.xpath("td")][:4] for row in page.tree.xpath("//tbody/tr")}
    assert told == {"2026-02": ["1", "0", "1", "0"], "2026-03": ["2", "1", "1", "0"], "2026-04": ["1", "0", "0", "0"], "没有期限或计时中止": ["2", "0", "0", "1"]}
    assert list(told) == [*sorted(told)]
    for link in page.tree.xpath("//tbody//td//a[contains(@class, 'num')]"):
        assert len(titles(page.person.open(link.get("href")))) == int(link.text), link.get("href")
    assert page.tree.xpath("//svg[contains(@class, 'trend')]/text[2]/text()") == ["26-03"]  # the bars tell what was finished alone
    listed = page.person.open("/board/cases?due=none")
    assert sorted(titles(listed)) == ["丁案鄞州", "辛案无期"]
    assert "没有期限或计时中止" in listed.text
    assert "期限在 2026-04" in page.person.open("/board/cases?due=2026-04").text


def test_the_diagram_is_coloured_by_how_long_steps_took(board: Office) -> None:
    drawn = signed_in(board, "he.jie").open("/board/heat/diagram?process=moving").response.get_json()

    assert {step["id"]: (step["level"], step["text"]) for step in drawn["heat"]} == {"draft": (1, "2 小时"), "sign": (5, "1.1 天")}
    assert "bpmn" in drawn["xml"] or "process" in drawn["xml"]


def test_what_was_just_finished_is_told_until_it_is_counted(board: Office) -> None:
    case = moving(board, "庚案", 5)
    work(board, "li.na", 1, case)
    work(board, "wang.fang", 1, case)
    head = signed_in(board, "he.jie")

    assert "另有 1 件刚刚办结" in head.open("/board").text
    board.engine.board.count_new()
    assert "刚刚办结" not in head.open("/board").text
    assert figures(head.open("/board"))[3] == "66.6%"


def test_each_panel_is_taken_away_as_a_workbook(board: Office) -> None:
    head = signed_in(board, "he.jie")

    def rows(address: str) -> list[tuple[object, ...]]:
        book = load_workbook(io.BytesIO(head.open(address).response.data))
        return [tuple(cell.value for cell in row) for row in book.active.iter_rows(min_row=2)]

    assert rows("/board/table.xlsx") == [("海曙区税务局", 3, 1, 2, 0, 2, 2, 1, 1, "50.0%", 28)]
    assert [row[:5] for row in rows("/board/table.xlsx?by=month")] == [("2026-02", 1, 0, 1, 0), ("2026-03", 2, 1, 1, 0)]
    assert [row[0] for row in rows("/board/cases.xlsx?due=2026-02")] == ["甲案逾期"]
    assert [row[0] for row in rows("/board/cases.xlsx?term=overdue")] == ["甲案逾期", "乙案逾期"]
    assert {row[0]: row[1] for row in rows("/board/heat.xlsx?process=moving")} == {"sign": 2, "draft": 2}
    assert [row[0] for row in rows("/board/finished.xlsx?kept=late")] == ["己案超期"]
    assert rows("/board/people.xlsx")[0][0] == "待认领"
    assert rows("/board/waits.xlsx")[0][2] == 3
    assert head.open("/board/nothing.xlsx").status == 404


def test_empty_panels_say_so(office: Office) -> None:
    with office.database.write() as session:
        load_organisation(session, {"people": DIRECTORS})
    head = signed_in(office, "he.jie")

    for address, sentence in (
        ("/board", "没有逾期的案件"), ("/board/cases?term=overdue", "没有逾期的案件"), ("/board/table?by=month", "还没有案件"),
        ("/board/heat", "没有办结的环节"), ("/board/waits", "没有等待办理的案件"), ("/board/table?by=person", "没有在办的任务"), ("/board/finished", "没有符合条件的案件"),
    ):  # fmt: skip
        assert sentence in head.open(address).text, address


# --- deadlines, urging, transfer ---------------------------------------------------------------------------------------------


def test_every_deadline_explains_itself_on_the_board(board: Office) -> None:
    case, rule = case_of(board, "甲案逾期"), parse_rule("reply", {"label": "回复期限", "term": {"count": 10, "unit": "day"}, "article": "附件2第十三条"})
    with board.database.write() as session:
        term = board.deadlines.start(session, case, rule, board.clock.today() - timedelta(days=30))
        board.engine.set_due(session, case, term.due_on, term.label)

    page = signed_in(board, "he.jie").open("/board/cases?term=overdue")

    assert term.explanation in page.text
    assert "附件2第十三条" in term.explanation


def test_many_are_urged_with_one_sentence_and_twice_acts_once(board: Office) -> None:
    head, cases = signed_in(board, "he.jie"), [case_of(board, title) for title in ("甲案逾期", "乙案逾期")]
    page = head.open("/board/cases?term=overdue")

    after = urged(page, "本周内办结", *cases, case_of(board, "丁案鄞州"))
    assert "已催办 2 件；1 件已经办结" in after.text  # one that is out of reach is not told apart
    assert after.text.count("本周内办结") == 2
    assert after.text.count("今日已催") == 2
    assert "2 件今日已催办过" in urged(after, "本周内办结", *cases).text
    assert "已催办 0 件" in urged(signed_in(board, "ma.lin").open("/board/cases?term=overdue"), "再催", cases[0]).text

    with board.database.read() as session:
        link = Link(session)
        assert link.all("SELECT by_name, text FROM urging") == [("贺洁", "本周内办结")] * 2
        assert link.all("SELECT count(*) FROM notice WHERE kind = 'urged'") == [(2,)]
        assert link.all("SELECT count(*) FROM trail_entry WHERE event = 'board:urging:sent'") == [(2,)]
        assert link.all("SELECT case_id FROM trail_entry WHERE event = 'access:address:refused'") == [(case_of(board, "丁案鄞州"),)]
    board.tell()
    assert "贺洁 催办：本周内办结" in signed_in(board, "li.na").open("/notices").text
    board.clock.advance(timedelta(days=1))
    assert "已催办 1 件" in urged(signed_in(board, "he.jie").open("/board/cases?term=overdue"), "又一天了", cases[0]).text


def test_the_same_form_again_says_the_same_numbers(board: Office) -> None:
    case, lost = case_of(board, "甲案逾期"), case_of(board, "乙案逾期")
    page = signed_in(board, "he.jie").open("/board/cases?term=overdue")
    fields = page.fields("/board/urge", text="本周内办结")
    fields.setlist("case", [case, lost, case_of(board, "丁案鄞州")])
    first = page.person.post("/board/urge", fields).text
    board.engine.complete(board.task_of(lost), FILLED, board.person("li.na"), "done")

    again = page.person.post("/board/urge", fields).text
    assert "已催办 2 件；1 件已经办结" in first
    assert "已催办 2 件；1 件已经办结" in again
    assert "今日已催办过" not in again


def test_a_case_page_asks_once_whose_work_it_is_however_often_it_was_urged(board: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    case, asked = case_of(board, "甲案逾期"), list[object]()
    for _day in range(3):
        urged(signed_in(board, "he.jie").open("/board/cases?term=overdue"), "何时办结？", case)
        board.clock.advance(timedelta(days=1))
    real = board.engine.at_hand
    monkeypatch.setattr(board.engine, "at_hand", lambda cases, actor, **how: (asked.append(cases), real(cases, actor, **how))[1])

    assert len(may_answer(signed_in(board, "li.na"), case)) == 3
    assert len(asked) == 1


def told_of_urging(board: Office, login: str) -> list[str]:
    """The cases of which somebody was told that they are urged."""
    return sorted(signed_in(board, login).open("/notices").tree.xpath("//ul[@class='notices']//p[span='催办']/span[1]/text()"))


def test_whoever_has_the_task_is_urged_and_its_post_only_where_nobody_has_it(board: Office) -> None:
    held, free = case_of(board, "甲案逾期"), case_of(board, "乙案逾期")
    task = board.task_of(held)
    board.engine.claim(task, board.person("li.na"), "claim")
    urged(signed_in(board, "he.jie").open("/board/cases?term=overdue"), "何时办结？", held, free)
    board.tell()

    assert told_of_urging(board, "li.na") == ["乙案逾期", "甲案逾期"]
    assert told_of_urging(board, "wang.fang") == ["乙案逾期"]
    clerk, colleague = signed_in(board, "li.na"), signed_in(board, "wang.fang")
    assert "何时办结？" in clerk.open(f"/tasks/{task}").text
    assert may_answer(clerk, held)
    assert not may_answer(colleague, held)
    board.engine.release(task, board.person("li.na"), "release")
    assert may_answer(colleague, held)  # the work is anybody's of the post again
    board.engine.claim(task, board.person("wang.fang"), "claim again")
    assert may_answer(clerk, held)  # who was urged may still say why
    answered = colleague.open(f"/tasks/{task}").submit(may_answer(colleague, held)[0], text="明天")
    assert (answered.address, "已答复催办" in answered.text) == (f"/tasks/{task}", True)


def test_of_a_task_in_the_hands_of_somebody_who_has_left_the_post_is_urged(board: Office) -> None:
    case = case_of(board, "甲案逾期")
    board.engine.claim(board.task_of(case), board.person("li.na"), "claim")
    with board.database.write() as session:
        Link(session).run("UPDATE person SET active = 0 WHERE login = 'li.na'")
    urged(signed_in(board, "he.jie").open("/board/cases?term=overdue"), "快办", case)
    board.tell()

    assert told_of_urging(board, "wang.fang") == ["甲案逾期"]


def may_answer(person: Person, case: str) -> list[str]:
    """Where somebody may answer an urging of a case."""
    return [form.action for form in person.open(f"/cases/{case}").tree.forms if "/urgings/" in (form.action or "")]


def test_urging_without_a_case_or_a_word_is_refused_with_a_sentence(board: Office) -> None:
    page = signed_in(board, "he.jie").open("/board/cases?term=overdue")

    assert "请勾选要催办的案件" in urged(page, "快办").text
    assert "请填写催办内容" in urged(page, "", case_of(board, "甲案逾期")).text


def test_the_answer_stands_beside_the_urging_and_is_given_once_by_those_who_were_urged(board: Office) -> None:
    case = case_of(board, "甲案逾期")
    urged(signed_in(board, "he.jie").open("/board/cases?term=overdue"), "何时办结？", case)
    clerk, bystander = signed_in(board, "li.na"), signed_in(board, "zhao.jun")
    (action,) = may_answer(clerk, case)
    form = clerk.open(f"/cases/{case}").fields(action, text="下周一")

    assert may_answer(bystander, case) == []
    assert bystander.post(action, {**form, "csrf": bystander.open("/profile").fields("/sign-out")["csrf"]}).status == 404
    assert "请先填写答复的内容" in clerk.post(action, {**form, "text": " "}).text
    assert "已答复催办" in clerk.post(action, form).text
    assert "已答复催办" in clerk.post(action, form).text  # the same form again, whose first answer was lost on the way
    assert clerk.post(action, {**form, "key": "1" * 32}).status == 404
    assert clerk.post(action, {**form, "text": "下周二"}).status == 409

    page = signed_in(board, "he.jie").open("/board/cases?term=overdue")
    assert "李娜" in page.text
    assert "下周一" in page.text
    board.tell()
    notices = signed_in(board, "he.jie").open("/notices")
    assert notices.text.count("李娜答复了催办：下周一") == 1
    assert "李娜 答复催办" not in notices.text  # told once, as whoever urged, and not by his post again
    board.clock.advance(timedelta(days=1))
    again = urged(signed_in(board, "he.jie").open("/board/cases?term=overdue"), "仍未办结", case)
    assert ("未答复" in again.text, "下周一" in again.text) == (True, False)  # the answer was to the urging of yesterday


def test_tasks_are_transferred_from_the_board_where_separation_of_duties_allows_it(board: Office) -> None:
    case = moving(board, "辛案", 5)
    work(board, "li.na", 1, case)
    task = board.task_of(case, "wang.fang")
    board.engine.claim(task, board.person("wang.fang"), "claimed")
    head = signed_in(board, "he.jie")
    with board.database.write() as session:
        load_organisation(session, {"people": [{"login": "fu.yu", "name": "傅宇", "password": PASSWORD, "posts": [{"role": "clerk", "office": "hs"}]}]})
    (address,) = (a.get("href") for a in head.open("/board/table?by=person").tree.xpath("//tr[th[contains(., '王芳')]]/td[1]/a"))

    page = head.open(address)
    assert titles(page) == ["辛案"]
    fields = page.fields("/tasks/transfer")
    fields.setlist("task", [task])
    asked = head.post("/tasks/transfer", fields)
    prepared = asked.submit("/tasks/transfer", person=board.person("li.na").person_id, text="均衡负荷")
    assert "1 项按规定不能转办" in prepared.text
    done = head.post("/tasks/transfer", asked.fields("/tasks/transfer", person=board.person("fu.yu").person_id, text="均衡负荷", key="1" * 32))

    assert "所选任务已全部转办" in done.text
    assert titles(head.open(address)) == []
    assert [t.assignee_name for t in board.engine.case(case, board.person("he.jie")).open_tasks] == ["傅宇"]


def test_the_board_speaks_english(board: Office) -> None:
    head: Person = signed_in(board, "he.jie")
    head.client.set_cookie("lang", "en")

    page = head.open("/board")
    assert "Where cases wait" in page.text
    assert "Haishu District" in page.text
