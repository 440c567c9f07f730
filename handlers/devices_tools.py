"""What the handlers of all device procedures need: the enterprise of a case, its offices and service unit, document numbers, posts of stations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.registry import Declined, StepContext
from handlers.tools import Tools, declining, officer_posts, own_office, text, who
from papers.numbers import document_number
from records.devices import holders
from records.devices.errors import DevicesError
from records.devices.holders import Holder
from records.invoices.errors import InvoicesError
from records.offices import parties
from records.offices import store as offices
from records.offices.levels import ancestors
from records.offices.model import Office, Party
from records.sentences import ValueRefused
from records.taxpayers import store as taxpayers
from records.taxpayers.errors import TaxpayerRuleRefused, TaxpayerUnknown
from records.taxpayers.model import Taxpayer

ENTERPRISE = "enterprise:"


@contextmanager
def by_the_books() -> Iterator[None]:
    """Has whatever the books of devices, limits and invoices refuse reach the person as a sentence."""
    with declining(DevicesError, InvoicesError, TaxpayerRuleRefused):
        yield


def number_of(ctx: StepContext) -> str:
    """The taxpayer number of the case: of an enterprise that acts its own and no other, else what a clerk typed. Raises Declined."""
    typed = text(ctx, "taxpayer_number").strip().upper()
    party = ctx.actor.party
    if party.startswith(ENTERPRISE):
        own = party.removeprefix(ENTERPRISE)
        if typed and typed != own:
            raise Declined(f"企业只能为自己办理，本账户的税号是 {own}，但填写的是 {typed}", f"an enterprise acts for itself alone: this account is of {own}, not of {typed}", at="taxpayer_number")
        return own
    if not typed:
        raise Declined("请填写纳税人识别号", "enter the taxpayer number", at="taxpayer_number")
    return typed


def enterprise(ctx: StepContext) -> Taxpayer:
    """The enterprise of the case as it is registered; on first contact it is registered at the office of the case.

    Its row is held until the step is over: a change of its number that is being booked meanwhile is waited for. Raises Declined for a number that is none, an enterprise of another office, or one that nobody knows and that the entry does not name.
    """
    number, office = number_of(ctx), own_office(ctx)
    try:
        found = taxpayers.taxpayer(ctx.session, number)
    except TaxpayerUnknown:
        found = _registered(ctx, number, office)
    found = _held(ctx, found, number)
    if found.office_id is None:
        found = taxpayers.place(ctx.session, who(ctx), number, office.id)
    competent = offices.office(ctx.session, str(found.office_id))
    if not (competent.scope.startswith(office.scope) or office.scope.startswith(competent.scope)):
        raise Declined(f"“{found.name}”（{number}）的主管税务机关是{competent.name}，应在那里办理", f"the competent office of {found.name} ({number}) is {competent.name_en}", at="taxpayer_number")
    return found


def _held(ctx: StepContext, found: Taxpayer, number: str) -> Taxpayer:
    wanted = select(Taxpayer).where(Taxpayer.id == found.id).with_for_update()
    row = ctx.session.scalars(wanted, execution_options={"populate_existing": True}).one()
    if row.number != number:
        raise Declined(f"“{row.name}”的税号刚刚变更为 {row.number}，请按新税号办理", f"the number of {row.name} has just become {row.number}: use the new one")
    return row


def _registered(ctx: StepContext, number: str, office: Office) -> Taxpayer:
    party = parties.known(ctx.session, "enterprise", number)
    name = party.name if party is not None else text(ctx, "enterprise_name").strip()
    if not name:
        raise Declined(f"本系统没有税号为 {number} 的纳税人，请填写企业名称", f"no taxpayer {number} is known here: enter its name", at="enterprise_name")
    try:
        return taxpayers.register(ctx.session, who(ctx), number, name, today=ctx.clock.today(), office_id=party.office_id if party is not None else office.id)
    except ValueRefused as refused:
        raise Declined(refused.refusal.say(), refused.refusal.say("en")) from refused


def tax_office_of(ctx: StepContext) -> Office:
    """The office that is competent for the enterprise of the case, else that of the case."""
    number = text(ctx, "taxpayer_number")
    try:
        found = taxpayers.taxpayer(ctx.session, number) if number else None
    except TaxpayerUnknown:
        found = None
    return offices.office(ctx.session, found.office_id) if found is not None and found.office_id else own_office(ctx)


def above(ctx: StepContext, level: str) -> Office | None:
    """The office of a level at or above that of the case; None where there is none."""
    return offices.office_at_level(ctx.session, ctx.case.office_id, level)


def district_of(ctx: StepContext) -> Office:
    """The district of the case, or its office itself where it is none of a district (a city's own matter)."""
    return above(ctx, "district") or own_office(ctx)


def service_units(session: Session, city: Office | None) -> list[Party]:
    """The service units that work in a city: those that it, or an office above it, keeps."""
    wanted = select(Party).where(Party.kind == "service_unit").order_by(Party.number)
    if city is not None:
        wanted = wanted.join(Office, Office.id == Party.office_id).where(Office.scope.in_(ancestors(city.scope)))
    return list(session.scalars(wanted))


def service_unit_of(ctx: StepContext) -> Party:
    """The service unit of the case: the one chosen, or the only one of the city. Raises Declined."""
    units, chosen = service_units(ctx.session, above(ctx, "city")), text(ctx, "service_unit").strip().upper()
    if chosen:
        found = next((one for one in units if one.number == chosen), None)
        if found is None:
            raise Declined(f"本市没有编号为“{chosen}”的技术服务单位", f"the city has no service unit “{chosen}”")
        return found
    if len(units) != 1:
        names = "、".join(f"{one.number}（{one.name}）" for one in units) or "无"
        raise Declined(f"请选择技术服务单位，本市有：{names}", f"choose the service unit; the city has: {names}")
    return units[0]


def heads(ctx: StepContext) -> Mapping[str, Any]:
    """The common variables of the case: enterprise, offices, service unit. Raises Declined."""
    found, unit, office = enterprise(ctx), service_unit_of(ctx), own_office(ctx)
    return {
        "taxpayer_number": found.number, "enterprise_name": found.name, "office_code": office.code, "office_name": office.name,
        **offices_of(ctx), "service_unit": unit.number, "service_unit_name": unit.name,
    }  # fmt: skip


def offices_of(ctx: StepContext) -> dict[str, str]:
    """Codes and names of district, city and province at or above the office of the case; empty where there is none."""
    found = {level: above(ctx, level) for level in ("district", "city", "province")}
    return {f"{level}_{part}": getattr(one, part) if one is not None else "" for level, one in found.items() for part in ("code", "name")}


def number(ctx: StepContext, _tools: Tools, kind: str = "") -> str:
    """The next document number of the office of the case, by its mark in procedure.yaml; each `kind` has a series of its own."""
    return number_at(ctx, own_office(ctx), kind)


def number_at(ctx: StepContext, office: Office, kind: str = "") -> str:
    """The next document number of another office: its mark, which is one in all procedures, the word of this procedure, the kind of paper."""
    marks: Mapping[str, Any] = ctx.about.get("marks") or {}
    return document_number(ctx.session, f"{marks.get(office.code) or office.name}{ctx.about.get('mark_word') or ''}{kind}", ctx.clock.today().year)


def post_of(role: str, office_code: str) -> str:
    """How a station's job names its post: `card_issuance@yt`."""
    return f"{role}@{office_code}"


def posts(ctx: StepContext, role: str, level: str = "") -> list[str]:
    """Posts of a role at the office of the case, or at the one of a level above it, as owners of a deadline or receivers of a notice."""
    office = above(ctx, level) if level else own_office(ctx)
    return officer_posts(ctx.session, office.id, role) if office is not None else []


def as_enterprise(ctx: StepContext) -> Holder:
    """The enterprise of the case as a holder of devices."""
    return holders.enterprise(text(ctx, "taxpayer_number"), text(ctx, "enterprise_name"))


def as_service_unit(ctx: StepContext) -> Holder:
    """The service unit of the case as a holder of devices."""
    return holders.service_unit(text(ctx, "service_unit"), text(ctx, "service_unit_name"))
