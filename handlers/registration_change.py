"""Change of name or tax number: registered, checked against papers, approved by office and district, refused or withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_acting import clerk_of
from handlers.devices_appeal import appeal_of
from handlers.devices_beside import running_beside
from handlers.devices_law import LAW
from handlers.devices_tools import by_the_books, district_of, heads, number, number_at
from handlers.issuing import issue
from handlers.registration_checks import kind_refusal
from handlers.registration_reissue import cards_of, require_none_stopped, what_to_write
from handlers.registration_tools import opinions
from handlers.tools import Tools, own_office, signer, text
from records.registration import renumbering
from records.taxpayers import enrolments, limits

KINDS = {"name": "企业名称", "number": "税号", "both": "企业名称和税号"}
NAMED, NUMBERED = frozenset(("name", "both")), frozenset(("number", "both"))
OPINIONS = {"office": "office_opinion", "head": "head_opinion", "district": "district_opinion", "leader": "leader_opinion"}
SIGNED = {"office": "review_change", "head": "head_approves_change", "district": "district_reviews_change", "leader": "leader_decides_change"}


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of the change until it is approved."""
    _deciding(registry, tools)

    @registry.operation("registration.register_change")
    def register_change(ctx: StepContext) -> Mapping[str, Any]:
        """Registers an application, or what was corrected of it: of an enterprise in the system, one change at a time, of no stopped card.

        Source: Xi'an 2002-119, 二(二), 二(五)2.
        """
        with by_the_books():
            head = heads(ctx)
        ctx_number, kind = str(head["taxpayer_number"]), text(ctx, "change_kind")
        _require_kind(kind)
        _require_enrolled(ctx, ctx_number, str(head["enterprise_name"]))
        given = _changes(ctx, head, kind)
        require_none_stopped(cards_of(ctx.session, ctx_number), ctx.session)
        own = text(ctx, "registration_number") or number(ctx, tools)
        ctx.set_business_key(own)
        ctx.set_title(f"变更认定登记：{head['enterprise_name']}")
        return {
            **head, **given, "registration_number": own, "applied_on": ctx.variables.get("applied_on") or ctx.clock.today(), "declined_because": None,
            "change_name": KINDS[kind], "clerk_office": clerk_of(ctx, f"enterprise:{ctx_number}"),
        }  # fmt: skip

    @registry.operation("registration.check_papers")
    def check_papers(ctx: StepContext) -> Mapping[str, Any]:
        """Nobody agrees before the original of each paper was seen and its copy kept.

        Source: Xi'an 2002-119, 二(二), 二(一)6.
        """
        if ctx.variables.get("decision") == "agree":
            _require_ticked(ctx, "originals_seen", "尚未验看原件", "originals not seen")
            _require_ticked(ctx, "copies_kept", "尚未留存复印件", "copies not kept")
        return {"declined_because": None}


def _deciding(registry: Registry, tools: Tools) -> None:
    """What becomes of an application."""

    @registry.operation("registration.refuse_change")
    def refuse_change(ctx: StepContext) -> Mapping[str, Any]:
        """The enterprise is told in writing why, by the office whose head confirmed it or by the district whose leader refused.

        Source: Xi'an 2002-119, 二(二).
        """
        by_leader = bool(signer(ctx, SIGNED["leader"])["name"])
        return refuse(ctx, tools, "变更", by_district=by_leader, handler=SIGNED["office"], approver=SIGNED["leader"] if by_leader else "head_refuses_change")

    @registry.operation("registration.close_change")
    def close_change(ctx: StepContext) -> Mapping[str, Any]:
        """The application is withdrawn; not any more once a card was written. No approval is left running.

        Source: Xi'an 2002-119, 二(二).
        """
        if ctx.variables.get("reissued"):
            raise Declined(f"已有卡变更发行，不能再撤回，请办完其余的卡（{LAW}二(二)）", "a card has been issued anew already: finish the others")
        ctx.set_due(None)
        return {"declined_because": None}

    @registry.operation("registration.approve_change")
    def approve_change(ctx: StepContext) -> Mapping[str, Any]:
        """The form in three copies carries papers, opinions and signatures; the cards of every machine wait to be written.

        Source: Xi'an 2002-119, 二(二), 二(一)4(3).
        """
        seen = ctx.variables
        made = number_at(ctx, district_of(ctx), "变")
        data = {
            "office": seen["office_name"], "enterprise_name": seen["enterprise_name"], "taxpayer_number": seen["taxpayer_number"],
            "changed_on": seen["changed_on"].isoformat(), "changes": _printed(seen), "note": text(ctx, "change_note"),
            "papers": [row["label"] for row in seen["papers_needed"]], "opinions": opinions(ctx, OPINIONS),
            "signed": {place: signer(ctx, task) for place, task in SIGNED.items()}, "date": ctx.clock.today().isoformat(),
        }  # fmt: skip
        issue(ctx, tools, "change_form", data, number=made)
        with by_the_books():
            return {"change_form_number": made, "reissued": [], **what_to_write(ctx)}


