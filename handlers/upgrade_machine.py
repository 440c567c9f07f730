"""The machine is tested, its month exported, its data backed up, its unused invoices given back to the IC card (stations 5 to 8).

Source of all: Xicheng, 三(二).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from engine.registry import Registry, StepContext
from handlers.tools import Tools
from handlers.upgrade_comparing import all_agree, ranges, rows
from handlers.upgrade_preparing import counted
from handlers.upgrade_signing import kept, problem, require_problem, sign

NAME_LENGTH = 8  # of a backup, as disks of the time name their files
PARTS = {"computer_state": "计算机", "software_state": "开票软件", "card_state": "金税卡"}


def backup_name(day: date, ticket: int | None, passes: int) -> str | None:
    """What is proposed as the name of a backup, `03020071` for number 7 of 2 March at its first pass: no other enterprise and no earlier pass has it, and another
    backup is never written over. None where eight places do not hold it, or there is no number: the clerk names it then.
    """
    name = f"{day:%m%d}{ticket:03}{max(passes, 1)}" if ticket else ""
    return name if len(name) == NAME_LENGTH else None


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the topics of the stations of 验机."""
    _tested(registry)
    _exported(registry)
    _given_back(registry)


def _tested(registry: Registry) -> None:
    @registry.operation("upgrade.note_test")
    def note_test(ctx: StepContext) -> Mapping[str, Any]:
        """Computer, software and card are sound, or the fault goes on the problem sheet. Source: Xicheng, 三(二)1."""
        faulty = [zh for name, zh in PARTS.items() if ctx.variables.get(name) != "sound"]
        if faulty:
            require_problem(ctx, f"{'、'.join(faulty)}有故障", "there is a fault")
            return {"machine_result": "fault", **problem(ctx, "5", "test_machine", repair="repair_machine")}
        return {"machine_result": "sound", **sign(ctx, "5", "test_machine", repair="repair_machine")}


def _exported(registry: Registry) -> None:
    @registry.operation("upgrade.compare_month")
    def compare_month(ctx: StepContext) -> Mapping[str, Any]:
        """The month on the card against the summary; where they differ all papers go back to the tax office. Source: Xicheng, 三(二)2."""
        seen = ctx.variables
        found = rows([
            ("当月开票份数", "invoices of the month", seen["summary_count"], seen["card_issued"]), ("当月金额", "amount", seen["summary_amount"], seen["card_amount"]),
            ("当月税额", "tax", seen["summary_tax"], seen["card_tax"]),
        ])  # fmt: skip
        agrees = all_agree(found)
        back = {} if agrees else {"returned_because": "金税卡数据与汇总表、明细表不一致，已重新打印，请重新审核"}
        return {
            "comparison_month": found, "comparison_month_agrees": agrees, "comparisons_kept": kept(ctx, "6", "comparison_month", found, "check_month"), "declined_because": None,
            **problem(ctx, "6", "check_month"), **back,
        }  # fmt: skip

    @registry.operation("upgrade.note_export")
    def note_export(ctx: StepContext) -> Mapping[str, Any]:
        """The month lies on the enterprise's disk; the backup that comes next has a name of its own at every pass. Source: Xicheng, 三(二)2, 三(二)3."""
        passes = sum(row["station"] == "6" for row in ctx.variables.get("comparisons_kept") or ())
        return {**sign(ctx, "6", "check_month"), "backup_name": backup_name(ctx.clock.today(), ctx.variables.get("ticket"), passes)}

    @registry.operation("upgrade.note_backup")
    def note_backup(ctx: StepContext) -> Mapping[str, Any]:
        """The old data lie on the fixed carrier, for a period report that fails. Source: Xicheng, 三(二)3."""
        return sign(ctx, "7", "prepare_backup")


def _given_back(registry: Registry) -> None:
    @registry.operation("upgrade.compare_unused")
    def compare_unused(ctx: StepContext) -> Mapping[str, Any]:
        """The monthly report against the card, with what was given back before; what is still in the card is given back now. Source: Xicheng, 三(二)4."""
        paper, stock = counted(ctx, "unused_rows", "none_unused", "领用存月报表上的未用发票", "unused invoices on the report"), list(ctx.variables.get("card_stock") or ())
        found = ranges(paper, [*(ctx.variables.get("refund_recorded") or ()), *stock])
        agrees = all_agree(found)
        common = {
            "unused_rows": paper, "comparison_unused": found, "comparison_unused_agrees": agrees, "comparisons_kept": kept(ctx, "8", "comparison_unused", found, "check_unused"), "declined_because": None,
            **problem(ctx, "8", "check_unused"),
        }  # fmt: skip
        if agrees:  # from here on a volume may stand on the IC card, whatever is cut off when
            return {**common, "to_give_back": stock, "volumes_at": "ic_card"}
        return {**common, "to_give_back": [], "returned_because": "金税卡数据与领用存月报表不一致，已重新打印，请重新审核"}

    @registry.operation("upgrade.note_give_back")
    def note_give_back(ctx: StepContext) -> Mapping[str, Any]:
        """What went to the IC card is recorded for the issuance post. Source: Xicheng, 三(二)4, 三(三)."""
        recorded = [*(ctx.variables.get("refund_recorded") or ()), *(ctx.variables.get("given_back") or ())]
        return {"refund_recorded": recorded, "to_give_back": [], "refund_recorded_count": None, **sign(ctx, "8", "check_unused")}
