"""What a level does about a fault: solves it, passes it up, grades it anew, finds it a duplicate; and whether the reporter calls it solved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_days import require_order
from handlers.faults_papers import issue_fault_sheet
from handlers.faults_tools import IT, Ladder, ladder, posts
from handlers.tools import Tools, declining, text, who
from records.faults import kinds
from records.faults.errors import DuplicateRefused, MoveRefused, NotAuthorised
from records.faults.model import FaultReport
from records.faults.store import authorisations, reports

WAITS_FOR_REPORTER = "等待报告人确认"


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of handling and confirming."""

    @registry.operation("faults.book_step")
    def book_step(ctx: StepContext) -> Mapping[str, Any]:
        """Books the outcome at this level, and what the service unit did to the tax side under which authorisation.

        Source: Xi'an 2002-119, 三(二)1 and 6, 三(三)5(1) and (4).
        """
        steps, row = ladder(ctx.session, str(ctx.variables["own_office_id"])), reports.report(ctx.session, str(ctx.variables["report_id"]))
        _maintained(ctx, steps, row)
        with declining(MoveRefused, DuplicateRefused):
            found = _OUTCOMES[text(ctx, "outcome")](ctx, tools, steps, row)
        return {**found, "handled_before": _handled(ctx, row)}

    @registry.operation("faults.book_answer")
    def book_answer(ctx: StepContext) -> Mapping[str, Any]:
        """Books what the reporter says; what is not solved goes on where it was, with the days that were left.

        Source: Xi'an 2002-119, 三(二)6, 三(三)5(1).
        """
        session, subject, today = ctx.session, ctx.case.instance_id, ctx.clock.today()
        steps, key = ladder(session, str(ctx.variables["own_office_id"])), text(ctx, "running_term")
        reporter = text(ctx, "service_unit_name") if text(ctx, "side") == "enterprise" else steps.own.name
        solved = text(ctx, "solved") == "yes"
        words = "" if solved else text(ctx, "confirm_words")
        given: dict[str, Any] = {"closed_on": today} if solved else {}
        with declining(MoveRefused):
            row = reports.act(
                session, who(ctx), str(ctx.variables["report_id"]), "confirm" if solved else "not_solved", words=words, office_name=reporter, today=today, **given
            )
        if solved:
            tools.deadlines.meet(session, subject, key, today)
            ctx.set_due(None)
            issue_fault_sheet(ctx, tools, row, closed="已解决")
            return {"handled_before": _handled(ctx, row), "unsolved_because": None}
        term = tools.deadlines.resume(session, subject, key, today)
        ctx.set_due(term.due_on, term.label)
        tools.tell(ctx, posts(session, [steps.at(row.level)], IT), "fault_not_solved", f"{reporter}确认故障未解决：{words}", f"the reporter says that the fault is not solved: {words}")
        return {"handled_before": _handled(ctx, row), "unsolved_because": words}


def _handled(ctx: StepContext, row: FaultReport) -> str | None:
    """What was done since the report, a line for each step, as whoever handles or confirms next reads it."""
    lines = [
        f"{step.day} {step.office_name} {step.by_name} {kinds.name('act', step.act)}{'：' if step.words else ''}{step.words}"
        for step in reports.steps(ctx.session, row.id) if step.act not in {"reported", "signed"}
    ]  # fmt: skip
    return "\n".join(lines) or None


def _maintained(ctx: StepContext, steps: Ladder, row: FaultReport) -> None:
    """What the service unit did on the tax side stands as a step of its own, with the authorisation that was in force on that day."""
    if row.side != "tax" or text(ctx, "maintained_by") != "service_unit":
        return
    with declining(NotAuthorised):
        found = authorisations.require_authorised(ctx.session, steps.city.scope, text(ctx, "authorisation_number"), ctx.variables["maintained_on"], row.subsystem)
    require_order(("发现日期", "the day on which it was noticed", row.noticed_on), ("维护日期", "the day of the work", ctx.variables["maintained_on"]), "三(三)5(1)")
    words = f"{ctx.variables['maintained_on']} {text(ctx, 'work_done')}"
    reports.add_step(
        ctx.session, who(ctx), row, "maintained", words=words, office_name=found.service_unit_name, today=ctx.clock.today(), level=row.level,
        authorisation_number=found.number or "",
    )  # fmt: skip


