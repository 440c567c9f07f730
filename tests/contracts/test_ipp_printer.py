"""What a printer of IPP says and the others cannot: jams, jobs that were cancelled, a printer that is busy; and answers that get lost between it and us."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread, Timer

import pytest

from hardware.printer.ipp_talk import Talk
from hardware.printer.ports import Happened, Printed, PrinterError, PrinterFault, Unwanted
from tests.conftest import missing
from tests.factories import printing
from tests.factories.network import Proxy
from tests.factories.printer_benches import IppBench
from tests.factories.printing import IppTray, NoPrinter
from tests.factories.sheets import document

NAME = "防伪税控一机多票升级工作交接单"
PRINT_JOB, DONE = b"\x02\x00\x00\x02", b"HTTP/1.1 200"


@pytest.fixture(scope="module")
def tray(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IppTray]:
    with ExitStack() as stack:
        try:
            found = stack.enter_context(printing.alone(tmp_path_factory.mktemp("ipp")))
        except NoPrinter as reason:
            missing("ippeveprinter", str(reason))
        yield found


@pytest.fixture
def bench(tray: IppTray, tmp_path: Path) -> IppBench:
    return IppBench(tray, tmp_path / "memory")


@pytest.fixture
def key(tmp_path: Path) -> str:
    """One of its own for each test: the printer remembers the others."""
    return f"{tmp_path.parent.name}/{tmp_path.name}"[-100:]


def refused(kind: PrinterFault, happened: Happened, act: Callable[[], object], printed: int = 0) -> None:
    with pytest.raises(PrinterError) as error:
        act()
    assert (error.value.kind, error.value.happened, error.value.printed) == (kind, happened, printed)
    assert str(error.value)
    assert error.value.en.isascii()


class Lossy(Proxy):
    """Cuts the line at the document itself, or at the answer to it, once."""

    def __init__(self, tray: IppTray, *, at_answer: bool) -> None:
        self._at_answer, self._is_asked, self.has_cut = at_answer, False, False
        super().__init__(tray.uri)

    def _look_at(self, data: bytes) -> None:
        self._is_asked = self._is_asked or PRINT_JOB in data
        if self._is_asked and not self.has_cut and (not self._at_answer or data.startswith(DONE)):
            self.has_cut = True
            raise ConnectionAbortedError


@pytest.fixture
def between(tray: IppTray) -> Iterator[Callable[[bool], Lossy]]:
    with ExitStack() as stack:

        def made(at_answer: bool) -> Lossy:
            line = Lossy(tray, at_answer=at_answer)
            stack.callback(line.close)
            return line

        yield made


def test_the_job_says_what_is_wanted_and_whose_it_is(bench: IppBench, key: str) -> None:
    bench.printer().print(document(1), f"{NAME}\n《一》" * 20, 3, key)

    asked = bench.tray.asked()
    assert (asked["IPP_COPIES"], asked["IPP_MEDIA"], asked["IPP_SIDES"]) == ("3", "iso_a4_210x297mm", "one-sided")
    assert asked["IPP_JOB_NAME"].replace("\\", "").startswith(NAME)
    assert asked["IPP_JOB_NAME"].replace("\\", "").endswith(f" [{key}]")
    assert bench.tray.documents() == [document(1)]


def test_pages_are_told_as_they_come(bench: IppBench, key: str) -> None:
    heard, waits = list[str](), bench.tray.fault("wait-2")

    def say(zh: str, en: str) -> None:
        assert en.isascii()
        heard.append(zh)
        waits.unlink(missing_ok=True)

    assert bench.printer(say=say).print(document(2), NAME, 1, key) == Printed(2, 1)
    assert heard[0] == "已打印 1 页"


@pytest.mark.parametrize(("fault", "kind", "printed"), [("jam-1", "jam", 0), ("jam-2", "jam", 1), ("die-1", "unknown", 0)])
def test_a_jam_leaves_nobody_knowing_where_the_paper_is(bench: IppBench, key: str, fault: str, kind: PrinterFault, printed: int) -> None:
    bench.tray.fault(fault)
    refused(kind, "unknown", lambda: bench.printer().print(document(2), NAME, 1, key), printed)
    bench.tray.clear()

    refused(kind, "unknown", lambda: bench.printer().print(document(2), NAME, 1, key), printed)
    assert bench.lies() == []


@pytest.mark.parametrize(("page", "happened"), [(1, "unknown"), (2, "yes")])
def test_a_job_that_somebody_cancels_ends_with_the_pages_that_were_counted(bench: IppBench, key: str, page: int, happened: Happened) -> None:
    bench.tray.fault(f"wait-{page}")
    talk, looked = Talk(bench.tray.uri, 1), list[int]()

    def alive() -> None:
        looked.append(1)
        if len(looked) == 3:
            (job,) = [job for job in [talk.job_called(f"{NAME} [{key}]")] if job]
            talk.cancel(job.id)
            bench.tray.fault("stop")

    refused("cancelled", happened, lambda: bench.printer().print(document(2), NAME, 1, key, alive), page - 1)


def test_what_waits_for_paper_and_is_taken_back_has_not_been_printed_and_may_be(bench: IppBench, key: str) -> None:
    bench.has_paper_for(0)

    def say(zh: str, _en: str) -> None:
        if zh == "取消打印作业":
            bench.tray.fault("stop")  # this printer ends the job where it stands

    refused("paper_out", "no", lambda: bench.printer(say=say, grace_s=2).print(document(2), NAME, 1, key))
    bench.tray.clear()

    assert bench.printer().print(document(2), NAME, 1, key) == Printed(2, 1)
    assert bench.lies() == ["1", "2"]


def test_what_comes_out_whole_though_it_was_taken_back_counts_as_printed(bench: IppBench, key: str) -> None:
    bench.has_paper_for(0)

    def say(zh: str, _en: str) -> None:
        if zh == "取消打印作业":
            bench.tray.fill()  # this one finishes what it has begun

    assert bench.printer(say=say, grace_s=2).print(document(2), NAME, 1, key) == Printed(2, 1)
    assert bench.lies() == ["1", "2"]


def test_a_busy_printer_is_waited_for_but_not_without_end(bench: IppBench, key: str) -> None:
    waits = bench.tray.fault("wait-1")
    other = Thread(target=lambda: bench.printer(patience_s=5, memory=bench.memory / "other").print(document(1), NAME, 1, f"{key}-other"))
    other.start()
    talk = Talk(bench.tray.uri, 1)
    until = time.monotonic() + 5
    while talk.job_called(f"{NAME} [{key}-other]") is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    refused("busy", "no", lambda: bench.printer(patience_s=0.1).print(document(1), NAME, 1, key))

    Timer(0.1, waits.unlink).start()
    assert bench.printer(patience_s=5).print(document(2), NAME, 1, key) == Printed(2, 1)
    other.join()
    assert bench.lies() == ["1", "1", "2"]


def test_more_copies_than_it_makes_are_refused_before_the_first(bench: IppBench, key: str) -> None:
    refused("refused", "no", lambda: bench.printer().print(document(1), NAME, 1000, key))
    assert bench.lies() == []


@pytest.mark.parametrize(("copies", "counted"), [(1, 1), (2, 3), (2, 2)])
def test_a_printer_that_counts_less_than_it_was_given_is_not_believed(bench: IppBench, key: str, copies: int, counted: int) -> None:
    bench.tray.fault("miscount").write_text(str(counted))

    refused("unknown", "unknown", lambda: bench.printer().print(document(2), NAME, copies, key), counted)


def test_an_answer_that_got_lost_is_asked_for_by_the_name_of_the_job(bench: IppBench, key: str, between: Callable[[bool], Lossy]) -> None:
    line = between(True)

    assert bench.printer(uri=line.url).print(document(2), NAME, 1, key) == Printed(2, 1)
    assert line.has_cut
    assert bench.lies() == ["1", "2"]


def test_another_computer_finds_what_the_first_one_handed_over(bench: IppBench, key: str, tmp_path: Path) -> None:
    bench.printer().print(document(2), NAME, 1, key)

    assert bench.printer(memory=tmp_path / "elsewhere").print(document(2), NAME, 1, key) == Printed(2, 1)
    assert bench.lies() == ["1", "2"]


def test_a_document_that_got_lost_on_its_way_is_not_sent_twice(bench: IppBench, key: str, between: Callable[[bool], Lossy]) -> None:
    line = between(False)
    refused("offline", "unknown", lambda: bench.printer(uri=line.url).print(document(1), NAME, 1, key))
    assert line.has_cut

    refused("offline", "unknown", lambda: bench.printer().print(document(1), NAME, 1, key))
    assert bench.lies() == []


@pytest.mark.parametrize("comes_back", [False, True])
def test_one_that_loses_its_power_half_way_leaves_nobody_knowing(bench: IppBench, key: str, comes_back: bool) -> None:
    bench.tray.fault("wait-2")

    def say(_zh: str, _en: str) -> None:
        if bench.tray.process is not None and not cut:
            cut.append(True)
            bench.switch(on=False)
            if comes_back:  # and counts its jobs from 1 again
                bench.switch(on=True)

    cut = list[bool]()
    refused("unknown" if comes_back else "offline", "unknown", lambda: bench.printer(say=say).print(document(2), NAME, 1, key), 1)
    if not comes_back:
        bench.switch(on=True)
    bench.tray.clear()

    with pytest.raises(PrinterError) as error:
        bench.printer().print(document(2), NAME, 1, key)
    assert error.value.happened == "unknown"
    assert bench.lies() == []


def test_whoever_is_called_away_finds_the_job_again(bench: IppBench, key: str) -> None:
    waits = bench.tray.fault("wait-2")

    def called_away() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.printer().print(document(2), NAME, 1, key, called_away)
    waits.unlink()

    assert bench.printer().print(document(2), NAME, 1, key) == Printed(2, 1)
    assert bench.lies() == ["1", "2"]


def unwanted() -> None:
    raise Unwanted


def test_what_waits_for_paper_is_taken_back_at_once_when_nobody_wants_it_any_more_and_what_comes_out_is_let_come(bench: IppBench, key: str) -> None:
    assert bench.printer().print(document(2), NAME, 1, key, unwanted) == Printed(2, 1)
    bench.has_paper_for(0)

    def say(zh: str, _en: str) -> None:
        if zh == "取消打印作业":
            bench.tray.fault("stop")  # this printer ends the job where it stands

    began = time.monotonic()
    refused("paper_out", "no", lambda: bench.printer(say=say, patience_s=60, grace_s=2).print(document(2), NAME, 1, f"{key}-b", unwanted))
    assert time.monotonic() - began < 30


def test_an_address_without_a_printer_is_named(bench: IppBench, key: str) -> None:
    refused("absent", "no", lambda: bench.printer(uri=bench.tray.uri.replace("/print", "/none")).print(document(1), NAME, 1, key))


@pytest.mark.parametrize(("said", "kind"), [(b"HTTP/1.1 200 OK\r\n\r\nhello", "absent"), (b"HTTP/1.1 403 No\r\n\r\n", "refused"), (b"220 mail\r\n", "offline")])
def test_what_is_no_printer_has_printed_nothing(bench: IppBench, key: str, said: bytes, kind: PrinterFault) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            line, _address = server.accept()
            with line:
                line.recv(65536)
                line.sendall(said)

        Thread(target=answer, daemon=True).start()
        refused(kind, "no", lambda: bench.printer(uri=f"ipp://127.0.0.1:{server.getsockname()[1]}/").print(document(1), NAME, 1, key))


@pytest.mark.parametrize("uri", ["http://h/", "ipp:///x", "ipps://h/", "h"])
def test_what_is_no_address_of_ipp_is_refused(bench: IppBench, uri: str) -> None:
    with pytest.raises(ValueError, match="ipp://"):
        bench.printer(uri=uri)
