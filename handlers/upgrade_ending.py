"""The end at reception: read in, tested, signed, taken home; or the enterprise leaves without upgrade, and nothing is lost (station 14).

Source of all: Xicheng, 三(八).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_beside import open_case, value_of
from handlers.devices_counter import done_by
from handlers.tools import Tools, declining, text, who
from handlers.upgrade_comparing import all_agree, ranges
from handlers.upgrade_issuing import envelope_list, problem_sheet, sheet
from handlers.upgrade_signing import LAW, LAW_EN, kept, lines, problem, require_problem, require_signed, sheet_count, sign
from records.upgrade import store as visits
from records.upgrade.errors import UpgradeRefused
from records.upgrade.rules import ranges_of, without

PLACES = {"tax_card": "金税卡内，没有退出", "ic_card": "金税卡或税控IC卡内", "office": "税控IC卡内，或已由发票发售岗收回"}
NOT_THERE = "读回金税卡后，卡内没有这些发票"
UNREADABLE = ("tax_card_withheld", "both_withheld")  # ways of the form choose_way in which the golden-tax card is kept unread


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of the last station, and of breaking off."""
    _read_in(registry)
    _accepted(registry, tools)
    _told(registry)
    _broken_off(registry, tools)


def _read_in(registry: Registry) -> None:
    @registry.operation("upgrade.note_read_in")
    def note_read_in(ctx: StepContext) -> Mapping[str, Any]:
        """What the card holds now against what was given back. Source: Xicheng, 三(八)1."""
        found = ranges(ctx.variables.get("refund_booked") or [], ctx.variables.get("card_stock") or [])
        return {
            "volumes_at": "tax_card", "comparison_read_in": found, "comparison_read_in_agrees": all_agree(found), "declined_because": None,
            "comparisons_kept": kept(ctx, "14", "comparison_read_in", found, "prepare_read_in"), **problem(ctx, "14", "prepare_read_in"),
        }  # fmt: skip


def _accepted(registry: Registry, tools: Tools) -> None:
    @registry.operation("upgrade.note_acceptance")
    def note_acceptance(ctx: StepContext) -> Mapping[str, Any]:
        """The enterprise tests, signs both sheets and takes everything home, or says what is wrong. Source: Xicheng, 三(八)1, 三(八)2."""
        if ctx.variables["accept_result"] != "accepted":
            require_problem(ctx, "企业不认可", "the enterprise refuses")
            return problem(ctx, "14", "hand_back", repair="solve_refusal")
        if not ctx.variables.get("comparison_read_in_agrees"):
            raise Declined(f"金税卡读入的发票与登记的退票不符，不能验收；请选不认可并写明问题，由服务单位处理后重新读入（{LAW}三(八)1）", f"the card does not hold what was given back: have it refused with the problem, solved, and read in again ({LAW_EN}, 三(八)1)")
        require_signed(ctx, "14")
        _require_sheets(ctx)
        return sign(ctx, "14", "hand_back", repair="solve_refusal")

    @registry.operation("upgrade.finish")
    def finish(ctx: StepContext) -> Mapping[str, Any]:
        """Sheet, envelope list and problem sheet are papers; the enterprise has left. Source: Xicheng, 三(八)2, 三(八)3."""
        sheet(ctx, tools, ctx.variables, final=True)
        envelope_list(ctx, tools)
        problem_sheet(ctx, tools)
        with declining(UpgradeRefused):
            visits.leave(ctx.session, who(ctx), visits.visit(ctx.session, text(ctx, "visit_id")), ctx.clock.now(), int(ctx.variables["sheets_collected"]), _why_missing(ctx))
        return {"left_at": ctx.clock.now()}


def _told(registry: Registry) -> None:
    @registry.operation("upgrade.tell_to_stop")
    def tell_to_stop(ctx: StepContext) -> Mapping[str, Any]:
        """Reception tells the case of an enterprise that leaves; whatever was going on there ends. [chosen] Source: Xicheng, 三(八)2."""
        about = str(ctx.variables["about"])
        if open_case(ctx.session, about) is None or value_of(ctx.session, about, "break_off_because") is not None:
            raise Declined(f"该企业的升级已经办结或正在中止（{LAW}三(八)3）", f"this upgrade is over, or is being broken off already ({LAW_EN}, 三(八)3)")
        ctx.set_title(f"中止升级：{value_of(ctx.session, about, 'enterprise_name')}")
        ctx.send("upgrade_broken_off", about, {"break_off_because": text(ctx, "break_off_because")}, if_awaited=True)
        return {}