def refuse(ctx: StepContext, tools: Tools, what: str, *, by_district: bool, handler: str, approver: str) -> dict[str, Any]:
    """The letter of refusal to the enterprise, numbered, with the reason."""
    seen, office = ctx.variables, district_of(ctx) if by_district else own_office(ctx)
    made = number_at(ctx, office, "不办")
    data = {
        "from_office": office.name, "enterprise_name": seen["enterprise_name"], "taxpayer_number": seen["taxpayer_number"], "what": what,
        "applied_on": seen["applied_on"].isoformat(), "registration_number": seen["registration_number"], "reason": text(ctx, "refusal_reason"), "appeal": appeal_of(ctx, office),
        "handler": signer(ctx, handler), "approver": signer(ctx, approver), "date": ctx.clock.today().isoformat(),
    }  # fmt: skip
    issue(ctx, tools, "refusal", data, number=made)
    ctx.set_due(None)
    return {"refusal_number": made}


def _require_kind(kind: str) -> None:
    if (elsewhere := kind_refusal(kind)) is not None:
        raise Declined(*elsewhere)


def _require_enrolled(ctx: StepContext, taxpayer_number: str, name: str) -> None:
    row = enrolments.running(ctx.session, taxpayer_number)
    if row is None or row.state != "in_use":
        raise Declined(f"“{name}”的防伪税控系统尚未启用，没有可以变更的认定登记（{LAW}二(二)）", f"the system of {name} is not in use: there is nothing to change")
    if limits.current(ctx.session, taxpayer_number) is None:
        raise Declined(f"“{name}”尚未核定最大开票限额，请先办理（{LAW}二(一)1）", f"{name} has no limit yet")
    for case, ground in running_beside(ctx, "", "ground", taxpayer_number=taxpayer_number):
        key = case.business_key
        if case.process_id == "device_change":
            raise Declined(f"“{name}”已有变更登记在办（{key}），办结后再申请（{LAW}二(二)）", f"a change of {name} is under way already ({key})")
        if case.process_id == "deregistration" and ground != "fewer_machines":
            raise Declined(f"“{name}”的注销登记在办（{key}），不再变更；撤回注销后再申请（{LAW}二(二)）", f"{name} is being deregistered ({key}): nothing is changed any more")


def _changes(ctx: StepContext, head: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The new name and number, nothing where it does not change; raises Declined for one that is the old one, or cannot be."""
    new_name = text(ctx, "new_name").strip() if kind in NAMED else ""
    new_number = text(ctx, "new_number").strip().upper() if kind in NUMBERED else ""
    if kind in NAMED and new_name == head["enterprise_name"]:
        raise Declined(f"变更后的名称与原名称相同（{LAW}二(二)）", "the new name is the old one")
    if kind in NUMBERED and (refusal := renumbering.refusal(ctx.session, new_number)) is not None:
        raise Declined(*refusal)
    return {"new_name": new_name or None, "new_number": new_number or None}


def _require_ticked(ctx: StepContext, field: str, zh: str, en: str) -> None:
    ticked = set(ctx.variables.get(field) or ())
    missing = [row for row in ctx.variables["papers_needed"] if row["value"] not in ticked]
    if missing:
        names, names_en = "、".join(row["label"] for row in missing), ", ".join(row["label_en"] for row in missing)
        raise Declined(f"{names}{zh}，不能同意（{LAW}二(二)、二(一)6）；资料不全的请退企业补正", f"{en}: {names_en}; have the enterprise bring them")


def _printed(seen: Mapping[str, Any]) -> list[dict[str, str]]:
    rows = [("企业名称", "enterprise_name", "new_name"), ("税　　号", "taxpayer_number", "new_number")]
    return [{"item": item, "old": seen[old], "new": seen[new]} for item, old, new in rows if seen.get(new)]
