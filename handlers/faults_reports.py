"""Fault reports: noticed, filled in by the service unit or by IT with the post concerned, told at once where they must be, and passed up level by level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from deadlines.model import Deadline
from engine.registry import Declined, Registry, StepContext
from handlers.devices_law import LAW, LAW_EN
from handlers.devices_tools import number_at, service_unit_of
from handlers.faults_papers import issue_fault_sheet
from handlers.faults_tools import IT, OFFICE_OF_GOLDEN_TAX, Ladder, clerk_for, common, enterprise, ladder, posts
from handlers.tools import Tools, declining, text, who
from records.faults import kinds, states
from records.faults.errors import MoveRefused
from records.faults.model import FaultReport
from records.faults.store import reports
from records.offices import staff


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of a report on its way up."""

    @registry.operation("faults.open_report")
    def open_report(ctx: StepContext) -> Mapping[str, Any]:
        """Registers what was noticed under its number; the own bureau is that of the enterprise, on the tax side that of whoever noticed it.

        The number is drawn first: of two that report the same at once the second waits for it, and sees the first.
        Source: Xi'an 2002-119, 三(二)6, 三(三)5(1).
        """
        session, side, taxpayer = ctx.session, text(ctx, "side"), text(ctx, "taxpayer_number")
        found = enterprise(session, taxpayer) if side == "enterprise" else None
        if side == "tax" and ctx.actor.party:
            raise Declined(
                f"税务端故障由税务部门填写上报，服务单位报告企业端故障（{LAW}三(二)6）",
                f"a fault of the tax side is reported by the authority, a service unit reports those of enterprises ({LAW_EN}, 三(二)6)",
            )  # fmt: skip
        if side == "enterprise" and (found is None or found[1] is None):
            raise Declined(f"没有识别号为“{taxpayer}”的企业", f"no enterprise “{taxpayer}” is registered")
        steps, name = ladder(session, (found and found[1]) or ctx.case.office_id), found[0] if found else ""
        unit, made = service_unit_of(ctx) if found else None, number_at(ctx, steps.own, "障")
        others = reports.open_like(
            session, side=side, taxpayer_number=taxpayer if found else "", scope=steps.own.scope, summary=text(ctx, "summary"), noticed_on=ctx.variables["noticed_on"],
        )  # fmt: skip
        if others and not ctx.variables.get("is_another"):
            raise _reported_already(name or steps.own.name, others[0])
        row = reports.note_fault(
            session, who(ctx), number=made, office_name=steps.own.name, scope=steps.own.scope, side=side, summary=text(ctx, "summary"), noticed_on=ctx.variables["noticed_on"],
            service_unit=unit.number if unit else "", service_unit_name=unit.name if unit else "", taxpayer_number=taxpayer if found else "", enterprise_name=name, case_id=ctx.case.instance_id,
        )  # fmt: skip
        ctx.set_title(f"系统故障：{name or steps.own.name}，{row.summary}")
        ctx.set_business_key(made)
        return {
            **common(steps), **clerk_for(ctx, unit, steps.own), "registration_number": made, "other_reports": "、".join(str(one.number) for one in others) or None,
            "handled_before": None, "unsolved_because": None, "report_id": row.id, "enterprise_name": name or None, "service_unit_name": unit.name if unit else None,
            "side_name": kinds.both("side", side), "level": steps.first, "level_office_id": steps.own.id, "is_told": False,
        }  # fmt: skip

    @registry.operation("faults.call_post")
    def call_post(ctx: StepContext) -> Mapping[str, Any]:
        """The post where the fault showed fills in the sheet together with IT: its holder, somebody else than IT, signs what IT has written.

        Source: Xi'an 2002-119, 三(三)5(1).
        """
        concerned_id, done = text(ctx, "concerned_id"), (ctx.variables.get("done_by") or {}).get("fill_tax_side") or {}
        if concerned_id == done.get("person_id"):
            raise Declined(f"出现问题的岗位应由另一人会同填制（{LAW}三(三)5(1)）", f"the post concerned is somebody else than who fills in the sheet ({LAW_EN}, 三(三)5(1))")
        return {"concerned_name": next((one.name for one in staff.named(ctx.session, [concerned_id], ctx.clock.today())), "")}

    @registry.operation("faults.book_level")
    def book_level(ctx: StepContext) -> Mapping[str, Any]:
        """Books the sheet when it comes first, and whatever level or grade it has now: number, term, notices.

        A term runs at each level from the day on which the report came there; a fault graded anew keeps that day.
        Source: Xi'an 2002-119, 三(二)6, 三(三)5(1); the days themselves are **[chosen]**.
        """
        today, seen = ctx.clock.today(), ctx.variables
        steps, row = ladder(ctx.session, str(seen["own_office_id"])), reports.report(ctx.session, str(seen["report_id"]))
        first = row.state == "noted"
        made = _file(ctx, tools, steps) if first else {}
        since = today if first or text(ctx, "outcome") == "pass_up" else seen["level_since"]
        level = text(ctx, "level")
        at = steps.at(level)
        term = _count(ctx, tools, text(ctx, "term_key"), since, steps, level)
        told = seen["told_at_once"] and not seen["is_told"] and steps.first != "province"  # the province knows of its own
        if told:
            above = posts(ctx.session, (steps.city, steps.province), OFFICE_OF_GOLDEN_TAX, IT)
            grade, grade_en = (kinds.name("grade", text(ctx, "grade"), language) for language in ("zh", "en"))
            zh, en = f"{steps.own.name}发生{grade}故障：{row.summary}，请即知悉", f"a fault graded {grade_en} at {steps.own.name_en}: {row.summary}"
            tools.tell(ctx, above, "fault_at_once", zh, en)
        return {
            **made, "level_office_id": at.id, "level_since": since, "level_name": kinds.both("level", level, suffix=(f"（{at.name}）", f" ({at.name_en})")),
            "grade_name": kinds.both("grade", text(ctx, "grade")), "running_term": term.key, "tell_now": bool(told), "is_told": bool(seen["is_told"] or told),
        }  # fmt: skip


