"""What the forms of limit approval ask of an entry beyond its shape: ranges of old invoices."""

from __future__ import annotations

from collections.abc import Mapping

from engine.registry import CheckContext, Registry
from handlers.devices_checks import Sentences, both
from handlers.tools import Tools
from records.invoices import rules


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the checks by the names that forms use."""

    @registry.check("limits.old_invoices")
    def old_invoices(_ctx: CheckContext, rows: list[Mapping[str, str]]) -> Sentences:
        """Each fault at its own column. Source: Xi'an 2002-119, 二(一)8."""
        found = Sentences()
        for at, row in enumerate(rows):
            if not any(row.values()):
                continue
            code, first, last, spoiled = row.get("code", ""), row.get("number_from", ""), row.get("number_to", ""), row.get("spoiled", "")
            fault = rules.range_fault(code, first, last)
            if fault is None and spoiled.isdigit() and (refusal := rules.spoiled_refusal(rules.count_of(first, last), int(spoiled))) is not None:
                fault = ("spoiled", refusal)
            if fault is None and _meets_an_earlier(rows[:at], row):
                fault = ("number_from", (f"发票 {code} 的号码 {first} 至 {last} 与前面一段重叠（二(一)8）", f"{first} to {last} of {code} overlap an earlier range (二(一)8)"))
            if fault is not None:
                found[f"{at}-{fault[0]}"] = both(*fault[1])
        return found


def _meets_an_earlier(before: list[Mapping[str, str]], row: Mapping[str, str]) -> bool:
    """Whether a range has numbers in common with one above it; digits of one length compare as texts."""
    return any(
        other.get("code") == row["code"] and other.get("number_from", "") <= row["number_to"] and row["number_from"] <= other.get("number_to", "")
        for other in before
    )
