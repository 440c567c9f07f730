"""Running an import: everything or nothing, on both databases, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from db.clock import ManualClock
from db.ids import new_id
from db.session import Database
from records.coinvestigation.imports import batches, run, staging
from records.coinvestigation.imports.limits import FileRefused, ImportLimits
from records.coinvestigation.imports.model import ImportBatch, ImportFault, ImportRow
from records.coinvestigation.imports.report import report
from records.coinvestigation.imports.run import run_import, run_waiting
from records.coinvestigation.kinds import Source
from records.coinvestigation.model import InvoiceFace
from records.coinvestigation.store import OfficeRef
from tests.unit.records.making import CHEN, HS, JD, csv_bytes, imported, queue, texts, xlsx_bytes

SMALL = ImportLimits(chunk=3)


def count(database: Database, model: Any) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def batch_of(database: Database, batch_id: str) -> ImportBatch:
    with database.read() as session:
        return session.get_one(ImportBatch, batch_id)


def sentences(database: Database, batch_id: str, language: str = "zh") -> list[tuple[int, str, str]]:
    with database.read() as session:
        return [(fault.line, fault.column, fault.sentence) for fault in batches.fault_lines(session, batch_id, language)]


def test_a_right_list_is_there_as_a_whole(any_database: Database, clock: ManualClock) -> None:
    batch_id = imported(any_database, clock, [texts(n) for n in range(1, 11)], limits=SMALL)

    batch = batch_of(any_database, batch_id)
    assert (batch.state, batch.rows_read, batch.rows_bad, batch.read_as) == ("completed", 10, 0, "UTF-8")
    assert (count(any_database, InvoiceFace), count(any_database, ImportRow)) == (10, 0)
    with any_database.read() as session:
        last = session.scalars(select(InvoiceFace).where(InvoiceFace.line == 11)).one()
    assert (last.invoice_number, last.seller_region, last.scope, last.entered_by) == ("00000010", "320506", HS.scope, "chen")
    assert last.entered_at == clock.now()


def test_one_bad_row_keeps_everything_out(any_database: Database, clock: ManualClock) -> None:
    rows = [texts(1), texts(2, amount="x", tax="1.234"), *(texts(n) for n in range(3, 9)), texts(9, copy="")]
    batch_id = queue(any_database, clock, csv_bytes(rows))

    assert run_import(any_database, batch_id, clock, SMALL) == "refused"
    assert (count(any_database, InvoiceFace), count(any_database, ImportRow)) == (0, 0)
    batch = batch_of(any_database, batch_id)
    assert (batch.rows_read, batch.rows_bad, batch.errors_found) == (9, 2, 3)
    assert sentences(any_database, batch_id) == [
        (3, "金额", "金额应为数字，如 12345.67，但这里是“x”"),
        (3, "税额", "金额最多两位小数，但这里是“1.234”"),
        (10, "联次", "此项不能为空"),
    ]
    assert sentences(any_database, batch_id, "en")[2] == (10, "copy", "this must not be empty")


def test_an_invoice_twice_in_one_file_names_the_first_line(any_database: Database, clock: ManualClock) -> None:
    batch_id = queue(any_database, clock, csv_bytes([texts(1), texts(2), texts(3), texts(4), texts(1)]))

    assert run_import(any_database, batch_id, clock, SMALL) == "refused"
    assert sentences(any_database, batch_id) == [
        (6, "发票号码", "与本文件第 2 行是同一张发票的同一联（3300012140 00000001 抵扣联）")
    ]


def test_an_invoice_of_an_earlier_list_names_that_list(any_database: Database, clock: ManualClock) -> None:
    imported(any_database, clock, [texts(7), texts(8)], name="三月.csv")
    clock.advance(timedelta(days=3))
    batch_id = queue(any_database, clock, csv_bytes([texts(1), texts(8)]))

    assert run_import(any_database, batch_id, clock) == "refused"
    assert sentences(any_database, batch_id) == [
        (3, "发票号码", "此发票的同一联（3300012140 00000008 抵扣联）已在 2026-03-02 导入的“三月.csv”第 3 行")
    ]
    assert count(any_database, InvoiceFace) == 2


def test_another_office_may_import_the_same_invoice(any_database: Database, clock: ManualClock) -> None:
    imported(any_database, clock, [texts(7)])

    imported(any_database, clock, [texts(7)], office=JD)

    assert count(any_database, InvoiceFace) == 2


def test_of_two_lists_read_at_once_the_second_is_told(
    any_database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = (queue(any_database, clock, csv_bytes([texts(1)]), name=name) for name in ("slow.csv", "quick.csv"))
    flip = run._finish

    def overtaken(*arguments: Any) -> None:
        monkeypatch.setattr(run, "_finish", flip)
        assert run_import(any_database, quick, clock) == "completed"
        flip(*arguments)

    monkeypatch.setattr(run, "_finish", overtaken)

    assert run_import(any_database, slow, clock) == "refused"
    ((line, _, sentence),) = sentences(any_database, slow)
    assert (line, "quick.csv" in sentence) == (2, True)


@pytest.mark.parametrize("fails_at", range(1, 6))
def test_an_interrupted_import_is_taken_up_where_it_stopped(
    any_database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    rows = [texts(n, amount="x" if n == 2 else "1", tax="0.17") for n in range(1, 11)]
    batch_id = queue(any_database, clock, csv_bytes(rows))
    interrupt(monkeypatch, fails_at)
    with pytest.raises(KeyboardInterrupt):
        run_import(any_database, batch_id, clock, SMALL)
    monkeypatch.undo()

    assert run_import(any_database, batch_id, clock, SMALL) == "reading"  # whoever stopped may still be alive
    clock.advance(SMALL.stale_after + timedelta(seconds=1))
    assert run_import(any_database, batch_id, clock, SMALL) == "refused"
    batch = batch_of(any_database, batch_id)
    assert (batch.rows_read, batch.rows_bad, batch.errors_found, batch.attempts) == (10, 1, 1, 2)
    assert [line for line, _, _ in sentences(any_database, batch_id)] == [3]


def interrupt(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """The process ends in its n-th transaction that holds the batch."""
    hold, calls = staging.hold, iter(range(1, 100))

    def holding(*arguments: Any, **values: Any) -> None:
        hold(*arguments, **values)
        if next(calls) == at:
            raise KeyboardInterrupt

    for module in (run, staging):
        monkeypatch.setattr(module, "hold", holding)


def test_an_interruption_at_the_flip_leaves_nothing_half_done(
    any_database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = queue(any_database, clock, csv_bytes([texts(n) for n in range(1, 8)]))

    def dying(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "_end", dying)
    with pytest.raises(KeyboardInterrupt):
        run_import(any_database, batch_id, clock, SMALL)
    assert count(any_database, InvoiceFace) == 0
    monkeypatch.undo()
    clock.advance(timedelta(minutes=5))

    assert run_waiting(any_database, clock, SMALL) == 1
    assert (batch_of(any_database, batch_id).state, count(any_database, InvoiceFace)) == ("completed", 7)


def test_an_import_that_always_dies_is_given_up(database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    batch_id = queue(database, clock, csv_bytes([texts()]))
    for _ in range(SMALL.attempts):
        interrupt(monkeypatch, 1)
        with pytest.raises(KeyboardInterrupt):
            run_import(database, batch_id, clock, SMALL)
        monkeypatch.undo()
        clock.advance(timedelta(minutes=5))

    assert run_import(database, batch_id, clock, SMALL) == "failed"
    assert batches.failure(batch_of(database, batch_id)).startswith("导入 3 次都中断")
    assert run_waiting(database, clock, SMALL) == 0


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_cancelled_import_stops_and_leaves_nothing(
    any_database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    batch_id = queue(any_database, clock, csv_bytes([texts(n) for n in range(1, 11)]))
    chunks, numbers = run._chunks, iter(range(1, 100))

    def cancelling(*arguments: Any) -> Iterator[Any]:
        for chunk in chunks(*arguments):
            if next(numbers) == at:
                with any_database.write() as session:
                    assert batches.cancel(session, CHEN, batch_id)
            yield chunk

    monkeypatch.setattr(run, "_chunks", cancelling)

    assert run_import(any_database, batch_id, clock, SMALL) == "cancelled"
    assert [count(any_database, model) for model in (InvoiceFace, ImportRow, ImportFault)] == [0, 0, 0]


def test_what_has_ended_cannot_be_cancelled(database: Database, clock: ManualClock) -> None:
    batch_id = imported(database, clock, [texts()])

    with database.write() as session:
        assert not batches.cancel(session, CHEN, batch_id)
    assert count(database, InvoiceFace) == 1


def test_an_unreadable_file_says_why_in_both_languages(any_database: Database, clock: ManualClock) -> None:
    batch_id = queue(any_database, clock, csv_bytes([texts(n) for n in range(1, 9)]) + b'"x\n')

    assert run_import(any_database, batch_id, clock, SMALL) == "failed"
    batch = batch_of(any_database, batch_id)
    assert batches.failure(batch).startswith("第 10 行的 CSV 格式有误")
    assert batches.failure(batch, "en").startswith("the CSV is malformed at line 10")
    assert (count(any_database, InvoiceFace), count(any_database, ImportRow)) == (0, 0)


def test_the_same_upload_twice_is_one_batch(any_database: Database, clock: ManualClock) -> None:
    key = new_id()

    assert queue(any_database, clock, csv_bytes([texts()]), batch_id=key) == queue(
        any_database, clock, csv_bytes([texts()]), batch_id=key
    )
    assert count(any_database, ImportBatch) == 1


def test_an_empty_upload_is_refused_at_the_door(database: Database, clock: ManualClock) -> None:
    with pytest.raises(FileRefused, match="文件是空的"):
        queue(database, clock, b"")


def test_imported_lists_of_an_office_are_numbered_and_what_is_refused_takes_no_number(any_database: Database, clock: ManualClock) -> None:
    def serial(state: str, content: bytes, office: OfficeRef = HS) -> int:
        batch_id = queue(any_database, clock, content, office=office)
        assert run_import(any_database, batch_id, clock) == state
        return batch_of(any_database, batch_id).serial

    first = serial("completed", csv_bytes([texts(1)]))
    refused = [serial("refused", csv_bytes([texts(2, amount="x")])), serial("failed", b"no list\n")]
    waiting = [batch_of(any_database, queue(any_database, clock, csv_bytes([texts(3)]))).serial for _ in range(2)]

    assert (first, serial("completed", csv_bytes([texts(4)])), serial("completed", csv_bytes([texts(1)]), JD)) == (1, 2, 1)
    assert all(number < 0 for number in [*refused, *waiting])


def test_a_number_that_another_list_took_meanwhile_is_not_taken_twice(any_database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(any_database, clock, [texts(1)])
    batch_id, seen = queue(any_database, clock, csv_bytes([texts(2)])), iter([0])
    looked = batches._serial
    monkeypatch.setattr(batches, "_serial", lambda *how: next(seen, None) or looked(*how))

    assert run_import(any_database, batch_id, clock) == "completed"
    assert batch_of(any_database, batch_id).serial == 2


def test_a_sibling_office_sees_no_batch(database: Database, clock: ManualClock) -> None:
    queue(database, clock, csv_bytes([texts()]))

    with database.read() as session:
        assert [len(batches.batches(session, scopes)) for scopes in ([HS.scope], ["sat/nb/"], [JD.scope], [])] == [1, 1, 0, 0]


def test_the_report_lists_so_many_and_counts_all(database: Database, clock: ManualClock) -> None:
    limits = ImportLimits(chunk=2, listed=3)
    batch_id = queue(database, clock, csv_bytes([texts(n, tax="x") for n in range(1, 9)]))

    assert run_import(database, batch_id, clock, limits) == "refused"
    assert (batch_of(database, batch_id).errors_found, count(database, ImportFault)) == (8, 3)


def test_the_report_can_be_taken_away(database: Database, clock: ManualClock) -> None:
    batch_id = queue(database, clock, csv_bytes([texts(1, amount="=cmd|1")]))
    run_import(database, batch_id, clock)

    with database.read() as session:
        lines = report(session, batch_id, "csv").decode("utf-8-sig").splitlines()
        assert report(session, batch_id, "xlsx", "en").startswith(b"PK")
    assert lines == ["行号,列名,原值,问题", "2,金额,'=cmd|1,金额应为数字，如 12345.67，但这里是“=cmd|1”"]


def test_a_workbook_is_imported_like_a_csv(any_database: Database, clock: ManualClock) -> None:
    batch_id = queue(any_database, clock, xlsx_bytes([texts(n) for n in range(1, 5)]), name="清单.xlsx")

    assert run_import(any_database, batch_id, clock, SMALL) == "completed"
    assert batch_of(any_database, batch_id).read_as == "XLSX“清单”"


def test_formulas_are_reported_cell_by_cell(database: Database, clock: ManualClock) -> None:
    rows = [texts(1, tax="=D2*0.17"), texts(2), texts(3, tax="=D4*0.17")]
    batch_id = queue(database, clock, xlsx_bytes(rows), name="清单.xlsx", source=Source.CERTIFICATION)

    assert run_import(database, batch_id, clock) == "refused"
    assert [(line, "E2" in said or "E4" in said) for line, _, said in sentences(database, batch_id)] == [(2, True), (4, True)]


def test_progress_never_claims_the_end_too_early(database: Database, clock: ManualClock) -> None:
    batch = batch_of(database, queue(database, clock, csv_bytes([texts()])))
    batch.state, batch.rows_expected = "reading", 10

    shares = []
    for batch.rows_read in (0, 5, 10, 20):
        shares.append(batches.Progress(batch).share)
    assert shares == [0, 50, 99, 99]
