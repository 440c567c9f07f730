"""A way out: a card that cannot be written is exchanged, and an enterprise that wants no replacement, or is deregistered, ends its case.

Source of all: Xi'an 2002-119, 二(二), 二(四), 四4; that the enterprise may give up, and how, is [chosen].
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Registry, StepContext
from handlers.damage_tools import original
from handlers.devices_tools import as_service_unit, by_the_books, district_of, posts
from handlers.tools import Tools, text, who
from records.devices import holders, kinds, store
from records.devices.model import Device

TERM = "repair"
WITH_CARD = frozenset(("damaged", "repaired", "scrapped"))  # what the district still has to collect of the old card


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topic of the card that is exchanged."""

    @registry.operation("damage.change_card")
    def change_card(ctx: StepContext) -> Mapping[str, Any]:
        """The card that was to be written is broken or lost: it is taken back, and another one is lent or sold; or the enterprise gives up.

        Source: Xi'an 2002-119, 二(四), 四4.
        """
        if ctx.variables["cards_next"] == "give_up":
            return {**give_up(ctx, tools), "not_wanted": True}
        card = store.device(ctx.session, original(ctx).kind, text(ctx, "written_card"))
        with by_the_books():
            _taken_back(ctx, card, broken=True)
        if card.id == original(ctx).id:  # it came back from repair and is of no use, or was lost there
            return {"repair_result": "lost" if card.state == "lost" else "not_repairable", "declined_because": None}
        return {"declined_because": None}


def give_up(ctx: StepContext, tools: Tools) -> dict[str, Any]:
    """Everything of the case goes back: the replacement to the stock, a new card and the old one to the district; the enterprise and its office are told."""
    old, kind = original(ctx), original(ctx).kind
    with by_the_books():
        for serial in {text(ctx, "replacement_serial").strip().upper(), text(ctx, "new_serial")} - {"", old.serial}:
            card = store.known(ctx.session, kind, serial)
            if card is not None and _of_this_case(ctx, card):
                _taken_back(ctx, card, broken=False)
        if old.state == "in_repair":
            store.move(ctx.session, who(ctx), old, "write_off", ctx.clock.today(), to=as_service_unit(ctx))
    tools.deadlines.cancel(ctx.session, ctx.case.instance_id, TERM, ctx.clock.today())
    ctx.set_due(None)
    because = text(ctx, "not_wanted_because")
    tools.tell(
        ctx, [f"enterprise:{text(ctx, 'taxpayer_number')}", *posts(ctx, "tax_office")], "damage_given_up",
        f"{text(ctx, 'enterprise_name')}的{text(ctx, 'device_label')}不再更换：{because}", f"{text(ctx, 'device_label_en')} is not replaced any more: {because}",
    )  # fmt: skip
    return {"old_card_due": kinds.is_card(kind) and old.state in WITH_CARD, "declined_because": None}


def _of_this_case(ctx: StepContext, card: Device) -> bool:
    """A card may have been lent or sold to somebody else since."""
    return (card.holder_kind, card.holder_number) == ("enterprise", text(ctx, "taxpayer_number"))


def _taken_back(ctx: StepContext, card: Device, *, broken: bool) -> None:
    """A replacement goes back to the stock, a broken one is scrapped and collected; a new card is collected. What is lost or gone has a case of its own."""
    today, actor, note = ctx.clock.today(), who(ctx), text(ctx, "declined_because")
    district = holders.office(district_of(ctx))
    if card.state == "on_loan":
        store.move(ctx.session, actor, card, "give_back", today, to=as_service_unit(ctx))
        if broken:
            store.move(ctx.session, actor, card, "write_off", today, note=note)
            store.move(ctx.session, actor, card, "collect", today, to=district, note=note)
    elif card.state in {"sold", "issued"} and kinds.is_card(card.kind):
        store.move(ctx.session, actor, card, "collect", today, to=district, note=note)
    elif card.state == "repaired":
        store.move(ctx.session, actor, card, "write_off", today, to=as_service_unit(ctx), note=note)
