"""What a station does with cards: each topic, and everything that is not as the job says."""

from __future__ import annotations

from typing import Any

import pytest

from hardware.jobs import JOBS
from hardware.layout import INVOICES, SALES, packed
from hardware.ports import CardRemoved
from hardware.simulator import PIN, MemoryShelf, SimulatedCard
from hardware.simulator.shelf import Plastic
from hardware.work import SERIAL
from records.devices import rules
from tests.unit.hardware.counters import IC, ISSUE, NOW, NUMBER, OTHER, SALE, TAX, UPGRADE, at_counter, job, on_card, work

GIVEN: dict[str, dict[str, Any]] = {
    "issue_cards": ISSUE, "reissue_cards": ISSUE, "write_sale": SALE, "read_card": {"kind": "ic_card", "serial": IC, "taxpayer_number": NUMBER},
    "save_card": {"tax_card": TAX, "taxpayer_number": NUMBER}, "clear_card": {"kind": "tax_card", "serial": TAX},
}  # fmt: skip


@pytest.fixture
def shelf() -> MemoryShelf:
    """With the cards of the enterprise, issued."""
    found = MemoryShelf()
    assert [told[0] for told in work(job("issue_cards", ISSUE, "first"), shelf=found)] == ["complete"]
    return found


@pytest.mark.parametrize("topic", GIVEN)
def test_every_topic_gives_the_results_that_are_declared(topic: str, shelf: MemoryShelf) -> None:
    ((what, _key, results),) = work(job(topic, GIVEN[topic]), shelf=shelf)

    assert what == "complete"
    assert set(results) == set(JOBS[f"station.{topic}"].gives)
    for name, columns in JOBS[f"station.{topic}"].rows.items():
        assert all({column: type(value) in columns[column] for column, value in row.items()} == dict.fromkeys(columns, True) for row in results[name])


def test_there_is_work_for_every_topic_that_is_declared() -> None:
    assert {f"station.{topic}" for topic in {**GIVEN, **UPGRADE}} == set(JOBS)
    for topic, given in {**GIVEN, **UPGRADE}.items():
        kind = JOBS[f"station.{topic}"]
        assert set(kind.needs) <= set(given) <= {*kind.needs, *kind.may}


def test_issuing_writes_both_cards_and_a_check_that_both_share(shelf: MemoryShelf) -> None:
    assert on_card(shelf, TAX) == on_card(shelf, IC) == {name: value for name, value in ISSUE.items() if not name.endswith("_card")}
    assert on_card(shelf, IC, SALES) == []


def test_a_card_may_be_issued_alone_where_only_one_is_replaced(shelf: MemoryShelf) -> None:
    ((what, _key, results),) = work(job("issue_cards", {**ISSUE, "tax_card": "661200009", "ic_card": None}), shelf=shelf)

    assert (what, results["card_written_at"]) == ("complete", NOW)
    assert on_card(shelf, "661200009")["taxpayer_number"] == NUMBER


def test_sales_stand_on_the_card_one_after_the_other_and_are_read_from_it(shelf: MemoryShelf) -> None:
    second = {**SALE, "number_from": "00000026", "number_to": "00000050"}
    work(job("write_sale", SALE, "a"), job("write_sale", second, "b"), shelf=shelf)

    ((_what, _key, results),) = work(job("read_card", {"kind": "ic_card", "serial": IC}), shelf=shelf)

    assert [sale["number_from"] for sale in results["card_contents"]["sales"]] == ["00000001", "00000026"]
    assert (results["card_serial"], results["card_taxpayer"]) == (IC, NUMBER)


def test_numbers_that_were_written_and_never_sold_leave_the_card(shelf: MemoryShelf) -> None:
    tried, sold = {**SALE, "number_from": "00000026", "number_to": "00000050"}, {**SALE, "number_from": "00000101", "number_to": "00000125"}
    work(job("write_sale", SALE, "a"), job("write_sale", {**tried, "numbers_tried": [tried]}, "b"), job("write_sale", {**sold, "numbers_tried": [tried, sold]}, "c"), shelf=shelf)

    ((_what, _key, results),) = work(job("read_card", {"kind": "ic_card", "serial": IC}), shelf=shelf)

    assert [sale["number_from"] for sale in results["card_contents"]["sales"]] == ["00000001", "00000101"]


