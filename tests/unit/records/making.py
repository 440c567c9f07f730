"""Records for tests: valid and boring unless a test says otherwise."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import xlsxwriter
from sqlalchemy import ColumnElement, String, cast, insert, literal, select
from sqlalchemy.orm import Session

from db.clock import Clock
from db.ids import new_id
from db.session import Database
from records.audit import Who
from records.coinvestigation import store
from records.coinvestigation.faces import COLUMNS, Face, read_face
from records.coinvestigation.imports.batches import create_batch
from records.coinvestigation.imports.limits import ImportLimits
from records.coinvestigation.imports.run import run_import
from records.coinvestigation.kinds import Nature, Source
from records.coinvestigation.model import Delegation, InvoiceFace, Receipt
from records.coinvestigation.store import OfficeRef
from records.coinvestigation.store.faces import columns_of

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
HS = OfficeRef("hs", "sat/nb/hs/", "宁波市海曙区国家税务局")
JD = OfficeRef("jd", "sat/nb/jd/", "宁波市江东区国家税务局")
NB = OfficeRef("nb", "sat/nb/", "宁波市国家税务局")
SZ = OfficeRef("sz", "sat/sz/", "苏州市国家税务局")
CHEN, LIN, ZHOU = Who("chen", "陈敏", NOW), Who("lin", "林静", NOW), Who("zhou", "周华", NOW)
TEXTS = {
    "invoice_code": "3300012140", "invoice_number": "00000001", "copy": "抵扣联", "amount": "100000.00", "tax": "17000.00",
    "issued_on": "2001-05-01", "seller_id": "320506123456789", "seller_name": "苏州甲公司", "buyer_id": "330203123456789",
    "buyer_name": "宁波乙公司", "problem": "认证不符", "mismatch": "税额不符",
}  # fmt: skip


def texts(number: int = 1, **changed: str) -> dict[str, str]:
    """The texts of one row, told apart by the invoice's number."""
    return {**TEXTS, "invoice_number": f"{number:08d}", **changed}


def face(number: int = 1, **changed: str) -> Face:
    """A face as an officer types it in."""
    found, faults = read_face(texts(number, **changed), Source.MANUAL, TODAY)
    assert found is not None, faults
    return found


def csv_bytes(rows: Sequence[dict[str, str]], encoding: str = "utf-8") -> bytes:
    """A list as CSV with the Chinese headings."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([zh for zh, _ in COLUMNS.values()])
    writer.writerows([[row[key] for key in COLUMNS] for row in rows])
    return target.getvalue().encode(encoding)


def xlsx_bytes(rows: Sequence[dict[str, Any]], *, sheet: str = "清单") -> bytes:
    """A list as XLSX; texts stay texts, numbers are numbers, a text that begins with = becomes a formula."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"default_date_format": "yyyy-mm-dd"}) as book:
        page = book.add_worksheet(sheet)
        page.write_row(0, 0, [zh for zh, _ in COLUMNS.values()])
        for line, row in enumerate(rows, 1):
            for at, key in enumerate(COLUMNS):
                cell = row[key]
                if isinstance(cell, str):
                    (page.write_formula if cell.startswith("=") else page.write_string)(line, at, cell)
                elif isinstance(cell, date):
                    page.write_datetime(line, at, cell)
                else:
                    page.write_number(line, at, cell)
    return target.getvalue()


def queue(
    database: Database,
    clock: Clock,
    content: bytes,
    *,
    name: str = "清单.csv",
    office: OfficeRef = HS,
    source: Source = Source.CERTIFICATION,
    batch_id: str = "",
) -> str:
    """Puts a file in the queue; returns the batch's identifier."""
    with database.write() as session:
        return create_batch(
            session, Who("chen", "陈敏", clock.now()), office, batch_id=batch_id or new_id(), source=source, file_name=name,
            content=content, today=clock.today(),
        ).id  # fmt: skip


def imported(
    database: Database, clock: Clock, rows: Sequence[dict[str, str]], *, limits: ImportLimits | None = None, **how: Any
) -> str:
    """Imports a list as CSV; returns the batch's identifier."""
    batch_id = queue(database, clock, csv_bytes(rows), **how)
    assert run_import(database, batch_id, clock, limits) == "completed"
    return batch_id


def drafted(session: Session, *numbers: int, to: OfficeRef = SZ, own: OfficeRef = HS, **contents: Any) -> Delegation:
    """A typed-in delegation with these invoices."""
    row = store.open_delegation(
        session, CHEN, office=own, to=to, source=Source.MANUAL, nature=contents.pop("nature", Nature.DOUBTFUL),
        name=contents.pop("name", "苏州甲公司专用发票协查"), today=contents.pop("today", TODAY), **contents,
    )  # fmt: skip
    made: list[InvoiceFace] = [store.add_face(session, CHEN, own, face(number)) for number in numbers]
    return store.assign_faces(session, CHEN, row.id, [one.id for one in made]) if made else row


def filled(session: Session, delegation_id: str | None, count: int, **columns: Any) -> list[str]:
    """Puts many invoices at once into a delegation, or lets them be free; returns their identifiers. A column may be made of the ordinal."""
    ordinals = select(literal(1).label("at")).cte("ordinals", recursive=True)
    ordinals = ordinals.union_all(select(ordinals.c.at + 1).where(ordinals.c.at < count))
    ordinal, prefix = cast(ordinals.c.at, String), new_id()[:24]
    given = {
        **columns_of(face()), "office_id": HS.id, "scope": HS.scope, "source": Source.MANUAL, "batch_id": None, "line": None,
        "entered_by": CHEN.person_id, "entered_at": NOW, "delegation_id": delegation_id, "id": literal(prefix) + ordinal,
        "invoice_number": ordinal, "identity": literal(prefix) + ordinal, **columns,
    }  # fmt: skip
    table = InvoiceFace.__table__
    values = {name: value(ordinals.c.at) if callable(value) else value for name, value in given.items()}
    shown = [value if isinstance(value, ColumnElement) else literal(value, table.c[name].type) for name, value in values.items()]
    session.execute(insert(InvoiceFace).from_select(list(values), select(*shown).select_from(ordinals)))
    return [f"{prefix}{at}" for at in range(1, count + 1)]


def sent(session: Session, *numbers: int, **how: Any) -> Delegation:
    """A delegation that has been sent."""
    row = drafted(session, *numbers, **how)
    store.move_delegation(session, CHEN, row.id, "submit")
    return store.move_delegation(session, CHEN, row.id, "send", sent_on=TODAY)


def received(session: Session, *numbers: int, office: OfficeRef = SZ, **values: Any) -> Receipt:
    """The receipt of a delegation that has been sent."""
    given = sent(session, *numbers)
    return store.open_receipt(session, LIN, delegation_id=given.id, office=office, received_on=TODAY, **values)
