"""The monthly table of losses: summed up by each level for its area, lower levels urged, signed and reported upwards."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.registry import Declined, Registry, StepContext
from handlers.devices_law import LAW
from handlers.devices_tools import by_the_books, number
from handlers.issuing import issue
from handlers.loss_stock import line_of
from handlers.tools import Tools, officer_posts, own_office, signer, text, who
from records.devices.model import Device, StopEntry
from records.devices.store import stops, totals
from records.offices import store as offices
from records.offices.model import Office

ROLE = "golden_tax_office"
BENEATH = {"province": "city", "city": "district"}  # who reports to whom (四3)
ABOVE = {"district": "city", "city": "province"}
LEVELS = frozenset((*BENEATH, *ABOVE))  # who makes a table (四3)
SAT = "国家税务总局"


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of the totals."""

    @registry.operation("loss.sum_up")
    def sum_up(ctx: StepContext) -> Mapping[str, Any]:
        """Sums up what was reported lost in the area in a month, and names the lower levels whose table is missing; the term counts from the month's end.

        Source: Xi'an 2002-119, 四3. The terms by level are **[chosen]**.
        """
        own, month = own_office(ctx), text(ctx, "summary_month")
        if own.level not in LEVELS:
            raise Declined(f"情况表由区县局、市局、省局汇总（{LAW}四3）", "the table is made by districts, cities and provinces (四3)")
        year, at = int(month[:4]), int(month[5:])
        key = f"totals_{own.level}"
        term = tools.deadlines.start(
            ctx.session, ctx.case.instance_id, tools.rule(ctx, key), date(year, at, monthrange(year, at)[1]), owner_posts=officer_posts(ctx.session, own.id, ROLE)
        )
        ctx.set_due(term.due_on, term.label)
        ctx.set_business_key(f"{month} {own.name}")
        return {"totals_office_name": own.name, **_state(ctx, own, month), "return_reason": None}

    @registry.operation("loss.urge_lower")
    def urge_lower(ctx: StepContext) -> Mapping[str, Any]:
        """Urges the lower levels whose table is missing; raises Declined where none is.

        Source: Xi'an 2002-119, 四3.
        """
        own, month = own_office(ctx), text(ctx, "summary_month")
        missing = _missing(ctx, own, month)
        if not missing:
            raise Declined(f"下级都已上报，不必催报，请选择上报（{LAW}四3）", "every lower level has reported: there is nobody to urge")
        for office in missing:
            zh, en = f"{own.name}催报：请即上报 {month} 的《丢失、被盗金税卡、IC卡情况表》，没有丢失的也报“无”（{LAW}四3）", f"{own.name_en} urges you to report the losses of {month}, a nil report too"
            tools.tell(ctx, officer_posts(ctx.session, office.id, ROLE), "urging", zh, en)
        return {}

    @registry.operation("loss.report_up")
    def report_up(ctx: StepContext) -> Mapping[str, Any]:
        """Files the signed table, counted once more, and reports it to the level above; the province keeps it for the SAT.

        Source: Xi'an 2002-119, 四3, annex 6.
        """
        own, month, today = own_office(ctx), text(ctx, "summary_month"), ctx.clock.today()
        to = offices.office_at_level(ctx.session, own.id, ABOVE[own.level]) if own.level in ABOVE else None
        with by_the_books():
            row = totals.make(ctx.session, who(ctx), own, month, today, case_id=ctx.case.instance_id)
            totals.report(ctx.session, who(ctx), row, to, today)
        issued, state = number(ctx, tools, "汇"), _state(ctx, own, month)
        issue(ctx, tools, "totals", {
            "office": own.name, "month": month, "lines": [line_of(entry) for entry in stops.month(ctx.session, own.scope, month)], "tax_cards": row.tax_cards,
            "ic_cards": row.ic_cards, "readers": row.readers, "lower": [_lower(one) for one in totals.reported_to(ctx.session, own.code, month)],
            "missing": state["not_reported_yet"] or "", "remark": text(ctx, "totals_note"), "to_office": to.name if to is not None else SAT,
            "leader": signer(ctx, "sign_totals"), "handler": signer(ctx, "report_totals"), "date": today.isoformat(),
        }, number=issued)  # fmt: skip
        tools.deadlines.meet(ctx.session, ctx.case.instance_id, f"totals_{own.level}", today)
        ctx.set_due(None)
        return {"totals_number": issued, **state}


def _state(ctx: StepContext, own: Office, month: str) -> dict[str, Any]:
    entries = stops.month(ctx.session, own.scope, month)
    count = {kind: sum(entry.kind == kind for entry in entries) for kind in totals.COLUMNS}
    told = f"金税卡 {count['tax_card']} 张，税控IC卡 {count['ic_card']} 张，读卡器 {count['reader']} 台" if entries else "本月无丢失、被盗"
    missing = "、".join(office.name for office in _missing(ctx, own, month)) or None
    return {"totals_told": told, "not_reported_yet": missing}


def _missing(ctx: StepContext, own: Office, month: str) -> Sequence[Office]:
    """The lower levels whose month was begun and that have not reported it."""
    if own.level not in BENEATH:
        return []
    there = {row.office_code for row in totals.reported_to(ctx.session, own.code, month)}
    beneath = offices.offices(ctx.session, level=BENEATH[own.level], beneath=own.scope, only_open=True)
    return [office for office in beneath if office.code not in there and takes_part(ctx.session, office)]


def takes_part(session: Session, office: Office) -> bool:
    """Whether a level makes a table of its own: it has a golden-tax office, and devices or stopped serials in its area. So are months begun, too.

    Source: Xi'an 2002-119, 四3.
    """
    if office.level not in LEVELS or not offices.posts(session, ROLE, office.id):
        return False
    return any(session.scalars(select(table.id).where(table.scope.startswith(office.scope, autoescape=True)).limit(1)).first() for table in (Device, StopEntry))


def _lower(row: Any) -> dict[str, Any]:
    return {"office": row.office_name, "tax_cards": row.tax_cards, "ic_cards": row.ic_cards, "readers": row.readers, "reported": str(row.reported_on)}
