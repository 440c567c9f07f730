"""Authorisations of the service unit for the tax side: drafted and signed at the city, in force for a term, reminded of, ended or revoked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from deadlines.terms import shift_months
from engine.registry import Declined, Registry, StepContext
from handlers.devices_law import LAW, LAW_EN
from handlers.devices_tools import number_at, service_unit_of
from handlers.faults_papers import issue_authorisation
from handlers.faults_tools import OFFICE_OF_GOLDEN_TAX, clerk_for, posts
from handlers.tools import Tools, declining, own_office, text, who
from records.faults import kinds
from records.faults.errors import MoveRefused, TermRefused
from records.faults.model import Authorisation
from records.faults.store import authorisations
from records.offices.model import Office, Party

ONE_DAY = timedelta(days=1)


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of an authorisation and of its revocation."""
    _drafting(registry)
    _signing(registry, tools)
    _ending(registry, tools)
    _revoking(registry, tools)


def _drafting(registry: Registry) -> None:
    @registry.operation("faults.open_authorisation")
    def open_authorisation(ctx: StepContext) -> Mapping[str, Any]:
        """Whom the city is about to authorise; a longer term is a new authorisation that names the former one.

        Source: Xi'an 2002-119, 三(二)1.
        """
        unit, city = service_unit_of(ctx), own_office(ctx)
        _require_same_unit(ctx, city, unit)
        ctx.set_title(f"技术服务授权：{unit.name}")
        return {**clerk_for(ctx, unit, city), "service_unit_name": unit.name, "city_code": city.code, "city_name": city.name, "authorisation_id": None}

    @registry.operation("faults.check_authorisation")
    def check_authorisation(ctx: StepContext) -> Mapping[str, Any]:
        """Books the draft; what another authorisation covers already is not authorised twice, and none is longer than procedure.yaml lets it be.

        Source: Xi'an 2002-119, 三(二)1, annex 8. The longest term is **[chosen]**.
        """
        seen, city = ctx.variables, own_office(ctx)
        _require_length(ctx, seen["valid_from"], seen["valid_until"])
        given = {
            "service_unit": text(ctx, "service_unit"), "service_unit_name": text(ctx, "service_unit_name"), "subsystems": list(seen["subsystems"]),
            "tasks": text(ctx, "tasks"), "valid_from": seen["valid_from"], "valid_until": seen["valid_until"], "extends": text(ctx, "extends"),
        }  # fmt: skip
        with declining(TermRefused, MoveRefused):
            if seen["authorisation_id"]:
                row = authorisations.redraft(ctx.session, who(ctx), str(seen["authorisation_id"]), **given)
            else:
                row = authorisations.draft(ctx.session, who(ctx), **given, office_name=city.name, scope=city.scope, case_id=ctx.case.instance_id)
            authorisations.require_free(ctx.session, row)
        return {"authorisation_id": row.id, "subsystems_text": kinds.both("subsystem", *row.subsystems)}


def _signing(registry: Registry, tools: Tools) -> None:
    @registry.operation("faults.issue_authorisation")
    def issue(ctx: StepContext) -> Mapping[str, Any]:
        """Numbers and issues the paper, and settles on which day is reminded of the end.

        Source: Xi'an 2002-119, 三(二)1, annex 8. How long before the end is **[chosen]** in procedure.yaml.
        """
        made = number_at(ctx, own_office(ctx), "授")
        with declining(TermRefused, MoveRefused):
            row = authorisations.issue(ctx.session, who(ctx), str(ctx.variables["authorisation_id"]), made, ctx.clock.today())
        ctx.set_business_key(made)
        ctx.set_due(row.valid_until, "授权止日")
        issue_authorisation(ctx, tools, row)
        before = timedelta(days=int((ctx.about.get("authorisation") or {})["remind_days"]))
        return {"registration_number": made, "remind_on": row.valid_until - before, "over_on": row.valid_until + ONE_DAY}

    @registry.operation("faults.drop_authorisation")
    def drop(ctx: StepContext) -> Mapping[str, Any]:
        """The leader does not sign.

        Source: Xi'an 2002-119, 三(二)1.
        """
        with declining(MoveRefused):
            authorisations.refuse(ctx.session, who(ctx), str(ctx.variables["authorisation_id"]))
        _tell(ctx, tools, "authorisation_refused", f"未予授权：{text(ctx, 'refusal_reason')}", "the authorisation was not signed", unit=False)
        return {}


