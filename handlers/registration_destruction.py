"""Destruction at the province: the list stands first, a second person and the leader approve it, two people destroy the cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_counter import done_on
from handlers.devices_days import require_order
from handlers.devices_law import LAW
from handlers.devices_tools import by_the_books, number
from handlers.issuing import issue
from handlers.registration_hand_up import brought_in, require_damage_told, sheet_size
from handlers.registration_rows import rows_of
from handlers.registration_tools import chosen, labels, named, options
from handlers.tools import Tools, day_text, own_office, signer, text, who
from records.devices.store import sheets

SIGNED = {"compiler": "compile_list", "checker": "check_list", "leader": "approve_destruction", "destroyer": "destroy_cards", "witness": "witness_destruction"}


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of destruction."""
    _destroying(registry, tools)

    @registry.operation("registration.begin_destruction")
    def begin_destruction(ctx: StepContext) -> Mapping[str, Any]:
        """Names the case. Source: Xi'an 2002-119, 四4."""
        ctx.set_title(f"两卡销毁：{own_office(ctx).name}")
        return {"return_reason": None}

    @registry.operation("registration.list_for_destruction")
    def list_for_destruction(ctx: StepContext) -> Mapping[str, Any]:
        """The cards stand on a list, which is printed before anything else happens. Source: Xi'an 2002-119, 四4."""
        own, session, seen = own_office(ctx), ctx.session, ctx.variables
        with by_the_books():
            cards = chosen(session, seen["cards"])
            require_damage_told(ctx, cards)
            brought_in(ctx, own, cards)
            made = number(ctx, tools, "毁")
            made_list = sheets.open_destruction(session, who(ctx), own, cards, ctx.clock.today(), made, most=sheet_size(ctx), case_id=ctx.case.instance_id)
        data = {
            **rows_of(ctx, cards), "office": own.name, "place": seen["place"], "method": seen["method"], "planned_on": seen["planned_on"].isoformat(),
            "compiler": signer(ctx, "compile_list"),
        }  # fmt: skip
        issue(ctx, tools, "destruction_list", data, number=made)
        ctx.set_business_key(made)
        return {"sheet_id": made_list.id, "sheet_number": made, "sheet_cards": options(cards), "card_count": len(cards)}

    @registry.operation("registration.compare_list")
    def compare_list(ctx: StepContext) -> Mapping[str, Any]:
        """The second person agrees only when every card lies there. Source: Xi'an 2002-119, 四4."""
        if ctx.variables["decision"] == "agree":
            _require_all(ctx, "cards_found", "没有核对到实物，不能同意", "was not found")
        return {}

    @registry.operation("registration.take_off_list")
    def take_off_list(ctx: StepContext) -> Mapping[str, Any]:
        """The list differs from what lies there: it is withdrawn, and compiled anew. Source: Xi'an 2002-119, 四4."""
        return _withdraw(ctx, text(ctx, "return_reason"))

    @registry.operation("registration.keep_cards")
    def keep_cards(ctx: StepContext) -> Mapping[str, Any]:
        """The leader refuses: the cards stay where they are. Source: Xi'an 2002-119, 四4."""
        return _withdraw(ctx, text(ctx, "refusal_reason"))


def _destroying(registry: Registry, tools: Tools) -> None:
    """What is destroyed, before whom."""

    @registry.operation("registration.check_destroyed")
    def check_destroyed(ctx: StepContext) -> Mapping[str, Any]:
        """All that the list names is destroyed, nothing less, after it was received, listed and approved. Source: Xi'an 2002-119, 四4."""
        _require_all(ctx, "cards_destroyed", "没有勾选为已销毁，应按清册全部销毁", "is not ticked as destroyed")
        made_list, destroyed = sheets.sheet(ctx.session, ctx.variables["sheet_id"]), ("销毁日期", "the day of destruction", ctx.variables["destroyed_on"])
        received = max((one.last_on for one in sheets.devices_of(ctx.session, made_list.id)), default=None)
        require_order(("收到、造册的日期", "the day on which the cards were received and listed", received), destroyed, "四4")
        require_order(("审批日期", "the day of the approval", done_on(ctx, "approve_destruction")), destroyed, "四4")
        return {"return_reason": None}

    @registry.operation("registration.book_destruction")
    def book_destruction(ctx: StepContext) -> Mapping[str, Any]:
        """Before the witness who signs, and saw each of them on that day, the cards are gone: nobody holds them any more; the record is printed.

        Source: Xi'an 2002-119, 四4.
        """
        if "witnessed_on" in ctx.variables:  # a case that began before witnesses were asked has no such entry
            _require_witnessed(ctx)
        own, session, seen = own_office(ctx), ctx.session, ctx.variables
        made_list = sheets.sheet(session, seen["sheet_id"])
        printed = rows_of(ctx, list(sheets.devices_of(session, made_list.id)))
        with by_the_books():
            sheets.destroy(session, who(ctx), made_list, ctx.clock.today(), case_id=ctx.case.instance_id)
        data = {
            **printed, "office": own.name, "place": seen["place"], "method": seen["method"], "list_number": seen["sheet_number"],
            "destroyed_on": seen["destroyed_on"].isoformat(), "signed": {place: signer(ctx, task) for place, task in SIGNED.items()},
        }  # fmt: skip
        record = number(ctx, tools, "毁记")
        issue(ctx, tools, "destruction_record", data, number=record)
        compiled = data["signed"]["compiler"]
        signed_copy = {**data, "date": compiled["on"], "planned_on": day_text(seen["planned_on"]), "compiler": compiled}
        issue(ctx, tools, "destruction_list", signed_copy, number=f"{seen['sheet_number']}（核对、审批后）")  # what was printed first waited for these signatures
        return {"record_number": record}


def _require_all(ctx: StepContext, field: str, zh: str, en: str) -> None:
    ticked = set(ctx.variables.get(field) or ())
    missing = [key for key in labels(ctx.variables["sheet_cards"]) if key not in ticked]
    if missing:
        raise Declined(f"{named(missing)}{zh}（{LAW}四4）", f"{named(missing, 'en')} {en}")


def _require_witnessed(ctx: StepContext) -> None:
    _require_all(ctx, "cards_witnessed", "没有勾选为亲见销毁，不能签字；未见销毁的请选择不属实", "is not ticked as seen destroyed")
    seen, said = ctx.variables["witnessed_on"], ctx.variables["destroyed_on"]
    if seen != said:
        raise Declined(f"监销日期 {seen} 与销毁人登记的销毁日期 {said} 不符（{LAW}四4），请核对，或选择不属实", f"you were there on {seen}, but it was destroyed on {said}: check, or say it is not true")


def _withdraw(ctx: StepContext, reason: str) -> dict[str, Any]:
    with by_the_books():
        sheets.withdraw_destruction(ctx.session, who(ctx), sheets.sheet(ctx.session, ctx.variables["sheet_id"]), reason, ctx.clock.today(), case_id=ctx.case.instance_id)
    return {"sheet_id": None}
