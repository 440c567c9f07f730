"""Deregistration on one of three grounds: registered, checked, approved; reported first, unused invoices handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_acting import clerk_of
from handlers.devices_beside import running_beside
from handlers.devices_law import LAW, LAW_EN
from handlers.devices_tools import by_the_books, heads, number
from handlers.registration_change import refuse
from handlers.registration_reissue import cards_of
from handlers.registration_tools import key_of, options, stopped
from handlers.tools import Tools, text
from records.devices.model import Device
from records.taxpayers import enrolments

ENDED, FEWER = "registration_ended", "fewer_machines"
GROUNDS = {ENDED: "依法注销税务登记，终止纳税义务", "status_withdrawn": "被取消一般纳税人资格", FEWER: "减少分开票机"}
COLLECTED_FROM = frozenset(("sold", "issued", "in_use", "damaged", "repaired", "scrapped"))
TERM = "collection"


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of a deregistration until the cards are asked for."""

    @registry.operation("registration.register_deregistration")
    def register_deregistration(ctx: StepContext) -> Mapping[str, Any]:
        """Registers the application with its ground; a second one waits for no first, unless that one gives up a machine alone.

        Source: Xi'an 2002-119, 二(二)1-3.
        """
        with by_the_books():
            head = heads(ctx)
        taxpayer_number, name, ground = str(head["taxpayer_number"]), str(head["enterprise_name"]), text(ctx, "ground")
        row = enrolments.running(ctx.session, taxpayer_number)
        if row is None or row.state == "applied":
            raise Declined(f"“{name}”未纳入防伪税控系统，没有可以注销的认定登记（{LAW}二(二)）", f"{name} is not enrolled: there is nothing to end")
        if ground != FEWER and not any(one.isdigit() for one in text(ctx, "ground_document")):
            zh = f"请写明依据文书的文号，如“注销税务登记通知书雁国税销〔2026〕12号”（{LAW}二(二)1、2）"
            raise Declined(zh, f"name the document with its number ({LAW_EN}, 二(二)1, 2)")
        for case, earlier in running_beside(ctx, "deregistration", "ground", taxpayer_number=taxpayer_number):
            if earlier != FEWER or ground == FEWER:
                zh = f"“{name}”已有注销登记在办（{case.business_key}），办结后再申请（{LAW}二(二)）"
                raise Declined(zh, f"a deregistration of {name} is under way already ({case.business_key})")
        own = text(ctx, "registration_number") or number(ctx, tools)
        ctx.set_business_key(own)
        ctx.set_title(f"注销认定登记：{name}")
        return {
            **head, "registration_number": own, "applied_on": ctx.variables.get("applied_on") or ctx.clock.today(), "ground_name": GROUNDS[ground],
            "machine_name": text(ctx, "machine_name") if ground == FEWER else "", "cards_held": options(collectable(ctx, taxpayer_number)),
            "clerk_office": clerk_of(ctx, f"enterprise:{taxpayer_number}"), "machine_cards": [], "cleared": [], "unreadable": [], "declined_because": None,
        }  # fmt: skip

    @registry.operation("registration.refuse_deregistration")
    def refuse_deregistration(ctx: StepContext) -> Mapping[str, Any]:
        """The enterprise is told in writing why. Source: Xi'an 2002-119, 二(二)."""
        return refuse(ctx, tools, "注销", by_district=False, handler="review_deregistration", approver="head_refuses_deregistration")

    @registry.operation("registration.close_deregistration")
    def close_deregistration(ctx: StepContext) -> Mapping[str, Any]:
        """The application is withdrawn; not any more once a card was cleared, whose rights are gone. Source: Xi'an 2002-119, 二(二)."""
        _require_none_cleared(ctx)
        tools.deadlines.cancel(ctx.session, ctx.case.instance_id, TERM, ctx.clock.today())
        ctx.set_due(None)
        return {"declined_because": None}


def collectable(ctx: StepContext, taxpayer_number: str) -> Sequence[Device]:
    """The cards of an enterprise that can be collected today; none that was reported lost.

    Source: Xi'an 2002-119, 二(二), 二(五).
    """
    return [one for one in cards_of(ctx.session, taxpayer_number) if one.state in COLLECTED_FROM and not stopped(ctx.session, one)]


def cards_due(ctx: StepContext) -> list[Device]:
    """What is to be brought: all that can be collected today, or the cards of the machine that is given up."""
    found, wanted = collectable(ctx, text(ctx, "taxpayer_number")), set(ctx.variables.get("machine_cards") or ())
    return [one for one in found if ctx.variables["ground"] != FEWER or key_of(one) in wanted]


def _require_none_cleared(ctx: StepContext) -> None:
    if ctx.variables["cleared"]:
        raise Declined(f"已有卡清除授权，不能再撤回，请收缴完毕（{LAW}二(二)）", "a card has been cleared already: collect the others")
