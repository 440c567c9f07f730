"""Random lists: what the import counts and keeps is what a second, plainer reading of the same rows says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from db.clock import ManualClock
from db.ids import new_id
from db.session import Database
from records.coinvestigation.imports.limits import ImportLimits
from records.coinvestigation.imports.model import ImportBatch, ImportFault, ImportRow
from records.coinvestigation.imports.run import run_import
from records.coinvestigation.kinds import Source
from records.coinvestigation.model import InvoiceFace
from records.coinvestigation.store import OfficeRef
from tests.rooms import empty_file
from tests.unit.records.making import csv_bytes, queue, texts, xlsx_bytes

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ONE = ImportLimits(chunk=4)
SIMPLE = {
    "invoice_code": r"[0-9]{10}",
    "invoice_number": r"[0-9]{8}",
    "amount": r"-?[0-9]+(\.[0-9]{1,2})?",
    "tax": r"-?[0-9]+(\.[0-9]{1,2})?",
    "issued_on": r"20(0[0-9]|1[0-9]|2[0-5])-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])",
    "seller_id": r"[0-9]{6}[0-9A-Z]{9}",
}
right = st.fixed_dictionaries({
    "invoice_number": st.from_regex(r"0000000[0-9]", fullmatch=True),
    "amount": st.from_regex(r"-?[1-9][0-9]{0,6}\.[0-9]{2}", fullmatch=True),
    "tax": st.from_regex(r"-?[1-9]?[0-9]{1,4}\.[0-9]{2}", fullmatch=True),
    "issued_on": st.from_regex(SIMPLE["issued_on"], fullmatch=True),
})  # fmt: skip
spoiled = st.dictionaries(
    st.sampled_from(sorted(SIMPLE)), st.sampled_from(["", "x", "12", "=1+1x", "1.234", "\uff12\uff10\uff10\uff11"]), max_size=2
)
rows = st.lists(st.tuples(right, spoiled).map(lambda pair: texts(**{**pair[0], **pair[1]})), min_size=1, max_size=14)


def expected(table: list[dict[str, str]]) -> tuple[int, int]:
    """(bad rows, faults), by regular expressions over the texts and a set of the invoices seen."""
    bad = faults = 0
    seen: set[tuple[str, str]] = set()
    for row in table:
        wrong = sum(re.fullmatch(pattern, row[column]) is None for column, pattern in SIMPLE.items())
        if all(re.fullmatch(SIMPLE[column], row[column]) for column in ("amount", "tax")):
            amount, tax = Decimal(row["amount"]), Decimal(row["tax"])
            wrong += amount * tax < 0 or abs(tax) > abs(amount)
        key = (row["invoice_code"], row["invoice_number"])
        if not wrong:
            wrong, _ = int(key in seen), seen.add(key)
        bad, faults = bad + bool(wrong), faults + wrong
    return bad, faults


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = empty_file(tmp_path_factory.mktemp("counts") / "test.db")
    yield made
    made.dispose()


def check(database: Database, table: list[dict[str, str]], content: bytes, name: str) -> None:
    clock, office = ManualClock(NOW), new_id()  # a new office each time: no invoice is known to it
    batch_id = queue(database, clock, content, name=name, office=OfficeRef(office, f"{office}/"), source=Source.CERTIFICATION)
    state = run_import(database, batch_id, clock, ONE)
    bad, faults = expected(table)
    with database.read() as session:
        batch = session.get_one(ImportBatch, batch_id)
        kept = session.scalar(select(func.count()).where(InvoiceFace.batch_id == batch_id))
        listed = session.scalar(select(func.count()).where(ImportFault.batch_id == batch_id))
        waiting = session.scalar(select(func.count()).select_from(ImportRow))
    assert (batch.rows_read, batch.rows_bad, batch.errors_found, listed, waiting) == (len(table), bad, faults, faults, 0)
    assert (state, kept) == (("refused", 0) if faults else ("completed", len(table)))


@given(table=rows, encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_report_of_a_csv_counts_what_an_independent_reading_counts(
    database: Database, table: list[dict[str, str]], encoding: str
) -> None:
    check(database, table, csv_bytes(table, encoding), "a.csv")


@given(table=rows)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_report_of_a_workbook_counts_the_same(database: Database, table: list[dict[str, str]]) -> None:
    plain = [{key: value.replace("=", "?") for key, value in row.items()} for row in table]

    check(database, plain, xlsx_bytes(plain), "a.xlsx")
