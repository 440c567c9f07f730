"""The machine is tested, its month exported, its data backed up, its unused invoices given back to the IC card (stations 5 to 8).

Source of all: Xicheng, 三(二).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Registry, StepContext
from handlers.devices_counter import behind_the_station
from handlers.tools import Tools, text
from handlers.upgrade_books import require_bookable
from handlers.upgrade_comparing import all_agree, ranges, rows
from handlers.upgrade_preparing import counted
from handlers.upgrade_signing import LAW, LAW_EN, kept, problem, require_problem, sign
from records.upgrade import store as visits

PARTS = {"computer_state": "计算机", "software_state": "开票软件", "card_state": "金税卡"}
# what station 2 has confirmed and the card is held against: name, in both languages; figure, in both languages, its name on the card
REPORTS = (("summary", "汇总表", "summary"), ("detail", "明细表", "list"))
FIGURES = (("count", "份数", "count", "card_issued"), ("amount", "金额", "amount", "card_amount"), ("tax", "税额", "tax", "card_tax"))


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of the stations of 验机."""
    _tested(registry)
    _exported(registry, tools)
    _given_back(registry, tools)


def _tested(registry: Registry) -> None:
    @registry.operation("upgrade.note_test")
    def note_test(ctx: StepContext) -> Mapping[str, Any]:
        """Computer, software and card are sound, or the fault goes on the problem sheet. Source: Xicheng, 三(二)1."""
        faulty = [zh for name, zh in PARTS.items() if ctx.variables.get(name) != "sound"]
        if faulty:
            require_problem(ctx, f"{'、'.join(faulty)}有故障", "there is a fault")
            return {"machine_result": "fault", **problem(ctx, "5", "test_machine", repair="repair_machine")}
        return {"machine_result": "sound", **sign(ctx, "5", "test_machine", repair="repair_machine")}


def _exported(registry: Registry, tools: Tools) -> None:
    @registry.operation("upgrade.compare_month")
    def compare_month(ctx: StepContext) -> Mapping[str, Any]:
        """The month on the card against summary and list as the tax office has confirmed them; where they differ all papers go back to it. Source: Xicheng, 三(二)2."""
        seen = ctx.variables
        found = rows([
            (f"{paper}{what}", f"{paper_en}: {what_en}", seen[f"{name}_{figure}"], seen[on_card]) for name, paper, paper_en in REPORTS for figure, what, what_en, on_card in FIGURES
            if seen.get(f"{name}_{figure}") is not None  # a case of before knows no tax on the list
        ])  # fmt: skip
        agrees = all_agree(found)
        back = {} if agrees else _sent_back(ctx, tools, "汇总表、明细表", "summary and list", "三(二)2")
        return {
            "comparison_month": found, "comparison_month_agrees": agrees, "comparisons_kept": kept(ctx, "6", "comparison_month", found, "check_month"), "declined_because": None,
            **problem(ctx, "6", "check_month"), **back,
        }  # fmt: skip

    @registry.operation("upgrade.note_export")
    def note_export(ctx: StepContext) -> Mapping[str, Any]:
        """The month lies on the enterprise's disk. Source: Xicheng, 三(二)2."""
        return sign(ctx, "6", "check_month")

    @registry.operation("upgrade.note_backup")
    def note_backup(ctx: StepContext) -> Mapping[str, Any]:
        """The old data lie on the fixed carrier, for a period report that fails. Source: Xicheng, 三(二)3."""
        return sign(ctx, "7", "prepare_backup")


def _given_back(registry: Registry, tools: Tools) -> None:
    @registry.operation("upgrade.compare_unused")
    def compare_unused(ctx: StepContext) -> Mapping[str, Any]:
        """The monthly report against what both cards hold; what is still in the golden-tax card is given back now, once the books would book it.

        Source: Xicheng, 三(二)4.
        """
        stock = list(ctx.variables.get("card_stock") or ())
        on_ic = list(ctx.variables.get("ic_stock") or ())  # given back before, or bought and not read in yet
        with behind_the_station(ctx):
            paper = counted(ctx, "unused_rows", "none_unused", "领用存月报表上的未用发票", "unused invoices on the report", article="三(二)4")
            require_bookable(ctx, visits.book_refund, there := [*on_ic, *stock], "check_unused")
        found = ranges(paper, there)
        agrees = all_agree(found)
        common = {
            "unused_rows": paper, "comparison_unused": found, "comparison_unused_agrees": agrees, "comparisons_kept": kept(ctx, "8", "comparison_unused", found, "check_unused"), "declined_because": None,
            "refund_recorded": on_ic, "volumes_at": "ic_card" if agrees or on_ic else "tax_card", **problem(ctx, "8", "check_unused"),
        }  # fmt: skip
        if agrees:  # from here on a volume may stand on the IC card, whatever is cut off when
            return {**common, "to_give_back": stock}
        return {**common, "to_give_back": [], **_sent_back(ctx, tools, "领用存月报表", "monthly report", "三(二)4")}

    @registry.operation("upgrade.note_give_back")
    def note_give_back(ctx: StepContext) -> Mapping[str, Any]:
        """What went to the IC card is recorded for the issuance post. Source: Xicheng, 三(二)4, 三(三)."""
        recorded = [*(ctx.variables.get("refund_recorded") or ()), *(ctx.variables.get("given_back") or ())]
        return {"refund_recorded": recorded, "to_give_back": [], "refund_recorded_count": None, **sign(ctx, "8", "check_unused")}


def _sent_back(ctx: StepContext, tools: Tools, paper: str, paper_en: str, article: str) -> dict[str, str]:
    """All papers go back to the enterprise, which hears why and where it takes them. Source: Xicheng, 三(二)2, 三(二)4."""
    because, where = f"金税卡数据与{paper}不一致，服务单位查明原因、重打后，全部资料退企业重新审核", text(ctx, "tax_office_name")
    tools.tell(
        ctx, [f"enterprise:{text(ctx, 'taxpayer_number')}"], "upgrade", f"{because}：请领回全部资料，到{where}升级现场“核对专用发票”处办理（{LAW}{article}）",
        f"the card differs from the {paper_en}: once it is printed anew take all papers to {where} at the hall, which checks them again ({LAW_EN}, {article})",
    )  # fmt: skip
    return {"returned_because": because}
