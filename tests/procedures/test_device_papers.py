"""Papers of the device procedures: one mark of an office in all of them, and what their templates print of the data."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from db.clock import SHANGHAI, ManualClock
from papers.templates import fill, read_templates
from tests.procedures.walking import Walk

WORKFLOWS = Path(__file__).parents[2] / "workflows"
FOLDERS = ("limit_approval", "device_registration", "device_damage", "device_loss", "fault_report")
TEMPLATES = {name: found for name, found in read_templates(WORKFLOWS).items() if found.procedure in FOLDERS}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 9, tzinfo=SHANGHAI))


def about(folder: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((WORKFLOWS / folder / "procedure.yaml").read_text("utf-8"))
    return found


def printed(name: str, **changed: Any) -> str:
    """The text of the first copy of a paper, its sample changed in this."""
    template = TEMPLATES[name]
    html = fill(template, {**template.sample(), **changed}, number="样号", copies=template.copies[:1])[0]
    return re.sub(r"\s+", "", re.sub(r"<style>.*?</style>|<[^>]+>", "", html[html.index("<body>") :], flags=re.DOTALL))


def test_an_office_has_one_mark_in_all_procedures_and_each_procedure_a_word_of_its_own() -> None:
    office = yaml.safe_load((WORKFLOWS / "xian_offices" / "demo" / "office.yaml").read_text("utf-8"))
    numbering = {row["code"] for row in office["offices"]} - {"sat"}
    found = {folder: about(folder) for folder in FOLDERS}

    assert {tuple(sorted(one["marks"].items())) for one in found.values()} == {tuple(sorted(found["limit_approval"]["marks"].items()))}
    assert set(found["limit_approval"]["marks"]) == numbering
    assert {folder: one["mark_word"] for folder, one in found.items()} == dict(zip(FOLDERS, "控登损失金", strict=True))


def test_a_lowered_limit_names_both_versions_who_lowered_and_who_consented_before_the_seals() -> None:
    said = printed("limit_approval/limit_form")

    assert "由百万元版降为十万元版（陕西省国家税务局龚正2026年3月9日）" in said
    assert "企业同意：秦岭，2026年3月10日。" in said
    assert said.index("降低限额") < said.index("主管科（所）意见")


@pytest.mark.parametrize("name", ["limit_approval/refusal", "device_registration/refusal", "device_damage/refusal", "device_loss/penalty_decision"])
def test_a_refusal_says_where_and_how_long_one_may_object(name: str) -> None:
    above = TEMPLATES[name].sample()["appeal"]["to"]
    way = f"不服的，可以自收到之日起60日内，依照《中华人民共和国行政复议法》第九条、第十二条向{above}申请行政复议"

    assert way in printed(name)
    assert "行政复议" not in printed(name, appeal={})  # an older version of the procedure names no way


def test_annex_6_names_the_circular_where_there_was_one() -> None:
    assert "公开通报雁国税失通〔2026〕2号" in printed("device_loss/annex6")
    assert "公开通报—" in printed("device_loss/annex6", circulated="")


def test_a_standard_that_is_met_is_not_printed_as_the_ground_of_a_refusal() -> None:
    assert "适用标准" in printed("limit_approval/refusal")
    assert "适用标准" not in printed("limit_approval/refusal", criterion="")


def test_the_notice_of_a_result_names_who_decided_with_his_number_and_is_signed_in_the_office_that_issues_it() -> None:
    said = printed("device_loss/result_notice")

    assert "批准机关及文号：陕西省国家税务局陕国税失批〔2026〕1号。" in said
    assert "负责人：秦刚" in said
    assert "龚正" not in said
    assert "负责人" not in printed("device_loss/result_notice", leader={"name": "", "on": ""})


def test_a_sheet_of_cards_is_printed_blank_for_the_receiver_and_once_more_as_he_signed_it() -> None:
    first, signed = printed("device_registration/hand_up_sheet", receiver={"name": "", "on": ""}), printed("device_registration/hand_up_sheet")

    assert first.count("相符") == 1  # in the note at the foot
    assert signed.count("相符") - 1 == len(TEMPLATES["device_registration/hand_up_sheet"].sample()["cards"])
    assert "接收机关（盖章）及接收人：田野2026年3月13日" in signed


def test_a_list_for_destruction_is_issued_once_more_with_who_compared_and_who_approved() -> None:
    nobody = {"name": "", "on": ""}

    assert "核对人：年月日局领导审批：年月日" in printed("device_registration/destruction_list", signed={"checker": nobody, "leader": nobody}).replace("\xa0", "").replace("&nbsp;", "")
    assert "局领导审批：龚正" in printed("device_registration/destruction_list").replace("&nbsp;", "")


@pytest.mark.parametrize("name", ["fault_report/fault_sheet", "fault_report/matter_sheet"])
def test_a_form_that_goes_up_is_sealed_by_who_filled_it_in_and_by_who_settled_it_when_he_did(name: str) -> None:
    template = TEMPLATES[name]
    open_yet = fill(template, {**template.sample(), "closed_on": "", "decided_on": ""}, number="样号", copies=template.copies[:1])[0]

    assert fill(template, template.sample(), number="样号", copies=template.copies[:1])[0].count("<img") == 2
    assert open_yet.count("<img") == 1


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_people_read_bears_no_remark_of_whoever_designed_it(folder: str) -> None:
    here, shown = WORKFLOWS / folder, about(folder)
    forms = {str(file): file.read_text("utf-8") for file in (*here.glob("forms/*.form"), *here.glob("papers/*.html"), *here.glob("papers/*.json"))}
    labels = {key: f"{row['label']} {row['label_en']}" for key, row in (shown.get("deadlines") or {}).items()}
    titles = {key: f"{row['title']} {row['copies']}" for key, row in shown["papers"].items()}

    assert [name for name, said in {**forms, **labels, **titles}.items() if re.search(r"所选[）)\]]|\[chosen\]", said)] == []


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_a_paper_names_the_keeper_of_each_copy_and_is_kept_five_years(name: str) -> None:
    template = TEMPLATES[name]
    row = about(template.procedure)["papers"][template.key]

    assert [copy.split("　")[0] for copy in template.copies] == [f"第{'一二三四'[at]}联" for at in range(len(template.copies))]
    assert all(copy.split("　")[1] for copy in template.copies)
    assert row["retention_years"] == 5


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_chinese_text_of_a_paper_has_chinese_marks(name: str) -> None:
    assert re.findall(r"[一-鿿）)]\s*[,;]|[一-鿿]\s*:(?!//)|[一-鿿]\?|[一-鿿]!", printed(name)) == []


def test_the_city_refuses_a_change_of_devices_under_a_number_of_its_own(straight: Walk) -> None:
    found, day = {"cause": "not_man_made", "findings": "供电元件击穿", "technician": "杭欣"}, "2026-03-02"
    damaged = {"taxpayer_number": "610113220000053", "device_kind": "reader", "device_serial": "DKQ-200311", "damaged_on": day, "damage_facts": "不能开机"}
    case = straight.start("bai.lu", "yt1", "device_damage", **damaged)
    straight.do("hangxin", "inspect_device", inspected_on=day, **found)
    straight.do("hangxin", "fill_confirmation", confirmed_on=day, service_unit_opinion="先行替换", **found)
    straight.do("qujiang", "seal_enterprise", enterprise_decision="agree", enterprise_signer="曲江", enterprise_sealed="on")
    straight.do("qin.gang", "seal_tax_office", tax_office_opinion="属实", tax_office_sealed="on")
    straight.do("hangxin2", "seal_service_unit", service_unit_signer="洪新", service_unit_sealed="on")
    straight.do("tian.ye", "review_at_city", proposal="refuse", review_opinion="情况不明")
    straight.do("cheng.gong", "approve_at_city", decision="refuse", refusal_reason="未说明封签缺失的原因")

    with straight.application.database.read() as session:
        issued = {paper.template: paper for paper in straight.application.papers.for_subject(session, case)}
    assert {key: paper.number for key, paper in issued.items()} == {"confirmation": "雁国税一损〔2026〕1号", "refusal": "市国税损不换〔2026〕1号"}
    assert (issued["refusal"].data["office_name"], issued["refusal"].data["appeal"]["to"]) == ("西安市国家税务局", "陕西省国家税务局")
