"""A received matter in parts: sorted, passed down to several offices, given back, brought together (Ningbo 2001-19, annex 2, arts. 5, 11 to 13)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from db.clock import ManualClock
from deadlines.model import Notice
from engine.errors import Declined
from engine.worklist import WorklistQuery
from papers.model import Paper
from papers.words import day
from records.coinvestigation.model import Delegation, Finding, InspectionTransfer, Receipt
from tests.procedures.test_case_pages import page_of
from tests.procedures.test_coinvestigation import BEGIN, FACE, POINTS
from tests.procedures.test_terms_of_cases import on
from tests.procedures.walking import Walk

HAISHU, JIANGDONG = "330203144052260", "330204713258902"
CODE = "3302012140"
REPLIED = {"conclusion": "consistent", "summary": "交易真实"}
FALSE = {"trade": "no", "conclusion": "false", "transfer_reason": "无货虚开", "summary": "没有交易"}
CLERKS = {"nb": "zheng.jie", "hs": "lin.jing", "jd": "lin.jing"}
OFFICERS = {"nb": "xu.wei", "hs": "chen.min", "jd": "zhu.li"}
DIRECTORS = {"nb": "ma.lin", "hs": "zhou.hua", "jd": "hu.jun", "bl": "hu.jun"}
INSPECTORS = {"nb": ("he.tao", "何涛"), "hs": ("sun.qiang", "孙强"), "jd": ("he.tao", "何涛")}


def faces(*sellers: str) -> list[dict[str, str]]:
    return [
        {**FACE, "invoice_code": CODE, "invoice_number": f"0001002{n}", "seller_id": seller, "buyer_id": "320506713258801"}
        for n, seller in enumerate(sellers, 1)
    ]


def asked(walk: Walk, *sellers: str) -> str:
    """Suzhou asks Ningbo city; its case at Ningbo."""
    walk.start("gu.ning", "szwz", "delegation", **{**BEGIN, "to_office": "nb", "faces": faces(*sellers)})
    walk.do("gu.ning", "fill_letter", next_step="submit", enterprise_facts="一", invoice_facts="二", demands="三")
    walk.do("tang.wei", "check_entry", entry_checked="on", decision="agree")
    walk.do("fang.jie", "check_handling", handling_checked="on", decision="agree")
    walk.do("shen.yi", "approve_delegation", decision="agree")
    return row(walk, "nb").case_id


def row(walk: Walk, office: str) -> Receipt:
    with walk.application.database.read() as session:
        return session.scalars(select(Receipt).where(Receipt.office_id == walk.office(office))).one()


def states(walk: Walk, *offices: str) -> list[str]:
    return [row(walk, office).state for office in offices]


def two_districts(walk: Walk) -> None:
    walk.do("ma.lin", "sign_receipt", handled_by="sorted")
    walk.do("xu.wei", "sort_invoices", shares=[{"enterprise": HAISHU, "office": "hs"}, {"enterprise": JIANGDONG, "office": "jd"}])


def investigate(walk: Walk, office: str, **found: Any) -> None:
    login, name = INSPECTORS[office]
    walk.do(OFFICERS[office], "fill_order", inspector_id=name, order_demands="到户核查")
    walk.do(DIRECTORS[office], "approve_order", decision="agree")
    walk.do(login, "investigate", **{**POINTS, **REPLIED, **found})


def reply(walk: Walk, office: str, text: str) -> None:
    walk.do(OFFICERS[office], "draft_reply", reply_text=text)
    walk.do(CLERKS[office], "check_reply", entry_checked="on", decision="agree")
    walk.do(DIRECTORS[office], "approve_reply", decision="agree")


def answer(walk: Walk, office: str, text: str, **found: Any) -> None:
    walk.do(DIRECTORS[office], "sign_receipt", handled_by="own")
    investigate(walk, office, **found)
    reply(walk, office, text)


def open_steps(walk: Walk, case: str, login: str) -> list[str]:
    return sorted(task.element for task in walk.case(case, login).open_tasks)


def test_two_districts_work_at_once_and_the_reply_of_the_whole_has_all_findings(walk: Walk) -> None:
    case = asked(walk, HAISHU, HAISHU, JIANGDONG)
    two_districts(walk)
    assert states(walk, "nb", "hs", "jd") == ["passed_down", "received", "received"]
    assert [row(walk, office).invoice_count for office in ("nb", "hs", "jd")] == [3, 2, 1]

    answer(walk, "jd", "一份虚开", **FALSE)
    assert (states(walk, "nb", "jd"), open_steps(walk, case, "xu.wei")) == (["passed_down", "replied"], [])
    answer(walk, "hs", "两份真实")

    assert (states(walk, "nb"), open_steps(walk, case, "xu.wei")) == (["found"], ["draft_reply"])
    begun = walk.case(case, "xu.wei").variables["reply_text"]
    assert begun == "宁波市江东区国家税务局：一份虚开\n宁波市海曙区国家税务局：两份真实"
    reply(walk, "nb", "两份真实，一份虚开")
    with walk.application.database.read() as session:
        issued = {paper.template: paper.data for paper in walk.application.papers.for_subject(session, case) if paper.number == row(walk, "nb").reply_number}
        assert session.scalars(select(Delegation)).one().state == "replied"
    assert [line["conclusion"] for line in issued["findings"]["invoices"]] == ["属实", "属实", "虚开"]
    assert issued["reply"]["conclusion"] == "属实 2 份、虚开 1 份"
    assert issued["reply"]["shares"] == "宁波市海曙区国家税务局 2 份、宁波市江东区国家税务局 1 份"


def test_one_part_here_and_one_below_is_told_on_order_and_lists(walk: Walk) -> None:
    case = asked(walk, HAISHU, HAISHU, JIANGDONG)
    walk.do("ma.lin", "sign_receipt", handled_by="sorted")
    walk.do("xu.wei", "sort_invoices", shares=[{"enterprise": HAISHU, "office": "hs"}], rest_to="nb")
    assert walk.case(case, "xu.wei").variables["sorting_text"] == "本级 1 份；宁波市海曙区国家税务局 2 份"

    investigate(walk, "nb", **FALSE)
    assert states(walk, "nb") == ["passed_down"]  # the own part is found, Haishu is at work
    walk.do("zhou.hua", "sign_receipt", handled_by="own")
    investigate(walk, "hs")

    with walk.application.database.read() as session:
        papers = walk.application.papers
        (order,) = [p.data for p in papers.for_subject(session, case) if p.template == "order"]
        lists = {p.number: p.data for p in papers.for_subject(session, case) if p.template == "invoices"}
        below = row(walk, "hs").case_id
        lower = [p.data for p in papers.for_subject(session, below) if p.template in {"order", "invoices"}]
        moved = session.scalars(select(InspectionTransfer)).one()
    assert (order["count"], order["part"]) == (1, "本局收到 3 份，本单办理 1 份（本级 1 份；宁波市海曙区国家税务局 2 份）")
    assert {number: (data["count"], [i["number"] for i in data["invoices"]]) for number, data in lists.items()} == {
        "甬国税稽协受〔2026〕1号": (1, ["00010023"]), "甬国税稽协受〔2026〕1号（宁波市海曙区国家税务局）": (2, ["00010021", "00010022"]),
    }  # fmt: skip
    assert [(data["count"], data["part"]) for data in lower] == [
        (2, "批转宁波市海曙区国家税务局 2 份（来函 3 份）"),
        (2, "来函 3 份，上级批转本局 2 份"),
        (2, "来函 3 份，上级批转本局 2 份"),
    ]
    assert (moved.invoice_count, moved.subject_id) == (1, row(walk, "nb").id)
    reply(walk, "hs", "两份真实")
    reply(walk, "nb", "两份真实，一份虚开")
    assert states(walk, "nb", "hs") == ["replied", "replied"]


def test_the_own_part_may_be_found_last(straight: Walk) -> None:
    case = asked(straight, HAISHU, JIANGDONG)
    straight.do("ma.lin", "sign_receipt", handled_by="sorted")
    straight.do("xu.wei", "sort_invoices", shares=[{"enterprise": JIANGDONG, "office": "jd"}], rest_to="nb")
    answer(straight, "jd", "一份真实")
    assert (states(straight, "nb"), open_steps(straight, case, "xu.wei")) == (["passed_down"], ["fill_order"])
    investigate(straight, "nb")

    assert (states(straight, "nb"), open_steps(straight, case, "xu.wei")) == (["found"], ["draft_reply"])


def test_the_page_proposes_each_enterprise_to_the_office_of_its_area(straight: Walk) -> None:
    case = asked(straight, HAISHU, HAISHU, JIANGDONG)
    straight.do("ma.lin", "sign_receipt", handled_by="sorted")

    (task,) = straight.case(case, "xu.wei").open_tasks
    view = straight.application.engine.task(task.id, straight.actor("xu.wei"))
    assert view.form is not None
    (shares,) = (field for field in view.form.fields if field.key == "shares")
    assert [option.label for option in shares.children[0].options] == [f"{HAISHU}（2 份）", f"{JIANGDONG}（1 份）"]
    assert [option.value for option in shares.children[1].options] == ["nb", "bl", "hs", "jd"]
    assert view.values["shares"] == [{"enterprise": HAISHU, "office": "hs"}, {"enterprise": JIANGDONG, "office": "jd"}]


def test_a_sorting_that_leaves_an_invoice_out_is_declined_and_nothing_is_sent(straight: Walk) -> None:
    asked(straight, HAISHU, JIANGDONG)
    straight.do("ma.lin", "sign_receipt", handled_by="sorted")

    with pytest.raises(Declined, match="还有 1 份发票没有分拣，第一份是 3302012140 00010022"):
        straight.do("xu.wei", "sort_invoices", shares=[{"enterprise": HAISHU, "office": "hs"}])
    with pytest.raises(Declined, match="分拣第 2 行：发票 3302012140 00010021 已在第 1 行分拣"):
        two = [{"enterprise": HAISHU, "office": "hs"}, {"invoice_code": CODE, "office": "jd"}]
        straight.do("xu.wei", "sort_invoices", shares=two)

    with straight.application.database.read() as session:
        assert len(session.scalars(select(Receipt)).all()) == 1
    straight.do("xu.wei", "sort_invoices", shares=[], rest_to="nb")
    assert states(straight, "nb") == ["signed"]


def test_what_an_office_gives_back_goes_to_another_or_is_kept(walk: Walk, clock: ManualClock) -> None:
    case = asked(walk, HAISHU, JIANGDONG)
    two_districts(walk)
    walk.do("hu.jun", "sign_receipt", misdirected="on", return_up_reason="该企业已迁入海曙")
    with walk.application.database.read() as session:
        (term,) = walk.application.deadlines.for_subject(session, row(walk, "jd").case_id)
    assert (term.state, states(walk, "nb", "jd"), row(walk, "jd").due_on) == ("cancelled", ["passed_down", "returned"], None)
    assert walk.case(row(walk, "jd").case_id, "hu.jun").header.status == "completed"

    (task,) = walk.case(case, "ma.lin").open_tasks
    assert task.element == "redirect_part"
    assert walk.application.engine.task(task.id, walk.actor("ma.lin")).values["part_returned"] == "该企业已迁入海曙"
    with pytest.raises(Declined, match="宁波市海曙区国家税务局已收到过本案"):
        walk.do("ma.lin", "redirect_part", redirect_to="hs")
    walk.do("ma.lin", "redirect_part", redirect_to="bl")
    assert row(walk, "bl").invoice_count == 1
    walk.do("hu.jun", "sign_receipt", misdirected="on", return_up_reason="不在北仑")
    walk.do("ma.lin", "redirect_part", redirect_to="nb")

    answer(walk, "hs", "一份真实")
    assert (states(walk, "nb"), open_steps(walk, case, "xu.wei")) == (["signed"], ["fill_order"])
    investigate(walk, "nb", **FALSE)
    with walk.application.database.read() as session:
        assert {(f.subject_id, f.conclusion) for f in session.scalars(select(Finding))} == {
            (row(walk, "hs").id, "consistent"), (row(walk, "nb").id, "false"),
        }  # fmt: skip
    reply(walk, "nb", "一份真实，一份虚开")
    assert states(walk, "nb", "hs", "jd", "bl") == ["replied", "replied", "returned", "returned"]
    told = walk.case(case, "xu.wei").variables["sorting_text"]
    assert told.endswith("宁波市江东区国家税务局退回的 1 份改由宁波市北仑区国家税务局办理；宁波市北仑区国家税务局退回的 1 份改由本级办理")


def test_only_what_came_from_above_can_be_given_back(straight: Walk) -> None:
    asked(straight, HAISHU)
    actor = straight.actor("ma.lin")
    task = next(t for t in straight.application.engine.worklist(actor, WorklistQuery(straight.application.clock.today(), scope="claimable")).items if t.element == "sign_receipt")
    form = straight.application.engine.task(task.id, actor).form
    assert form is not None
    assert "misdirected" in form.hidden({"takes_back": None})
    assert "misdirected" not in form.hidden({"takes_back": True})


def test_an_inspector_is_replaced_while_a_lower_level_works(straight: Walk) -> None:
    case = asked(straight, HAISHU, JIANGDONG)
    straight.do("ma.lin", "sign_receipt", handled_by="sorted")
    straight.do("xu.wei", "sort_invoices", shares=[{"enterprise": JIANGDONG, "office": "jd"}], rest_to="nb")
    straight.do("xu.wei", "fill_order", inspector_id="何涛", order_demands="到户核查")
    straight.do("ma.lin", "approve_order", decision="agree")
    assert states(straight, "nb") == ["investigating"]
    straight.start("ma.lin", "nb", "reassignment", about=case, reason="另有任务")

    assert (states(straight, "nb"), open_steps(straight, case, "xu.wei")) == (["signed"], ["fill_order"])
    answer(straight, "jd", "一份真实")
    investigate(straight, "nb")
    assert states(straight, "nb") == ["found"]


# --- terms ------------------------------------------------------------------------------------------------------------------


def extend(walk: Walk, login: str, office: str, wanted: str, granted: str = "") -> None:
    walk.start(login, office, "extension", about=row(walk, office).case_id, wanted=wanted, reason="账簿已被调取")
    walk.do("ma.lin", "decide_extension", decision="approve", granted=granted or wanted, opinion="同意")


def due(walk: Walk, office: str) -> tuple[date | None, date | None]:
    """The last day in the register, and at the head of the case."""
    found = row(walk, office)
    return found.due_on, walk.case(found.case_id, DIRECTORS[office]).header.due_on


def test_an_extension_of_the_upper_level_raises_the_terms_beneath_up_to_their_own_month(walk: Walk, clock: ManualClock) -> None:
    asked(walk, HAISHU, JIANGDONG)
    on(walk, clock, "2026-03-10")
    two_districts(walk)
    assert due(walk, "hs") == due(walk, "jd") == (date(2026, 4, 2), date(2026, 4, 2))

    extend(walk, "xu.wei", "nb", "2026-04-08")
    assert due(walk, "hs") == due(walk, "jd") == (date(2026, 4, 8), date(2026, 4, 8))
    extend(walk, "xu.wei", "nb", "2026-04-30")

    assert due(walk, "nb")[1] == date(2026, 4, 30)
    assert due(walk, "hs") == due(walk, "jd") == (date(2026, 4, 10), date(2026, 4, 10))  # a month from the receipt of 10 March
    with walk.application.database.read() as session:
        (term,) = walk.application.deadlines.for_subject(session, row(walk, "hs").case_id)
        told = session.scalars(select(Notice.text).where(Notice.kind == "extension")).all()
    assert "不晚于上级的期限" not in term.explanation
    assert "上级的回复期限经批准延至 2026-04-30，本案的期限由 2026-04-08 改为 2026-04-10" in told


def test_a_lower_term_that_has_passed_runs_again_when_the_upper_one_is_extended(walk: Walk, clock: ManualClock) -> None:
    asked(walk, HAISHU, JIANGDONG)
    on(walk, clock, "2026-03-10")
    two_districts(walk)
    on(walk, clock, "2026-04-02")
    walk.start("xu.wei", "nb", "extension", about=row(walk, "nb").case_id, wanted="2026-04-08", reason="账簿已被调取")
    on(walk, clock, "2026-04-03")
    assert [case.status for case in walk.application.engine.cases(walk.actor("xu.wei"), process_id="urging")[0]] == ["active"] * 3

    walk.do("ma.lin", "decide_extension", decision="approve", granted="2026-04-08", opinion="同意")

    assert due(walk, "hs") == (date(2026, 4, 8), date(2026, 4, 8))
    assert [case.status for case in walk.application.engine.cases(walk.actor("xu.wei"), process_id="urging")[0]] == ["completed"] * 3


def test_an_urging_sheet_counts_what_the_urged_office_has(straight: Walk, clock: ManualClock) -> None:
    asked(straight, HAISHU, JIANGDONG)
    on(straight, clock, "2026-03-10")
    two_districts(straight)
    on(straight, clock, "2026-04-03")
    for _ in range(3):
        straight.do("xu.wei", "issue_urging", urging_text="请速回复", answer_within="5")
        straight.do("ma.lin", "approve_urging", decision="agree")

    with straight.application.database.read() as session:
        sheets = [paper.data for paper in session.scalars(select(Paper).where(Paper.template == "urging"))]
    assert sorted((sheet["count"], sheet["total"]) for sheet in sheets) == [(1, "68000.00"), (1, "68000.00"), (2, "136000.00")]
    assert {sheet["kind"] for sheet in sheets} == {"增值税专用发票协查函"}
    for sheet in sheets:  # the day that was passed is explained on the paper: by its rule, its article and itself
        assert "附件2第十三条" in sheet["explanation"]
        assert day(sheet["due_on"]) in sheet["explanation"]


def test_a_lower_level_is_given_no_day_after_that_of_the_upper_one(straight: Walk, clock: ManualClock) -> None:
    asked(straight, HAISHU, JIANGDONG)
    on(straight, clock, "2026-03-10")
    two_districts(straight)
    with pytest.raises(Declined, match="上级机关应于 2026-04-02 前回复，下级的期限不能延至 2026-04-15；请先由上级申请延期"):
        straight.start("chen.min", "hs", "extension", about=row(straight, "hs").case_id, wanted="2026-04-15", reason="账簿已被调取")

    extend(straight, "xu.wei", "nb", "2026-04-30")
    straight.start("chen.min", "hs", "extension", about=row(straight, "hs").case_id, wanted="2026-04-15", reason="账簿已被调取")
    with pytest.raises(Declined, match="不能延至 2026-05-11"):
        straight.do("ma.lin", "decide_extension", decision="approve", granted="2026-05-11", opinion="同意")
    straight.do("ma.lin", "decide_extension", decision="approve", granted="2026-04-15", opinion="同意")
    assert due(straight, "hs")[1] == date(2026, 4, 15)

    extend(straight, "xu.wei", "nb", "2026-05-08")
    assert due(straight, "hs")[1] == date(2026, 4, 15)  # its own extension stands
    assert due(straight, "jd")[1] == date(2026, 4, 10)


def test_what_waits_for_lower_levels_foresees_the_reply_and_no_return(straight: Walk) -> None:
    case = asked(straight, HAISHU, JIANGDONG)
    two_districts(straight)

    text = page_of(straight, case, "xu.wei").text

    assert "等待下级回复" in text
    assert "起草回复函" in text
    assert "重新批转" not in text
