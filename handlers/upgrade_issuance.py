"""What the posts of the district do with the cards: refund, loading, reissue, buy-back (stations 9 to 13).

Source of all: Xicheng, 三(三), 三(四), 三(五), 三(六), 三(七).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_acting import has_account
from handlers.devices_counter import done_by
from handlers.devices_tools import by_the_books, posts
from handlers.tools import Tools, declining, text, within
from handlers.upgrade_books import require_bookable, tried
from handlers.upgrade_comparing import all_agree, ranges, rows
from handlers.upgrade_preparing import counted
from handlers.upgrade_signing import LAW, LAW_EN, kept, lines, problem, require_problem, require_signed, sign
from records.devices.store import devices, require_not_stopped
from records.upgrade import store as visits
from records.upgrade.errors import UpgradeRefused
from records.upgrade.rules import ranges_of, words

CARDS = ("tax_card", "ic_card")


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of refund, loading, reissue, installation and buy-back."""
    _refund(registry)
    _reissue(registry)
    _installed(registry, tools)
    _bought_back(registry)


def _refund(registry: Registry) -> None:
    @registry.operation("upgrade.compare_refund")
    def compare_refund(ctx: StepContext) -> Mapping[str, Any]:
        """What stands on the IC card against what station 8 recorded and wrote on the sheet. Source: Xicheng, 三(三)."""
        seen = ctx.variables
        found = [
            *ranges(seen.get("refund_recorded") or [], seen.get("refund_on_card") or []),
            *rows([("交接单记录的份数", "count written on the sheet", seen["refund_recorded_count"], seen["refund_count"])]),
        ]
        agrees = all_agree(found)
        office = {"volumes_at": "office", "refund_booked": list(seen.get("refund_on_card") or ())} if agrees else {}  # from here on a volume may be with the office
        held = visits.held_of(ctx.session, ranges_of(seen.get("refund_on_card") or ()))
        return {
            **office, "refund_held_told": words(held) or None, "comparison_refund": found, "comparison_refund_agrees": agrees,
            "comparisons_kept": kept(ctx, "9", "comparison_refund", found, "prepare_refund"), "declined_because": None,
            **problem(ctx, "9", "prepare_refund"),
        }  # fmt: skip

    @registry.operation("upgrade.book_refund")
    def book_refund(ctx: StepContext) -> Mapping[str, Any]:
        """The office has what was given back, and its book says so. Source: Xicheng, 三(三)."""
        taken = list(ctx.variables.get("refund_on_card") or ())
        with declining(UpgradeRefused):
            visits.book_refund(ctx.session, done_by(ctx, "confirm_refund"), visits.visit(ctx.session, text(ctx, "visit_id")), taken, ctx.clock.now(), because=text(ctx, "held_because"))
        return {"refund_booked": taken, "refund_text": lines(taken), "volumes_at": "office", **sign(ctx, "9", "confirm_refund")}


def _reissue(registry: Registry) -> None:
    @registry.operation("upgrade.check_load")
    def check_load(ctx: StepContext) -> Mapping[str, Any]:
        """One of the counts that procedure.yaml allows, by the card's actual environment. Source: Xicheng, 三(四)."""
        allowed, chosen = [int(one["count"]) for one in ctx.about["handover"]["outside_periods"]], text(ctx, "outside_period")
        if not chosen.isdigit() or int(chosen) not in allowed:
            said = "或".join(str(one) for one in allowed)
            raise Declined(f"非征期报税次数应为 {said} 次，但选择的是“{chosen}”（{LAW}三(四)）", f"the reports outside the period are {', '.join(map(str, allowed))}, not “{chosen}” ({LAW_EN}, 三(四))", at="outside_period")
        return {"outside_period_count": int(chosen), **problem(ctx, "10", "prepare_load")}

    @registry.operation("upgrade.note_load")
    def note_load(ctx: StepContext) -> Mapping[str, Any]:
        """The card is loaded. Source: Xicheng, 三(四)."""
        return sign(ctx, "10", "prepare_load")

    @registry.operation("upgrade.check_upgrade")
    def check_upgrade(ctx: StepContext) -> Mapping[str, Any]:
        """Nothing is reissued before all stations have signed, and no card on the stop list. Source: Xicheng, 三(五)."""
        require_signed(ctx, "11")
        with by_the_books(), tried(ctx):
            for kind in CARDS:
                require_not_stopped(ctx.session, kind, text(ctx, kind))
            _move_cards(ctx)
        return problem(ctx, "11", "prepare_upgrade")

    @registry.operation("upgrade.book_upgrade")
    def book_upgrade(ctx: StepContext) -> Mapping[str, Any]:
        """Both cards are upgraded in the books, with the version and what the purchase standard has for ordinary invoices. Source: Xicheng, 三(五)."""
        with by_the_books():
            _move_cards(ctx)
        return sign(ctx, "11", "prepare_upgrade")


