"""Who seals, decides and reads the confirmation of a damaged device (Xi'an 2002-119, 二(四), annex 5)."""

from __future__ import annotations

import json

import pytest
import yaml
from sqlalchemy import select

from engine.errors import EngineError
from engine.worklist import WorklistQuery
from papers.model import Paper
from tests.procedures.damaging import (
    FOLDER,
    FOUND,
    IC_CARD,
    READER,
    approved,
    confirmed,
    inspected,
    report,
    sealed_by_enterprise,
    standing,
    today,
    told,
)
from tests.procedures.walking import Walk


def test_three_seals_stand_on_the_confirmation_with_name_and_hour(walk: Walk) -> None:
    case = inspected(walk, "reader", READER)
    approved(walk)

    with walk.application.database.read() as session:
        paper = next(p for p in walk.application.papers.for_subject(session, case) if p.template == "confirmation")
    seals, now = paper.data["seals"], today(walk)
    assert {key: (seal["name"], seal["on"]) for key, seal in seals.items()} == {
        "enterprise": ("曲江", now), "tax_office": ("秦刚", now), "service_unit": ("洪新", now),
    }  # fmt: skip
    assert all(len(seal["time"]) == 5 for seal in seals.values())
    assert (paper.data["decision"]["name"], paper.data["review"]["name"]) == ("程功", "田野")
    assert len(paper.copies) == 4


def test_the_head_sends_the_confirmation_back_and_it_is_sealed_anew(walk: Walk) -> None:
    case = inspected(walk, "reader", READER)
    confirmed(walk)
    sealed_by_enterprise(walk)
    returned(walk, "qin.gang", "seal_tax_office", "fill_confirmation")

    assert standing(walk, case) == {"fill_confirmation"}
    approved(walk)
    assert standing(walk, case) == {"lend_device"}


def returned(walk: Walk, login: str, element: str, step: str) -> None:
    engine, actor = walk.application.engine, walk.actor(login)
    task = next(t for t in engine.worklist(actor, WorklistQuery(walk.application.clock.today(), scope="claimable")).items if t.element == element)
    engine.claim(task.id, actor, walk.key())
    node = next(passed.done.node for passed in engine.moves.options(task.id, actor) if passed.target.id == step)
    seen = engine.moves.preview(task.id, node, actor)
    engine.moves.return_task(task.id, node, seen.version, "检测情况不清", actor, walk.key())
    walk.settle()


def test_a_refusal_is_told_to_both_parties_with_its_reason(walk: Walk) -> None:
    inspected(walk, "reader", READER)
    confirmed(walk)
    sealed_by_enterprise(walk)
    walk.do("qin.gang", "seal_tax_office", tax_office_opinion="属实", tax_office_sealed="on")
    walk.do("hangxin2", "seal_service_unit", service_unit_signer="洪新", service_unit_sealed="on")
    walk.do("tian.ye", "review_at_city", proposal="refuse", review_opinion="不详")
    walk.do("cheng.gong", "approve_at_city", decision="refuse", opinion="同意", refusal_reason="封签缺失，原因未说明")

    with walk.application.database.read() as session:
        letter = session.scalars(select(Paper).where(Paper.template == "refusal")).one()
    assert (letter.data["reason"], "同意" in str(letter.data)) == ("封签缺失，原因未说明", False)  # what the leader agrees to is the proposal to refuse
    for login in ("qujiang", "hangxin"):
        assert any("封签缺失，原因未说明" in one for one in told(walk, login, "damage_refused"))


def test_the_office_seals_for_no_enterprise_that_has_an_account(walk: Walk) -> None:
    inspected(walk, "ic_card", IC_CARD)
    confirmed(walk)

    assert "seal_enterprise" not in claimable(walk, "bai.lu")
    assert "seal_enterprise" in claimable(walk, "qujiang")


