"""After the approval of a deregistration: the enterprise is told, what it has issued is reported, what it has left is handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_days import require_order
from handlers.devices_law import LAW
from handlers.devices_tools import by_the_books, district_of, number_at, posts
from handlers.issuing import issue
from handlers.registration_checks import range_refusal
from handlers.registration_deregistration import TERM, cards_due
from handlers.registration_tools import deadline_posts, period_start
from handlers.tools import Tools, own_office, signer, text, who
from records.devices import kinds
from records.invoices import store as invoices
from records.invoices import unused
from records.taxpayers import enrolments


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics between the approval and the collection of the cards."""

    @registry.operation("registration.begin_collection")
    def begin_collection(ctx: StepContext) -> Mapping[str, Any]:
        """From the approval the term for collecting the cards runs; the enterprise is told in writing what it brings, where, and until when.

        Source: Xi'an 2002-119, 二(二), 三(一)8.
        """
        due_on = deadline_posts(tools, ctx, posts(ctx, "card_issuance", "district"), TERM)
        seen, own, made = ctx.variables, own_office(ctx), number_at(ctx, own_office(ctx), "注")
        cards = [{"kind": kinds.name(one.kind), "serial": one.serial} for one in cards_due(ctx)]
        data = {
            "from_office": own.name, "enterprise_name": seen["enterprise_name"], "taxpayer_number": seen["taxpayer_number"], "applied_on": seen["applied_on"].isoformat(),
            "registration_number": seen["registration_number"], "ground": seen["ground_name"], "machine": seen.get("machine_name") or "", "cards": cards,
            "counter": district_of(ctx).name, "due_on": due_on.isoformat(), "handler": signer(ctx, "review_deregistration"),
            "approver": signer(ctx, "approve_deregistration"), "date": ctx.clock.today().isoformat(),
        }  # fmt: skip
        issue(ctx, tools, "collection_notice", data, number=made)
        return {"notice_number": made, "collect_by": due_on}

    @registry.operation("registration.check_report")
    def check_report(ctx: StepContext) -> Mapping[str, Any]:
        """What is reported is all that was issued: on a day of the period that runs, after the last purchase. What the books have sold is listed.

        Source: Xi'an 2002-119, 三(一)5, 三(一)8, 二(一)8.
        """
        number_now, reported_on = text(ctx, "taxpayer_number"), ctx.variables["reported_on"]
        row, sold = enrolments.running(ctx.session, number_now), invoices.sales(ctx.session, number_now)
        after = [
            (("本期报税首日", "the first day of the reporting period", period_start(ctx)), "三(一)5"),
            (("系统启用日期", "the day on which the system went into use", row.in_use_on if row else None), "二(一)7"),
            (("最近一次购票日期", "the last purchase of invoices", sold[-1].sold_on if sold else None), "三(一)5"),
        ]
        for earlier, article in after:
            require_order(earlier, ("抄税日期", "the day of the report", reported_on), article)
        return {"invoices_outstanding": _printed(unused.outstanding(ctx.session, number_now))}

    @registry.operation("registration.book_invoices")
    def book_invoices(ctx: StepContext) -> Mapping[str, Any]:
        """Unused invoices that were handed in stand in the books: none twice, none that is lost or was sold to another enterprise. None at all only
        where nothing is left of what was sold, or with a word of where it is.

        Source: Xi'an 2002-119, 二(二), 二(一)8.
        """
        with by_the_books():
            made = unused.hand_in(ctx.session, who(ctx), text(ctx, "taxpayer_number"), [_range(row) for row in _listed(ctx)], ctx.clock.today())
            left = _printed(unused.outstanding(ctx.session, text(ctx, "taxpayer_number")))
        if not made and left and "invoices_outstanding" in ctx.variables and not text(ctx, "none_left_because").strip():
            raise Declined(
                f"账上售给该企业、未缴回也未报失的还有 {left}：没有剩余的，请写明去处，如已全部开具（{LAW}二(二)、二(一)8）", f"of what was sold these are not back: {left}; say where they are",
            )  # fmt: skip
        printed = [{"code": one.code, "from": one.number_from, "to": one.number_to, "count": one.count} for one in made]
        return {"unused_count": sum(one.count for one in made), "unused_printed": printed}


def _printed(ranges: Sequence[tuple[str, str, str]]) -> str | None:
    return "；".join(f"{code}：{first} 至 {last}" for code, first, last in ranges) or None


def _listed(ctx: StepContext) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = ctx.variables.get("unused_invoices") or []
    if bool(rows) != (ctx.variables.get("unused_left") == "yes"):
        zh = "选择了“有”，请逐段填写缴销的发票" if not rows else "选择了“没有”，却填写了号段，请核对"
        raise Declined(f"{zh}（{LAW}二(一)8）", "either there are unused invoices, and they are listed, or there are none")
    return rows


def _range(row: Mapping[str, Any]) -> tuple[str, str, str, int]:
    texts = {key: str(row.get(key) if row.get(key) is not None else "") for key in ("invoice_code", "number_from", "number_to", "spoiled")}
    if (refusal := range_refusal(texts)) is not None:
        raise Declined(*refusal)
    return texts["invoice_code"], texts["number_from"], texts["number_to"], int(texts["spoiled"] or 0)
