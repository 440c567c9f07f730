"""What a card holds is saved and listed before it is repaired or changed, checked by tax reporting, and sent to the audit system once.

Source of all: Xi'an 2002-119, 三(一)11, 三(三)4(2).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from db.blobs import get_blob, put_blob
from db.clock import SHANGHAI
from db.ids import new_id
from records import audit
from records.audit import Who
from records.devices import rules
from records.devices.errors import SavedRefused
from records.devices.holders import Holder
from records.devices.model import Device, SavedData, StubFile
from records.rows_made import inserted

HEADINGS = {"code": "发票代码", "number": "发票号码", "date": "开票日期", "amount": "金额", "tax": "税额", "declared": "是否已申报"}


def saved(session: Session, saved_id: str) -> SavedData:
    """The saved data with this identifier; raises SavedRefused."""
    found = session.get(SavedData, saved_id)
    if found is None:
        raise SavedRefused(f"没有标识为“{saved_id}”的转存数据", f"there are no saved data “{saved_id}”")
    return found


def of_case(session: Session, case_id: str) -> Sequence[SavedData]:
    """What a case has saved, the first first."""
    return session.scalars(select(SavedData).where(SavedData.case_id == case_id).order_by(SavedData.id)).all()


def save(
    session: Session, who: Who, device: Device, case_id: str, saved_on: date, how: str, *, number_first: str = "", number_last: str = "", count: int,
    undeclared_count: int, amount: Decimal, tax: Decimal, rows: Sequence[Mapping[str, Any]], holder: Holder | None = None,
) -> SavedData:  # fmt: skip
    """The contents of a card as they were saved to disk, or captured by hand from stubs; the figures must be those of the rows.

    A row has code, number, date, amount, tax, declared. Raises SavedRefused. Source: Xi'an 2002-119, 三(一)11, 三(三)4(2).
    """
    refusal = rules.saved_refusal(how, rows, count, undeclared_count, amount, tax)
    if refusal is None and saved_on > who.at.astimezone(SHANGHAI).date():
        refusal = f"转存日期 {saved_on} 晚于今天", f"the day of saving, {saved_on}, lies ahead"
    if refusal is not None:
        raise SavedRefused(*refusal)
    whose = holder or Holder(device.holder_kind, device.holder_number, device.holder_name)
    row = SavedData(
        id=new_id(), device_id=device.id, taxpayer_number=whose.number, taxpayer_name=whose.name, scope=device.scope, case_id=case_id or who.case_id,
        how=how, saved_on=saved_on, saved_by=who.person_id, saved_by_name=who.name, saved_at=who.at, number_first=number_first, number_last=number_last,
        count=count, undeclared_count=undeclared_count, amount=amount, tax=tax,
        rows=[{key: _plain(one.get(key)) for key in HEADINGS} for one in rows],
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.note(session, who, "devices:saved:saved", "saved_data", row.id, new={"device": device.serial, "how": how, "count": count})
    return row


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int)) else str(value)


def checked(session: Session, who: Who, row: SavedData, today: date) -> SavedData:
    """Tax reporting has checked the undeclared data on card and disk; whoever saved them does not. Raises SavedRefused.

    Source: Xi'an 2002-119, 三(三)4(2).
    """
    if who.person_id == row.saved_by:
        raise SavedRefused("转存数据的人不能自己核查（三(三)4(2)）", "whoever saved the data does not check them (三(三)4(2))")
    done = session.execute(
        update(SavedData).where(SavedData.id == row.id, SavedData.checked_on.is_(None)).values(
            checked_by=who.person_id, checked_by_name=who.name, checked_on=today),
        execution_options={"synchronize_session": False},
    )  # fmt: skip
    if cast("CursorResult[Any]", done).rowcount != 1:
        raise SavedRefused("转存数据已经核查过", "the data have been checked before")
    session.refresh(row)
    audit.note(session, who, "devices:saved:checked", "saved_data", row.id, new={"on": str(today)})
    return row


def stub_file(session: Session, who: Who, row: SavedData, today: date, *, name: str = "") -> StubFile:
    """The file of stub data for the audit system, made once, of data that were checked: the invoices that were not declared yet, for the others
    went there when they were. Raises SavedRefused.

    Source: Xi'an 2002-119, 三(三)4(2).
    """
    if row.checked_on is None:
        raise SavedRefused("转存数据尚未由报税岗位核查，不能传递稽核系统（三(三)4(2)）", "the data have not been checked by tax reporting: they are not sent yet (三(三)4(2))")
    content = stub_csv(row)
    sha256 = put_blob(session, content, "text/csv", who.at)
    stub_id = new_id()
    made = inserted(session, StubFile, {
        "id": stub_id, "saved_id": row.id, "name": name or f"存根联数据-{row.taxpayer_number}-{row.saved_on}.csv", "sha256": sha256, "size": len(content),
        "count": row.undeclared_count, "made_on": today, "made_by": who.person_id, "made_by_name": who.name, "made_at": who.at,
    })  # fmt: skip
    if not made:
        raise SavedRefused("存根联数据已经传递过，不能重复传递", "the stub data have been sent before")
    audit.note(session, who, "devices:saved:stub_file", "saved_data", row.id, new={"sha256": sha256, "count": row.undeclared_count})
    return cast("StubFile", session.get(StubFile, stub_id))


def stub_csv(row: SavedData) -> bytes:
    """The rows that are not declared, with their Chinese headings, as UTF-8 with a mark, so that spreadsheets read it."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(HEADINGS.values())
    writer.writerows([_cell(one.get(key)) for key in HEADINGS] for one in row.rows if not one.get("declared"))
    return b"\xef\xbb\xbf" + target.getvalue().encode()


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)


def stub_of(session: Session, saved_id: str) -> StubFile | None:
    """The file that was made of saved data; None for none."""
    return session.scalars(select(StubFile).where(StubFile.saved_id == saved_id)).one_or_none()


def stub_bytes(session: Session, row: StubFile) -> bytes:
    """The bytes of a stub file; raises SavedRefused where they are gone."""
    content = get_blob(session, row.sha256)
    if content is None:
        raise SavedRefused("存根联数据文件已不存在", "the bytes of the stub file are gone")
    return content
