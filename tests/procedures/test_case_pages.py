"""What the page of a case says to a clerk: messages by their names, where the case stands, each decision under its step."""

from __future__ import annotations

from pathlib import Path

import yaml
from sqlalchemy import select

from app import WORKFLOWS
from db.clock import ManualClock
from engine.bpmn import check_in_process
from engine.procedures import folders, read_folder
from records.coinvestigation.model import Receipt
from tests.procedures.test_coinvestigation import BEGIN, POINTS, answer, send
from tests.procedures.test_english import signed_in
from tests.procedures.test_terms_of_cases import APPLY, GRANT, on, sheet_issued, urge
from tests.procedures.walking import Walk
from tests.web.browsing import Page


def page_of(walk: Walk, case: str, login: str, language: str = "zh") -> Page:
    return signed_in(walk.application, login, language).open(f"/cases/{case}")


def received(walk: Walk) -> list[str]:
    with walk.application.database.read() as session:
        return list(session.scalars(select(Receipt.case_id).order_by(Receipt.id)))


def answered(walk: Walk) -> str:
    send(walk)
    walk.do("shen.yi", "sign_receipt", handled_by="own", opinion="请抓紧办理")
    answer(walk, "gu.ning", "shen.yi", "cao.ping")
    return received(walk)[0]


def test_every_message_has_a_name_in_both_languages() -> None:
    caught = set[str]()
    for folder in folders(WORKFLOWS):
        known = yaml.safe_load(Path(folder, "procedure.yaml").read_text("utf-8")).get("messages") or {}
        models = check_in_process(read_folder(folder).as_bytes()).models.values()
        here = {e.trigger.name for model in models for e in model.elements.values() if e.trigger.kind == "message"}
        caught |= here
        assert here - known.keys() == set()
        assert all(row["name"] and row["name_en"] for row in known.values())
    assert caught


def test_the_history_calls_messages_by_their_names_and_leaves_out_what_nobody_needed_to_hear(straight: Walk) -> None:
    case = answered(straight)

    chinese, english = page_of(straight, case, "gu.ning").text, page_of(straight, case, "gu.ning", "en").text

    assert "发出：协查回复" in chinese
    assert "Sent: the reply" in english
    for dropped in ("不再等待", "与其他案件往来的信息", "回复函已发出的通知", "了结的通知"):
        assert dropped not in chinese
    assert "reply_sent" not in english


def test_a_case_that_was_passed_down_waits_for_the_lower_level(straight: Walk) -> None:
    send(straight, to_office="sz")
    straight.do("shen.yi", "sign_receipt", handled_by="lower", lower_office="szwz")

    text = page_of(straight, received(straight)[0], "gu.ning").text
    assert "等待下级回复" in text
    assert "下级已回复" not in text


def test_a_repeated_reminder_is_no_step_of_an_urging(straight: Walk, clock: ManualClock) -> None:
    send(straight)
    on(straight, clock, "2026-04-03")
    urge(straight)
    on(straight, clock, "2026-04-13")
    (urging,), _more = straight.application.engine.cases(straight.actor("ding.rong"), process_id="urging")

    steps = page_of(straight, urging.instance_id, "ding.rong").tree.xpath("//ol[contains(@class, 'steps')]/li//text()")

    said = [step.strip() for step in steps if step.strip()]
    assert "签发催办单" in said
    assert not {"仍逾期", "再次催办", "仍未答复"} & set(said)


def test_a_second_urging_stands_after_its_own_sheet_and_before_the_answer(straight: Walk, clock: ManualClock) -> None:
    sheet_issued(straight, clock)
    (urging,), _more = straight.application.engine.cases(straight.actor("ding.rong"), process_id="urging")

    steps = page_of(straight, urging.instance_id, "ding.rong").tree.xpath("//ol[@class='steps']/li")

    assert [(li.get("class"), li.text_content()) for li in steps] == [("done", "填制催办单"), ("now", "签发催办单"), ("now", "答复催办")]


def test_each_decision_stands_under_its_own_step(straight: Walk) -> None:
    contents = page_of(straight, answered(straight), "gu.ning").text

    assert "签批 · 意见" in contents
    assert "审批处理单 · 审核结论" in contents
    assert "审批回复函 · 审核结论" in contents


def test_an_extension_bears_the_name_of_the_case_and_proposes_the_day_that_is_wanted(straight: Walk, clock: ManualClock) -> None:
    send(straight)
    case = straight.start("gu.ning", "szwz", "extension", about=received(straight)[0], **APPLY)
    director = signed_in(straight.application, "shen.yi", "zh")
    (task,) = straight.application.engine.case(case, straight.actor("shen.yi")).open_tasks
    straight.application.engine.claim(task.id, straight.actor("shen.yi"), "claim")

    assert straight.case(case, "gu.ning").header.title == "延期申请：苏州恒通贸易有限公司专用发票协查"
    fields = director.open(f"/tasks/{task.id}").fields(f"/tasks/{task.id}", decision="approve")
    assert director.post(f"/tasks/{task.id}/form", fields).tree.xpath("//input[@name='granted']/@value") == ["2026-04-30"]
    assert "批准延期至" not in page_of(straight, case, "gu.ning").text  # it is not decided yet

    straight.application.engine.complete(task.id, GRANT, straight.actor("shen.yi"), "complete")
    assert "批准延期至" in page_of(straight, case, "gu.ning").text


def test_what_a_return_would_bring_again_is_no_step_ahead(straight: Walk) -> None:
    case = straight.start("chen.min", "hs", "delegation", **{**BEGIN, "to_office": "hs"})
    straight.do("sun.qiang", "verify_inside", **{**POINTS, "conclusion": "consistent", "summary": "交易属实"})
    straight.do("lin.jing", "check_verification", entry_checked="on", decision="agree")

    steps = [(li.get("class"), li.text_content()) for li in page_of(straight, case, "zhou.hua").tree.xpath("//ol[@class='steps']/li")]

    assert steps == [("done", "辖区内核查"), ("done", "核对核查结果"), ("now", "审批核查结果"), ("ahead", "归档")]
