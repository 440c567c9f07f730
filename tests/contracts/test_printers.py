"""The port of a printer, one suite for all: ippeveprinter over IPP, needles over ESC/P and labels over ZPL in our own printers, and the simulator's folder.

What has come out is looked at in the tray: zbar reads each sheet's QR code, so that a page that was printed twice, or torn, shows.

Source: Xicheng, 三(一)1 (交接单一式两份, 标签).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from hardware.printer.once import HandedOver
from hardware.printer.ports import Happened, Printed, PrinterError, PrinterFault
from tests.conftest import missing
from tests.factories import printing
from tests.factories.plain_printers import PLENTY, Labels, Needles
from tests.factories.printer_benches import Bench, FolderBench, IppBench, LabelBench, NeedleBench
from tests.factories.printing import IppTray, NoPrinter
from tests.factories.sheets import document, tools_missing

NAME = "防伪税控一机多票升级工作交接单"
SOON_S = 0.1
PLAIN = ("needle", "label")


@pytest.fixture(scope="module")
def tray(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IppTray]:
    with ExitStack() as stack:
        try:
            found = stack.enter_context(printing.alone(tmp_path_factory.mktemp("ipp")))
        except NoPrinter as reason:
            missing("ippeveprinter", str(reason))
        yield found


@pytest.fixture
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    kind, memory = request.param, tmp_path / "memory"
    if wanted := tools_missing():
        missing("what draws and reads paper", f"apt install {wanted}")
    if kind == "ipp":
        yield IppBench(request.getfixturevalue("tray"), memory)
    elif kind == "folder":
        yield FolderBench(tmp_path / "folder")
    else:
        (tmp_path / "tray").mkdir()
        paper = Needles(tmp_path / "tray") if kind == "needle" else Labels(tmp_path / "tray")
        yield NeedleBench(paper, memory) if kind == "needle" else LabelBench(paper, memory)
        paper.switch_off()
        assert paper.faults == []  # it understood all that it was told


@pytest.fixture
def key(tmp_path: Path) -> str:
    """One of its own for each test: a printer that all of them share remembers the others."""
    return f"{tmp_path.parent.name}/{tmp_path.name}"[-100:]


def on(*kinds: str) -> pytest.MarkDecorator:
    """The test is run at each of these printers."""
    return pytest.mark.parametrize("bench", kinds or ("ipp", *PLAIN, "folder"), indirect=True)


def refused(kind: PrinterFault, happened: Happened, act: Callable[[], object], printed: int = 0) -> None:
    """Refused in two languages, and it is said what happened and how many pages are known to lie there."""
    with pytest.raises(PrinterError) as error:
        act()
    assert (error.value.kind, error.value.happened, error.value.printed) == (kind, happened, printed)
    assert str(error.value)
    assert error.value.en.isascii()


# --- what all have in common ---------------------------------------------------------------------------------------------------


@on()
def test_every_page_of_every_copy_comes_out_in_its_order(bench: Bench, key: str) -> None:
    assert bench.printer().print(document(2, bench.size), NAME, 2, key) == Printed(4, 2)
    assert sorted(bench.lies()) == ["1", "1", "2", "2"]


@on()
def test_asked_again_with_its_key_it_answers_as_before_and_prints_nothing(bench: Bench, key: str) -> None:
    first = bench.printer().print(document(1, bench.size), NAME, 1, key)

    assert bench.printer().print(document(1, bench.size), NAME, 1, key) == first  # after a start of the station
    assert bench.lies() == ["1"]
    assert bench.printer().print(document(1, bench.size), NAME, 1, f"{key}-2") == first  # another document, the same words
    assert bench.lies() == ["1", "1"]


@on()
def test_one_that_is_off_has_printed_nothing_and_prints_when_it_is_on(bench: Bench, key: str) -> None:
    bench.switch(on=False)
    refused("offline", "no", lambda: bench.printer().print(document(1, bench.size), NAME, 1, key))
    bench.switch(on=True)

    assert bench.printer().print(document(1, bench.size), NAME, 1, key) == Printed(1, 1)
    assert bench.lies() == ["1"]


@on()
def test_what_is_no_pdf_is_refused(bench: Bench, key: str) -> None:
    refused("refused", "no", lambda: bench.printer().print(b"%!PS", NAME, 1, key))
    assert bench.lies() == []


@on()
@pytest.mark.parametrize(("copies", "key", "said"), [(0, "k", "a copy"), (1, "", "key"), (1, "发票", "key"), (1, "a b", "key"), (1, "k" * 121, "key"), (1, "k\n", "key")])
def test_an_order_that_no_printer_takes_is_a_mistake_of_the_caller(bench: Bench, copies: int, key: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        bench.printer().print(document(1, bench.size), NAME, copies, key)


@on()
def test_one_that_dies_at_the_second_page_leaves_nobody_knowing_and_is_not_asked_to_print_again(bench: Bench, key: str) -> None:
    bench.dies_at(2)
    known = 0 if isinstance(bench, NeedleBench) else 1
    for _ in range(2):
        with pytest.raises(PrinterError) as error:
            bench.printer().print(document(3, bench.size), NAME, 1, key)
        assert (error.value.happened, error.value.printed) == ("unknown", known)

    assert bench.lies() == ["1"]


@on()
def test_a_computer_that_dies_before_it_could_note_the_end_prints_nothing_twice(bench: Bench, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = HandedOver._remember

    def dies(self: HandedOver, key: str, end: Mapping[str, Any]) -> None:
        if end:
            raise KeyboardInterrupt
        noted(self, key, end)

    monkeypatch.setattr(HandedOver, "_remember", dies)
    with pytest.raises(KeyboardInterrupt):
        bench.printer().print(document(2, bench.size), NAME, 1, key)
    monkeypatch.undo()

    if isinstance(bench, IppBench):  # it knows the job by its name
        assert bench.printer().print(document(2, bench.size), NAME, 1, key) == Printed(2, 1)
    else:
        refused("unknown", "unknown", lambda: bench.printer().print(document(2, bench.size), NAME, 1, key))
    assert bench.lies() == ["1", "2"]


@on("ipp", *PLAIN)
def test_one_that_is_off_when_it_is_asked_for_what_it_may_have_leaves_nobody_knowing(bench: Bench, key: str) -> None:
    assert not isinstance(bench, FolderBench)
    HandedOver(bench.memory)._remember(key, {})
    bench.switch(on=False)
    with pytest.raises(PrinterError) as error:
        bench.printer().print(document(1, bench.size), NAME, 1, key)
    bench.switch(on=True)

    assert error.value.happened == "unknown"


# --- paper ---------------------------------------------------------------------------------------------------------------------


@on("ipp", *PLAIN)
@pytest.mark.parametrize("at", [0, 1])
def test_paper_that_comes_in_time_is_printed_on(bench: Bench, key: str, at: int) -> None:
    assert not isinstance(bench, FolderBench)
    heard = list[str]()

    def say(zh: str, _en: str) -> None:
        heard.append(zh)
        if zh == "打印机缺纸":
            bench.has_paper_for(PLENTY)

    bench.has_paper_for(at)
    tells = not isinstance(bench, NeedleBench) or isinstance(bench, LabelBench)
    if not tells:  # a line of bytes says nothing of paper
        Timer(SOON_S, bench.has_paper_for, [PLENTY]).start()

    assert bench.printer(say=say).print(document(2, bench.size), NAME, 1, key) == Printed(2, 1)
    assert bench.lies() == ["1", "2"]
    assert ("打印机缺纸" in heard) == tells


@on("folder", "label")
def test_without_paper_from_the_beginning_nothing_was_printed(bench: Bench, key: str) -> None:
    bench.has_paper_for(0)
    refused("paper_out", "no", lambda: bench.printer().print(document(2, bench.size), NAME, 1, key))
    bench.has_paper_for(PLENTY)

    assert bench.printer().print(document(2, bench.size), NAME, 1, key) == Printed(2, 1)
    assert bench.lies() == ["1", "2"]


@on()
def test_paper_that_ends_and_does_not_come_is_named_with_what_was_printed(bench: Bench, key: str) -> None:
    ends: dict[str, tuple[PrinterFault, Happened, int]] = {
        "ipp": ("paper_out", "unknown", 1), "label": ("paper_out", "unknown", 1), "needle": ("unknown", "unknown", 0), "folder": ("paper_out", "yes", 1),
    }  # fmt: skip
    kind, happened, printed = ends[type(bench).__name__.removesuffix("Bench").lower()]
    bench.has_paper_for(1)
    for _ in range(2):  # and is not tried again
        refused(kind, happened, lambda: bench.printer().print(document(2, bench.size), NAME, 1, key), printed)

    assert bench.lies() == ["1"]
