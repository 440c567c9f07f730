"""Both registers: who sees what, what a filter finds, and what the totals say."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from db.session import Database
from records.coinvestigation import store
from records.coinvestigation.kinds import Nature
from records.coinvestigation.register_paper import register_paper
from records.coinvestigation.registers import DELEGATED_ORDERS, RECEIVED_ORDERS, RegisterQuery, delegated, received
from tests.unit.records.making import CHEN, HS, JD, LIN, NB, SZ, TODAY, drafted, sent

ALL = RegisterQuery()


@pytest.fixture
def books(any_database: Database) -> Database:
    """Three delegations of Haishu, one of Jiangdong, received in Suzhou and passed on there."""
    with any_database.write() as session:
        one = sent(session, 1, 2, number="甬海协〔2026〕1号", due_on=date(2026, 3, 20))
        drafted(session, 3, name="百分之100%_协查", to=NB, enterprise_name="Abc 公司", today=date(2026, 2, 1))
        sent(session, 4, nature=Nature.CONFIRMED, due_on=date(2026, 3, 1))
        sent(session, 5, own=JD)
        row = store.open_receipt(session, LIN, delegation_id=one.id, office=SZ, received_on=TODAY, due_on=date(2026, 3, 1))
        store.revise_receipt(session, LIN, row.id, number="苏协〔2026〕1号", extended_to=date(2026, 3, 5))
    return any_database


def count(database: Database, query: RegisterQuery, *, scope: str = HS.scope, today: date = TODAY) -> int:
    with database.read() as session:
        page = delegated(session, [scope], query, today)
    assert page.total == len(page.lines)
    return page.total


def test_an_office_sees_its_own_and_those_beneath(books: Database) -> None:
    scopes = [[HS.scope], [JD.scope], [NB.scope], [HS.scope, JD.scope], [SZ.scope], []]
    with books.read() as session:
        assert [delegated(session, seen, ALL, TODAY).total for seen in scopes] == [3, 1, 4, 4, 0, 0]


def test_the_delegating_office_does_not_see_the_others_register(books: Database) -> None:
    with books.read() as session:
        assert [received(session, [scope], ALL, TODAY).total for scope in (SZ.scope, HS.scope)] == [1, 0]


FILTERS = [
    (RegisterQuery(since=date(2026, 3, 1)), 2),
    (RegisterQuery(until=date(2026, 2, 28)), 0),
    (RegisterQuery(state="draft"), 1),
    (RegisterQuery(state="open"), 3),
    (RegisterQuery(counterpart=NB.id), 1),
    (RegisterQuery(nature="confirmed"), 1),
    (RegisterQuery(source="audit"), 0),
    (RegisterQuery(overdue=True), 1),
    (RegisterQuery(text="甬海协"), 1),
    (RegisterQuery(text="100%_"), 1),
    (RegisterQuery(text="%"), 1),
    (RegisterQuery(text="abc"), 1),
    (RegisterQuery(text="00000002"), 1),
    (RegisterQuery(text="00000005"), 0),
    (RegisterQuery(text="没有"), 0),
]


def test_every_filter_finds_what_it_says(books: Database) -> None:
    assert [(query, count(books, query)) for query, _ in FILTERS] == FILTERS


def test_totals_are_of_all_lines_not_of_the_page(books: Database) -> None:
    with books.read() as session:
        page = delegated(session, [HS.scope], ALL, TODAY, limit=1)
        assert (len(page.lines), page.total, page.invoice_count, page.amount) == (1, 3, 4, Decimal("400000.00"))
        assert len({delegated(session, [HS.scope], ALL, TODAY, limit=1, offset=at).lines[0].id for at in range(3)}) == 3


def test_every_order_of_either_register_holds_every_line_and_turns_round(books: Database) -> None:
    with books.read() as session:
        for read, orders, scope in ((delegated, DELEGATED_ORDERS, HS.scope), (received, RECEIVED_ORDERS, SZ.scope)):
            whole = {line.id for line in read(session, [scope], ALL, TODAY).lines}
            for order in [sign + name for name in orders for sign in ("", "-")]:
                assert {line.id for line in read(session, [scope], ALL, TODAY, order=order).lines} == whole, order
        amounts = [[line.amount for line in delegated(session, [HS.scope], ALL, TODAY, order=o).lines] for o in ("amount", "-amount")]
    assert amounts[0] == sorted(amounts[0]) == amounts[1][::-1]


def test_what_has_no_day_comes_last_in_either_order(books: Database) -> None:
    with books.read() as session:
        days = [
            [line.opened_on for line in delegated(session, [HS.scope], ALL, TODAY, order=o).lines] for o in ("opened", "-opened")
        ]
    assert None in days[0]
    assert [days[0][-1], days[1][-1]] == [None, None]


def test_an_extension_moves_the_day_on_which_a_receipt_is_overdue(books: Database) -> None:
    overdue = RegisterQuery(overdue=True)
    with books.read() as session:
        assert [received(session, [SZ.scope], overdue, date(2026, 3, day)).total for day in (5, 6)] == [0, 1]
        (line,) = received(session, [SZ.scope], ALL, date(2026, 3, 6)).lines
    assert (line.due_on, line.is_extended, line.standing, line.number) == (date(2026, 3, 5), True, "overdue", "苏协〔2026〕1号")


def test_an_answered_receipt_says_whether_it_was_in_time(books: Database) -> None:
    with books.write() as session:
        (line,) = received(session, [SZ.scope], ALL, TODAY).lines
        for event in ("sign", "hand_over", "find", "draft"):
            store.move_receipt(session, CHEN, line.id, event)
        store.move_receipt(session, CHEN, line.id, "answer", replied_on=date(2026, 3, 6))
        (after,) = received(session, [SZ.scope], ALL, date(2026, 6, 1)).lines
        assert received(session, [SZ.scope], RegisterQuery(overdue=True), date(2026, 6, 1)).total == 0

    assert after.standing == "late"


def test_a_receipt_is_found_by_both_numbers_and_its_invoices(books: Database) -> None:
    texts = ["甬海协", "苏协", "00000001", "苏州甲", "00000004"]
    with books.read() as session:
        assert [received(session, [SZ.scope], RegisterQuery(text=text), TODAY).total for text in texts] == [1, 1, 1, 1, 0]


def test_what_moved_into_inspection_says_so_in_the_register_of_whoever_moved_it(books: Database) -> None:
    with books.write() as session:
        (line,) = received(session, [SZ.scope], ALL, TODAY).lines
        assert not line.in_inspection
        store.transfer_to_inspection(session, LIN, line.id, reason="虚开", today=TODAY, number="苏协移〔2026〕1号")

        page = received(session, [SZ.scope], ALL, TODAY)
        assert [one.in_inspection for one in page.lines] == [True]
        assert {one.in_inspection for one in delegated(session, [HS.scope], ALL, TODAY).lines} == {False}
    paper = register_paper("received", page, ALL, {}, office_name="苏州市局", printed_by="顾宁", printed_on=TODAY)
    assert paper["lines"][0]["inspection"] == "移送稽查"


def test_a_printed_register_is_plain_text_with_totals(books: Database) -> None:
    with books.read() as session:
        page = received(session, [SZ.scope], ALL, date(2026, 3, 6))
    paper = register_paper("received", page, ALL, {HS.id: HS.name}, office_name=SZ.name, printed_by="顾宁", printed_on=date(2026, 3, 6))

    (line,) = paper["lines"]
    assert (paper["title"], paper["amount"], paper["total"]) == ("受托协查台账", "200000.00", 1)
    assert (line["counterpart"], line["due_on"], line["extended"], line["standing"]) == (
        HS.name,
        "2026-03-05",
        "延期",
        "逾期未复",
    )
    assert json.loads(json.dumps(paper)) == paper


def test_a_printed_register_names_the_office_of_each_line_and_what_was_asked(books: Database) -> None:
    with books.read() as session:
        page = received(session, [SZ.scope], ALL, TODAY)
    names = {SZ.id: SZ.name, HS.id: HS.name}
    asked = RegisterQuery(office=SZ.id, state="open", counterpart=HS.id, nature="doubtful", overdue=True, text="甲")

    whole = register_paper("received", page, ALL, names, office_name="省局", printed_by="顾宁", printed_on=TODAY, with_office=True)
    part = register_paper("received", page, asked, names, office_name="省局", printed_by="顾宁", printed_on=TODAY, with_office=True)

    assert (whole["office"], whole["with_office"], whole["lines"][0]["own_office"], whole["conditions"]) == ("省局", True, SZ.name, "")
    assert (part["office"], part["with_office"]) == (SZ.name, False)
    assert part["conditions"] == f"状态为未办结；委托方为{HS.name}；性质为有疑问；仅逾期；含“甲”"


def test_what_was_passed_down_counts_once_for_whoever_sees_both_offices(any_database: Database) -> None:
    with any_database.write() as session:
        given = sent(session, 1, 2)
        upper = store.open_receipt(session, LIN, delegation_id=given.id, office=NB, received_on=TODAY)
        part = [face.id for face in store.faces_received(session, upper.id)][:1]
        store.open_receipt(session, LIN, delegation_id=given.id, office=HS, received_on=TODAY, parent_id=upper.id, face_ids=part)

        above, beneath = received(session, [NB.scope], ALL, TODAY), received(session, [HS.scope], ALL, TODAY)
        alone = received(session, [NB.scope], RegisterQuery(office=HS.id), TODAY)
    assert (above.total, above.matters, above.invoice_count, above.amount, above.tax) == (2, 1, 2, Decimal("200000.00"), Decimal("34000.00"))
    for page in (beneath, alone):
        assert (page.total, page.matters, page.invoice_count, page.amount) == (1, 1, 1, Decimal("100000.00"))
    paper = register_paper("received", above, ALL, {}, office_name=NB.name, printed_by="顾宁", printed_on=TODAY)
    assert (paper["total"], paper["invoice_count"], len(paper["lines"]), paper["passed_down"]) == (1, 2, 2, 1)


def test_a_delegation_whose_term_was_prolonged_says_so(books: Database) -> None:
    with books.read() as session:
        lines = delegated(session, [HS.scope], ALL, TODAY).lines

    assert {line.number: line.is_extended for line in lines if line.number} == {"甬海协〔2026〕1号": True}
    assert sum(line.is_extended for line in lines) == 1
