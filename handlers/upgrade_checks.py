"""What the forms of an upgrade ask of an entry beyond its shape: an enterprise whose system is in use; ranges of invoices, each number once."""

from __future__ import annotations

from collections.abc import Mapping

from engine.registry import CheckContext, Registry
from handlers.devices_checks import Sentences, both, said
from handlers.tools import Tools
from handlers.upgrade_signing import LAW, LAW_EN
from records.invoices import rules
from records.sentences import ValueRefused
from records.taxpayers import enrolments
from records.taxpayers.errors import TaxpayerUnknown
from records.taxpayers.store import taxpayer
from records.values import TaxpayerId

Row = Mapping[str, str]


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the checks by the names that forms use."""

    @registry.check("upgrade.enterprise")
    def enterprise_in_use(ctx: CheckContext, text: str) -> Sentences:
        """The number of an enterprise that has something to upgrade. Source: Xicheng, 二(二)1."""
        number = text.strip().upper()
        try:
            TaxpayerId(number)
            name = taxpayer(ctx.session, number).name
        except ValueRefused as refused:
            return said(refused.refusal.say("zh"), refused.refusal.say("en"))
        except TaxpayerUnknown:
            return said(f"本系统没有税号为 {number} 的企业，其防伪税控系统还没有启用，请核对税号（{LAW}二）", f"no enterprise {number} is known here whose system is in use: check the number ({LAW_EN}, 二)")
        enrolment = enrolments.running(ctx.session, number)
        if enrolment is None or enrolment.state != "in_use":
            return said(f"“{name}”的防伪税控系统还没有启用，不能升级（{LAW}二）", f"the system of {name} is not in use: there is nothing to upgrade ({LAW_EN}, 二)")
        return {}

    @registry.check("upgrade.ranges")
    def invoice_ranges(_ctx: CheckContext, entered: list[Row]) -> Sentences:
        """Each fault at its own column. Source: Xicheng, 二(一)1, 三(一)3."""
        return _ranges(entered)

    @registry.check("upgrade.volumes")
    def volumes(_ctx: CheckContext, entered: list[Row]) -> Sentences:
        """The same of what stands on cards, whose codes may have twelve digits. Source: Xicheng, 三(二)4, 三(七)."""
        return _ranges(entered, on_card=True)


def _ranges(entered: list[Row], *, on_card: bool = False) -> Sentences:
    found = Sentences()
    for at, row in enumerate(entered):
        if not any(row.values()):
            continue
        code, first, last = row.get("code", ""), row.get("number_from", ""), row.get("number_to", "")
        fault = rules.range_fault(code, first, last, on_card=on_card)
        if fault is None and any(_overlap(row, other) for other in entered[:at]):
            fault = ("number_from", (f"发票 {code} 的号码 {first} 至 {last} 与前面一段重叠，一份发票只能填一次", f"{first} to {last} of {code} overlap an earlier range: an invoice stands here once"))
        if fault is not None:
            found[f"{at}-{fault[0]}"] = both(*fault[1])
    return found


def _overlap(one: Row, other: Row) -> bool:
    """Whether two ranges have numbers in common; digits of one length compare as texts."""
    return one["code"] == other.get("code") and other.get("number_from", "") <= one["number_to"] and one["number_from"] <= other.get("number_to", "")
