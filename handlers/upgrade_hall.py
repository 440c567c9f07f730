"""In the hall before the machine is opened: sign-in, special invoices, blank ordinary invoices, the document bag (stations 1 to 4).

Source of all: Xicheng, 三(一).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_acting import has_account
from handlers.devices_tools import above as office_above
from handlers.devices_tools import by_the_books, offices_of, service_units
from handlers.tools import Tools, declining, text, who
from handlers.upgrade_comparing import all_agree, ranges, rows
from handlers.upgrade_issuing import cancellation_form, case_number, host_label, sheet
from handlers.upgrade_preparing import counted, with_counts
from handlers.upgrade_ready import pair_of_today, ready_visit
from handlers.upgrade_signing import LAW, LAW_EN, kept, lines, moment, problem, require_signed, sign
from records.invoices import ordinary
from records.offices import store as offices
from records.upgrade import store as visits
from records.upgrade.errors import UpgradeRefused
from records.upgrade.model import UpgradeVisit

PERIODS = {"reported": "已抄报税", "outside": "不在征期内", "not_yet": "尚未抄报税"}
# what must be in the bag (三(一)4): tick → article, name
BAG = {
    "bag_sheets": ("(1)", "有审核人签字的《升级工作交接单》一式两份"), "bag_reports": ("(2)", "签注“已确认”的汇总表、明细表一式两份"), "bag_stock_report": ("(3)", "领用存月报表一份"),
    "bag_ic_card": ("(4)", "企业税控IC卡"), "bag_disks": ("(5)", "3.5 寸软盘 2 张"),
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
        """Name and time stand in the book, the enterprise has its number of the day; sheets and label become papers. Source: Xicheng, 三(一)1."""
        visit = ready_visit(ctx)
        with declining(UpgradeRefused):
            ticket = visits.sign_in(ctx.session, who(ctx), visit, text(ctx, "person_name"), ctx.clock.now(), case_id=ctx.case.instance_id)
        head = {**_head(ctx, visit), "ticket": ticket, "signed_in_at": ctx.clock.now(), "month": f"{ctx.clock.today():%Y-%m}"}
        ctx.set_title(f"升级交接 {ticket} 号：{visit.enterprise_name}")
        ctx.set_business_key(case_number(head))
        about = ctx.about["handover"]
        offered = [{"value": str(one["count"]), "label": str(one["zh"]), "label_en": str(one["en"])} for one in about["outside_periods"]]
        started = {"sheet_signatures": [], "problems": [], "comparisons_kept": [], "volumes_at": "tax_card", "refund_booked": [], "sheet_copies": int(about["sheet_copies"])}
        label = host_label(ctx, tools, head)
        return {**head, **started, "outside_periods_offered": offered, "new_version": str(about["new_version"]), "label_paper": label, "sheet_paper": sheet(ctx, tools, head, final=False)}

    @registry.operation("upgrade.note_receipt")
    def note_receipt(ctx: StepContext) -> Mapping[str, Any]:
        """The machine is at reception with its label; what came out already is printed again for a reason only. Source: Xicheng, 三(一)1."""
        again, printed = ctx.variables["print_next"], {"label": ("label_printed_at", "标签", "the label"), "sheets": ("printed_at", "交接单", "the sheets")}
        if again == "done":
            return {**sign(ctx, "1", "receive_machine"), "machine_received_at": ctx.clock.now()}
        at, zh, en = printed[again]
        if ctx.variables.get(at) is not None and not text(ctx, "reprint_because").strip():
            raise Declined(
                f"{zh}已于 {moment(ctx.variables[at])} 打印，再打须写明原因，以免主机上贴两个标签、多出一份交接单（{LAW}三(一)1）",
                f"{en} came out already: say why it is printed again, so that there are not two ({LAW_EN}, 三(一)1)",
            )  # fmt: skip
        return {at: None, "reprint_because": None, "declined_because": None, **problem(ctx, "1", "receive_machine")}


def _special(registry: Registry) -> None:
    @registry.operation("upgrade.compare_special")
    def compare_special(ctx: StepContext) -> Mapping[str, Any]:
        """Summary and list against each other, against the invoices and against what was recorded; the period must be reported. Source: Xicheng, 三(一)2."""
        seen = ctx.variables
        due = PERIODS["outside"] if seen["period_state"] == "outside" else PERIODS["reported"]
        found = rows([
            ("汇总表与明细表份数", "count on summary and list", seen["summary_count"], seen["detail_count"]), ("汇总表与已开发票份数", "summary and issued invoices", seen["summary_count"], seen["issued_count"]),
            ("汇总表与明细表金额", "amount on summary and list", seen["summary_amount"], seen["detail_amount"]), ("月报表与空白发票份数", "monthly report and blank invoices", seen["unused_report_count"], seen["unused_count"]),
            ("征期抄报税", "period reported", due, PERIODS[seen["period_state"]]),
        ])  # fmt: skip
        agrees = all_agree(found)
        if agrees and not seen.get("summary_confirmed"):
            raise Declined(f"核对相符的，须在汇总表上签注“已确认”、姓名、日期，并勾选（{LAW}三(一)2）", f"it agrees: write “confirmed”, name and date on the summary, and tick it ({LAW_EN}, 三(一)2)")
        common = {"comparison_period": found, "comparison_period_agrees": agrees, "comparisons_kept": kept(ctx, "2", "comparison_period", found, "check_special")}
        return {**common, **(sign(ctx, "2", "check_special") if agrees else problem(ctx, "2", "check_special")), "stock_text": _stock_text(ctx)}


def _ordinary(registry: Registry, tools: Tools) -> None:
    @registry.operation("upgrade.compare_ordinary")
    def compare_ordinary(ctx: StepContext) -> Mapping[str, Any]:
        """The office's record of unused ordinary invoices against those brought, number by number. Source: Xicheng, 二(一)1, 三(一)3."""
        brought = counted(ctx, "ordinary_brought", "nothing_brought", "带来的空白普通发票", "blank ordinary invoices brought")
        record = with_counts(ctx.variables.get("ordinary_stock") or [])
        found = ranges(record, brought)
        agrees = all_agree(found)
        if agrees and brought and not (ctx.variables.get("cancellation_filled") and ctx.variables.get("company_sealed")):
            raise Declined(f"有发票缴销的，须填制《发票缴销单》并加盖企业公章（或财务专用章）（{LAW}三(一)3）", f"fill in the cancellation form and have it sealed ({LAW_EN}, 三(一)3)")
        return {
            "ordinary_brought": brought, "ordinary_stock": record, "stock_text": lines(record), "comparison_ordinary": found, "comparison_ordinary_agrees": agrees,
            "comparisons_kept": kept(ctx, "3", "comparison_ordinary", found, "check_ordinary"), **problem(ctx, "3", "check_ordinary"),
        }  # fmt: skip

    @registry.operation("upgrade.cancel_ordinary")
    def cancel_ordinary(ctx: StepContext) -> Mapping[str, Any]:
        """The blank ordinary invoices stand in the books as cancelled, once, with their form; the office signs. Source: Xicheng, 三(一)3."""
        brought, known = ctx.variables["ordinary_brought"], ctx.variables.get("ordinary_cancelled") is not None
        if not known and brought:
            with by_the_books():
                ordinary.cancel(
                    ctx.session, who(ctx), text(ctx, "taxpayer_number"), [(row["code"], row["number_from"], row["number_to"]) for row in brought], ctx.clock.today(),
                )  # fmt: skip
            cancellation_form(ctx, tools, brought)
        return {**sign(ctx, "3", "check_ordinary"), "ordinary_cancelled": ctx.variables.get("ordinary_cancelled") if known else sum(row["count"] for row in brought)}


def _bag(registry: Registry) -> None:
    @registry.operation("upgrade.check_bag")
    def check_bag(ctx: StepContext) -> Mapping[str, Any]:
        """Five items, counted one by one; what is missing is named. Source: Xicheng, 三(一)4."""
        missing = [f"{article} {name}" for tick, (article, name) in BAG.items() if not ctx.variables.get(tick)]
        if missing:
            return {"bag_is_whole": False, "bag_missing": "\n".join(missing), **problem(ctx, "4", "receive_bag")}
        require_signed(ctx, ("1", "2", "3"))
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
