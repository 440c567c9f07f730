"""Collected and scrapped cards go up: the sender opens a sheet, the receiver compares card by card and takes them or sends them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_law import LAW
from handlers.devices_tools import by_the_books, number
from handlers.issuing import issue
from handlers.registration_rows import rows_of
from handlers.registration_tools import chosen, deadline_posts, key_of, labels, named, options
from handlers.tools import Tools, officer_posts, own_office, signer, text, who
from records.devices import holders
from records.devices.model import Device
from records.devices.store import devices, sheets
from records.offices import store as offices
from records.offices.model import Office

TERM = "receipt"
SENDERS = ("golden_tax_office", "tax_office")


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of handing up."""
    _receiving(registry, tools)

    @registry.operation("registration.choose_cards")
    def choose_cards(ctx: StepContext) -> Mapping[str, Any]:
        """What was chosen is there, and no sheet of this office is still on its way. Source: Xi'an 2002-119, 四4."""
        own, upper = own_office(ctx), _upper(ctx)
        with by_the_books():
            cards = chosen(ctx.session, ctx.variables["cards"])
        if (waiting := sheets.open_of(ctx.session, own.code)) is not None:
            raise Declined(f"清单“{waiting.number}”尚未签收，签收后再上交（{LAW}四4）", f"the sheet {waiting.number} is not confirmed yet")
        _require_size(ctx, len(cards))
        require_damage_told(ctx, cards)
        ctx.set_title(f"两卡上交：{own.name}")
        return {"from_office_name": own.name, "to_office_name": upper.name, "card_count": len(cards), "sheet_cards": options(cards)}

    @registry.operation("registration.send_sheet")
    def send_sheet(ctx: StepContext) -> Mapping[str, Any]:
        """The sheet stands in the books, is printed in two copies, and the term of its receiver runs. Source: Xi'an 2002-119, 四4."""
        own, upper, today, session = own_office(ctx), _upper(ctx), ctx.clock.today(), ctx.session
        with by_the_books():
            cards = chosen(session, ctx.variables["cards"])
            brought_in(ctx, own, cards)
            made = number(ctx, tools, "交")
            sheet = sheets.open_sheet(session, who(ctx), own, upper, cards, today, made, most=sheet_size(ctx), case_id=ctx.case.instance_id)
        issue(ctx, tools, "hand_up_sheet", {**rows_of(ctx, cards), **_parties(ctx, own, upper)}, number=made)
        deadline_posts(tools, ctx, officer_posts(session, upper.id, "golden_tax_office"), TERM)
        ctx.set_business_key(made)
        return {"sheet_id": sheet.id, "sheet_number": made, "sheet_cards": options(cards)}


