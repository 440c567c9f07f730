"""Major matters: reported by the office, co-ordinated and decided by the city or the province, carried out by the office."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Registry, StepContext
from handlers.devices_days import require_order
from handlers.devices_tools import number_at
from handlers.faults_papers import issue_matter_sheet
from handlers.faults_tools import OFFICE_OF_GOLDEN_TAX, Ladder, common, ladder, posts
from handlers.tools import Tools, declining, text, who
from records.faults.errors import MoveRefused
from records.faults.store import matters

TERM = "matter_decision"
FOUND, DECIDED = ("发现日期", "the day on which it was found"), ("决定日期", "the day of the decision")
FURTHER = ("；不属重大事项的，请另行发起“系统故障登记上报”（市国税发〔2002〕119号三(三)5(1)）", ": it is not major; start a fault report (Xi'an 2002-119, 三(三)5(1))")


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of a major matter."""

    @registry.operation("faults.open_matter")
    def open_matter(ctx: StepContext) -> Mapping[str, Any]:
        """Registers what was found; it goes to the city, from a city to the province; the province's own is decided there or goes to the SAT.

        Source: Xi'an 2002-119, 四5.
        """
        steps = ladder(ctx.session, ctx.case.office_id)
        row = matters.open_matter(
            ctx.session, who(ctx), title=text(ctx, "matter_title"), side=text(ctx, "side"), found_on=ctx.variables["found_on"], office_name=steps.own.name,
            scope=steps.own.scope, case_id=ctx.case.instance_id,
        )  # fmt: skip
        ctx.set_title(f"重大事项：{row.title}")
        return {**common(steps), "matter_id": row.id, "matter_level": "city" if steps.first == "own" else "province"}

    @registry.operation("faults.book_matter")
    def book_matter(ctx: StepContext) -> Mapping[str, Any]:
        """The leader has signed: the report is numbered, issued and goes up.

        Source: Xi'an 2002-119, 四5, annex 11.
        """
        steps, today, level = ladder(ctx.session, ctx.case.office_id), ctx.clock.today(), text(ctx, "matter_level")
        made = number_at(ctx, steps.own, "重")
        matters.fill_matter(
            ctx.session, who(ctx), str(ctx.variables["matter_id"]), effect=text(ctx, "effect"), facts=text(ctx, "facts"), measures=text(ctx, "measures"),
            request=text(ctx, "request"), level=level,
        )  # fmt: skip
        with declining(MoveRefused):
            row = matters.move_matter(ctx.session, who(ctx), str(ctx.variables["matter_id"]), "report", number=made, reported_on=today)
        ctx.set_business_key(made)
        issue_matter_sheet(ctx, tools, row)
        _count(ctx, tools, steps, level)
        return {"registration_number": made}

    @registry.operation("faults.book_decision")
    def book_decision(ctx: StepContext) -> Mapping[str, Any]:
        """Books what the superior's leader made of the proposal.

        Source: Xi'an 2002-119, 四5.
        """
        return _decided(ctx, tools)

    @registry.operation("faults.close_matter")
    def close_matter(ctx: StepContext) -> Mapping[str, Any]:
        """What came of it stands on the sheet; the superior is told.

        Source: Xi'an 2002-119, 四5.
        """
        steps = ladder(ctx.session, ctx.case.office_id)
        given: dict[str, Any] = {"result": text(ctx, "matter_result"), "closed_on": ctx.variables["settled_on"]}
        if text(ctx, "sat_number"):
            given["decision"] = f"{text(ctx, 'sat_number')}：{text(ctx, 'sat_answer')}"
        with declining(MoveRefused):
            row = matters.move_matter(ctx.session, who(ctx), str(ctx.variables["matter_id"]), "close", **given)
        decided = ("总局答复日期", "the day of the SAT's answer", ctx.variables["sat_answered_on"]) if text(ctx, "sat_number") else (*DECIDED, row.decided_on)
        for earlier in ((*FOUND, row.found_on), decided):
            require_order(earlier, ("解决日期", "the day on which it was settled", row.closed_on), "四5")
        issue_matter_sheet(ctx, tools, row, closed=True)
        superior = posts(ctx.session, [steps.at(row.level)], OFFICE_OF_GOLDEN_TAX)
        tools.tell(ctx, superior, "matter_settled", f"重大事项 {row.number} 已解决：{row.result}", f"{row.number} is settled")
        ctx.set_due(None)
        return {}


def _decided(ctx: StepContext, tools: Tools) -> dict[str, Any]:
    """What follows of the decision: again, up, or back to the office."""
    steps, today = ladder(ctx.session, ctx.case.office_id), ctx.clock.today()
    level, proposal, plan = text(ctx, "matter_level"), text(ctx, "proposal"), text(ctx, "plan")
    event = "again" if text(ctx, "decision") == "return" else "to_sat" if proposal == "pass_up" and level == "province" else proposal
    given: dict[str, Any] = {}
    if event != "again":
        words = plan + (f"（{text(ctx, 'opinion')}）" if text(ctx, "opinion") else "")
        given = {"decision": words, "decided_by": ctx.actor.person_id, "decided_by_name": ctx.actor.signature, "decided_on": today}
    if event == "pass_up":
        level = steps.above(level)
        given["level"] = level
    with declining(MoveRefused):
        row = matters.move_matter(ctx.session, who(ctx), str(ctx.variables["matter_id"]), event, **given)
    if event != "again":
        tools.deadlines.meet(ctx.session, ctx.case.instance_id, TERM, today)
        ctx.set_due(None)
    if event == "pass_up":
        _count(ctx, tools, steps, level)
    if event == "not_major":
        issue_matter_sheet(ctx, tools, row, closed=True)
    if event in {"settle", "not_major"}:
        office = posts(ctx.session, [steps.own], OFFICE_OF_GOLDEN_TAX)
        further, further_en = FURTHER if event == "not_major" else ("", "")
        tools.tell(ctx, office, "matter_decided", f"上级对重大事项 {row.number} 的决定：{row.decision}{further}", f"the superior has decided on {row.number}{further_en}")
    return {"matter_outcome": event, "matter_level": level, "matter_decision": row.decision or None}


def _count(ctx: StepContext, tools: Tools, steps: Ladder, level: str) -> None:
    """The term of a level, from the day on which the report came there."""
    owners = posts(ctx.session, [steps.at(level)], OFFICE_OF_GOLDEN_TAX, "bureau_leader")
    term = tools.deadlines.start(ctx.session, ctx.case.instance_id, tools.rule(ctx, TERM), ctx.clock.today(), owner_posts=owners)
    ctx.set_due(term.due_on, term.label)
