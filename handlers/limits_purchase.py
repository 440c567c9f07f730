"""The first purchase of invoices: six papers, what the IC card says, the numbers written on it before the books are final.

Source of all: Xi'an 2002-119, 二(一)6, 三(三)2.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_counter import behind_the_station, done_by
from handlers.devices_law import LAW
from handlers.devices_tools import by_the_books, posts
from handlers.limits_machines import at_hand, at_machine, next_set, sets
from handlers.limits_tools import IN_HAND, same_serial, ticked
from handlers.tools import Tools, text
from records.devices.store.stops import require_not_stopped
from records.invoices import store as invoices
from records.taxpayers import limits

PAPERS = {
    "licence": ("营业执照副本", "business licence"), "registration": ("国税税务登记证副本", "tax registration"),
    "qualification": ("一般纳税人资格证书", "general-taxpayer certificate"), "legal_id": ("法定代表人身份证", "ID of the legal representative"),
    "buyer_id": ("购票人身份证", "ID of the buyer"),
}  # fmt: skip
PARTS = (("original", "原件", "original"), ("copy", "复印件", "copy"))
WANTED = {
    **{f"{key}_{part}": (f"{name}{zh}", f"{en}, {part_en}") for key, (name, en) in PAPERS.items() for part, zh, part_en in PARTS},
    "authorisation_original": ("领购发票授权委托书", "authorisation of the buyer"),
}


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of the sales post."""
    _before_the_card(registry)
    _behind_the_card(registry, tools)


def _before_the_card(registry: Registry) -> None:
    @registry.operation("limits.check_papers")
    def check_papers(ctx: StepContext) -> Mapping[str, Any]:
        """Originals seen, copies kept, the buyer authorised to this day; the IC card at hand is the enterprise's and nobody has lost it.

        Source: Xi'an 2002-119, 二(一)6(1), 二(一)6(5), 二(五).
        """
        ticked(ctx, WANTED, "二(一)6", "首次领购发票的资料不齐", "papers are missing")
        _require_authorised(ctx)
        rows = sets(ctx)
        card = at_hand(ctx, rows, rows[int(ctx.variables["machine_no"])], "ic_card", IN_HAND)
        same_serial(ctx, "ic_card_shown", card.serial, "税控IC卡", ("不能凭其他卡购票", "invoices are sold on no other card"))
        with by_the_books():
            require_not_stopped(ctx.session, "ic_card", card.serial)
        return {"ic_card": card.serial, "machine_sets": rows, "declined_because": None}

    @registry.operation("limits.set_sale_aside")
    def set_sale_aside(ctx: StepContext) -> Mapping[str, Any]:
        """The numbers can be sold: nobody has them, and the month's quantity is kept. What goes on the card is fixed here.

        What the case wrote before and the books refused is named to the station, which takes it off the card.

        Source: Xi'an 2002-119, 二(一)1(4), 二(一)6, 三(三)2.
        """
        _require_authorised(ctx)
        tried = [*(ctx.variables.get("numbers_tried") or ()), {name: text(ctx, name) for name in ("invoice_code", "number_from", "number_to")}]
        with by_the_books():
            require_not_stopped(ctx.session, "ic_card", text(ctx, "ic_card"))
            count = invoices.require_sellable(
                ctx.session, text(ctx, "taxpayer_number"), text(ctx, "invoice_code"), text(ctx, "number_from"), text(ctx, "number_to"), ctx.clock.today(),
            )  # fmt: skip
        return {"count": count, "sold_on": ctx.clock.today(), "numbers_tried": tried, "declined_because": None}


def _behind_the_card(registry: Registry, tools: Tools) -> None:
    @registry.operation("limits.book_sale")
    def book_sale(ctx: StepContext) -> Mapping[str, Any]:
        """The numbers stand on the card: they are sold in the books, and the term for the installation begins. Then the next machine has its turn, unless
        the month's quantity is used up or the enterprise buys for no other today.

        Source: Xi'an 2002-119, 二(一)6, 二(一)7, 三(三)2.
        """
        with behind_the_station(ctx):
            invoices.sell(
                ctx.session, done_by(ctx, "sell_invoices"), text(ctx, "taxpayer_number"), text(ctx, "invoice_code"), text(ctx, "number_from"),
                text(ctx, "number_to"), ctx.variables["sold_on"], ic_serial=text(ctx, "ic_card"),
            )  # fmt: skip
        return {"install_by": _installation_begun(ctx, tools), **_next_machine(ctx)}


def _installation_begun(ctx: StepContext, tools: Tools) -> date:
    """By when the devices are to be installed: counted from the first purchase, with whichever machine. Source: Xi'an 2002-119, 二(一)7."""
    if isinstance(known := ctx.variables.get("install_by"), date):
        return known
    term = tools.deadlines.start(
        ctx.session, ctx.case.instance_id, tools.rule(ctx, "installation"), ctx.variables["sold_on"], owner_posts=posts(ctx, "tax_office"),
    )  # fmt: skip
    ctx.set_due(term.due_on, "应在此日前安装启用")
    return term.due_on


def _next_machine(ctx: StepContext) -> dict[str, Any]:
    """Whose turn it is at the sales post; what was written on the former card is forgotten."""
    rows, seen, number = sets(ctx), ctx.variables, text(ctx, "taxpayer_number")
    rows[int(seen["machine_no"])]["first_sale"] = seen["sold_on"]
    limit, following = limits.current(ctx.session, number), next_set(rows, "first_sale")
    used_up = limit is None or invoices.sold_in_month(ctx.session, number, seen["sold_on"]) >= limit.monthly_quantity
    left = following is not None and not used_up and seen.get("buys_no_more") is not True
    return {"machine_sets": rows, "machine_left": left, "numbers_tried": [], **(at_machine(following) if left and following else {})}


def _require_authorised(ctx: StepContext) -> None:
    """Raises Declined for an authorisation whose days are crossed or over. Source: Xi'an 2002-119, 二(一)6(5)."""
    since, until, today = ctx.variables["authorised_on"], ctx.variables["authorised_until"], ctx.clock.today()
    if since > until:
        raise Declined(f"授权期限至 {until}，早于授权日期 {since}（{LAW}二(一)6(5)）", f"the authorisation ends on {until}, before its day {since}")
    if until < today:
        raise Declined(f"领购发票授权委托书的期限至 {until}，已经过期（{LAW}二(一)6(5)）", f"the authorisation ended on {until} (Xi'an 2002-119, 二(一)6(5))")
