"""What an enterprise says it has lost: a device of its own, one that the books do not know, or invoices that were sold to it."""

from __future__ import annotations

from sqlalchemy import select

from engine.registry import Declined, StepContext
from handlers.damage_tools import is_in_repair_for, require_here
from handlers.devices_law import LAW, LAW_EN
from handlers.devices_tools import by_the_books
from handlers.loss_tools import named, require_held, tell_case_of_damage
from handlers.tools import Tools, own_office, text, who
from records.devices import kinds, rules
from records.devices.holders import Holder
from records.devices.model import Device
from records.devices.store import devices, stops
from records.invoices import lost
from records.invoices.model import InvoiceSale


def device(ctx: StepContext, tools: Tools, own: Holder) -> str:
    """The device goes on the stop list and is lost in the books; one that the books do not know goes there on a clerk's word."""
    kind, serial, today = text(ctx, "lost_kind"), devices.serial_of(text(ctx, "serial")), ctx.clock.today()
    told, found, office = named(kind, serial), devices.known(ctx.session, kind, serial), own_office(ctx)
    days = {"lost_on": ctx.variables["lost_on"], "reported_on": today, "today": today, "office": office, "case_id": ctx.case.instance_id}
    if found is None:
        _require_no_other_kind(ctx, kind, serial, own)
        _require_vouched(ctx, told, _held(ctx, own))
        with by_the_books():
            stops.put_on_unknown(ctx.session, who(ctx), kind, serial, text(ctx, "lost_how"), holder=own, **days)
        return told
    _require_not_in_repair(ctx, found, own)
    require_held(found, own, "报失", "report its loss", "二(五)")
    if found.state != "lost":  # of one that is lost already the books say so
        require_here(ctx, found, ("丢失被盗日期", "the loss", ctx.variables["lost_on"]), "二(五)")
    with by_the_books():
        stops.put_on(ctx.session, who(ctx), found, text(ctx, "lost_how"), **days)
    tell_case_of_damage(ctx, tools, found)
    return told


def _require_not_in_repair(ctx: StepContext, found: Device, own: Holder) -> None:
    """An enterprise's own device that is away in repair is with the service unit, which reports its loss. Raises Declined.

    Source: Xi'an 2002-119, 二(四), 二(五), 四3.
    """
    if is_in_repair_for(ctx, found, own.number):
        (zh, en), unit = rules.label(found.kind, found.serial), found.holder_name
        raise Declined(
            f"{zh}是“{own.name}”的设备，现由{unit}维修保管；在维修中丢失、被盗的，由{unit}报告（{LAW}二(五)、四3）",
            f"{en} is a device of {own.name} and with {unit} for its repair: if it was lost there, {unit} reports it ({LAW_EN}, 二(五), 四3)",
        )


def is_lent(ctx: StepContext) -> bool:
    """Whether it is a replacement that the service unit has lent while the enterprise's own card is in repair: nothing is bought instead of that.

    Source: Xi'an 2002-119, 二(四).
    """
    found = devices.known(ctx.session, text(ctx, "lost_kind"), devices.serial_of(text(ctx, "serial"))) if text(ctx, "lost_kind") != "invoices" else None
    return found is not None and "on_loan" in {found.state, found.state_before if found.state == "lost" else ""}


def _require_no_other_kind(ctx: StepContext, kind: str, serial: str, own: Holder) -> None:
    """Whoever took a device for one of another kind is told which one it is. Raises Declined. Source: Xi'an 2002-119, 二(五)."""
    for other in (one for one in kinds.NAMES if one != kind):
        found = devices.known(ctx.session, other, serial)
        if found is not None and (found.holder_kind, found.holder_number) == ("enterprise", own.number):
            raise Declined(
                f"“{serial}”在账上是“{own.name}”的{kinds.name(other)}，不是{kinds.name(kind)}，请改选“丢失的是”（{LAW}二(五)）",
                f"in the books “{serial}” is the {kinds.name(other, 'en')} of {own.name}, no {kinds.name(kind, 'en')}: choose that kind (二(五))",
            )


def _held(ctx: StepContext, own: Holder) -> tuple[str, str]:
    """What the books have of the enterprise, so that it need not know its serials by heart; in both languages, empty for none."""
    rows = [rules.label(one.kind, one.serial) for one in devices.held_by(ctx.session, own.kind, own.number)]
    return ("；账上的设备有：" + "、".join(zh for zh, _en in rows), "; the books have " + ", ".join(en for _zh, en in rows)) if rows else ("", "")


def invoices(ctx: StepContext, own: Holder) -> str:
    """The numbers of the invoices, which must have been sold to this enterprise; ranges that the books do not know take a clerk's word.

    From here on nobody sells them or takes them in until they are found.

    Source: Xi'an 2002-119, 二(五)3.
    """
    code, first, last = (text(ctx, key) for key in ("invoice_code", "number_from", "number_to"))
    if first > last:
        raise Declined(f"发票起始号码 {first} 大于终止号码 {last}", f"the first number, {first}, lies after the last, {last}")
    told = f"专用发票（代码{code}，号码{first}至{last}，{int(last) - int(first) + 1}份）"
    sold = select(InvoiceSale.taxpayer_number, InvoiceSale.number_from, InvoiceSale.number_to).where(
        InvoiceSale.code == code, InvoiceSale.number_from <= last, InvoiceSale.number_to >= first
    )
    rows = ctx.session.execute(sold).all()
    if any(buyer != own.number for buyer, _from, _to in rows):
        raise Declined(f"{told}在售票记录上不是售给“{own.name}”的，请核对号码（{LAW}二(五)3）", f"of {told} some were not sold to {own.name}")
    if sum(min(int(to), int(last)) - max(int(from_), int(first)) + 1 for _buyer, from_, to in rows) < int(last) - int(first) + 1:
        _require_vouched(ctx, told)
    with by_the_books():
        lost.report(
            ctx.session, who(ctx), own.number, code, first, last, text(ctx, "lost_how"), lost_on=ctx.variables["lost_on"], today=ctx.clock.today(),
            office=own_office(ctx), case_id=ctx.case.instance_id,
        )  # fmt: skip
    return told


def _require_vouched(ctx: StepContext, told: str, held: tuple[str, str] = ("", "")) -> None:
    if ctx.actor.party.startswith("enterprise:"):
        raise Declined(
            f"账上没有{told}的记录{held[0]}。请核对种类和编号；确是本单位的，持购货（领购）凭证到主管税务机关，由经办人员核对后报失（{LAW}二(五)）",
            f"{told} is not in the books{held[1]}. Check kind and number; if it is yours all the same, have the tax office report it on your bill (二(五))",
        )
    if not ctx.variables.get("serial_vouched"):
        raise Declined(
            f"账上没有{told}的记录{held[0]}。请核对种类和编号；已核对企业凭证的，勾选“账上没有这个编号，已核对凭证”后再报（{LAW}二(五)）",
            f"{told} is not in the books{held[1]}. Check kind and number, or tick that the bill was checked, then report it (二(五))",
        )