def _ending(registry: Registry, tools: Tools) -> None:
    @registry.operation("faults.remind_of_end")
    def remind_of_end(ctx: StepContext) -> Mapping[str, Any]:
        """The term comes near: office and service unit are told, so that a new one can be signed in time.

        Source: Xi'an 2002-119, 三(二)1.
        """
        row = authorisations.authorisation(ctx.session, str(ctx.variables["authorisation_id"]))
        _tell(ctx, tools, "authorisation_ends", f"授权委托书{row.number}将于 {row.valid_until} 期满；需要延长的，请另行授权", f"authorisation {row.number} ends on {row.valid_until}; a longer term is a new one")
        return {}

    @registry.operation("faults.end_authorisation")
    def end(ctx: StepContext) -> Mapping[str, Any]:
        """Its last day is over.

        Source: Xi'an 2002-119, 三(二)1.
        """
        row = authorisations.end(ctx.session, who(ctx), str(ctx.variables["authorisation_id"]))
        _tell(ctx, tools, "authorisation_over", f"授权委托书{row.number}已期满，服务单位不得再维护税务端", f"authorisation {row.number} is over; the service unit no longer maintains the tax side")
        ctx.set_due(None)
        return {}


def _revoking(registry: Registry, tools: Tools) -> None:
    @registry.operation("faults.open_revocation")
    def open_revocation(ctx: StepContext) -> Mapping[str, Any]:
        """An authorisation that is in force is to be taken back before its last day.

        Source: Xi'an 2002-119, 三(二)1.
        """
        row = _issued(ctx)
        ctx.set_title(f"提前收回授权：{row.number}")
        ctx.set_business_key(row.number or "")
        return {
            "authorisation_id": row.id, "registration_number": row.number, "service_unit": row.service_unit, "service_unit_name": row.service_unit_name,
            "city_name": own_office(ctx).name,
        }  # fmt: skip

    @registry.operation("faults.book_revocation")
    def book_revocation(ctx: StepContext) -> Mapping[str, Any]:
        """Taken back from today on, with the reason; the service unit and the case of the authorisation are told.

        Source: Xi'an 2002-119, 三(二)1.
        """
        with declining(MoveRefused):
            row = authorisations.revoke(ctx.session, who(ctx), str(ctx.variables["authorisation_id"]), ctx.clock.today(), text(ctx, "revoked_because"))
        ctx.send("authorisation_revoked", row.id, {"revoked_because": row.revoked_because}, if_awaited=True)
        _tell(ctx, tools, "authorisation_revoked", f"授权委托书{row.number}自 {row.revoked_on} 起收回：{row.revoked_because}", f"authorisation {row.number} is revoked from {row.revoked_on}", about=row.case_id)
        return {}


def _require_same_unit(ctx: StepContext, city: Office, unit: Party) -> None:
    """A renewal continues an authorisation of the same unit. Raises Declined. Source: Xi'an 2002-119, 三(二)1."""
    former = text(ctx, "extends")
    if former and all(row.number != former for row in authorisations.in_force(ctx.session, city.scope, ctx.clock.today(), unit.number)):
        raise Declined(f"{former}不是授予{unit.name}的有效授权，不能接续（{LAW}三(二)1）", f"{former} is no authorisation of {unit.name_en} in force ({LAW_EN}, 三(二)1)")


def _require_length(ctx: StepContext, first: date, last: date) -> None:
    """Raises Declined for a term longer than procedure.yaml lets it be; a case whose version names no longest one is bound to none."""
    months = int((ctx.about.get("authorisation") or {}).get("longest_months") or 0)
    if months and last > (latest := shift_months(first, months)):
        raise Declined(
            f"授权最长 {months} 个月，自 {first} 起最迟至 {latest}，但填写的是 {last}；届满前另行授权接续（{LAW}三(二)1）",
            f"an authorisation is for {months} months at most: from {first} until {latest}, but {last} was entered; it is renewed before its end ({LAW_EN}, 三(二)1)",
        )  # fmt: skip


def _issued(ctx: StepContext) -> Authorisation:
    row = authorisations.of_case(ctx.session, str(ctx.variables["about"]))
    if row is None or row.state != "issued":
        raise Declined("这份授权尚未签发，或已经期满、收回，不必再收回", "this authorisation is not signed, or over, or revoked; there is nothing to revoke")
    return row


def _tell(ctx: StepContext, tools: Tools, kind: str, zh: str, en: str, *, unit: bool = True, about: str = "") -> None:
    """The city's office, and the service unit, to which the case of its authorisation is open and no other (`about`)."""
    told = posts(ctx.session, [own_office(ctx)], OFFICE_OF_GOLDEN_TAX) + ([f"service_unit:{text(ctx, 'service_unit')}"] if unit else [])
    tools.deadlines.notify(ctx.session, told, about or ctx.case.instance_id, kind, zh, en)