def _broken_off(registry: Registry, tools: Tools) -> None:
    @registry.operation("upgrade.note_stop")
    def note_stop(ctx: StepContext) -> Mapping[str, Any]:
        """Where the volumes of the enterprise are when it leaves. [chosen] Source: Xicheng, 三(八)2."""
        return {"volumes_text": f"{PLACES[text(ctx, 'volumes_at')]}\n{lines(_given(ctx)) if text(ctx, 'volumes_at') != 'tax_card' else ''}".strip(), "declined_because": None}

    @registry.operation("upgrade.sort_volumes")
    def sort_volumes(ctx: StepContext) -> Mapping[str, Any]:
        """Where every volume is, as the cards that can be read say, and what is to be done with it: put on the IC card, read in, or taken off. [chosen]

        Source: Xicheng, 三(七), 三(八)2.
        """
        seen, given, way = ctx.variables, _given(ctx), text(ctx, "volumes_next")
        beside = seen.get("refund_on_card") if way == "tax_card_withheld" else seen.get("ic_stock")
        on_ic = [row for row in beside or () if not without(ranges_of([row]), ranges_of(given))]
        if way != "read_in":
            return {"to_put_back": [], "to_read_back": [], "to_take": on_ic}
        there = ranges_of([*(seen.get("card_stock") or ()), *on_ic])
        at_office = [row for row in given if text(ctx, "volumes_at") == "office" and without(ranges_of([row]), there)]
        return {"to_put_back": at_office, "to_read_back": [*on_ic, *at_office], "to_take": []}

    @registry.operation("upgrade.note_put_back")
    def note_put_back(ctx: StepContext) -> Mapping[str, Any]:
        """What the office had stands on the IC card again. [chosen] Source: Xicheng, 三(七)."""
        _book_back(ctx, ctx.variables.get("to_put_back") or [])
        return {"volumes_at": "ic_card"}

    @registry.operation("upgrade.check_return")
    def check_return(ctx: StepContext) -> Mapping[str, Any]:
        """Machine, papers and sheets. [chosen] Source: Xicheng, 三(八)2, 三(九)."""
        _require_sheets(ctx)
        return {}

    @registry.operation("upgrade.book_break_off")
    def book_break_off(ctx: StepContext) -> Mapping[str, Any]:
        """The visit is broken off: every volume is back in the card, or stands in the book as kept by the office. [chosen] Source: Xicheng, 三(八)2."""
        by, now, visit = done_by(ctx, "return_machine"), ctx.clock.now(), visits.visit(ctx.session, text(ctx, "visit_id"))
        missing, way = _missing(ctx), text(ctx, "volumes_next")
        because = "" if not missing else NOT_THERE if way == "read_in" else text(ctx, "kept_because")
        _book_back(ctx, [row for row in _given(ctx) if row not in missing])
        with declining(UpgradeRefused):
            visits.book_refund(ctx.session, by, visit, [row for row in missing if without(ranges_of([row]), visits.out(ctx.session, visit))], now, because=text(ctx, "break_off_because"))
            visits.break_off(ctx.session, by, visit, now, text(ctx, "break_off_because"), kept_because=because, sheets=int(ctx.variables["sheets_collected"]), sheets_because=_why_missing(ctx))
        sheet(ctx, tools, ctx.variables, final=True)
        problem_sheet(ctx, tools)
        return {"volumes_kept": missing, "left_at": now}


def _book_back(ctx: StepContext, rows: Sequence[Mapping[str, Any]]) -> None:
    """What of these the office has in its book is the enterprise's again."""
    visit = visits.visit(ctx.session, text(ctx, "visit_id"))
    out = visits.out(ctx.session, visit)
    with declining(UpgradeRefused):
        visits.book_buy_back(ctx.session, done_by(ctx, "choose_way"), visit, [row for row in rows if not without(ranges_of([row]), out)], ctx.clock.now())


def _missing(ctx: StepContext) -> list[Mapping[str, Any]]:
    """What left the golden-tax card and is not in it, as the card itself said last; of a card that is kept because nobody can read it, all."""
    if text(ctx, "volumes_at") == "tax_card":
        return []
    there = [] if text(ctx, "volumes_next") in UNREADABLE else ctx.variables.get("card_stock") or []
    return [row for row in _given(ctx) if without(ranges_of([row]), ranges_of(there))]


def _given(ctx: StepContext) -> list[Mapping[str, Any]]:
    """Every volume that left the golden-tax card, or was about to."""
    return [*(ctx.variables.get("refund_recorded") or ()), *(ctx.variables.get("to_give_back") or ())]


def _why_missing(ctx: StepContext) -> str:
    """Why a sheet is missing, as it was written when the enterprise left; nothing where all are there."""
    return text(ctx, "sheet_missing_because") if int(ctx.variables["sheets_collected"]) < sheet_count(ctx) else ""


def _require_sheets(ctx: StepContext) -> None:
    """Both sheets are collected, or the reason is written. Raises Declined. Source: Xicheng, 三(八)1, 三(九)."""
    there, wanted = int(ctx.variables["sheets_collected"]), sheet_count(ctx)
    if there > wanted:
        raise Declined(f"交接单一共 {wanted} 份，不能收回 {there} 份（{LAW}三(一)1）", f"there are {wanted} sheets, not {there} ({LAW_EN}, 三(一)1)", at="sheets_collected")
    if there < wanted and not text(ctx, "sheet_missing_because").strip():
        raise Declined(f"交接单应收回 {wanted} 份，少 {wanted - there} 份，请写明原因（{LAW}三(八)1、三(九)）", f"a sheet is missing ({wanted - there}): say why ({LAW_EN}, 三(八)1, 三(九))", at="sheet_missing_because")
