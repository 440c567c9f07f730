"""The papers of a case: which are issued when, and what stands on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.clock import ManualClock
from papers.model import Paper
from papers.render import RenderFailed
from papers.templates import fill
from records.coinvestigation.model import Delegation, Receipt
from records.coinvestigation.store.delegations import retotal
from tests.procedures.test_coinvestigation import BEGIN, FACE, answer, send, sign
from tests.procedures.walking import Walk
from tests.unit.records.making import filled

OTHER = {**FACE, "invoice_number": "00010024", "amount": "100.00", "tax": "17.00", "seller_id": "320507713258802"}


def papers(walk: Walk, case: str) -> dict[str, Paper]:
    with walk.application.database.read() as session:
        return {paper.template: paper for paper in walk.application.papers.for_subject(session, case)}


def receiving_case(walk: Walk) -> str:
    with walk.application.database.read() as session:
        return session.scalars(select(Receipt.case_id)).one()


def data(walk: Walk, case: str, template: str) -> dict[str, Any]:
    return papers(walk, case)[template].data


def test_a_delegation_leaves_with_letter_list_and_two_tables_under_one_number(walk: Walk) -> None:
    issued = papers(walk, send(walk, faces=[FACE, OTHER]))

    assert {paper.number for paper in issued.values()} == {"甬海国税稽协〔2026〕1号"}
    letter, facts, progress = (issued[key].data for key in ("letter", "case_facts", "progress"))
    assert (letter["term"], letter["total"], letter["problems"], letter["contact"]["name"]) == ("一个月", "68117.00", "有疑问", "陈敏")
    assert [signer["name"] for signer in (letter["leader"], letter["handler"], letter["clerk"])] == ["周华", "孙强", "林静"]
    assert letter["attachments"][0] == "《增值税专用发票明细清单》（2份发票）"
    areas = [(a["region"], a["name"], a["enterprises"], a["count"], a["total"]) for a in facts["areas"]]
    assert areas == [("320506", "苏州市吴中区国家税务局", 1, 1, "68000.00"), ("320507", "苏州市国家税务局", 1, 1, "117.00")]
    steps = [(step["what"], step["who"]) for step in progress["steps"]]
    assert steps[0] == ("提出协查", "陈敏")
    assert ("稽查局长审批同意", "周华") in steps
    assert steps[-1] == ("签发函件，发往受托方", "周华")


def test_a_notice_names_its_two_months_and_the_proof_that_goes_with_it(walk: Walk) -> None:
    notice = data(walk, send(walk, nature="confirmed"), "notice")

    assert (notice["term"], notice["falsification_facts"]) == ("两个月", "虚开")
    assert notice["attachments"][-1] == "已定性为虚开的书面证明"


def test_the_order_explains_its_last_day_and_comes_with_the_invoices(walk: Walk) -> None:
    send(walk)
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    walk.do("gu.ning", "fill_order", inspector_id="曹平", order_demands="到户核查")
    walk.do("shen.yi", "approve_order", decision="agree", opinion="同意")

    issued = papers(walk, receiving_case(walk))
    order = issued["order"].data
    assert (order["due_on"], order["inspector"], order["opinion"], order["receiver"]["name"]) == ("2026-04-02", "曹平", "同意", "沈毅")
    assert "第十三条" in order["explanation"]
    assert "2026年4月2日" in order["explanation"]
    assert [invoice["number"] for invoice in issued["invoices"].data["invoices"]] == ["00010023"]


@pytest.mark.parametrize(("written", "printed"), [("", "同意。"), ("按期办结。", "同意。按期办结。"), ("同意，按期办结。", "同意，按期办结。")])
def test_the_order_says_that_the_leader_agreed_and_what_he_wrote(straight: Walk, written: str, printed: str) -> None:
    send(straight)
    straight.do("shen.yi", "sign_receipt", handled_by="own", opinion="请抓紧办理")
    straight.do("gu.ning", "fill_order", inspector_id="曹平", order_demands="到户核查")
    straight.do("shen.yi", "approve_order", decision="agree", opinion=written)

    assert data(straight, receiving_case(straight), "order")["opinion"] == printed


ONE = {"id": "320506123456789", "name": "苏州甲公司"}
SEVERAL = {"id": "详见明细清单", "name": "详见明细清单"}


@pytest.mark.parametrize(("seller", "named"), [("320506123456789", ONE), ("320506999999999", SEVERAL)])
def test_a_letter_made_from_a_list_names_its_enterprise_or_points_to_the_list(straight: Walk, seller: str, named: dict[str, str]) -> None:
    case = straight.imported("chen.min", "hs", more=[{"invoice_number": "00000002", "seller_id": seller}])
    straight.do("chen.min", "fill_letter", next_step="submit", enterprise_facts="一般纳税人", invoice_facts="税额不符", demands="请核实交易")
    straight.do("lin.jing", "check_entry", entry_checked="on", decision="agree")
    straight.do("sun.qiang", "check_handling", handling_checked="on", decision="agree")
    straight.do("zhou.hua", "approve_delegation", decision="agree")

    issued = papers(straight, case)
    assert [issued[key].data["enterprise"] for key in ("letter", "case_facts", "progress")] == [named] * 3


def test_the_reply_goes_with_the_findings_of_every_invoice(walk: Walk) -> None:
    send(walk, faces=[FACE, OTHER])
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    answer(walk, "gu.ning", "shen.yi", "cao.ping", conclusion="false", trade="no", transfer_reason="无实际交易")

    issued = papers(walk, receiving_case(walk))
    reply, findings = issued["reply"], issued["findings"]
    assert reply.number == findings.number == "苏吴国税稽协复〔2026〕1号"
    assert [given for _question, given in reply.data["points"]] == ["是", "真票", "是", "否", "是"]
    assert [(i["ordinal"], i["trade"], i["conclusion"]) for i in findings.data["invoices"]] == [(1, "否", "虚开"), (2, "否", "虚开")]
    assert findings.data["conclusions"] == [["虚开", 2]]


def test_findings_of_the_lower_level_stand_on_the_upper_levels_list(walk: Walk) -> None:
    send(walk, to_office="sz")
    walk.do("shen.yi", "sign_receipt", handled_by="lower", lower_office="szwz")
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    answer(walk, "gu.ning", "shen.yi", "cao.ping")
    walk.do("gu.ning", "draft_reply", reply_text="据下级核查，交易真实")
    walk.do("tang.wei", "check_reply", entry_checked="on", decision="agree")
    walk.do("shen.yi", "approve_reply", decision="agree")

    with walk.application.database.read() as session:
        upper = session.scalars(select(Receipt.case_id).where(Receipt.parent_id.is_(None))).one()
    assert [i["conclusion"] for i in data(walk, upper, "findings")["invoices"]] == ["属实"]


def test_a_paper_that_fails_keeps_the_case_going_and_is_made_later(
    walk: Walk, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_font(_papers: object) -> list[bytes]:
        raise RenderFailed("没有中文字体")

    monkeypatch.setattr(walk.application.papers, "make", no_font)
    case = send(walk)
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    assert {(paper.state, paper.error) for paper in papers(walk, case).values()} == {("rendering", "没有中文字体")}

    def with_font(wanted: Sequence[object]) -> list[bytes]:
        return [f"%PDF {at}".encode() for at in range(len(wanted))]

    monkeypatch.setattr(walk.application.papers, "make", with_font)
    clock.advance(timedelta(hours=1))
    walk.settle()

    made = papers(walk, case)
    assert {(paper.state, paper.error) for paper in made.values()} == {("issued", "")}
    assert {paper.number for paper in made.values()} == {"甬海国税稽协〔2026〕1号"}


def lying_with(walk: Walk, case: str) -> list[str]:
    with walk.application.database.read() as session:
        return sorted(paper.template for paper in walk.application.papers.for_subject(session, case))


def test_papers_travel_with_delegation_and_reply(walk: Walk) -> None:
    case = send(walk)
    with walk.application.database.read() as session:
        reply = session.scalars(select(Receipt.case_id)).one()
    sent = ["case_facts", "letter", "list", "progress"]
    assert lying_with(walk, reply) == lying_with(walk, case) == sent

    walk.do("shen.yi", "sign_receipt", handled_by="own")
    answer(walk, "gu.ning", "shen.yi", "cao.ping")

    assert lying_with(walk, case) == sorted([*sent, "findings", "reply"])
    assert lying_with(walk, reply) == sorted([*sent, "findings", "invoices", "order", "reply"])


def test_papers_go_down_and_come_up_through_the_city(walk: Walk) -> None:
    case = send(walk, to_office="sz")
    walk.do("shen.yi", "sign_receipt", handled_by="lower", lower_office="szwz")
    with walk.application.database.read() as session:
        lower = session.scalars(select(Receipt.case_id).where(Receipt.parent_id.is_not(None))).one()
    assert lying_with(walk, lower) == ["case_facts", "letter", "list", "progress"]

    walk.do("shen.yi", "sign_receipt", handled_by="own")
    answer(walk, "gu.ning", "shen.yi", "cao.ping")
    walk.do("gu.ning", "draft_reply", reply_text="据下级核查，交易真实")
    walk.do("tang.wei", "check_reply", entry_checked="on", decision="agree")
    walk.do("shen.yi", "approve_reply", decision="agree")

    assert lying_with(walk, case).count("reply") == 2  # the city's, and the district's on which it rests


def volumes(walk: Walk, case: str, template: str) -> list[Paper]:
    with walk.application.database.read() as session:
        return [paper for paper in walk.application.papers.for_subject(session, case) if paper.template == template]


def more(walk: Walk, count: int) -> None:
    """Puts further invoices into the only delegation."""
    with walk.application.database.write() as session:
        row = session.scalars(select(Delegation)).one()
        filled(session, row.id, count, office_id=row.from_office_id, scope=row.from_scope, problem=None, mismatch=None)
        retotal(session, row)


def begun(walk: Walk) -> str:
    case = walk.start("chen.min", "hs", "delegation", **BEGIN)
    more(walk, 2_499)
    return case


def test_a_long_list_is_issued_in_volumes_that_go_on_counting(straight: Walk) -> None:
    case = begun(straight)
    sign(straight)

    found = volumes(straight, case, "list")
    assert [paper.title for paper in found] == [f"增值税专用发票明细清单（第 {n} 册，共 3 册）" for n in (1, 2, 3)]
    assert [paper.number for paper in found] == [f"甬海国税稽协〔2026〕1号（第{n}册）" for n in (1, 2, 3)]
    rows = [row["ordinal"] for paper in found for row in paper.data["invoices"]]
    assert rows == list(range(1, 2_501))
    (letter,) = volumes(straight, case, "letter")
    assert letter.data["attachments"][0] == "《增值税专用发票明细清单》（2500份发票，3册）"
    assert "invoices" not in letter.data
    assert {paper.state for paper in found} == {"issued"}


def test_totals_stand_on_the_last_volume_and_each_has_its_own(straight: Walk) -> None:
    case = begun(straight)
    sign(straight)
    template = straight.application.papers.template("coinvestigation", "list")

    filled_in = ["".join(fill(template, paper.data, number=paper.number, copies=())) for paper in volumes(straight, case, "list")]

    assert [html.count("本册小计（") for html in filled_in] == [1, 1, 1]
    assert ["本册小计（1000 份）" in html for html in filled_in] == [True, True, False]
    assert ["合　　计（2500 份）" in html for html in filled_in] == [False, False, True]
    assert ["价税合计（大写）" in html for html in filled_in] == [False, False, True]


def test_the_side_that_was_asked_has_its_lists_in_volumes_too(straight: Walk) -> None:
    begun(straight)
    sign(straight)
    straight.do("shen.yi", "sign_receipt", handled_by="own")
    answer(straight, "gu.ning", "shen.yi", "cao.ping")

    case = receiving_case(straight)
    counts = {key: [len(paper.data["invoices"]) for paper in volumes(straight, case, key)] for key in ("list", "invoices", "findings")}
    assert counts == {key: [1_000, 1_000, 500] for key in counts}
    template = straight.application.papers.template("coinvestigation", "findings")
    html = ["".join(fill(template, paper.data, number="", copies=())) for paper in volumes(straight, case, "findings")]
    assert ["查补情况" in text for text in html] == [False, False, True]
    assert data(straight, case, "reply")["attachments"] == ["《增值税专用发票调查结果清单》（2500份发票，3册）"]


def test_a_list_as_long_as_a_volume_is_one_paper(straight: Walk) -> None:
    case = straight.start("chen.min", "hs", "delegation", **BEGIN)
    more(straight, 999)
    sign(straight)

    (whole,) = volumes(straight, case, "list")
    assert (whole.number, whole.title, len(whole.data["invoices"])) == ("甬海国税稽协〔2026〕1号", "增值税专用发票明细清单", 1_000)