def test_the_office_records_what_a_service_unit_without_an_account_has_done_on_paper(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.devices_acting.parties.with_accounts", lambda _session, _names: set())
    report(walk, "ic_card", IC_CARD)
    assert "inspect_device" in claimable(walk, "bai.lu")
    walk.do("bai.lu", "inspect_device", inspected_on=today(walk), **FOUND)
    walk.do("bai.lu", "fill_confirmation", confirmed_on=today(walk), service_unit_opinion="先行替换", **FOUND)
    walk.do("han.xue", "seal_enterprise", enterprise_decision="agree", enterprise_signer="曲江", enterprise_sealed="on")
    walk.do("qin.gang", "seal_tax_office", tax_office_opinion="属实", tax_office_sealed="on")

    assert "seal_service_unit" in claimable(walk, "han.xue")


def test_who_fills_the_confirmation_in_does_not_seal_it(walk: Walk) -> None:
    inspected(walk, "ic_card", IC_CARD)
    confirmed(walk)
    sealed_by_enterprise(walk)
    walk.do("qin.gang", "seal_tax_office", tax_office_opinion="属实", tax_office_sealed="on")

    with pytest.raises(EngineError, match="您经办过“填制确认单”"):
        walk.do("hangxin", "seal_service_unit", service_unit_signer="杭欣", service_unit_sealed="on")
    walk.do("hangxin2", "seal_service_unit", service_unit_signer="洪新", service_unit_sealed="on")


def claimable(walk: Walk, login: str) -> set[str]:
    found = walk.application.engine.worklist(walk.actor(login), WorklistQuery(walk.application.clock.today(), scope="claimable"))
    return {task.element for task in found.items}


def test_an_objection_goes_to_the_city_with_the_form_and_the_city_finds_the_cause(walk: Walk) -> None:
    case = inspected(walk, "reader", READER)
    walk.do("hangxin", "fill_confirmation", confirmed_on=today(walk), service_unit_opinion="人为", **{**FOUND, "cause": "man_made"})
    walk.do("qujiang", "seal_enterprise", enterprise_decision="object", objection="雷击所致")
    walk.do("qin.gang", "seal_tax_office", tax_office_opinion="请市局认定", tax_office_sealed="on")
    walk.do("hangxin2", "seal_service_unit", service_unit_signer="洪新", service_unit_sealed="on")
    walk.do("tian.ye", "review_at_city", proposal="agree", review_opinion="确系雷击")
    walk.do("cheng.gong", "approve_at_city", decision="agree", city_cause="not_man_made")

    assert standing(walk, case) == {"lend_device"}  # neither bought anew nor referred for a penalty
    with walk.application.database.read() as session:
        paper = next(p for p in walk.application.papers.for_subject(session, case) if p.template == "confirmation")
    assert paper.data["objection"] == "雷击所致"
    assert paper.data["cause"] == "服务单位认定：人为原因；市局认定：非人为原因"
    assert (paper.data["seals"]["enterprise"]["on"], paper.data["seals"]["tax_office"]["name"]) == ("", "秦刚")


def test_whoever_seals_or_decides_has_the_matter_on_the_form() -> None:
    matter = {"damaged_on", "inspected_on", "confirmed_on", "damage_facts", "cause", "findings", "treatment_text", "service_unit_opinion"}
    for task in ("seal_enterprise", "seal_tax_office", "seal_service_unit", "review_at_city", "approve_at_city"):
        shown = {one["key"] for one in json.loads((FOLDER / "forms" / f"{task}.form").read_text())["components"] if one.get("readonly")}
        assert matter <= shown, task


def test_a_party_receives_the_papers_of_which_a_copy_is_made_for_it() -> None:
    about = yaml.safe_load((FOLDER / "procedure.yaml").read_text())
    for key, paper in about["papers"].items():
        named = [party for party, word in (("enterprise", "企业"), ("service_unit", "服务单位")) if any(word in copy for copy in paper["copies"])]
        assert paper["for_parties"] == named, key


def test_each_paper_says_how_many_copies_it_has_and_the_data_that_the_number_is_chosen() -> None:
    text = (FOLDER / "procedure.yaml").read_text()
    assert "各文书的联数都是所选" in text  # said to designers; an official form prints no remark of theirs
    for key, paper in yaml.safe_load(text)["papers"].items():
        printed = (FOLDER / "papers" / f"{key}.html").read_text()
        assert f"一式{'零一两三四'[len(paper['copies'])]}联" in printed, key
        assert "所选" not in printed, key
