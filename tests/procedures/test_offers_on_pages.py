"""What can be started about a case is offered on its page, and what came of it is linked there."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from db.clock import ManualClock
from records.offices.model import PostHolding
from tests.procedures.test_english import delegate, signed_in
from tests.procedures.walking import Walk


@pytest.fixture
def received(straight: Walk) -> str:
    """A case that Wuzhong has to answer; returns its id."""
    delegate(straight)
    (case,), _more = straight.application.engine.cases(straight.actor("gu.ning"), process_id="reply")
    return case.instance_id


def test_an_extension_is_asked_for_on_the_page_of_the_case_and_linked_there(straight: Walk, received: str) -> None:
    officer = signed_in(straight.application, "gu.ning")
    address = f"/start/extension?about={received}"
    assert address in officer.open(f"/cases/{received}").tree.xpath("//main//a/@href")

    form = officer.open(address)
    assert "Textiles 协查" in form.text
    assert "now due 2026-04-02" in form.text
    fields = form.fields("/start/extension", wanted="2026-04-20", reason="证人住院")
    assert officer.post(address, fields).status == 200

    (child,), _more = straight.application.engine.cases(straight.actor("gu.ning"), process_id="extension")
    assert child.parent_id == received
    assert f"/cases/{child.instance_id}" in officer.open(f"/cases/{received}").tree.xpath("//main//a/@href")
    assert f"/cases/{received}" in officer.open(f"/cases/{child.instance_id}").tree.xpath("//main//a/@href")


def test_an_extension_that_waits_for_its_decision_is_not_offered_again_and_the_page_says_why(straight: Walk, received: str) -> None:
    officer = signed_in(straight.application, "gu.ning", "zh")
    address = f"/start/extension?about={received}"
    officer.post(address, officer.open(address).fields("/start/extension", wanted="2026-04-20", reason="证人住院"))

    page = officer.open(f"/cases/{received}")

    assert address not in page.tree.xpath("//a/@href")
    assert "延期申请已于 2026-03-02 提出，等待“市局审批延期”。有结果之前不能再次提出。" in page.text
    straight.do("shen.yi", "decide_extension", decision="refuse", opinion="理由不足")
    after = officer.open(f"/cases/{received}")
    assert address in after.tree.xpath("//main//a/@href")
    assert "有结果之前" not in after.text


def test_a_process_about_a_case_is_not_offered_elsewhere_nor_to_others(straight: Walk, received: str) -> None:
    officer, inspector = signed_in(straight.application, "gu.ning"), signed_in(straight.application, "cao.ping")

    assert not [href for href in officer.open("/start").tree.xpath("//a/@href") if "extension" in href]
    assert officer.open("/start/extension").status == 404
    assert not [href for href in inspector.open(f"/cases/{received}").tree.xpath("//a/@href") if "extension" in href]
    assert inspector.open(f"/start/extension?about={received}").status == 404


def test_nobody_starts_anything_about_a_case_of_others(straight: Walk, received: str) -> None:
    stranger = signed_in(straight.application, "chen.min")

    assert stranger.open(f"/start/extension?about={received}").status == 404


def test_a_further_row_on_the_start_form_keeps_what_was_entered(straight: Walk, received: str) -> None:
    officer = signed_in(straight.application, "chen.min")
    fields = officer.open("/start/delegation").fields("/start/delegation", **{"faces-0-invoice_code": "3202012140", "add": "faces"})

    page = officer.post("/start/delegation/form", fields)

    assert page.tree.xpath("//input[@name='faces-0-invoice_code']/@value") == ["3202012140"]
    assert page.tree.xpath("//input[@name='faces-1-invoice_code']")


def test_the_inspector_is_shown_by_name_though_he_has_left_since(straight: Walk, received: str, clock: ManualClock) -> None:
    straight.do("shen.yi", "sign_receipt", handled_by="own")
    straight.do("gu.ning", "fill_order", inspector_id="曹平", order_demands="Check the books")
    inspector = straight.actor("cao.ping").person_id
    clock.advance(timedelta(days=10))
    with straight.application.database.write() as session:
        session.execute(update(PostHolding).where(PostHolding.person_id == inspector).values(valid_to=date(2026, 3, 5)))

    page = signed_in(straight.application, "gu.ning").open(f"/cases/{received}")

    assert "Cao Ping" in page.text
    assert inspector not in page.text
