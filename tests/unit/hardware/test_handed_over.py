"""What a computer remembers of the documents that left it for a printer, and what IPP's bytes mean."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from hardware.printer import ipp_wire as wire
from hardware.printer.once import KEPT_S, HandedOver
from hardware.printer.ports import Happened, Printed, PrinterError

PRINTED = Printed(2, 1)
# 1setOf in an operation group, a collection with a member, a range and a name with its language in a printer's group.
ANSWER = bytes.fromhex("0200 0000 00000007 01 47 0012 617474726962757465732d63686172736574 0005 7574662d38 04".replace(" ", "")) + b"".join([
    b"\x44\x00\x05sides\x00\x09one-sided", b"\x44\x00\x00\x00\x14two-sided-long-edge\x20",
    b"\x34\x00\x03col\x00\x00\x4a\x00\x00\x00\x01x\x21\x00\x00\x00\x04\x00\x00\x00\x05\x37\x00\x00\x00\x00",
    b"\x33\x00\x06copies\x00\x08\x00\x00\x00\x01\x00\x00\x03\xe7", b"\x36\x00\x04name\x00\x0b\x00\x02zh\x00\x05" + "交x!".encode()[:5], b"\x03",
])  # fmt: skip


class Tray:
    """Counts what comes out; `ends` with this error."""

    def __init__(self, ends: PrinterError | None = None) -> None:
        self.count, self.ends = 0, ends

    def put(self) -> Printed:
        self.count += 1
        if self.ends is not None:
            raise self.ends
        return PRINTED


def error(happened: Happened) -> PrinterError:
    return PrinterError("卡纸", "jam", kind="jam", happened=happened, printed=1)


def test_an_end_is_remembered_by_whoever_starts_next(tmp_path: Path) -> None:
    tray = Tray()

    assert [HandedOver(tmp_path / "m").once("k", tray.put) for _ in range(3)] == [PRINTED] * 3
    assert tray.count == 1


@pytest.mark.parametrize(("happened", "printed"), [("no", 2), ("yes", 1), ("unknown", 1)])
def test_only_what_certainly_did_not_come_out_is_handed_over_again(tmp_path: Path, happened: Happened, printed: int) -> None:
    tray = Tray(error(happened))
    for _ in range(2):
        with pytest.raises(PrinterError, match="卡纸") as again:
            HandedOver(tmp_path).once("k", tray.put)
        assert (again.value.en, again.value.kind, again.value.happened, again.value.printed) == ("jam", "jam", happened, 1)

    assert tray.count == printed


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"key": "k"}'])
def test_a_memory_that_the_disk_has_lost_is_no_leave_to_print(tmp_path: Path, content: str) -> None:
    tray = Tray()
    HandedOver(tmp_path).once("k", tray.put)
    (file,) = tmp_path.iterdir()
    file.write_text(content, "utf-8")

    with pytest.raises(PrinterError) as lost:
        HandedOver(tmp_path).once("k", tray.put)
    assert (lost.value.happened, tray.count) == ("unknown", 1)


def test_a_memory_is_kept_long_and_not_for_ever(tmp_path: Path) -> None:
    tray, handed = Tray(), HandedOver(tmp_path)
    for key, age in (("old", KEPT_S + 60), ("young", KEPT_S - 60)):
        handed.once(key, tray.put)
        newest = max(tmp_path.iterdir(), key=lambda file: file.stat().st_mtime)
        os.utime(newest, (time.time() - age,) * 2)
    handed.once("new", tray.put)

    assert len(list(tmp_path.iterdir())) == 2
    handed.once("young", tray.put)
    assert tray.count == 3


def test_without_a_folder_it_is_remembered_as_long_as_the_station_runs() -> None:
    tray, handed = Tray(), HandedOver()

    assert [handed.once("k", tray.put) for _ in range(2)] == [PRINTED] * 2
    assert tray.count == 1


def test_what_a_printer_answers_is_understood_but_for_collections() -> None:
    number, answer = wire.decoded(ANSWER)

    assert (number, answer.status) == (7, 0)
    assert answer.of(wire.PRINTER) == [{"sides": ["one-sided", "two-sided-long-edge "], "copies": [(1, 999)], "name": ["交x!"]}]


@pytest.mark.parametrize("cut", range(len(ANSWER)))
def test_an_answer_that_was_cut_short_is_not_understood(cut: int) -> None:
    with pytest.raises(wire.IppGarbled):
        wire.decoded(ANSWER[:cut])


def test_what_is_asked_reads_as_it_was_said() -> None:
    asked = wire.encoded(wire.GET_JOBS, 9, [(wire.KEYWORD, "which", ("a", "b")), (wire.BOOLEAN, "all", True), (wire.INTEGER, "n", -1)], [(wire.NAME, "job-name", "交接单")])
    number, read = wire.decoded(asked)

    assert (number, read.status) == (9, wire.GET_JOBS)
    assert read.of(wire.OPERATION)[0] == {
        "attributes-charset": ["utf-8"], "attributes-natural-language": ["zh-cn"], "which": ["a", "b"], "all": [True], "n": [-1],
    }  # fmt: skip
    assert read.of(wire.JOB) == [{"job-name": ["交接单"]}]