def _act(ctx: StepContext, steps: Ladder, row: FaultReport, event: str, **values: Any) -> FaultReport:
    return reports.act(
        ctx.session, who(ctx), row.id, event, words=text(ctx, "handling"), office_name=steps.at(row.level).name, today=ctx.clock.today(), **values
    )


def _solve(ctx: StepContext, tools: Tools, steps: Ladder, row: FaultReport) -> dict[str, Any]:
    _act(ctx, steps, row, "solve")
    tools.deadlines.stop(ctx.session, ctx.case.instance_id, text(ctx, "running_term"), ctx.clock.today(), WAITS_FOR_REPORTER)
    ctx.set_due(None)
    return {}


def _pass_up(ctx: StepContext, _tools: Tools, steps: Ladder, row: FaultReport) -> dict[str, Any]:
    level = steps.above(row.level)
    _act(ctx, steps, row, "pass_up", level=level, level_since=ctx.clock.today())
    return {"level": level}


def _regrade(ctx: StepContext, _tools: Tools, steps: Ladder, row: FaultReport) -> dict[str, Any]:
    grade = text(ctx, "new_grade")
    if grade == row.grade:
        raise Declined(f"故障现在就是“{kinds.name('grade', grade)}”，请选择另一等级", f"the fault is graded “{kinds.name('grade', grade, 'en')}” already; choose another grade")
    _act(ctx, steps, row, "regrade", grade=grade)
    return {"grade": grade}


def _duplicate(ctx: StepContext, tools: Tools, steps: Ladder, row: FaultReport) -> dict[str, Any]:
    other = reports.require_other(ctx.session, row.id, text(ctx, "duplicate_number"))
    _act(ctx, steps, row, "duplicate", duplicate_of=other.number, closed_on=ctx.clock.today())
    _tell_reporter(ctx, tools, steps, row, f"故障登记 {row.number} 与 {other.number} 重复，并入该件办理", f"{row.number} is a duplicate of {other.number}")
    return _closed(ctx, tools, "cancel")


def _to_maker(ctx: StepContext, tools: Tools, steps: Ladder, row: FaultReport) -> dict[str, Any]:
    row = _act(ctx, steps, row, "to_maker", closed_on=ctx.clock.today())
    issue_fault_sheet(ctx, tools, row, closed="报系统研制生产单位")
    _tell_reporter(ctx, tools, steps, row, f"故障登记 {row.number} 已报系统研制生产单位", f"{row.number} was passed to the maker of the system")
    return _closed(ctx, tools, "meet")


def _closed(ctx: StepContext, tools: Tools, act: str) -> dict[str, Any]:
    key, today = text(ctx, "running_term"), ctx.clock.today()
    (tools.deadlines.meet if act == "meet" else tools.deadlines.cancel)(ctx.session, ctx.case.instance_id, key, today)
    ctx.set_due(None)
    return {}


def _tell_reporter(ctx: StepContext, tools: Tools, steps: Ladder, row: FaultReport, zh: str, en: str) -> None:
    """The service unit that reported, or IT of the own bureau."""
    reporter = [f"service_unit:{row.service_unit}"] if row.side == "enterprise" else posts(ctx.session, [steps.own], IT)
    tools.tell(ctx, reporter, "fault_closed", zh, en)


_OUTCOMES = {"solve": _solve, "pass_up": _pass_up, "regrade": _regrade, "duplicate": _duplicate, "to_maker": _to_maker}
