"""What is particular to printers on a plain line: carbon sets, devices of the computer, and a printer of labels that is asked how it stands."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer

import pytest

from hardware.printer.opening import open_labels, open_printer
from hardware.printer.ports import Happened, Printed, PrinterError, PrinterFault, Unwanted
from tests.conftest import missing
from tests.factories.plain_printers import PLENTY, Labels, Needles
from tests.factories.printer_benches import LabelBench, NeedleBench
from tests.factories.sheets import LABEL, document, tools_missing


@pytest.fixture
def tray(tmp_path: Path) -> Path:
    if wanted := tools_missing():
        missing("what draws and reads paper", f"apt install {wanted}")
    (tmp_path / "tray").mkdir()
    return tmp_path / "tray"


@pytest.fixture
def needles(tray: Path, tmp_path: Path) -> Iterator[NeedleBench]:
    paper = Needles(tray)
    yield NeedleBench(paper, tmp_path / "memory")
    paper.switch_off()
    assert paper.faults == []


@pytest.fixture
def paper(tray: Path) -> Iterator[Labels]:
    found = Labels(tray)
    yield found
    found.switch_off()
    assert found.faults == []


@pytest.fixture
def labels(paper: Labels, tmp_path: Path) -> LabelBench:
    return LabelBench(paper, tmp_path / "memory")


def refused(kind: PrinterFault, happened: Happened, act: Callable[[], object], printed: int = 0) -> None:
    with pytest.raises(PrinterError) as error:
        act()
    assert (error.value.kind, error.value.happened, error.value.printed) == (kind, happened, printed)
    assert str(error.value)
    assert error.value.en.isascii()


@pytest.mark.parametrize(("copies", "strokes"), [(2, 1), (3, 2)])
def test_a_carbon_set_takes_as_many_copies_as_it_has_sheets_at_one_stroke(needles: NeedleBench, copies: int, strokes: int) -> None:
    printer = needles.printer(uri=f"needle://127.0.0.1:{needles.paper.port}?sheets=2")

    assert printer.print(document(1), "n", copies, "k") == Printed(strokes, copies)
    assert needles.lies() == ["1"] * strokes


@pytest.mark.parametrize("kind", ["needle", "label"])
def test_a_printer_at_a_device_of_the_computer_takes_what_is_written(kind: str, tray: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "lp0"
    os.mkfifo(pipe)
    printer = Needles(tray) if kind == "needle" else Labels(tray)
    printer.switch_off()
    bench = NeedleBench(printer, tmp_path / "m") if kind == "needle" else LabelBench(printer, tmp_path / "m")
    driver = bench.printer(uri=f"{'needle' if kind == 'needle' else 'zpl'}://{pipe}")
    refused("offline", "no", lambda: driver.print(document(2, bench.size), "n", 1, "k"))  # nobody has opened the pipe
    serving, printed, until = printer.on_device(pipe), None, time.monotonic() + 5
    while printed is None:
        try:
            printed = driver.print(document(2, bench.size), "n", 1, "k")
        except PrinterError:
            assert time.monotonic() < until
            time.sleep(0.01)
    serving.join(5)

    assert printed == Printed(2, 1)
    assert (bench.lies(), printer.faults) == (["1", "2"], [])


@pytest.mark.parametrize("uri", ["needle:///dev/nothing/here", "needle://no-such-host.invalid"])
def test_a_printer_that_is_not_there_is_absent(needles: NeedleBench, uri: str) -> None:
    refused("absent", "no", lambda: needles.printer(uri=uri).print(document(1), "n", 1, "k"))


def test_a_computer_without_poppler_says_so(needles: NeedleBench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    refused("no_tools", "no", lambda: needles.printer().print(document(1), "n", 1, "k"))


# --- labels that are asked -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["is_open", "is_paused", "others", "sheets"])
@pytest.mark.parametrize("is_mute", [False, True])
def test_nothing_is_sent_to_a_printer_that_is_not_ready(labels: LabelBench, paper: Labels, what: str, is_mute: bool) -> None:
    kinds: dict[str, PrinterFault] = {"is_open": "offline", "is_paused": "offline", "others": "busy", "sheets": "paper_out"}
    paper.is_mute_without_paper = is_mute
    setattr(paper, what, 0 if what == "sheets" else 1)
    kind = "offline" if is_mute and what in {"is_open", "sheets"} else kinds[what]
    refused(kind, "no", lambda: labels.printer(patience_s=0.1, answer_s=0.05).print(document(1, LABEL), "n", 1, "k"))
    setattr(paper, what, PLENTY if what == "sheets" else 0)

    assert labels.printer().print(document(1, LABEL), "n", 1, "k") == Printed(1, 1)
    assert labels.lies() == ["1"]


def test_a_label_that_nobody_waits_for_any_more_is_not_waited_for(labels: LabelBench, paper: Labels) -> None:
    def unwanted() -> None:
        raise Unwanted

    assert labels.printer(patience_s=60).print(document(1, LABEL), "标签", 1, "wanted", unwanted) == Printed(1, 1)
    paper.sheets = 0
    refused("paper_out", "no", lambda: labels.printer(patience_s=60).print(document(1, LABEL), "标签", 1, "unwanted", unwanted))


def test_one_that_falls_silent_without_labels_goes_on_when_they_come(labels: LabelBench, paper: Labels) -> None:
    paper.is_mute_without_paper = True
    paper.fill(1)
    Timer(0.1, paper.fill, [PLENTY]).start()

    assert labels.printer(answer_s=0.05, patience_s=5).print(document(1, LABEL), "n", 3, "k") == Printed(3, 3)
    assert labels.lies() == ["1"] * 3


def test_labels_that_did_not_come_are_taken_back(labels: LabelBench, paper: Labels) -> None:
    paper.fill(1)
    refused("paper_out", "unknown", lambda: labels.printer(patience_s=0.1).print(document(1, LABEL), "n", 3, "k"), 1)
    until = 200
    while not paper.taken_back and until:
        until -= 1
        time.sleep(0.005)
    paper.fill(PLENTY)

    assert paper.taken_back == 2
    assert labels.lies() == ["1"]


def test_one_that_cannot_answer_is_believed_when_it_has_taken_everything(labels: LabelBench, paper: Labels) -> None:
    uri = f"zpl://127.0.0.1:{paper.port}?status=no"

    assert labels.printer(uri=uri).print(document(2, LABEL), "n", 2, "k") == Printed(4, 2)
    assert labels.lies() == ["1", "1", "2", "2"]


# --- addresses -----------------------------------------------------------------------------------------------------------------


def test_printers_are_opened_by_their_addresses(needles: NeedleBench, tmp_path: Path) -> None:
    printer = open_printer(f"needle://127.0.0.1:{needles.paper.port}", memory=tmp_path)

    assert printer.print(document(1), "n", 1, "k") == Printed(1, 1)
    assert open_labels("zpl://127.0.0.1:9", memory=tmp_path)
    assert open_printer("ipp://127.0.0.1/ipp/print", memory=tmp_path)


@pytest.mark.parametrize("uri", ["", "lpt1", "needle:lp0", "needle://h/dev/lp0", "needle://h?sheets=0", "needle://h?sheets=x", "zpl://h"])
def test_what_is_no_address_of_a_printer_of_forms_is_refused(uri: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected"):
        open_printer(uri, memory=tmp_path)


@pytest.mark.parametrize("uri", ["", "zpl:", "needle://h", "zpl://h/x"])
def test_what_is_no_address_of_a_printer_of_labels_is_refused(uri: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected"):
        open_labels(uri, memory=tmp_path)
