"""What a station at a counter can be asked to do: the topics of service tasks with their inputs, results and errors. Data only.

A model names the topic and gives the inputs (`camunda:inputOutput`); the property `post` says whose station works it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

CARD_WRONG = "CARD_WRONG"  # another card, or another taxpayer's card, lies in the reader
CARD_BROKEN = "CARD_BROKEN"  # a card lies there that cannot be read or written
DISK_BAD = "DISK_BAD"  # the disk or the carrier does not take or give back what it should: another one is needed
STOCK_DIFFERS = "STOCK_DIFFERS"  # a volume does not stand where it should, or stands there twice: paper and card do not agree
KEY_REFUSED = "KEY_REFUSED"  # the key machine gives no answer to the card, or the card does not take it
PRINT_FAILED = "PRINT_FAILED"  # nothing came out
PRINT_UNKNOWN = "PRINT_UNKNOWN"  # something may have come out: a person has to look
ERRORS = (CARD_WRONG, CARD_BROKEN)

# --- devices of a counter ---
READER, KEYS, DRIVE, CARRIER, PRINTER, LABELS = "reader", "keys", "drive", "carrier", "printer", "labels"
DEVICES = (READER, KEYS, DRIVE, CARRIER, PRINTER, LABELS)
DEVICE_NAMES = {
    READER: ("读卡器", "card reader"), KEYS: ("密钥机", "key machine"), DRIVE: ("软驱", "floppy drive"), CARRIER: ("备份载体", "carrier of backups"),
    PRINTER: ("打印机", "printer"), LABELS: ("标签机", "label printer"),
}  # fmt: skip


@dataclass(frozen=True)
class JobKind:
    """One topic: what it is called at the counter, what it `needs` and `may` be given, which results it `gives`; `rows`: the columns of a result
    that is a list, with the types of each; `devices`: what a counter must have to be asked for it.
    """

    topic: str
    name: str
    name_en: str
    needs: tuple[str, ...]
    gives: tuple[str, ...]
    may: tuple[str, ...] = ()
    errors: tuple[str, ...] = ERRORS
    rows: Mapping[str, Mapping[str, tuple[type, ...]]] = field(default_factory=dict)
    devices: tuple[str, ...] = (READER,)


_ISSUE = ("taxpayer_number", "enterprise_name", "tax_card", "ic_card", "machine_no", "version", "per_invoice", "monthly_quantity")
_INVOICE = {"code": (str,), "number": (str,), "date": (date,), "amount": (Decimal, int), "tax": (Decimal, int), "declared": (bool,)}
_VOLUME = {"code": (str,), "number_from": (str,), "number_to": (str,), "count": (int,)}
_AUTHORITY = ("card_version", "card_per_invoice", "card_monthly_quantity", "card_ordinary_per_invoice", "card_ordinary_quantity")
_PRINT = (PRINT_FAILED, PRINT_UNKNOWN)
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
_UPGRADE = (
    JobKind(
        "station.read_state", "读取金税卡的状态、库存和当月开票数据", "read state, stock and the month's invoices of the golden-tax card", ("tax_card", "month"),
        (*_AUTHORITY, "card_is_locked", "card_outside_period", "card_stock", "card_unused", "card_issued",
         "card_amount", "card_tax", "ic_stock", "state_read_at"), ("taxpayer_number", "ic_card", "withheld"), rows={"card_stock": _VOLUME, "ic_stock": _VOLUME},
    ),
    JobKind(
        "station.export_month", "当月开票数据传出到软盘", "write the month's invoices to a disk", ("tax_card", "taxpayer_number", "month", "disk_label"),
        ("exported_count", "exported_amount", "exported_tax", "exported_sha256", "exported_at"), errors=(*ERRORS, DISK_BAD), devices=(READER, DRIVE),
    ),
    JobKind(
        "station.back_up_data", "备份开票系统原数据", "back up the data of the billing system", ("tax_card", "taxpayer_number", "backup_name"),
        ("backup_sha256", "backup_size", "backup_place", "backed_up_at"), errors=(*ERRORS, DISK_BAD), devices=(READER, CARRIER),
    ),
    JobKind(
        "station.give_back", "金税卡退票到税控IC卡", "give volumes back from the golden-tax card to the IC card", ("tax_card", "ic_card", "taxpayer_number", "volumes"),
        ("given_back", "given_back_count", "given_back_at"), errors=(*ERRORS, STOCK_DIFFERS), rows={"given_back": _VOLUME},
    ),
    JobKind(
        "station.read_refund", "读取税控IC卡上的退票信息", "read the volumes given back on the IC card", ("ic_card", "taxpayer_number"),
        ("refund_on_card", "refund_count", "refund_read_at"), rows={"refund_on_card": _VOLUME},
    ),
    JobKind(
        "station.take_refund", "收回税控IC卡上的退票", "take the volumes given back off the IC card", ("ic_card", "taxpayer_number", "volumes"),
        ("refund_taken_at",), ("refund",), errors=(*ERRORS, STOCK_DIFFERS),
    ),
    JobKind(
        "station.load_card", "金税卡加载", "load the golden-tax card", ("tax_card", "taxpayer_number", "outside_period"),
        ("card_outside_period", "loaded_at"), errors=(*ERRORS, KEY_REFUSED), devices=(READER, KEYS),
    ),
    JobKind(
        "station.upgrade_cards", "税控IC卡解锁、金税卡升级发行和授权", "unlock the IC card, issue the golden-tax card in its new version and authorise it for ordinary invoices",
        ("tax_card", "ic_card", "taxpayer_number", "card_version", "ordinary_per_invoice", "ordinary_quantity"), (*_AUTHORITY, "upgraded_at"), errors=(*ERRORS, KEY_REFUSED, STOCK_DIFFERS), devices=(READER, KEYS),
    ),
    JobKind(
        "station.put_on", "将回购信息写入税控IC卡", "write the volumes bought back to the IC card", ("ic_card", "taxpayer_number", "volumes"),
        ("bought_back_on_card", "bought_back_at"), ("refund",), errors=(*ERRORS, STOCK_DIFFERS), rows={"bought_back_on_card": _VOLUME},
    ),
    JobKind(
        "station.read_in", "将税控IC卡上的发票读入金税卡", "read the volumes on the IC card into the golden-tax card", ("tax_card", "ic_card", "taxpayer_number", "volumes"),
        ("card_stock", "card_unused", "read_in_at"), errors=(*ERRORS, STOCK_DIFFERS), rows={"card_stock": _VOLUME},
    ),
    JobKind("station.print_label", "打印主机标签", "print the label of the computer", ("paper",), ("label_printed_at",), ("copies",), _PRINT, devices=(LABELS,)),
    JobKind("station.print_paper", "打印文书", "print a paper", ("paper",), ("printed_at", "pages_printed"), ("copies",), _PRINT, devices=(PRINTER,)),
)  # fmt: skip
JOBS: Mapping[str, JobKind] = {kind.topic: kind for kind in (*_ANY, *_UPGRADE)}


def topics_for(devices: Collection[str]) -> tuple[str, ...]:
    """The topics that a counter with these devices can work."""
    return tuple(topic for topic, kind in JOBS.items() if set(kind.devices) <= set(devices))
