"""What the forms of change, deregistration and destruction ask of an entry, each refusal at its field with the article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from engine.registry import CheckContext, Registry
from handlers.devices_checks import Sentences, both, said
from handlers.devices_law import LAW
from handlers.registration_tools import chosen, stopped
from handlers.tools import Tools
from records.devices.kinds import CARDS
from records.devices.store import devices
from records.invoices import rules as invoices
from records.registration import renumbering
from records.taxpayers import enrolments
from records.taxpayers.errors import TaxpayerUnknown
from records.taxpayers.store import taxpayer


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the checks by the names that forms use."""

    @registry.check("registration.known_number")
    def known_number(ctx: CheckContext, text: str) -> Sentences:
        """Source: Xi'an 2002-119, 二(二)."""
        number = text.strip().upper()
        try:
            found = taxpayer(ctx.session, number)
        except TaxpayerUnknown:
            return said(f"本系统没有税号为 {number} 的企业（{LAW}二(二)）", f"no enterprise {number} is known here")
        if enrolments.running(ctx.session, number) is None:
            en = f"{found.name} is not enrolled: there is nothing to change or to end"
            return said(f"“{found.name}”未纳入防伪税控系统，没有可以变更、注销的认定登记（{LAW}二(二)）", en)
        return {}

    @registry.check("registration.new_number")
    def new_number(ctx: CheckContext, text: str) -> Sentences:
        """Source: Xi'an 2002-119, 二(二)."""
        refusal = renumbering.refusal(ctx.session, text)
        return said(*refusal) if refusal else {}

    @registry.check("registration.change_kind")
    def change_kind(_ctx: CheckContext, text: str) -> Sentences:
        """Source: Xi'an 2002-119, 二(二), 二(一)1."""
        refusal = kind_refusal(text)
        return said(*refusal) if refusal else {}

    @registry.check("registration.invoice_ranges")
    def invoice_ranges(_ctx: CheckContext, rows: list[Mapping[str, str]]) -> Sentences:
        """Source: Xi'an 2002-119, 二(二), 二(一)8."""
        found = Sentences()
        for at, row in enumerate(rows):
            if any(row.values()) and (refusal := range_refusal(row)):
                found |= {f"{at}-invoice_code": both(*refusal)}
        return found


def kind_refusal(kind: str) -> tuple[str, str] | None:
    """Where a change is done that is none of name and number: quantity and limit go the way of approval by level.

    Source: Xi'an 2002-119, 二(二), 二(一)1.
    """
    if kind not in {"quantity", "limit"}:
        return None
    what, what_en = ("发票领购限量", "the quantity") if kind == "quantity" else ("最大开票限额", "the limit")
    return (
        f"{what}的变更须按二(一)1的级别审批：请另行申请“限额、限量变更审批”，不在这里登记（{LAW}二(二)）",
        f"{what_en} is approved by level: apply for a change of the limit instead",
    )


def machine_refusal(session: Session, taxpayer_number: str, keys: Sequence[str]) -> tuple[str, str] | None:
    """Why ticked cards are not those of one machine: one tax card and its IC card, one alone where the other is gone, none where both are.

    Source: Xi'an 2002-119, 二(二)3, 二(五).
    """
    ticked = Counter(key.partition(":")[0] for key in keys)
    if [ticked[kind] for kind in CARDS] == [1] * len(CARDS):
        return None
    left = Counter(one.kind for one in devices.held_by(session, "enterprise", taxpayer_number, CARDS) if not stopped(session, one))
    if not keys and (row := enrolments.running(session, taxpayer_number)) is not None and row.machines > max(left.values(), default=0):
        return None  # both were lost and not replaced
    if len(keys) == 1:
        only = chosen(session, keys)[0]
        if all(left[only.kind] > left[kind] for kind in CARDS if kind != only.kind):
            return None  # its partner was lost
    return (
        f"减少一台分开票机，应勾选该机的一张金税卡和一张税控IC卡，勾选了 {ticked['tax_card']} 张金税卡、{ticked['ic_card']} 张IC卡（{LAW}二(二)3）",
        f"to give up a machine tick its tax card and its IC card, not {ticked['tax_card']} tax cards and {ticked['ic_card']} IC cards",
    )


def range_refusal(row: Mapping[str, str]) -> tuple[str, str] | None:
    """Why a range of invoices that is handed in is none."""
    code, first, last = (str(row.get(key) or "").strip() for key in ("invoice_code", "number_from", "number_to"))
    refusal = invoices.range_refusal(code, first, last)
    if refusal is None and str(row.get("spoiled") or "").isdigit():
        refusal = invoices.spoiled_refusal(invoices.count_of(first, last), int(str(row["spoiled"])))
    return refusal
