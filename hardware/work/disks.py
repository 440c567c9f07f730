"""What leaves a golden-tax card for a disk or for the fixed carrier. It counts when it was read back, and is the same however often it is begun.

Source: Xicheng, 三(二)2, 三(二)3.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from db.wire import to_wire
from hardware.carrier import NAME, CarrierAbsent, CarrierError
from hardware.disk.ports import DiskAbsent, DiskCorrupt, DiskError, DiskProtected, FloppyDrive, NoDiskTools, NotFormatted
from hardware.jobs import DISK_BAD
from hardware.layout import INVOICES, read_file
from hardware.ports import TaxCard
from hardware.work.cards import holder_of
from hardware.work.order import Bench, ModelledError, Results, UnknownOrder
from hardware.work.state import authority_of, invoices_of, stock_of, totals

JOB = "JOB.TXT"  # on the disk: key of the job and when it was written
NO_LABEL = frozenset(("", "NO NAME"))  # a disk as it is bought
_COLUMNS = {"code": "发票代码", "number": "发票号码", "date": "开票日期", "amount": "金额", "tax": "税额"}


def export_month(bench: Bench) -> Results:
    """当月开票数据软盘传出: the invoices of the month and their totals, as lists that programs of the time read (CSV, GBK)."""
    drive, card, month, label = bench.desk.drive, bench.tax_card, bench.text("month"), bench.text("disk_label")
    if drive is None:
        raise UnknownOrder("这个工作站没有软驱")
    rows = invoices_of(card, month)
    count, amount, tax = totals(rows)
    digits = month.replace("-", "")
    detail = _csv(_COLUMNS.values(), [[row[name] for name in _COLUMNS] for row in rows])
    summary = _csv(("项目", "内容"), [
        ("纳税人识别号", bench.text("taxpayer_number")), ("金税卡号", card.serial), ("所属月份", month), ("份数", count), ("金额合计", amount), ("税额合计", tax),
    ])  # fmt: skip
    lists = {f"FP{digits}.CSV": detail, f"HZ{digits}.CSV": summary}
    with _disk_judged():
        there = _there(drive, label)
        at = _written_before(there, lists, bench.order.key)
        if at is None:
            at = bench.now
            bench.say(f"正在写软盘 {label}", f"writing disk {label}")
            _write(drive, {**lists, JOB: f"{bench.order.key}\r\n{at.isoformat()}\r\n".encode()})
    sha256 = hashlib.sha256(detail).hexdigest()
    return {"exported_count": count, "exported_amount": amount, "exported_tax": tax, "exported_sha256": sha256, "exported_at": at}


def back_up(bench: Bench) -> Results:
    """开票系统原数据备份: everything that the golden-tax card says, on the fixed carrier; never over another backup."""
    carrier, card, name = bench.desk.carrier, bench.tax_card, bench.text("backup_name")
    if carrier is None:
        raise UnknownOrder("这个工作站没有数据载体")
    if not NAME.fullmatch(name):
        raise UnknownOrder(f"备份名称只能用字母、数字、- 和 _，而不是 {name[:80]}")
    try:
        kept = carrier.keep(name, _whole(card), bench.now)
    except CarrierError as error:
        raise ModelledError(DISK_BAD, str(error), error.en, may_pass=isinstance(error, CarrierAbsent)) from error
    return {"backup_sha256": kept.sha256, "backup_size": kept.size, "backup_place": kept.place, "backed_up_at": kept.at}


def _whole(card: TaxCard) -> Mapping[str, bytes]:
    rows = read_file(card, INVOICES) or []
    says = {"serial": card.serial, "holder": dict(holder_of(card)), **authority_of(card), **stock_of(card), "invoices": rows}
    return {
        "CARD.JSN": json.dumps(to_wire(says), ensure_ascii=False, sort_keys=True, indent=1).encode(),
        "FP.CSV": _csv(_COLUMNS.values(), [[row[name] for name in _COLUMNS] for row in rows]),
    }


def _csv(headings: Iterable[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A list with the line ends and the characters of the time; what GBK does not have is replaced."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows(rows)
    return out.getvalue().encode("gbk", "replace")


# --- the disk --------------------------------------------------------------------------------------------------------------


def _there(drive: FloppyDrive, label: str) -> Mapping[str, bytes]:
    """What was written on the disk before, nothing on a new one, which is formatted; DISK_BAD for one that bears another label or has files.

    The enterprise brings its disks (二(二)5), and a disk of a computer of the time is rarely labelled: only a blank one is formatted unasked.
    """
    try:
        found = drive.label()
    except NotFormatted:
        found = ""
    if found in NO_LABEL:
        if not drive.is_blank():
            raise ModelledError(
                DISK_BAD, f"软盘上有文件，或是其他格式，不能格式化；请换上 {label} 或一张空白软盘", f"the disk has files or another format and is not formatted: put {label} in, or a blank one",
                may_pass=True,
            )  # fmt: skip
        drive.format(label)
        return {}
    if found != label:
        raise ModelledError(
            DISK_BAD, f"软驱中是软盘 {found}，不是 {label}；请换上 {label} 或一张空白软盘", f"disk {found} lies in the drive, not {label}: put that one in, or a blank one",
            may_pass=True,
        )  # fmt: skip
    try:
        return drive.read()
    except DiskCorrupt:
        return {}  # a write was cut off: it is written anew


def _written_before(there: Mapping[str, bytes], lists: Mapping[str, bytes], key: str) -> datetime | None:
    """When this job wrote these lists to the disk, if it did."""
    lines = there.get(JOB, b"").decode("ascii", "replace").splitlines()
    if {name: there.get(name) for name in lists} != lists or len(lines) != 2 or lines[0] != key:
        return None
    try:
        found = datetime.fromisoformat(lines[1])
    except ValueError:  # another program wrote there: it is written anew
        return None
    return found if found.tzinfo is not None else None


def _write(drive: FloppyDrive, files: Mapping[str, bytes]) -> None:
    """Writes; where it is not known what became of that, the disk is read before anybody believes that it failed."""
    try:
        drive.write(files)
    except DiskError as error:
        if error.happened == "no" or not _stands(drive, files):
            raise


def _stands(drive: FloppyDrive, files: Mapping[str, bytes]) -> bool:
    try:
        return drive.read() == files
    except DiskError:
        return False


@contextmanager
def _disk_judged() -> Iterator[None]:
    """A disk that is not there is waited for; so is one whose tab is open; another fault asks for another disk."""
    try:
        yield
    except (DiskAbsent, NoDiskTools):
        raise
    except DiskError as error:
        raise ModelledError(DISK_BAD, str(error), error.en, may_pass=isinstance(error, DiskProtected)) from error
