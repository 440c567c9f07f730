"""The papers of faults (annexes 8, 10 and 11): what each prints."""

from __future__ import annotations

from engine.registry import StepContext
from handlers.devices_tools import above
from handlers.issuing import issue
from handlers.tools import Tools, day_text, signer, text
from records.faults import kinds
from records.faults.model import Authorisation, FaultReport, MajorMatter
from records.faults.store import reports

CLOSED = "（办结）"


def issue_fault_sheet(ctx: StepContext, tools: Tools, row: FaultReport, *, closed: str = "") -> None:
    """《防伪税控系统故障登记表》 as it goes up, and once more as it was settled; `closed` says how.

    Source: Xi'an 2002-119, 三(二)6, 三(三)5(1), annex 10.
    """
    steps = [
        {"office": step.office_name, "act": kinds.name("act", step.act), "grade": kinds.name("grade", step.grade),
         "regraded": step.act == "regraded", "words": "故障现象见上" if step.act == "reported" else step.words,
         "authorisation": step.authorisation_number, "who": step.by_name, "on": day_text(step.day)}
        for step in reports.steps(ctx.session, row.id)
    ]  # fmt: skip
    data = {
        "from_office": row.service_unit_name if row.side == "enterprise" else row.office_name, "office": row.office_name, "side": kinds.name("side", row.side),
        "summary": row.summary, "subsystem": kinds.name("subsystem", row.subsystem), "grade": kinds.name("grade", row.grade), "noticed_on": day_text(row.noticed_on),
        "enterprise": {"id": row.taxpayer_number, "name": row.enterprise_name}, "description": row.description, "tried": text(ctx, "tried"),
        "contact": text(ctx, "contact"), "concerned": _signed(ctx, row), "filler": {"name": row.filled_by_name, "on": day_text(row.reported_on)},
        "steps": steps, "closed": closed, "closed_on": day_text(row.closed_on), "date": day_text(row.reported_on),
    }  # fmt: skip
    issue(ctx, tools, "fault_sheet", data, number=f"{row.number}{CLOSED if closed else ''}", part=":closed" if closed else "")


def issue_matter_sheet(ctx: StepContext, tools: Tools, row: MajorMatter, *, closed: bool = False) -> None:
    """《重大事项报告表》 as it goes up, and once more with what the superior decided and what came of it.

    Source: Xi'an 2002-119, 四5, annex 11.
    """
    data = {
        "from_office": row.office_name, "title_of_matter": row.title, "side": kinds.name("side", row.side), "effect": kinds.name("effect", row.effect),
        "found_on": day_text(row.found_on), "facts": row.facts, "measures": row.measures, "request": row.request, "handler": signer(ctx, "fill_matter"),
        "leader": signer(ctx, "sign_matter"), "level": kinds.name("level", row.level), "decision": row.decision, "decided_by": row.decided_by_name,
        "upper": upper.name if (upper := above(ctx, row.level)) is not None else "",
        "decided_on": day_text(row.decided_on), "result": row.result, "closed_on": day_text(row.closed_on), "date": day_text(row.reported_on),
    }  # fmt: skip
    issue(ctx, tools, "matter_sheet", data, number=f"{row.number}{CLOSED if closed else ''}", part=":closed" if closed else "")


def issue_authorisation(ctx: StepContext, tools: Tools, row: Authorisation) -> None:
    """《税务端技术服务授权委托书》, one copy of it for the service unit.

    Source: Xi'an 2002-119, 三(二)1, annex 8.
    """
    data = {
        "from_office": row.office_name, "to_office": row.service_unit_name, "subsystems": [kinds.name("subsystem", one) for one in row.subsystems],
        "tasks": row.tasks, "valid_from": day_text(row.valid_from), "valid_until": day_text(row.valid_until), "extends": row.extends,
        "handler": signer(ctx, "draft_authorisation"), "leader": signer(ctx, "sign_authorisation"), "date": day_text(row.signed_on),
    }  # fmt: skip
    issue(ctx, tools, "authorisation", data, number=row.number or "")


def _signed(ctx: StepContext, row: FaultReport) -> str:
    """Who signed at the post concerned, and when."""
    on = next((step.day for step in reports.steps(ctx.session, row.id) if step.act == "signed"), None)
    return f"{row.concerned_name}（{on} 签认）" if on else row.concerned_name

