"""Bought anew, man-made or beyond repair: sold, issued, installed; the old device is scrapped, a card collected and handed up.

Source of all: Xi'an 2002-119, 二(四), 四4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.damage_giving_up import give_up
from handlers.damage_tools import at_the_counter, from_stock, original, require_reported_lost
from handlers.devices_tools import as_enterprise, as_service_unit, by_the_books, district_of, number_at
from handlers.issuing import issue
from handlers.tools import Tools, text, who
from records.devices import holders, kinds, store

NOT_YET_IN_USE = frozenset(("sold", "issued"))
TO_BE_SCRAPPED = frozenset(("damaged", "in_repair", "repaired"))


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of sale, installation and collection."""

    @registry.operation("damage.book_sale")
    def book_sale(ctx: StepContext) -> Mapping[str, Any]:
        """The service unit sells a device of its stock to the enterprise; no replacement card, none that is stopped."""
        if ctx.variables.get("not_wanted"):
            return give_up(ctx, tools)
        with by_the_books():
            new = store.move(ctx.session, who(ctx), from_stock(ctx, text(ctx, "new_serial")), "sell", ctx.clock.today(), to=as_enterprise(ctx), note=text(ctx, "sale_receipt"))
        shown = at_the_counter(ctx, original(ctx), text(ctx, "taxpayer_number"))
        return {"new_serial": new.serial, "written_card": new.serial, "issued_as": "new", **shown, "declined_because": None}

    @registry.operation("damage.book_installation")
    def book_installation(ctx: StepContext) -> Mapping[str, Any]:
        """The new device is in use; the old one, which stays with the service unit until it is collected, is scrapped. Source: 四4.

        A new one that is damaged, lost or collected meanwhile has a case of its own; an old one that is lost has nothing to be collected.
        """
        today, old = ctx.clock.today(), original(ctx)
        with by_the_books():
            new = store.device(ctx.session, old.kind, text(ctx, "new_serial"))
            if new.state in NOT_YET_IN_USE:
                store.move(ctx.session, who(ctx), new, "install", today, on=ctx.variables["installed_on"], note=text(ctx, "installer"))
            if old.state in TO_BE_SCRAPPED:  # one beyond repair was scrapped when that was found
                store.move(ctx.session, who(ctx), old, "write_off", today, to=as_service_unit(ctx))
        return {"old_card_due": kinds.is_card(old.kind) and old.state == "scrapped"}

    @registry.operation("damage.book_collection")
    def book_collection(ctx: StepContext) -> Mapping[str, Any]:
        """The district has the scrapped card; it goes up level by level with the others, to be destroyed at the province. Source: 四4.

        One that was lost before it was handed in is not collected: its loss has a case of its own (二(五), 四3).
        """
        old = original(ctx)
        if ctx.variables["scrap"] == "lost":
            require_reported_lost(old)
            return {"old_card_due": False}
        on, district = ctx.variables["collected_on"], district_of(ctx)
        with by_the_books():
            store.move(ctx.session, who(ctx), old, "collect", ctx.clock.today(), to=holders.office(district), on=on, note=f"交卡人 {text(ctx, 'handed_in_by')}")
        number = text(ctx, "registration_number")
        data = {
            "office_name": district.name, "enterprise_name": text(ctx, "enterprise_name"), "taxpayer_number": text(ctx, "taxpayer_number"),
            "kind": kinds.name(old.kind), "serial": old.serial, "new_serial": text(ctx, "new_serial"), "because": _because(ctx), "handed_in_by": text(ctx, "handed_in_by"),
            "received_by": ctx.actor.signature, "date": on.isoformat(), "confirmation_number": number,
        }  # fmt: skip
        issue(ctx, tools, "collection", data, number=number_at(ctx, district, "收"))
        return {"old_card_due": True}


def _because(ctx: StepContext) -> str:
    if ctx.variables.get("not_wanted"):
        return f"企业不再更换：{text(ctx, 'not_wanted_because')}"
    if ctx.variables.get("repair_result") == "not_repairable":
        return "送修后确认不能修复，报废"
    if ctx.variables.get("improper_keeping"):
        return "人为损坏，报废"
    raise Declined("该设备既未确认不能修复，也不属于人为损坏，不能收缴（四4）", "the device is neither beyond repair nor damaged by somebody: it is not collected")
