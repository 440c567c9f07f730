"""What forms of faults ask of an entry beyond its shape: days, enterprises, other reports, and whether the service unit is authorised."""

from __future__ import annotations

from collections.abc import Mapping

from engine.registry import CheckContext, FormCheck, Registry
from handlers.devices_checks import Sentences, read_day, said
from handlers.faults_tools import enterprise
from handlers.tools import Tools
from records.faults.store import authorisations, reports
from records.offices import store as offices

ARTICLE, ARTICLE_EN = authorisations.ARTICLE, authorisations.ARTICLE_EN


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the checks by the names that forms use."""
    for name, check in CHECKS.items():
        registry.check(name)(check)


def last_day(ctx: CheckContext, entered: str) -> Sentences:
    """An authorisation that is over already authorises nobody."""
    if (on := read_day(entered)) is not None and on < ctx.today:
        return said(f"授权止日 {entered} 已过（{ARTICLE}）", f"the last day, {entered}, is over ({ARTICLE_EN})")
    return {}


def first_day(ctx: CheckContext, entered: str) -> Sentences:
    """An authorisation does not reach back: only what was signed before authorises.

    Source: Xi'an 2002-119, 三(二)1.
    """
    if (on := read_day(entered)) is not None and on < ctx.today:
        return said(f"授权起日 {entered} 早于今天：经授权并下达委托书方可维护，授权不能追溯（{ARTICLE}）", f"the first day, {entered}, is before today: an authorisation does not reach back ({ARTICLE_EN})")
    return {}


def known_enterprise(ctx: CheckContext, entered: str) -> Sentences:
    """The enterprise is registered, and its office stands beneath the city of the case."""
    found, city = enterprise(ctx.session, entered), _city_scope(ctx)
    if found is None:
        return said(f"没有识别号为“{entered}”的企业", f"no enterprise “{entered}” is registered")
    office = offices.office(ctx.session, found[1]) if found[1] else None
    if office is None or not office.scope.startswith(city):
        return said(f"{found[0]}（{entered}）不是本市管辖的企业", f"the enterprise {entered} does not belong to this city")
    return {}


def other_report(ctx: CheckContext, entered: str) -> Sentences:
    """The report into which this one goes is there."""
    if reports.by_number(ctx.session, entered) is None:
        return said(f"没有编号为“{entered}”的故障登记表", f"there is no fault report “{entered}”")
    return {}


def authorised(ctx: CheckContext, entered: str) -> Sentences:
    """Where the service unit maintained the tax side, some authorisation was signed; whether on the day of the work is asked of that day.

    Source: Xi'an 2002-119, 三(二)1.
    """
    if entered == "service_unit" and not authorisations.signed(ctx.session, _city_scope(ctx), ctx.today):
        return said(
            f"没有下达过《税务端技术服务授权委托书》：服务单位未经授权不得维护税务端（{ARTICLE}）",
            f"no authorisation has been signed: without one the service unit does not maintain the tax side ({ARTICLE_EN})",
        )
    return {}


def in_force(ctx: CheckContext, entered: str) -> Sentences:
    """The authorisation that is named was signed; whether it covers the day of the work is asked of that day.

    Source: Xi'an 2002-119, 三(二)1, annex 8.
    """
    if all(row.number != entered for row in authorisations.signed(ctx.session, _city_scope(ctx), ctx.today)):
        return said(f"没有编号为“{entered}”的授权委托书（{ARTICLE}）", f"there is no authorisation “{entered}” ({ARTICLE_EN})")
    return {}


def _city_scope(ctx: CheckContext) -> str:
    city = offices.office_at_level(ctx.session, ctx.office_id, "city")
    return (city or offices.office(ctx.session, ctx.office_id)).scope


CHECKS: Mapping[str, FormCheck] = {
    "faults.first_day": first_day, "faults.last_day": last_day, "faults.enterprise": known_enterprise, "faults.other_report": other_report,
    "faults.authorised": authorised, "faults.in_force": in_force,
}  # fmt: skip
