"""In the hall before the machine is opened: sign-in, special invoices, blank ordinary invoices, the document bag (stations 1 to 4).

Source of all: Xicheng, 三(一).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_acting import has_account
from handlers.devices_tools import above as office_above
from handlers.devices_tools import by_the_books, number, offices_of, service_units
from handlers.tools import Tools, declining, text, who
from handlers.upgrade_comparing import Pair, all_agree, ranges, rows
from handlers.upgrade_issuing import blank_problem_sheet, cancellation_form, case_number, host_label, sheet
from handlers.upgrade_preparing import counted, require_reported_inside, with_counts
from handlers.upgrade_ready import pair_of_today, ready_visit
from handlers.upgrade_signing import LAW, LAW_EN, kept, lines, moment, problem, require_signed, sheet_count, sign
from records.invoices import ordinary
from records.offices import store as offices
from records.upgrade import store as visits
from records.upgrade.errors import UpgradeRefused
from records.upgrade.model import UpgradeVisit
from records.upgrade.rules import ranges_of, without

FIGURES = (("count", "份数", "count"), ("amount", "金额", "amount"), ("tax", "税额", "tax"))
PERIODS = {"reported": "已抄报税", "outside": "不在征期内", "not_yet": "尚未抄报税"}
# what is printed at sign-in, when it was, and what keeps that nobody knows whether it was
PRINTED = {
    "label": ("标签", "the label", "label_printed_at", "label_unknown"), "sheets": ("交接单", "the sheets", "printed_at", "sheets_unknown"),
    "problem_sheet": ("问题记录单", "the problem sheet", "problem_printed_at", "problem_sheet_unknown"),
}  # fmt: skip


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of the first four stations."""
    _signed_in(registry, tools)
    _special(registry)
    _ordinary(registry, tools)
    _bag(registry)


def _signed_in(registry: Registry, tools: Tools) -> None:
    @registry.operation("upgrade.sign_in")
    def sign_in(ctx: StepContext) -> Mapping[str, Any]:
        """Name and time stand in the book, the enterprise has its number of the day; label, sheets and problem sheet become papers. Source: Xicheng, 三(一)1."""
        visit = ready_visit(ctx)
        with declining(UpgradeRefused):
            ticket = visits.sign_in(ctx.session, who(ctx), visit, text(ctx, "person_name"), ctx.clock.now(), case_id=ctx.case.instance_id)
        head = {**_head(ctx, visit), "ticket": ticket, "signed_in_at": ctx.clock.now(), "month": f"{ctx.clock.today():%Y-%m}", "sheet_number": number(ctx, tools)}
        ctx.set_title(f"升级交接 {ticket} 号：{visit.enterprise_name}")
        ctx.set_business_key(case_number(head))
        about = ctx.about["handover"]
        offered = [{"value": str(one["count"]), "label": str(one["zh"]), "label_en": str(one["en"])} for one in about["outside_periods"]]
        started = {"sheet_signatures": [], "problems": [], "comparisons_kept": [], "volumes_at": "tax_card", "refund_booked": [], "sheet_copies": sheet_count(ctx)}
        issued = {"label_paper": host_label(ctx, tools, head), "sheet_paper": sheet(ctx, tools, head, final=False), "problem_paper": blank_problem_sheet(ctx, tools, head)}
        return {**head, **started, "outside_periods_offered": offered, "new_version": str(about["new_version"]), **issued}

    @registry.operation("upgrade.note_receipt")
    def note_receipt(ctx: StepContext) -> Mapping[str, Any]:
        """The machine is at reception with its label; what came out already, or may have, is printed again for a reason only. Source: Xicheng, 三(一)1."""
        again = ctx.variables["print_next"]
        if again == "done":
            return {**sign(ctx, "1", "receive_machine"), "machine_received_at": ctx.clock.now()}
        if not text(ctx, "reprint_because").strip():
            _require_nothing_out(ctx, *PRINTED[again])
        return {PRINTED[again][-1]: None, "reprint_because": None, "declined_because": None, **problem(ctx, "1", "receive_machine")}


