"""Fault reports: noticed, filled in by the service unit or by IT with the post concerned, told at once where they must be, and passed up level by level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deadlines.model import Deadline
from engine.registry import Declined, Registry, StepContext
from handlers.devices_tools import number_at
from handlers.faults_papers import issue_fault_sheet
from handlers.faults_tools import (
    IT,
    OFFICE_OF_GOLDEN_TAX,
    Ladder,
    clerk_for,
    common,
    enterprise,
    ladder,
    posts,
    service_unit,
)
from handlers.tools import Tools, declining, text, who
from records.faults import kinds
from records.faults.errors import MoveRefused
from records.faults.store import reports
from records.offices import staff


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of a report on its way up."""

    @registry.operation("faults.open_report")
    def open_report(ctx: StepContext) -> Mapping[str, Any]:
        """Registers what was noticed; the own bureau is that of the enterprise, on the tax side that of whoever noticed it.

        Source: Xi'an 2002-119, 三(二)6, 三(三)5(1).
        """
        session, side, taxpayer = ctx.session, text(ctx, "side"), text(ctx, "taxpayer_number")
        found = enterprise(session, taxpayer) if side == "enterprise" else None
        if side == "enterprise" and (found is None or found[1] is None):
            raise Declined(f"没有识别号为“{taxpayer}”的企业", f"no enterprise “{taxpayer}” is registered")
        steps, name = ladder(session, (found and found[1]) or ctx.case.office_id), found[0] if found else ""
        unit = service_unit(session, text(ctx, "service_unit")) if found else None
        row = reports.note_fault(
            session, who(ctx), office_name=steps.own.name, scope=steps.own.scope, side=side, summary=text(ctx, "summary"), noticed_on=ctx.variables["noticed_on"],
            service_unit=unit.number if unit else "", service_unit_name=unit.name if unit else "", taxpayer_number=taxpayer if found else "", enterprise_name=name, case_id=ctx.case.instance_id,
        )  # fmt: skip
        ctx.set_title(f"系统故障：{row.summary}")
        return {
            **common(steps), **clerk_for(session, unit, steps.own), "report_id": row.id, "enterprise_name": name or None, "service_unit_name": unit.name if unit else None,
            "side_name": kinds.both("side", side), "level": steps.first, "level_office_id": steps.own.id, "is_told": False,
        }  # fmt: skip

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
            grade = kinds.name("grade", text(ctx, "grade"))
            tools.tell(ctx, above, "fault_at_once", f"{steps.own.name}发生{grade}故障：{row.summary}，请即知悉", f"a fault graded {kinds.name('grade', text(ctx, 'grade'), 'en')} at {steps.own.name_en}: {row.summary}")
        return {
            **made, "level_office_id": at.id, "level_since": since, "level_name": kinds.both("level", level, suffix=(f"（{at.name}）", f" ({at.name_en})")),
            "grade_name": kinds.both("grade", text(ctx, "grade")), "running_term": term.key, "tell_now": bool(told), "is_told": bool(seen["is_told"] or told),
        }  # fmt: skip


def _file(ctx: StepContext, tools: Tools, steps: Ladder) -> dict[str, Any]:
    """The sheet is filled in: it gets its number and goes up as a paper."""
    session, side, today = ctx.session, text(ctx, "side"), ctx.clock.today()
    done = (ctx.variables.get("done_by") or {}).get(f"fill_{side}_side") or {}
    concerned_id, concerned = text(ctx, "concerned_id"), ""
    if side == "tax":
        if concerned_id == done.get("person_id"):
            raise Declined("出现问题的岗位应由另一人会同填制（市国税发〔2002〕119号三(三)5(1)）", "the post concerned is somebody else than who fills in the sheet (Xi'an 2002-119, 三(三)5(1))")
        concerned = next((one.name for one in staff.named(session, [concerned_id], today)), "")
    report_id, made = str(ctx.variables["report_id"]), number_at(ctx, steps.own, "障")
    reports.fill(
        session, who(ctx), report_id, grade=text(ctx, "grade"), description=text(ctx, "description"), subsystem=text(ctx, "subsystem"), level=steps.first,
        level_since=today, filled_by=str(done.get("person_id", "")), filled_by_name=str(done.get("name", "")), concerned_id=concerned_id, concerned_name=concerned,
    )  # fmt: skip
    with declining(MoveRefused):
        row = reports.act(
            session, who(ctx), report_id, "report", words=text(ctx, "description"), today=today, number=made, reported_on=today,
            office_name=text(ctx, "service_unit_name") if side == "enterprise" else steps.own.name,
        )  # fmt: skip
    ctx.set_business_key(made)
    issue_fault_sheet(ctx, tools, row)
    return {"registration_number": made, "concerned_name": concerned}


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