def _reported_already(whose: str, other: FaultReport) -> Declined:
    """What the second of two reports of the same fault is told."""
    state, state_en = (states.name("fault_report", other.state, language) for language in ("zh", "en"))
    return Declined(
        f"{whose}已有同名或同日的故障登记在办：{other.number}“{other.summary}”（{other.noticed_on} 发现，{state}）。是同一故障的不再登记，可在该件上补充；"
        f"不是同一故障的，请勾选“与在办的登记不是同一故障”（{LAW}三(三)5(1)）",
        f"a fault of that name or day is at work already: {other.number} “{other.summary}” (noticed on {other.noticed_on}, {state_en}). The same fault is not "
        f"reported again: add to that report; if it is another one, tick so ({LAW_EN}, 三(三)5(1))",
    )  # fmt: skip


def _file(ctx: StepContext, tools: Tools, steps: Ladder) -> dict[str, Any]:
    """The sheet is filled in, on the tax side signed by the post concerned too: it goes up as a paper."""
    session, side, today = ctx.session, text(ctx, "side"), ctx.clock.today()
    done: Mapping[str, Any] = ctx.variables.get("done_by") or {}
    filler, signer = done.get(f"fill_{side}_side") or {}, (done.get("sign_by_post") or {}) if side == "tax" else {}
    report_id, concerned = str(ctx.variables["report_id"]), {"concerned_id": str(signer.get("person_id", "")), "concerned_name": str(signer.get("name", ""))}
    by_filler = replace(who(ctx), person_id=str(filler.get("person_id", "")), name=str(filler.get("name", "")), task_id=f"fill_{side}_side")
    reports.fill(
        session, by_filler, report_id, grade=text(ctx, "grade"), description=text(ctx, "description"), subsystem=text(ctx, "subsystem"), level=steps.first,
        level_since=today, filled_by=by_filler.person_id, filled_by_name=by_filler.name, **concerned,
    )  # fmt: skip
    with declining(MoveRefused):
        row = reports.act(
            session, by_filler, report_id, "report", words=text(ctx, "description"), today=today, reported_on=today,
            office_name=text(ctx, "service_unit_name") if side == "enterprise" else steps.own.name,
        )  # fmt: skip
    if side == "tax":
        reports.add_step(session, who(ctx), row, "signed", words="情况属实", office_name=steps.own.name, today=today, level=row.level)
    issue_fault_sheet(ctx, tools, row)
    return concerned if side == "tax" else {}


def _count(ctx: StepContext, tools: Tools, key: str, since: Any, steps: Ladder, level: str) -> Deadline:
    """The term of this level and grade; the one of another grade no longer applies, the one of the level before was met."""
    subject, before = ctx.case.instance_id, text(ctx, "running_term")
    if before and text(ctx, "outcome") == "pass_up":
        tools.deadlines.meet(ctx.session, subject, before, ctx.clock.today())
    elif before and before != key:
        tools.deadlines.cancel(ctx.session, subject, before, ctx.clock.today())
    owners = posts(ctx.session, [steps.at(level)], IT)
    term = tools.deadlines.start(ctx.session, subject, tools.rule(ctx, key), since, owner_posts=owners)
    ctx.set_due(term.due_on, term.label)
    return term