def _require_nothing_out(ctx: StepContext, zh: str, en: str, printed: str, unknown: str) -> None:
    """Nobody reprints without a word what came out, or of which nobody knows. Raises Declined. Source: Xicheng, 三(一)1."""
    at, in_doubt = ctx.variables.get(printed), ctx.variables.get(unknown)
    if at is not None or in_doubt is not None:
        how, how_en = (f"已于 {moment(at)} 打印", "came out already") if at is not None else ("可能已经打印出来", "may have come out")
        raise Declined(
            f"{zh}{how}，再打须写明原因，以免主机上贴两个标签、多出一份单据（{LAW}三(一)1）", f"{en} {how_en}: say why it is printed again, so that there are not two ({LAW_EN}, 三(一)1)"
        )


def _special(registry: Registry) -> None:
    @registry.operation("upgrade.compare_special")
    def compare_special(ctx: StepContext) -> Mapping[str, Any]:
        """Summary and list against each other, the invoices and what was recorded, in count, amount and tax; the period must be reported. Source: Xicheng, 三(一)2."""
        seen = ctx.variables
        require_reported_inside(ctx, "三(一)2")
        due = PERIODS["outside"] if seen["period_state"] == "outside" else PERIODS["reported"]
        found = rows([
            *_reports(seen), ("月报表与空白发票份数", "monthly report and blank invoices", seen["unused_report_count"], seen["unused_count"]), *_remaining(seen),
            ("征期抄报税", "period reported", due, PERIODS.get(seen["period_state"], seen["period_state"])),
        ])  # fmt: skip
        agrees = all_agree(found)
        if agrees and not seen.get("summary_confirmed"):
            raise Declined(f"核对相符的，须在汇总表上签注“已确认”、姓名、日期，并勾选（{LAW}三(一)2）", f"everything agrees: write “confirmed”, name and date on the summary, then tick this ({LAW_EN}, 三(一)2)", at="summary_confirmed")
        common = {"comparison_period": found, "comparison_period_agrees": agrees, "comparisons_kept": kept(ctx, "2", "comparison_period", found, "check_special")}
        return {**common, **(sign(ctx, "2", "check_special") if agrees else problem(ctx, "2", "check_special")), "stock_text": _stock_text(ctx)}


def _reports(seen: Mapping[str, Any]) -> list[Pair]:
    """The summary against the list and against the issued invoices; a case of before has not all figures."""
    pairs = [
        (f"汇总表与{zh}{what}", f"{what_en} on summary and {en}", seen.get(f"summary_{figure}"), seen.get(f"{name}_{figure}"))
        for figure, what, what_en in FIGURES for name, zh, en in (("detail", "明细表", "list"), ("issued", "已开发票", "issued invoices"))
    ]  # fmt: skip
    return [pair for pair in pairs if pair[3] is not None]


def _remaining(seen: Mapping[str, Any]) -> list[Pair]:
    """The count that was recorded at the preparation, with what came and went since, against the unused invoices of the report. Source: Xicheng, 二(一)2, 三(一)2."""
    recorded, corrected = seen.get("remaining_special"), seen.get("remaining_corrected")
    if corrected is not None and not str(seen.get("remaining_because") or "").strip():
        raise Declined(f"期末结余由 {recorded} 份改正为 {corrected} 份，请写明改正的原因（{LAW}二(一)2）", f"{recorded} were recorded as remaining, not {corrected}: say why it is corrected ({LAW_EN}, 二(一)2)")
    at_first = recorded if corrected is None else corrected
    if at_first is None:
        return []
    left = at_first + (seen.get("bought_since") or 0) - (seen.get("used_since") or 0)
    return [("期末结余（加领购、减开具）与月报表份数", "remaining, bought, used; monthly report", left, seen["unused_report_count"])]