def test_a_number_that_changed_is_written_over_the_former_one(shelf: MemoryShelf) -> None:
    told = work(job("reissue_cards", {**ISSUE, "taxpayer_number": OTHER}, "a"), job("reissue_cards", {**ISSUE, "taxpayer_number": OTHER, "former_taxpayer_number": NUMBER}, "b"), shelf=shelf)

    assert [(one[0], one[2]) for one in told[:1]] == [("error", "CARD_WRONG")]
    assert told[1][0] == "complete"
    assert on_card(shelf, TAX)["taxpayer_number"] == OTHER


def test_saved_rows_are_those_of_the_card_and_the_same_each_time() -> None:
    shelf = MemoryShelf()
    one, two = (work(job("save_card", GIVEN["save_card"], key), shelf=shelf)[0][2] for key in "ab")

    assert one == two
    assert one["saved_count"] == len(one["saved_rows"]) == 3
    assert [row["declared"] for row in one["saved_rows"]] == [True, True, False]
    assert on_card(shelf, TAX, INVOICES) == one["saved_rows"]


def test_a_card_that_was_emptied_belongs_to_nobody_and_can_be_issued_to_another(shelf: MemoryShelf) -> None:
    work(job("clear_card", {"kind": "ic_card", "serial": IC, "taxpayer_number": NUMBER}, "a"), job("clear_card", {"kind": "tax_card", "serial": TAX}, "b"), shelf=shelf)

    assert work(job("read_card", {"kind": "ic_card", "serial": IC}), shelf=shelf)[0][2]["card_taxpayer"] == ""
    ((what, _key, code, text),) = work(job("write_sale", SALE, "c"), shelf=shelf)
    assert (what, code) == ("error", "CARD_WRONG")
    assert "空白卡或已清除" in text
    assert work(job("issue_cards", {**ISSUE, "taxpayer_number": OTHER}, "d"), shelf=shelf)[0][0] == "complete"


def test_the_other_card_of_a_pair_keeps_its_sales(shelf: MemoryShelf) -> None:
    work(job("write_sale", SALE, "sale"), shelf=shelf)

    told = work(job("issue_cards", {**ISSUE, "tax_card": "661200009"}, "after the loss"), shelf=shelf)

    assert told[0][0] == "complete"
    assert [sale["number_from"] for sale in on_card(shelf, IC, SALES)] == ["00000001"]
    assert on_card(shelf, "661200009")["taxpayer_number"] == NUMBER


@pytest.mark.parametrize(("given", "left"), [({}, 3), ({"invoices_saved": True}, 0)])
def test_a_card_that_was_lent_bears_no_invoices_of_its_borrower_to_the_next(given: dict[str, Any], left: int) -> None:
    shelf = MemoryShelf()
    work(job("save_card", GIVEN["save_card"], "billed"), shelf=shelf)
    work(job("clear_card", {"kind": "tax_card", "serial": TAX, "taxpayer_number": NUMBER, **given}, "back"), shelf=shelf)
    assert len(on_card(shelf, TAX, INVOICES)) == left

    work(job("issue_cards", {**ISSUE, "taxpayer_number": OTHER, "ic_card": None}, "lent"), shelf=shelf)

    ((_what, _key, results),) = work(job("save_card", {"tax_card": TAX, "taxpayer_number": OTHER}, "saved"), shelf=shelf)
    assert results["saved_rows"] == []


def test_a_card_of_somebody_else_loses_no_try_of_its_pin_and_keeps_what_was_begun_on_it(shelf: MemoryShelf) -> None:
    plastic = shelf.take(TAX)
    assert plastic is not None
    plastic.pin, plastic.files["pending"] = f"9{PIN}", packed({"files": {"sales": packed([1]).decode()}}).decode()
    shelf.put(plastic)

    ((what, _key, code, _text),) = work(job("issue_cards", {**ISSUE, "taxpayer_number": OTHER}), shelf=shelf)

    assert (what, code) == ("error", "CARD_WRONG")
    assert shelf.take(TAX) == plastic


@pytest.mark.parametrize("topic", ["issue_cards", "reissue_cards", "write_sale", "read_card", "save_card", "clear_card"])
def test_the_card_of_another_taxpayer_is_left_as_it_is(topic: str, shelf: MemoryShelf) -> None:
    given = {**GIVEN[topic], "taxpayer_number": OTHER}
    before = [on_card(shelf, serial) for serial in (TAX, IC)]

    ((what, _key, code, text),) = work(job(topic, given), shelf=shelf)

    assert (what, code) == ("error", "CARD_WRONG")
    assert NUMBER in text
    assert [on_card(shelf, serial) for serial in (TAX, IC)] == before


