"""From a list to delegations."""

from __future__ import annotations

import io
from decimal import Decimal

import openpyxl
import pytest

from db.clock import ManualClock
from db.session import Database
from records.coinvestigation import rules, store
from records.coinvestigation.imports.grouping import Group, delegations_of, make_delegations, propose
from records.coinvestigation.imports.limits import ImportLimits
from records.coinvestigation.imports.lists import open_list
from records.coinvestigation.imports.template import choices, template_xlsx
from records.coinvestigation.imports.xlsx import open_xlsx
from records.coinvestigation.kinds import Source
from records.coinvestigation.store import OfficeRef
from tests.unit.records.making import CHEN, HS, JD, NB, SZ, TODAY, csv_bytes, imported, texts

KNOWN = {"330203": HS, "330204": JD, "320506": SZ}
ROWS = [
    texts(1),
    texts(2, amount="50", tax="8.50"),
    texts(3, seller_id="330204123456789"),
    texts(4, seller_id="330203999999999"),
    texts(5, seller_id="310101123456789"),
    texts(6, seller_id="310115123456789"),
    texts(7, seller_id="330203999999999", buyer_id="320506123456789"),
]


def groups(database: Database, clock: ManualClock, own: OfficeRef = HS) -> list[Group]:
    batch_id = imported(database, clock, ROWS, office=own)
    with database.read() as session:
        return propose(session, batch_id, own, KNOWN.get)


def test_invoices_are_grouped_by_the_authority_of_the_other_party(any_database: Database, clock: ManualClock) -> None:
    found = groups(any_database, clock)

    assert [(g.office and g.office.id, g.region, g.is_inside, g.count) for g in found] == [
        ("sz", "", False, 3), ("hs", "", True, 1), ("jd", "", False, 1), (None, "3101", False, 2),
    ]  # fmt: skip
    assert found[0].amount == Decimal("200050.00")


def test_the_city_sends_what_its_districts_are_competent_for_down_to_them(database: Database, clock: ManualClock) -> None:
    assert {g.office.id: g.is_inside for g in groups(database, clock, NB) if g.office} == {"sz": False, "hs": False, "jd": False}


def test_each_group_becomes_a_delegation_with_a_generated_name(any_database: Database, clock: ManualClock) -> None:
    batch_id = imported(any_database, clock, ROWS)
    with any_database.write() as session:
        made = make_delegations(session, CHEN, batch_id, HS, KNOWN.get, {}, TODAY)

    assert [(row.to_office_id, row.invoice_count, row.name_generated) for row in made] == [
        ("sz", 3, True),
        ("hs", 1, True),
        ("jd", 1, True),
    ]
    assert [row.name for row in made[:2]] == [
        "2026年3月认证系统增值税专用发票协查（宁波市海曙区国家税务局至苏州市国家税务局，第1-1号）",
        "2026年3月认证系统增值税专用发票协查（宁波市海曙区国家税务局辖区内，第1-2号）",
    ]
    with any_database.read() as session:
        assert [row.id for row in delegations_of(session, batch_id)] == [row.id for row in made]


def test_a_region_that_nobody_knows_waits_for_a_person(any_database: Database, clock: ManualClock) -> None:
    batch_id = imported(any_database, clock, ROWS)
    with any_database.write() as session:
        make_delegations(session, CHEN, batch_id, HS, KNOWN.get, {}, TODAY)
    with any_database.write() as session:
        (late,) = make_delegations(session, CHEN, batch_id, HS, KNOWN.get, {"3101": NB}, TODAY)

    assert (late.to_office_id, late.invoice_count, "第1-4号" in late.name) == ("nb", 2, True)


def test_made_twice_makes_nothing_twice(any_database: Database, clock: ManualClock) -> None:
    batch_id = imported(any_database, clock, ROWS)
    with any_database.write() as session:
        assert len(make_delegations(session, CHEN, batch_id, HS, KNOWN.get, {}, TODAY)) == 3
    with any_database.write() as session:
        assert make_delegations(session, CHEN, batch_id, HS, KNOWN.get, {}, TODAY) == []


def test_a_withdrawn_delegation_gives_its_invoices_back(database: Database, clock: ManualClock) -> None:
    batch_id = imported(database, clock, ROWS)
    with database.write() as session:
        first = make_delegations(session, CHEN, batch_id, HS, KNOWN.get, {}, TODAY)[0]
        store.move_delegation(session, CHEN, first.id, "withdraw")
        store.release_faces(session, CHEN, first.id)

        assert [g.count for g in propose(session, batch_id, HS, KNOWN.get) if g.office] == [3]


def test_a_number_is_never_given_twice(any_database: Database, clock: ManualClock) -> None:
    batch_id = imported(any_database, clock, ROWS)
    with any_database.write() as session:
        for row in make_delegations(session, CHEN, batch_id, HS, KNOWN.get, {}, TODAY)[:2]:
            store.move_delegation(session, CHEN, row.id, "withdraw")
            store.release_faces(session, CHEN, row.id)
    with any_database.write() as session:
        again = make_delegations(session, CHEN, batch_id, HS, KNOWN.get, {}, TODAY)

    assert [rules.serial_of(row.name) for row in again] == ["1-4", "1-5"]


@pytest.mark.parametrize("source", [Source.CERTIFICATION, Source.AUDIT])
def test_the_template_has_the_columns_that_the_import_reads(source: Source) -> None:
    content = template_xlsx(source)

    (header,) = open_xlsx(content, ImportLimits()).rows
    assert header.texts == csv_bytes([]).decode().strip().split(",")


def test_the_template_offers_what_the_source_may_hold() -> None:
    assert choices("problem", Source.CERTIFICATION) == ["认证不符", "密文有误"]
    assert choices("problem", Source.AUDIT) == ["比对不符", "缺联", "失控", "作废", "重号"]
    assert choices("amount", Source.AUDIT) == []


def test_a_filled_template_is_a_list() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template_xlsx(Source.CERTIFICATION)))
    book["发票清单"].append(list(texts().values()))
    target = io.BytesIO()
    book.save(target)

    (row,) = open_list(target.getvalue(), "a.xlsx", Source.CERTIFICATION, TODAY, ImportLimits()).rows
    assert row.faults == []


def test_a_delegation_of_one_enterprise_names_it(any_database: Database, clock: ManualClock) -> None:
    rows = [
        texts(1, seller_name=""), texts(2), texts(3, buyer_id="330203987654321"),
        texts(4, seller_id="330204123456789"), texts(5, seller_id="330204999999999"),
        texts(6, seller_id="330203999999999", buyer_id="310101123456789", buyer_name="上海丙公司"),
    ]  # fmt: skip
    batch_id = imported(any_database, clock, rows)
    with any_database.write() as session:
        made = make_delegations(session, CHEN, batch_id, HS, KNOWN.get, {"3101": OfficeRef("sh", "sat/sh/", "上海市国家税务局")}, TODAY)

    assert {row.to_office_id: (row.enterprise_id, row.enterprise_name) for row in made} == {
        "sz": ("320506123456789", "苏州甲公司"), "jd": ("", ""), "sh": ("310101123456789", "上海丙公司"),
    }  # fmt: skip