def _receiving(registry: Registry, tools: Tools) -> None:
    """The receiver compares, and takes the cards or sends them back."""

    @registry.operation("registration.check_receipt")
    def check_receipt(ctx: StepContext) -> Mapping[str, Any]:
        """A sheet is confirmed only when every card lies there; what is missing is named. Source: Xi'an 2002-119, 四4."""
        found = set(ctx.variables.get("cards_found") or ())
        missing = [key for key in labels(ctx.variables["sheet_cards"]) if key not in found]
        if ctx.variables["decision"] == "confirm" and missing:
            raise Declined(f"清单所列的{named(missing)}没有勾选为实收，不能签收；未收到的请选择不予签收（{LAW}四4）", f"not ticked as received: {named(missing, 'en')}")
        if ctx.variables["decision"] == "decline" and not missing and not text(ctx, "refusal_reason").strip():
            raise Declined(f"不予签收应写明理由（{LAW}四4）", "say why the sheet is declined")
        return {"cards_missing": named(missing) or "无"}

    @registry.operation("registration.confirm_sheet")
    def confirm_sheet(ctx: StepContext) -> Mapping[str, Any]:
        """The receiver holds the cards from now on, and has signed for each: the sheet is issued once more as signed. Source: Xi'an 2002-119, 四4."""
        sheet = sheets.sheet(ctx.session, ctx.variables["sheet_id"])
        with by_the_books():
            sheets.confirm(ctx.session, who(ctx), sheet, ctx.clock.today(), case_id=ctx.case.instance_id)
        signed = {"date": signer(ctx, "hand_over_cards")["on"], "receiver": signer(ctx, "compare_cards")}
        printed = {**rows_of(ctx, list(sheets.devices_of(ctx.session, sheet.id))), **_parties(ctx, own_office(ctx), _upper(ctx)), **signed}
        issue(ctx, tools, "hand_up_sheet", printed, number=f"{ctx.variables['sheet_number']}（签收）")
        _over(ctx, tools, f"{ctx.variables['sheet_number']} 已签收", f"{ctx.variables['sheet_number']} was confirmed")
        return {}

    @registry.operation("registration.decline_sheet")
    def decline_sheet(ctx: StepContext) -> Mapping[str, Any]:
        """The cards are the sender's again, who finds out why. Source: Xi'an 2002-119, 四4."""
        reason = f"{text(ctx, 'refusal_reason')}（未收到：{text(ctx, 'cards_missing')}）"
        with by_the_books():
            sheets.decline(ctx.session, who(ctx), sheets.sheet(ctx.session, ctx.variables["sheet_id"]), reason, ctx.clock.today(), case_id=ctx.case.instance_id)
        _over(ctx, tools, f"{ctx.variables['sheet_number']} 不予签收：{reason}", f"{ctx.variables['sheet_number']} was declined")
        return {}

    def _over(ctx: StepContext, tools: Tools, zh: str, en: str) -> None:
        tools.deadlines.meet(ctx.session, ctx.case.instance_id, TERM, ctx.clock.today())
        ctx.set_due(None)
        senders = [post for role in SENDERS for post in officer_posts(ctx.session, ctx.case.office_id, role)]
        tools.tell(ctx, senders, "hand_up", zh, en)


def _parties(ctx: StepContext, own: Office, upper: Office) -> dict[str, Any]:
    return {"from_office": own.name, "to_office": upper.name, "carried_by": text(ctx, "carried_by"), "sender": signer(ctx, "hand_over_cards")}


def require_damage_told(ctx: StepContext, cards: Sequence[Device]) -> None:
    """A card of the office's own stock is written off only with a word of its damage. Raises Declined. Source: Xi'an 2002-119, 四4. **[chosen]**"""
    own = [key_of(one) for one in cards if one.state == "in_stock"]
    if own and not text(ctx, "own_damage").strip():
        raise Declined(f"{named(own)}是本机关库存的卡：损坏的请写明损坏情况，没有损坏的不上交、不销毁（{LAW}四4）", f"{named(own, 'en')} is in stock: say how it was damaged")


def brought_in(ctx: StepContext, own: Office, cards: Sequence[Device]) -> None:
    """Scrapped cards become collected ones of the office; those of its own stock are written off before. Source: Xi'an 2002-119, 四4."""
    for card in cards:
        if card.state == "in_stock":
            devices.move(ctx.session, who(ctx), card, "write_off", ctx.clock.today(), case_id=ctx.case.instance_id, note=text(ctx, "own_damage"))
        if card.state == "scrapped":
            devices.move(ctx.session, who(ctx), card, "collect", ctx.clock.today(), to=holders.office(own), case_id=ctx.case.instance_id)


def sheet_size(ctx: StepContext) -> int | None:
    """How many cards a sheet or list holds, as the version of the case has it."""
    given = ctx.about.get("sheet_size")
    return int(given) if given else None


def _require_size(ctx: StepContext, count: int) -> None:
    most = sheet_size(ctx)
    if most is not None and count > most:
        raise Declined(f"一张清单最多列 {most} 张卡，选了 {count} 张，请分次上交（{LAW}四4）", f"a sheet holds at most {most} cards, but {count} were chosen")


def _upper(ctx: StepContext) -> Office:
    found = offices.parent(ctx.session, ctx.case.office_id)
    if found is None:
        raise Declined(f"本机关没有上级机关，不能上交（{LAW}四4）", "there is no office above this one")
    return found