def _move_cards(ctx: StepContext) -> None:
    seen = ctx.variables
    note = f"升级为 {seen['new_version']}；普通发票每份 {seen['ordinary_per_invoice']} 元以下、每月 {seen['ordinary_quantity']} 份"
    for kind in CARDS:
        devices.move(ctx.session, done_by(ctx, "prepare_upgrade"), devices.device(ctx.session, kind, text(ctx, kind)), "upgrade", ctx.clock.today(), note=note)


def _installed(registry: Registry, tools: Tools) -> None:
    @registry.operation("upgrade.note_installation")
    def note_installation(ctx: StepContext) -> Mapping[str, Any]:
        """Success, of which the enterprise is told, or a failure that goes on the problem sheet and is tried again. Source: Xicheng, 三(六)1, 三(六)2."""
        if ctx.variables["install_result"] != "success":
            require_problem(ctx, "安装升级失败", "the installation failed")
            return problem(ctx, "12", "install_system", repair="solve_installation")
        _tell_to_buy_back(ctx, tools)
        return sign(ctx, "12", "install_system", repair="solve_installation")

    @registry.operation("upgrade.note_carrying")
    def note_carrying(ctx: StepContext) -> Mapping[str, Any]:
        """Machine and bag are at reception while the enterprise buys back. Source: Xicheng, 三(六)2."""
        return sign(ctx, "13b", "carry_back")


def _tell_to_buy_back(ctx: StepContext, tools: Tools) -> None:
    """The enterprise is called to the issuance post; one without an account is called by reception. Source: Xicheng, 三(六)2."""
    party, name, number = f"enterprise:{text(ctx, 'taxpayer_number')}", text(ctx, "enterprise_name"), text(ctx, "ticket")
    what, what_en = "持税控IC卡和未用增值税空白专用发票到发票发售岗办理发票回购", "with IC card and unused blank special invoices at the issuance post, for the buy-back"
    if has_account(ctx, party):
        tools.tell(ctx, [party], "upgrade", f"升级已成功，请{what}（{LAW}三(六)2）", f"upgraded: please come {what_en} ({LAW_EN}, 三(六)2)")
    else:
        tools.tell(ctx, posts(ctx, "reception", "district"), "upgrade", f"“{within(name)}”（{number} 号）升级已成功，请通知企业{what}", f"{name} (number {number}) is upgraded: call it to come {what_en}")


def _bought_back(registry: Registry) -> None:
    @registry.operation("upgrade.compare_bought_back")
    def compare_bought_back(ctx: StepContext) -> Mapping[str, Any]:
        """The blank invoices that the enterprise brings against those that it gave back. Source: Xicheng, 三(七)."""
        brought = counted(ctx, "blanks_brought", "none_brought", "带来的空白专用发票", "blank special invoices brought", article="三(七)")
        found = ranges(brought, booked := ctx.variables.get("refund_booked") or [])
        if agrees := all_agree(found):
            require_bookable(ctx, visits.book_buy_back, booked, "check_blanks")
        return {
            "blanks_brought": brought, "comparison_bought_back": found, "comparison_bought_back_agrees": agrees, "declined_because": None,
            "comparisons_kept": kept(ctx, "13a", "comparison_bought_back", found, "check_blanks"), **problem(ctx, "13a", "check_blanks"),
        }  # fmt: skip

    @registry.operation("upgrade.book_buy_back")
    def book_buy_back(ctx: StepContext) -> Mapping[str, Any]:
        """The volumes stand on the IC card again, and the book says that they came back. Source: Xicheng, 三(七)."""
        with declining(UpgradeRefused):
            visits.book_buy_back(
                ctx.session, done_by(ctx, "check_blanks"), visits.visit(ctx.session, text(ctx, "visit_id")), ctx.variables.get("refund_booked") or [], ctx.clock.now(),
            )  # fmt: skip
        return {"volumes_at": "ic_card", **sign(ctx, "13a", "check_blanks")}
