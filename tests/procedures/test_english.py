"""The pages of the real product in English: no Chinese but what people wrote and what the authority's numbers are made of."""

from __future__ import annotations

import re
from typing import Any

import pytest
from lxml import html

from app import Application
from commands import demo_office
from engine.worklist import WorklistQuery
from tests.procedures.walking import Walk
from tests.web.browsing import Person

CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff，：；。（）]+")
WRITTEN = ("Textiles 协查", "甲公司", "一般纳税人", "请核实", "账证齐全", "协查档", "中文")  # by people, in the cases below
NUMBER = re.compile(r"[\u4e00-\u9fff]+〔\d{4}〕\d+号")
FACE = {
    "invoice_code": "3202012140", "invoice_number": "00010023", "copy": "deduction", "amount": "58119.66", "tax": "9880.34", "issued_on": "2026-01-15",
    "seller_id": "320506713258801", "buyer_id": "330203144052260",
}  # fmt: skip
BEGIN: dict[str, Any] = {
    "nature": "doubtful", "case_name": "Textiles 协查", "to_office": "szwz", "enterprise_id": "320506713258801",
    "enterprise_name": "甲公司", "faces": [FACE],
}  # fmt: skip
LETTER = {"next_step": "submit", "enterprise_facts": "一般纳税人", "invoice_facts": "一般纳税人", "demands": "请核实"}


def signed_in(application: Application, login: str, language: str = "en") -> Person:
    person = Person(application.web().test_client())
    person.open("/sign-in").submit("/sign-in", login=login, password=demo_office.password(application))
    person.open("/profile").submit("/language", language=language)
    return person


def chinese(content: str) -> list[str]:
    """What a reader without Chinese cannot read on a page: texts, labels for the eye and for the ear."""
    tree = html.fromstring(content)
    shown = [*tree.itertext(), *tree.xpath("//@aria-label | //@placeholder | //@title | //optgroup/@label")]
    left = []
    for text in shown:
        bare = NUMBER.sub("", str(text))
        for words in WRITTEN:
            bare = bare.replace(words, "")
        left += CHINESE.findall(bare)
    return left


def delegate(walk: Walk) -> None:
    """A case of Haishu is approved and on its way to Wuzhong."""
    walk.start("chen.min", "hs", "delegation", **BEGIN)
    walk.do("chen.min", "fill_letter", **LETTER)
    walk.do("lin.jing", "check_entry", entry_checked="on", decision="agree")
    walk.do("sun.qiang", "check_handling", handling_checked="on", decision="agree")
    walk.do("zhou.hua", "approve_delegation", decision="agree")


@pytest.fixture
def office(straight: Walk) -> Walk:
    """One case on its way in Suzhou, one before its first check, one inside the district."""
    delegate(straight)
    straight.do("shen.yi", "sign_receipt", handled_by="own")
    straight.do("gu.ning", "fill_order", inspector_id="曹平", order_demands="请核实")
    straight.start("chen.min", "hs", "delegation", **{**BEGIN, "to_office": "hs", "faces": [{**FACE, "invoice_number": "00010024"}]})
    return straight


@pytest.mark.parametrize("login", ["chen.min", "shen.yi", "gu.ning", "xu.wei"])
def test_pages_in_english_hold_no_chinese_but_what_people_wrote(office: Walk, login: str) -> None:
    application, actor = office.application, office.actor(login)
    person, left = signed_in(application, login), dict[str, list[str]]()
    query = WorklistQuery(application.clock.today(), scope="office")
    tasks = application.engine.worklist(actor, query).items
    cases, _more = application.engine.cases(actor)
    addresses = ["/tasks", "/cases", "/start", "/registers/delegated", "/registers/received", "/notices", "/profile"]
    addresses += [f"/tasks/{task.id}" for task in tasks] + [f"/tasks/{task.id}/sheet" for task in tasks]
    addresses += [f"/cases/{case.instance_id}" for case in cases]
    if "coinvestigation_officer" in actor.roles:
        addresses += ["/start/delegation", "/imports"]

    for address in addresses:
        page = person.open(address)
        assert page.status == 200, address
        if found := chinese(page.response.get_data(as_text=True)):
            left[address] = found

    assert left == {}


def test_diagrams_and_what_is_refused_are_english_too(office: Walk) -> None:
    person = signed_in(office.application, "chen.min")
    (case, *_rest), _more = office.application.engine.cases(office.actor("chen.min"))
    names = re.findall(r'(?<![_\w]) name="([^"]*)"', person.open(f"/cases/{case.instance_id}/diagram").response.get_json()["xml"])

    page = person.open("/start/delegation").submit("/start/delegation", to_office="js", case_name="")

    assert [name for name in names if CHINESE.search(name)] == []
    assert page.status == 422
    assert chinese(page.response.get_data(as_text=True)) == []
    assert "choose “Authority asked” from the list" in page.text


def test_why_the_rules_do_not_allow_something_is_english_too(office: Walk) -> None:
    person = signed_in(office.application, "gu.ning")
    (case,), _more = office.application.engine.cases(office.actor("gu.ning"), process_id="reply")
    address = f"/start/extension?about={case.instance_id}"

    page = person.post(address, person.open(address).fields("/start/extension", wanted="2026-03-20", reason="请核实"))

    assert page.status == 422
    assert "the new day must be later than 2026-04-02, but 2026-03-20 was entered" in page.text
    assert chinese(page.response.get_data(as_text=True)) == []