def _ordinary(registry: Registry, tools: Tools) -> None:
    @registry.operation("upgrade.compare_ordinary")
    def compare_ordinary(ctx: StepContext) -> Mapping[str, Any]:
        """The office's record of unused ordinary invoices against those cancelled before and those brought, number by number. Source: Xicheng, 二(一)1, 三(一)3."""
        brought, cancelled = counted(ctx, "ordinary_brought", "nothing_brought", "带来的空白普通发票", "blank ordinary invoices brought", article="三(一)3"), _cancelled(ctx)
        record, rest = with_counts(ctx.variables.get("ordinary_stock") or []), _rest(brought, cancelled)
        found = ranges(record, [*cancelled, *rest])
        return {
            "ordinary_brought": brought, "ordinary_stock": record, "stock_text": lines(record), "comparison_ordinary": found, "comparison_ordinary_agrees": all_agree(found),
            "comparisons_kept": kept(ctx, "3", "comparison_ordinary", found, "check_ordinary"), **problem(ctx, "3", "check_ordinary"),
        }  # fmt: skip

    @registry.operation("upgrade.issue_cancellation")
    def issue_cancellation(ctx: StepContext) -> Mapping[str, Any]:
        """The form of what is to be cancelled, before it is filled in with the enterprise and sealed; nothing where nothing is. Source: Xicheng, 三(一)3."""
        return _issued(ctx, tools) or {"cancellation_paper": None, "cancellation_text": None}

    @registry.operation("upgrade.cancel_ordinary")
    def cancel_ordinary(ctx: StepContext) -> Mapping[str, Any]:
        """What was not cancelled at an earlier pass stands in the books as cancelled, its form filled in and sealed; the office signs. Source: Xicheng, 三(一)3."""
        rest, issued, task = _rest(ctx.variables["ordinary_brought"], _cancelled(ctx)), dict[str, Any](), "check_ordinary"
        if rest:
            if not (ctx.variables.get("cancellation_filled") and ctx.variables.get("company_sealed")):
                raise Declined(f"有发票缴销的，须填制《发票缴销单》并加盖企业公章（或财务专用章）（{LAW}三(一)3）", f"fill in the cancellation form and have it sealed ({LAW_EN}, 三(一)3)")
            if ctx.variables.get("cancellation_paper") is not None:
                task = "seal_cancellation"
            else:  # a case of before, whose model has no step that issues it
                issued = _issued(ctx, tools)
            with by_the_books():
                ordinary.cancel(ctx.session, who(ctx), text(ctx, "taxpayer_number"), [(row["code"], row["number_from"], row["number_to"]) for row in rest], ctx.clock.today())
        cancelled = _cancelled(ctx)
        return {
            **sign(ctx, "3", task), **issued, "ordinary_brought": [], "ordinary_cancelled": sum(row["count"] for row in cancelled), "cancelled_text": lines(cancelled) if cancelled else None,
            "cancellation_paper": None,
        }  # fmt: skip


def _issued(ctx: StepContext, tools: Tools) -> dict[str, Any]:
    """The form of what was not cancelled at an earlier pass, which has a form of its own; nothing where nothing is left."""
    before = _cancelled(ctx)
    rest, forms = _rest(ctx.variables["ordinary_brought"], before), int(ctx.variables.get("cancellation_forms") or bool(before)) + 1
    return {"cancellation_paper": cancellation_form(ctx, tools, rest, forms), "cancellation_text": lines(rest), "cancellation_forms": forms} if rest else {}


def _cancelled(ctx: StepContext) -> list[dict[str, Any]]:
    """What this case has cancelled, by the books: every way back passes this station again, and the enterprise no longer has it. Source: Xicheng, 三(一)3."""
    return [{"code": row.code, "number_from": row.number_from, "number_to": row.number_to, "count": row.count} for row in ordinary.cancelled_by(ctx.session, ctx.case.instance_id)]


