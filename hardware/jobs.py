"""What a station at a counter can be asked to do: the topics of service tasks with their inputs, results and errors. Data only.

A model names the topic and gives the inputs (`camunda:inputOutput`); the property `post` says whose station works it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

CARD_WRONG = "CARD_WRONG"  # another card, or another taxpayer's card, lies in the reader
CARD_BROKEN = "CARD_BROKEN"  # a card lies there that cannot be read or written
ERRORS = (CARD_WRONG, CARD_BROKEN)


@dataclass(frozen=True)
class JobKind:
    """One topic: what it is called at the counter, what it `needs` and `may` be given, which results it `gives`; `rows`: the columns of a result
    that is a list, with the types of each.
    """

    topic: str
    name: str
    name_en: str
    needs: tuple[str, ...]
    gives: tuple[str, ...]
    may: tuple[str, ...] = ()
    errors: tuple[str, ...] = ERRORS
    rows: Mapping[str, Mapping[str, tuple[type, ...]]] = field(default_factory=dict)


_ISSUE = ("taxpayer_number", "enterprise_name", "tax_card", "ic_card", "machine_no", "version", "per_invoice", "monthly_quantity")
_INVOICE = {"code": (str,), "number": (str,), "date": (date,), "amount": (Decimal, int), "tax": (Decimal, int), "declared": (bool,)}
_ANY = (
    JobKind("station.issue_cards", "初始发行金税卡和税控IC卡", "issue the golden-tax card and the IC card", _ISSUE, ("card_written_at", "card_check")),
    JobKind("station.reissue_cards", "变更发行金税卡和税控IC卡", "issue the cards anew after a change", _ISSUE, ("card_written_at", "card_check"), ("former_taxpayer_number",)),
    JobKind(
        "station.write_sale", "将购票信息写入税控IC卡", "write a sale of invoices to the IC card",
        ("ic_card", "taxpayer_number", "invoice_code", "number_from", "number_to", "count", "sold_on"), ("card_written_at",), ("numbers_tried",),
    ),
    JobKind("station.read_card", "读卡", "read a card", ("kind", "serial"), ("card_serial", "card_taxpayer", "card_contents"), ("taxpayer_number",)),
    JobKind(
        "station.save_card", "备份金税卡中的开票数据", "save the invoices kept on a golden-tax card",
        ("tax_card",), ("saved_rows", "saved_count", "saved_sha256"), ("taxpayer_number",), rows={"saved_rows": _INVOICE},
    ),
    JobKind("station.clear_card", "清除收缴的卡中的权限", "clear a collected card of its rights", ("kind", "serial"), ("card_written_at",), ("taxpayer_number", "invoices_saved")),
)  # fmt: skip
JOBS: Mapping[str, JobKind] = {kind.topic: kind for kind in _ANY}
