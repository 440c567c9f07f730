"""The jobs of an upgrade at a simulated counter with all its devices: what each gives, once for its key, and everything that does not agree.

Source: Xicheng, 三(一)1, 三(二), 三(三), 三(四), 三(五), 三(七), 三(八)1.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hardware.card.golden import GoldenTaxCard
from hardware.card.records import state_bytes, state_of
from hardware.jobs import JOBS
from hardware.layout import HOLDER, VOLUMES
from hardware.ports import CardDamaged, CardState
from hardware.simulator import PIN, Fault, FolderShelf, MemoryShelf, Shelf
from hardware.simulator.cards import in_reader
from hardware.simulator.devices import FolderDisk
from hardware.work import PaperNotMade
from tests.unit.hardware.counters import (
    DISK,
    IC,
    ISSUE,
    NOW,
    NUMBER,
    OTHER,
    STOCK,
    TAX,
    UPGRADE,
    at_counter,
    job,
    on_card,
    until,
    work,
)

LATER = NOW + timedelta(hours=1)
READS = {"read_state", "read_refund"}


def done(topic: str, shelf: Shelf, given: dict[str, Any] | None = None, key: str = "case:1", **how: Any) -> tuple[Any, ...]:
    """What the house is told of one job."""
    (told,) = work(job(topic, UPGRADE[topic] if given is None else given, key), shelf=shelf, **how)
    return told


def refused(topic: str, shelf: Shelf, given: dict[str, Any] | None = None, **how: Any) -> tuple[str, str]:
    """Code and sentence of the error that it ends in."""
    what, _key, code, text = done(topic, shelf, given, **how)
    assert what == "error"
    return code, text


def where(shelf: Shelf) -> list[tuple[str, str]]:
    """Every place where a volume of the stock stands, by its first number."""
    plastic = shelf.take(TAX)
    assert plastic is not None
    on_ic = on_card(shelf, IC, VOLUMES) if shelf.take(IC) else None
    return sorted([(first, "tax") for _code, first, _count in plastic.stock] + [(row["first"], "ic") for row in on_ic or []])


@pytest.mark.parametrize("topic", UPGRADE)
def test_every_job_gives_what_is_declared_and_is_done_once_for_its_key(topic: str) -> None:
    shelf = until(topic, MemoryShelf())

    first = done(topic, shelf)
    after = [shelf.take(TAX), shelf.take(IC)]
    second = done(topic, shelf, now=lambda: LATER)

    assert first[0] == second[0] == "complete"
    kind = JOBS[f"station.{topic}"]
    assert set(first[2]) == set(kind.gives)
    for name, columns in kind.rows.items():
        assert first[2][name] is not None
        assert all({column: type(value) in columns[column] for column, value in row.items()} == dict.fromkeys(columns, True) for row in first[2][name])
    assert [shelf.take(TAX), shelf.take(IC)] == after
    if topic not in READS | {"print_label", "print_paper"}:
        assert second[2] == first[2]


def test_the_state_of_a_card_has_its_stock_and_its_month() -> None:
    _what, _key, says = done("read_state", MemoryShelf())

    assert says == {
        "card_version": "V6.00", "card_is_locked": False, "card_outside_period": 0, "card_per_invoice": 100_000, "card_monthly_quantity": 25, "card_ordinary_per_invoice": 0, "card_ordinary_quantity": 0,
        "card_stock": STOCK, "card_unused": 38, "card_issued": 3, "card_amount": Decimal("6000.00"), "card_tax": Decimal("1020.00"), "state_read_at": NOW, "ic_stock": [],
    }  # fmt: skip
    assert done("read_state", MemoryShelf(), {**UPGRADE["read_state"], "month": "2003-04"})[2]["card_issued"] == 3  # made as the job supposes it
    shelf = until("export_month", MemoryShelf())
    assert done("read_state", shelf, {**UPGRADE["read_state"], "month": "2003-02"})[2]["card_issued"] == 0


def test_a_month_leaves_for_a_disk_as_a_list_that_is_read_back(tmp_path: Path) -> None:
    shelf = FolderShelf(tmp_path)
    _what, _key, says = done("export_month", shelf)

    counter_drive = at_counter(shelf=shelf)[0].desk.drive
    assert counter_drive is not None
    counter_drive.put_in(DISK)  # type: ignore[attr-defined]
    files = counter_drive.read()
    assert counter_drive.label() == DISK
    assert sorted(files) == ["FP200303.CSV", "HZ200303.CSV", "JOB.TXT"]
    assert files["FP200303.CSV"].decode("gbk").splitlines()[:2] == ["发票代码,发票号码,开票日期,金额,税额", "1100053140,00001010,2003-03-01,1000.00,170.00"]
    assert f"金额合计,{says['exported_amount']}" in files["HZ200303.CSV"].decode("gbk")
    assert (says["exported_count"], says["exported_sha256"]) == (3, hashlib.sha256(files["FP200303.CSV"]).hexdigest())


def test_an_upgrade_leaves_every_volume_where_it_belongs_and_the_card_as_it_was_ordered() -> None:
    shelf = until("upgrade_cards", MemoryShelf())
    before = [dict(on_card(shelf, one, HOLDER)) for one in (TAX, IC)]
    for topic in ("upgrade_cards", "put_on", "read_in"):
        work(job(topic, UPGRADE[topic], f"case:{topic}"), shelf=shelf)
    tax = shelf.take(TAX)
    assert tax is not None

    assert where(shelf) == [("00001013", "tax"), ("00001026", "tax")]
    kept = {"per_invoice": 100_000, "monthly_quantity": 25}  # what was granted for special invoices
    assert tax.state == {"version": "V6.10", "is_locked": False, "outside_period": 7, **kept, "ordinary_per_invoice": 10000, "ordinary_quantity": 50}
    assert [dict(on_card(shelf, one, HOLDER)) for one in (TAX, IC)] == [{**owner, "ordinary_per_invoice": 10000, "ordinary_quantity": 50} for owner in before]


def test_the_limits_of_special_and_ordinary_invoices_leave_each_other_alone() -> None:
    shelf = until("put_on", MemoryShelf())

    changed = {**ISSUE, "per_invoice": Decimal(1_000_000)}
    told = [*work(job("reissue_cards", changed, "case:change"), shelf=shelf), *work(job("upgrade_cards", {**UPGRADE["upgrade_cards"], "ordinary_quantity": 60}, "case:again"), shelf=shelf)]

    assert [one[0] for one in told] == ["complete", "complete"]
    holders = [on_card(shelf, one, HOLDER) for one in (TAX, IC)]
    assert [tuple(one[name] for name in ("per_invoice", "monthly_quantity", "ordinary_per_invoice", "ordinary_quantity")) for one in holders] == [(Decimal(1_000_000), 25, 10000, 60)] * 2


def test_a_chip_of_before_knows_no_ordinary_invoices() -> None:
    state = CardState("V6.00", is_locked=False, outside_period=3, per_invoice=100_000, monthly_quantity=25, ordinary_per_invoice=1_000, ordinary_quantity=500)

    assert state_of(state_bytes(state)) == state
    assert state_of(state_bytes(state)[:30]) == replace(state, ordinary_per_invoice=0, ordinary_quantity=0)


def test_a_job_of_before_that_names_the_ordinary_limit_otherwise_means_the_same() -> None:
    named = UPGRADE["upgrade_cards"]
    before = {**{name: named[name] for name in ("taxpayer_number", "tax_card", "ic_card", "card_version")}, "per_invoice": named["ordinary_per_invoice"], "monthly_quantity": named["ordinary_quantity"]}

    ((what, *_rest, says),) = work(job("upgrade_cards", before, "case:x"), shelf=until("upgrade_cards", MemoryShelf()))

    assert (what, says["card_per_invoice"], says["card_ordinary_per_invoice"], says["card_ordinary_quantity"]) == ("complete", 100_000, 10000, 50)


@pytest.mark.parametrize("fault", [Fault(when, at) for at in range(1, 7) for when in ("before", "torn", "after")], ids=lambda f: f"{f.when} write {f.at}")
@pytest.mark.parametrize("topic", ["give_back", "read_in", "upgrade_cards"])
def test_a_job_that_was_cut_off_is_ended_by_the_next_attempt(topic: str, fault: Fault) -> None:
    for serial in (TAX, IC):
        shelf, whole = until(topic, MemoryShelf()), until(topic, MemoryShelf())
        (told,) = work(job(topic, UPGRADE[topic], "case:x"), shelf=shelf, faults={serial: fault})
        assert told[0] in {"fail", "complete"}  # a card that is written less often than that is not drawn

        (again,) = work(job(topic, UPGRADE[topic], "case:x", attempt=2), shelf=shelf)
        (straight,) = work(job(topic, UPGRADE[topic], "case:x"), shelf=whole)

        assert again == straight
        assert where(shelf) == where(whole)


@pytest.mark.parametrize(
    ("topic", "changes", "sentence"),
    [
        ("give_back", {"volumes": [{**STOCK[0], "number_to": "00001024", "count": 12}]}, "金税卡里没有发票卷 1100053140 00001013–00001024；卡内是 1100053140 00001013–00001025"),
        ("give_back", {"volumes": [STOCK[0], STOCK[0]]}, "重复的号码"),
        ("take_refund", {"volumes": [{**STOCK[0], "code": "1100053999"}]}, "税控IC卡里没有发票卷"),
        ("put_on", {"volumes": [STOCK[0], {**STOCK[0], "number_from": "00001025", "number_to": "00001025", "count": 1}]}, "重复的号码"),
        ("read_in", {"volumes": [{**STOCK[0], "code": "1100053999"}]}, "税控IC卡里没有发票卷"),
    ],
)
def test_a_stock_that_differs_is_said_and_nothing_is_moved(topic: str, changes: dict[str, Any], sentence: str) -> None:
    shelf = until(topic, MemoryShelf())
    before = where(shelf)

    code, text = refused(topic, shelf, {**UPGRADE[topic], **changes})

    assert code == "STOCK_DIFFERS"
    assert sentence in text
    assert where(shelf) == before


def test_a_card_with_invoices_in_it_is_not_issued_anew() -> None:
    shelf = MemoryShelf()
    done("read_state", shelf)

    code, text = refused("upgrade_cards", shelf)

    assert code == "STOCK_DIFFERS"
    assert "须先退票" in text


def test_a_locked_card_is_unlocked_and_a_blocked_pin_is_replaced() -> None:
    shelf = until("upgrade_cards", MemoryShelf())
    tax, ic = shelf.take(TAX), shelf.take(IC)
    assert tax is not None
    assert ic is not None
    tax.state = {**(tax.state or {}), "is_locked": True}
    ic.pin, ic.tries = f"9{PIN}", 0
    shelf.put(tax)
    shelf.put(ic)

    what, _key, says = done("upgrade_cards", shelf)

    assert (what, says["card_version"]) == ("complete", "V6.10")
    again = shelf.take(IC)
    assert again is not None
    assert (again.pin, again.tries) == (PIN, 3)


@pytest.mark.parametrize("topic", ["load_card", "upgrade_cards"])
def test_a_key_that_a_card_refuses_is_shown_to_it_once(topic: str) -> None:
    shelf = until(topic, MemoryShelf())
    station, door = at_counter(job(topic, UPGRADE[topic], "a"), job(topic, UPGRADE[topic], "b"), shelf=shelf, fault="wrong_key")

    station.work_off()

    assert [(one[0], one[2]) for one in door.told] == [("error", "KEY_REFUSED")] * 2
    assert "还可再试 4 次" in door.told[0][3]
    assert "不再重试" in door.told[1][3]
    left = shelf.take(IC if topic == "upgrade_cards" else TAX)
    assert left is not None
    assert left.key_tries == 4


def test_a_pin_that_a_card_refuses_is_shown_to_it_once() -> None:
    shelf = until("give_back", MemoryShelf())
    card = shelf.take(TAX)
    assert card is not None
    card.pin = f"9{PIN}"
    shelf.put(card)
    station, door = at_counter(job("give_back", UPGRADE["give_back"], "a"), job("read_state", UPGRADE["read_state"], "b"), shelf=shelf)

    station.work_off()

    assert [(one[0], one[2]) for one in door.told] == [("error", "CARD_WRONG")] * 2
    left = shelf.take(TAX)
    assert left is not None
    assert left.tries == 2


@pytest.mark.parametrize(
    ("topic", "fault", "code"),
    [
        ("export_month", "disk_full", "DISK_BAD"), ("export_month", "disk_protected", "DISK_BAD"), ("print_paper", "paper_out", "PRINT_FAILED"),
        ("print_label", "paper_out", "PRINT_FAILED"), ("print_paper", "print_unknown", "PRINT_UNKNOWN"), ("give_back", "stock_differs", "STOCK_DIFFERS"),
        ("take_refund", "stock_differs", "STOCK_DIFFERS"), ("read_in", "stock_differs", "STOCK_DIFFERS"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_met_once_and_named(topic: str, fault: str, code: str) -> None:
    shelf = until(topic, MemoryShelf())

    assert refused(topic, shelf, fault=fault)[0] == code

    again = done(topic, shelf, key="case:1" if code != "PRINT_UNKNOWN" else "case:looked-at")
    assert again[0] == "complete"


def test_a_document_of_which_nobody_knows_is_not_printed_again_for_its_key() -> None:
    shelf = MemoryShelf()
    refused("print_paper", shelf, fault="print_unknown")

    assert refused("print_paper", shelf)[0] == "PRINT_UNKNOWN"
    assert len(list((shelf.room / "printed").glob("*.pdf"))) == 0  # it died on the first page


def test_a_document_that_the_house_does_not_make_in_time_comes_back_to_the_clerk() -> None:
    station, door = at_counter(job("print_label", UPGRADE["print_label"]))
    door.shut_paper = PaperNotMade()
    station.work_off()

    assert [told[2] for told in door.told] == ["PRINT_FAILED"]


def test_a_document_lies_in_the_tray_once_for_each_copy() -> None:
    shelf = MemoryShelf()
    for _time in range(2):
        assert done("print_paper", shelf)[2]["pages_printed"] == 2

    assert len(list((shelf.room / "printed").glob("*.pdf"))) == 2


def test_a_disk_of_somebody_else_is_not_written_over() -> None:
    shelf = MemoryShelf()
    done("export_month", shelf)
    foreign = shelf.room / "disks" / "OTHER"
    (shelf.room / "disks" / DISK).rename(foreign)
    (foreign / "label").write_text("OTHER", "ascii")
    before = {file.name: file.read_bytes() for file in foreign.iterdir()}
    foreign.rename(shelf.room / "disks" / DISK)

    code, text = refused("export_month", shelf, key="case:2")

    assert (code, "软驱中是软盘 OTHER" in text) == ("DISK_BAD", True)
    assert {file.name: file.read_bytes() for file in (shelf.room / "disks" / DISK).iterdir()} == before


def test_a_disk_without_a_label_is_formatted_only_where_nothing_stands_on_it() -> None:
    shelf = MemoryShelf()
    disk = shelf.room / "disks" / DISK
    disk.mkdir(parents=True)
    (disk / "label").write_text("NO NAME", "ascii")
    (disk / "BOOKS.XLS").write_bytes(b"the enterprise's own")

    code, text = refused("export_month", shelf)
    assert (code, "软盘上有文件" in text, (disk / "BOOKS.XLS").exists()) == ("DISK_BAD", True, True)
    (disk / "BOOKS.XLS").unlink()
    assert done("export_month", shelf)[2]["exported_count"] == 3


def test_a_disk_whose_list_of_the_job_nobody_understands_is_written_anew() -> None:
    shelf = MemoryShelf()
    done("export_month", shelf)
    disk = FolderDisk(shelf.room / "disks" / DISK)
    disk.write({**disk.read(), "JOB.TXT": b"case:1\r\nyesterday\r\n"})

    assert done("export_month", shelf, now=lambda: LATER)[2]["exported_at"] == LATER


@pytest.mark.parametrize("said", [b"", b"\xff" * 40, b"V6.00" + bytes(20), bytes(400), b"\xff" * 200])
@pytest.mark.parametrize("what", ["state", "stock", "position"])
def test_what_no_golden_tax_card_says_is_a_damaged_card(what: str, said: bytes) -> None:
    class Mad:
        def send(self, command: bytes) -> bytes:
            return (said[:256] if command[0] == 0x80 else f"tax_card:{TAX}".encode()) + b"\x90\x00"

    with pytest.raises(CardDamaged, match="卡的应答无法识别"):
        getattr(GoldenTaxCard(Mad()), what)()


def test_a_backup_is_never_written_over_and_one_that_was_cut_off_is_made_whole() -> None:
    shelf = MemoryShelf()
    carrier = shelf.room / "carrier"
    carrier.mkdir()
    (carrier / f".BF-{NUMBER}.1").mkdir()  # left by somebody who died
    first = done("back_up_data", shelf)[2]
    assert done("back_up_data", shelf, key="case:2", now=lambda: LATER)[2] == first
    assert [one.name for one in carrier.iterdir()] == [f"BF-{NUMBER}"]
    assert first["backup_size"] == sum(file.stat().st_size for file in (carrier / f"BF-{NUMBER}").iterdir() if file.name != "MANIFEST.TXT")

    done("load_card", shelf, key="case:3")
    done("give_back", shelf, key="case:4")
    code, text = refused("back_up_data", shelf, key="case:5")

    assert (code, "不能覆盖" in text) == ("DISK_BAD", True)
    assert done("back_up_data", shelf, {**UPGRADE["back_up_data"], "backup_name": "BF-2"}, key="case:6")[0] == "complete"


def test_a_backup_that_was_changed_is_not_called_one() -> None:
    shelf = MemoryShelf()
    done("back_up_data", shelf)
    file = shelf.room / "carrier" / f"BF-{NUMBER}" / "FP.CSV"
    file.write_bytes(file.read_bytes()[:-1])

    assert refused("back_up_data", shelf) == ("DISK_BAD", f"数据载体上的备份 BF-{NUMBER} 不完整")


def test_a_move_with_another_ic_card_asks_for_that_one() -> None:
    shelf = until("give_back", MemoryShelf())
    plastic = shelf.take(TAX)
    assert plastic is not None
    card: Any = in_reader(shelf, plastic)
    card.prepare(1, card.stock()[0], goes_in=False, partner="500100009")

    code, text = refused("give_back", shelf)

    assert code == "CARD_WRONG"
    assert "500100009" in text


@pytest.mark.parametrize("topic", [topic for topic in UPGRADE if "taxpayer_number" in UPGRADE[topic]])
def test_the_cards_of_another_taxpayer_are_left_as_they_are(topic: str) -> None:
    shelf = until(topic, MemoryShelf())
    done("read_refund", shelf, key="case:made")
    done("read_state", shelf, key="case:made")
    before = [shelf.take(TAX), shelf.take(IC)]

    code, text = refused(topic, shelf, {**UPGRADE[topic], "taxpayer_number": OTHER})

    assert (code, NUMBER in text) == ("CARD_WRONG", True)
    assert [shelf.take(TAX), shelf.take(IC)] == before


@pytest.mark.parametrize(
    ("topic", "changes", "sentence"),
    [
        ("give_back", {"volumes": [{"code": "1", "number_from": "2", "count": 3}]}, "发票卷写得不对"), ("give_back", {"volumes": "all"}, "没有写明发票卷"),
        ("give_back", {"volumes": [{**STOCK[0], "count": 12}]}, "起止号码与份数不符"), ("give_back", {"ic_card": None}, "没有写明 ic_card 的卡号"),
        ("read_state", {"month": "2003-13"}, "月份应写作"), ("export_month", {"disk_label": "a lower label"}, "软盘卷标"),
        ("back_up_data", {"backup_name": "../x"}, "备份名称"), ("print_paper", {"paper": ""}, "没有写明文书"),
    ],
)  # fmt: skip
def test_a_job_that_no_counter_can_do_is_given_back_with_the_reason(topic: str, changes: dict[str, Any], sentence: str) -> None:
    what, _key, reason = done(topic, MemoryShelf(), {**UPGRADE[topic], **changes})

    assert what == "fail"
    assert sentence in reason


def test_whoever_looks_at_the_case_sees_what_is_waited_for_and_what_is_done() -> None:
    station, door = at_counter(job("give_back", UPGRADE["give_back"]), job("export_month", UPGRADE["export_month"], "b"))
    station.work_off()

    assert door.lines[0] == (f"请放入 金税卡 {TAX}、税控IC卡 {IC}", f"please put in: golden-tax card {TAX}, IC card {IC}", [TAX, IC])
    assert door.lines[1][0] == "1100053140 00001013 起 13 份已退票到税控IC卡"
    assert [DISK in line[2] for line in door.lines] == [False, False, False, True, False]


def test_a_counter_asks_only_for_what_it_has_the_devices_for() -> None:
    station, _door = at_counter()
    asked = list[tuple[str, ...]]()
    station.door.fetch = lambda topics, _wait: asked.append(tuple(topics)) or []  # type: ignore[method-assign,func-returns-value]
    station.work_off()
    station.desk.drive = station.desk.printer = None
    station.work_off()

    assert set(asked[0]) == set(JOBS)
    assert set(JOBS) - set(asked[1]) == {"station.export_month", "station.print_paper"}