def _rest(brought: Sequence[Mapping[str, Any]], cancelled: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What was brought less what was cancelled before, each part with the type of its range."""
    gone = ranges_of(cancelled)
    return with_counts([{**row, "number_from": f"{first:08d}", "number_to": f"{last:08d}"} for row in brought for _code, first, last in without(ranges_of([row]), gone)])


def _bag(registry: Registry) -> None:
    @registry.operation("upgrade.check_bag")
    def check_bag(ctx: StepContext) -> Mapping[str, Any]:
        """The items that procedure.yaml lists, counted one by one; what is missing is named, and goes back only where that is said. Source: Xicheng, 三(一)4."""
        items = ctx.about["handover"].get("bag") or ()
        missing = {str(one["tick"]): f"{one['article']} {one['what']}" for one in items if not ctx.variables.get(str(one["tick"]))}
        sent_back = ctx.variables.get("bag_incomplete")  # nothing in a form of an earlier version
        if missing and sent_back is False:
            named = "、".join(missing.values())
            zh = f"没有勾选：{named}。在袋内的请勾选；确实缺的，请勾选“有缺件，退企业补齐”（{LAW}三(一)4）"
            raise Declined(zh, f"{len(missing)} of the {len(items)} items are not ticked: tick what is in the bag; where something is missing, tick that it goes back ({LAW_EN}, 三(一)4)", at=next(iter(missing)))
        if sent_back and not missing:
            raise Declined(f"各项资料都已勾选，没有缺件，请核对后只留一种（{LAW}三(一)4）", f"all items are ticked, nothing is missing: leave one of the two ({LAW_EN}, 三(一)4)", at="bag_incomplete")
        if missing:
            return {"bag_is_whole": False, "bag_missing": "\n".join(missing.values()), **problem(ctx, "4", "receive_bag")}
        require_signed(ctx, "4")
        return {"bag_is_whole": True, "bag_missing": None, **sign(ctx, "4", "receive_bag")}


def _head(ctx: StepContext, visit: UpgradeVisit) -> dict[str, Any]:
    """What all stations know of the enterprise, from its preparation; the cards are those of today."""
    prepared: Mapping[str, Any] = visit.prepared
    tax_office, unit = offices.office_by_code(ctx.session, visit.tax_office), str(prepared["service_unit"])
    if tax_office is None:
        raise Declined(f"没有编码为 {visit.tax_office} 的机关", f"there is no office {visit.tax_office}")
    tax_card, ic_card = pair_of_today(ctx, visit.taxpayer_number, prepared)
    known = next((one for one in service_units(ctx.session, office_above(ctx, "city")) if one.number == unit), None)
    clerk = tax_office.id if not has_account(ctx, f"service_unit:{unit}") else ""
    whole = ("ordinary_per_invoice", "ordinary_quantity", "remaining_special")
    return {
        "taxpayer_number": visit.taxpayer_number, "enterprise_name": visit.enterprise_name, "tax_office_id": tax_office.id, "tax_office_name": tax_office.name, **offices_of(ctx), "service_unit": unit,
        "service_unit_name": known.name if known is not None else str(prepared["service_unit_name"]), "unit_clerk_office": clerk, "machine_no": str(prepared.get("machine_no") or "0"), "visit_id": visit.id,
        **{name: _number(prepared.get(name)) for name in whole}, "ordinary_stock": prepared.get("ordinary_stock") or [], "tax_card": tax_card.serial, "ic_card": ic_card.serial,
    }  # fmt: skip


def _stock_text(ctx: StepContext) -> str:
    return lines(ctx.variables.get("ordinary_stock") or [])


def _number(kept: Any) -> Decimal | None:
    """A figure of the preparation as the book keeps it."""
    return None if kept is None else Decimal(str(kept))