def test_a_wrong_second_card_leaves_the_first_unwritten() -> None:
    shelf = MemoryShelf()
    work(job("issue_cards", {**ISSUE, "taxpayer_number": OTHER, "tax_card": None}, "x"), shelf=shelf)

    ((what, _key, code, _text),) = work(job("issue_cards", ISSUE), shelf=shelf)

    assert (what, code) == ("error", "CARD_WRONG")
    assert on_card(shelf, TAX) is None


def test_another_card_in_the_reader_is_told_with_both_numbers() -> None:
    ((what, _key, code, text),) = work(job("issue_cards", ISSUE), insert="777")

    assert (what, code) == ("error", "CARD_WRONG")
    assert "读卡器里是 777" in text
    assert f"金税卡 {TAX}" in text


def test_a_card_that_does_not_answer_is_broken() -> None:
    ((what, _key, code, _text),) = work(job("issue_cards", ISSUE), broken=IC)

    assert (what, code) == ("error", "CARD_BROKEN")


def test_a_card_whose_content_is_damaged_is_broken(shelf: MemoryShelf) -> None:
    plastic = shelf.take(TAX)
    assert plastic is not None
    plastic.files["holder"] = plastic.files["holder"][:-5]
    shelf.put(plastic)

    ((what, _key, code, text),) = work(job("save_card", GIVEN["save_card"]), shelf=shelf)

    assert (what, code) == ("error", "CARD_BROKEN")
    assert "不完整" in text


@pytest.mark.parametrize(
    ("tries", "code", "told", "left"),
    [(3, "CARD_WRONG", "还可再试 2 次", 2), (2, "CARD_WRONG", "只剩 2 次", 2), (1, "CARD_WRONG", "最后一次不由工作站试", 1), (0, "CARD_BROKEN", "已锁死", 0)],
)
def test_a_wrong_pin_costs_a_card_one_try_however_many_stations_are_started_with_it(tries: int, code: str, told: str, left: int) -> None:
    shelf = MemoryShelf()
    shelf.put(Plastic("tax_card", TAX, pin=f"9{PIN}", tries=tries))

    for station in range(3):
        ((what, _key, found, text),) = work(job("issue_cards", {**ISSUE, "ic_card": None}, f"case:{station}"), shelf=shelf)
        if not station:
            assert (what, found, told in text) == ("error", code, True)

    after = shelf.take(TAX)
    assert after is not None
    assert after.tries == left


def test_a_card_whose_tries_somebody_has_used_opens_to_a_pin_that_another_card_has_taken(shelf: MemoryShelf) -> None:
    for tries in (2, 1):
        ic = shelf.take(IC)
        assert ic is not None
        ic.tries = tries
        shelf.put(ic)
        alone = job("write_sale", SALE, f"alone:{tries}")
        both = job("reissue_cards", ISSUE, f"both:{tries}")  # the golden-tax card has all its tries, and is opened first

        told = work(alone, both, job("write_sale", SALE, f"behind:{tries}"), shelf=shelf)

        assert [one[0] for one in told] == (["error", "complete", "complete"] if tries == 2 else ["error"] * 3)


def test_a_card_that_fell_silent_while_the_pin_was_shown_is_shown_it_again(shelf: MemoryShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, verify = list[int](), SimulatedCard.verify

    def drawn(self: SimulatedCard, pin: str) -> None:
        shown.append(1)
        if len(shown) == 1:
            self._plastic.tries -= 1
            self._shelf.put(self._plastic)
            raise CardRemoved("卡被拔出", "the card was drawn")
        verify(self, pin)

    monkeypatch.setattr(SimulatedCard, "verify", drawn)
    station, door = at_counter(job("write_sale", SALE, "case:9"), shelf=shelf)
    station.patience_s = 5
    station.work_off()

    assert ([one[0] for one in door.told if one[0] != "prolong"], len(shown)) == (["complete"], 2)


@pytest.mark.parametrize("given", [{}, {"kind": "reader", "serial": "1"}, {"kind": "ic_card", "serial": ""}, {"kind": "ic_card", "serial": "../../x"}])
def test_a_job_that_names_no_card_is_given_back_with_a_reason(given: dict[str, Any]) -> None:
    ((what, _key, reason),) = work(job("read_card", given))

    assert what == "fail"
    assert "没有写明卡号" in reason


def test_a_station_writes_every_serial_that_the_books_take_and_no_other() -> None:
    assert SERIAL.pattern == rules.SERIAL.pattern
