"""The port of a drive, one suite for every disk: an image in a folder, and a drive whose sectors really fail. Both are worked by the programs of the system."""

from __future__ import annotations

import errno
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from hardware.disk import floppy
from hardware.disk.floppy import NAMES, ROOM, SECTOR, SIZE, MtoolsDrive
from hardware.disk.manifest import MANIFEST, manifest
from hardware.disk.ports import (
    BadSector,
    DiskAbsent,
    DiskCorrupt,
    DiskError,
    DiskFull,
    DiskProtected,
    FloppyDrive,
    NoDiskTools,
    NotFormatted,
)
from tests.conftest import missing
from tests.factories.floppies import LABEL, FaultyFloppy, Floppy, NoMount, looped, tools_missing

CONTENT = "发票明细 4403034140 00012001".encode("gbk") * 50
FILES = {"SJ200401.DAT": bytes(range(256)) * 40, "FPMX.TXT": CONTENT}
ACTS: dict[str, Callable[[FloppyDrive], object]] = {
    "format": lambda drive: drive.format("X"),
    "write": lambda drive: drive.write({"NEW.DAT": b"new"}),
    "read": lambda drive: drive.read(),
}


@pytest.fixture(autouse=True)
def tools() -> None:
    if wanted := tools_missing():
        missing("mtools", f"apt install {wanted}")


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[FaultyFloppy]:
    """A disk in a drive that is told how to fail."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(FaultyFloppy(tmp_path).mounted())
        except NoMount as reason:
            pytest.skip(f"a kernel with FUSE and root are wanted, which nobody can install: {reason}")
        yield found


@pytest.fixture(params=["image", "drive"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Floppy:
    found: Floppy = Floppy(tmp_path) if request.param == "image" else request.getfixturevalue("faulty")
    return found


def refused(kind: type[DiskError], act: Callable[[], object], happened: str = "no") -> None:
    """Refused in two languages, and it is said what happened."""
    with pytest.raises(kind) as error:
        act()
    assert error.value.happened == happened
    assert str(error.value)
    assert kind is DiskCorrupt or not re.search("[A-Za-z]{3} ", str(error.value))  # what the system says in English is for no clerk
    assert error.value.en.isascii()


def test_a_formatted_disk_has_its_label_and_no_file(disk: Floppy) -> None:
    drive = disk.formatted()

    assert (drive.label(), drive.read(), disk.said_by_fsck()) == (LABEL, {}, 0)


@pytest.mark.parametrize("act", ["write", "read"])
def test_a_blank_disk_is_unformatted(disk: Floppy, act: str) -> None:
    refused(NotFormatted, lambda: ACTS[act](disk.drive()))


def test_what_is_written_is_read_by_whoever_puts_the_disk_in_next(disk: Floppy) -> None:
    disk.formatted().write(FILES)

    assert disk.drive().read() == FILES
    assert (disk.drive().label(), disk.said_by_fsck()) == (LABEL, 0)


def test_a_write_puts_the_new_in_the_place_of_the_old(disk: Floppy) -> None:
    drive = disk.formatted()
    drive.write({**FILES, "BIG.DAT": bytes(ROOM // 2)})
    new = {"FPMX.TXT": b"", "BIG2.DAT": b"\xff" * (ROOM // 2 + SECTOR)}
    drive.write(new)

    assert drive.read() == new


def test_a_disk_takes_so_much_and_no_more_and_keeps_what_it_had(disk: Floppy) -> None:
    drive = disk.formatted()
    drive.write(FILES)

    refused(DiskFull, lambda: drive.write({"BIG.DAT": bytes(ROOM - SECTOR + 1)}))
    refused(DiskFull, lambda: drive.write({f"F{number}": b"" for number in range(NAMES + 1)}))
    assert drive.read() == FILES
    drive.write(full := {"BIG.DAT": b"\xaa" * (ROOM - SECTOR)})
    assert drive.read() == full


def test_a_disk_takes_so_many_names(tmp_path: Path) -> None:
    many = {f"F{number}": b"" for number in range(NAMES)}
    drive = Floppy(tmp_path).formatted()
    drive.write(many)

    assert drive.read() == many


@pytest.mark.parametrize("act", ["format", "write"])
def test_an_open_tab_forbids_writing_and_not_reading(disk: Floppy, act: str) -> None:
    drive = disk.formatted()
    drive.write(FILES)
    disk.protect()

    refused(DiskProtected, lambda: ACTS[act](drive))
    assert drive.read() == FILES


@pytest.mark.parametrize("act", ACTS)
def test_without_a_disk_nothing_is_done(disk: Floppy, act: str) -> None:
    drive = disk.formatted()
    disk.take_out()

    refused(DiskAbsent, lambda: ACTS[act](drive))


@pytest.mark.parametrize("where", [CONTENT, FILES["SJ200401.DAT"], manifest(FILES), manifest(FILES)[-40:], b"SJ200401DAT"])
def test_one_bit_that_changed_is_seen(disk: Floppy, where: bytes) -> None:
    drive = disk.formatted()
    drive.write(FILES)
    disk.change(where)

    refused(DiskCorrupt, drive.read)
    drive.write(FILES)  # and the disk can be written anew
    assert drive.read() == FILES


@pytest.mark.parametrize("length", [0, 100, 5000, 40 * SECTOR, SIZE - 1])
def test_a_disk_that_was_cut_short_is_not_believed(tmp_path: Path, length: int) -> None:
    drive = (disk := Floppy(tmp_path)).formatted()
    drive.write(FILES)
    disk.image.write_bytes(disk.image.read_bytes()[:length])

    refused({0: DiskAbsent, 100: NotFormatted}.get(length, DiskCorrupt), drive.read)
    refused(NotFormatted if length else DiskAbsent, lambda: drive.format(LABEL))


@pytest.mark.parametrize("label", [b"NO NAME    ", "数据".encode("gbk").ljust(11), bytes(11)])
def test_a_disk_that_another_program_formatted_takes_a_backup(tmp_path: Path, label: bytes) -> None:
    disk = Floppy(tmp_path)
    drive = disk.formatted()
    disk.image.write_bytes(disk.image.read_bytes().replace(LABEL.ljust(11).encode(), label))
    drive.write(FILES)

    assert disk.drive().read() == FILES


@pytest.mark.parametrize(("has", "is_blank"), [("no format", True), ("no file", True), ("files deleted", True), ("files", False), ("another format", False)])
def test_a_disk_is_blank_where_nothing_of_anybody_stands_on_it(disk: Floppy, has: str, is_blank: bool) -> None:
    if has != "no format":  # as a computer of the time formats it
        subprocess.run(["/usr/sbin/mkfs.fat", "-F", "12", str(disk.image)], check=True, capture_output=True)
        subprocess.run(["mcopy", "-i", str(disk.image), __file__, "::A long name of books.xls"], check=True)
    if has in {"no file", "files deleted"}:
        subprocess.run(["mdel", "-i", str(disk.image), "::A long name of books.xls"], check=True)
    if has == "no file":
        disk.image.write_bytes(disk.image.read_bytes()[: 19 * SECTOR].ljust(SIZE, b"\0"))
    if has == "another format":
        disk.image.write_bytes(disk.image.read_bytes().replace(b"\x02\xe0\x00", b"\x02\x70\x00", 1))
    before = disk.image.read_bytes()

    assert (disk.drive().is_blank(), disk.image.read_bytes() == before) == (is_blank, True)


def test_a_disk_without_a_manifest_is_not_believed(tmp_path: Path) -> None:
    disk = Floppy(tmp_path)
    disk.formatted()
    disk.change(b"MANIFESTTXT")

    refused(DiskCorrupt, disk.drive().read)


@pytest.mark.parametrize("name", ["", "sj.dat", "SJ200401X.DAT", "A.DATA", "../A", "发票.DAT", "A B", "NUL", "COM1.TXT", MANIFEST, ".A", "A\n"])
def test_a_name_that_no_disk_of_the_time_holds_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    drive = Floppy(tmp_path).formatted()

    with pytest.raises(ValueError, match=r"8\.3"):
        drive.write({"OK.DAT": b"x", name: b"x"})
    with pytest.raises(ValueError, match="label"):
        drive.format("a label that is too long")
    assert drive.read() == {}


def test_a_manifest_that_names_places_outside_the_disk_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forged: Mapping[str, bytes] = {"../../X": b"x"}
    monkeypatch.setattr(floppy, "manifest", lambda _files: manifest(forged))

    refused(DiskCorrupt, lambda: Floppy(tmp_path).formatted(), "unknown")


def test_a_device_is_worked_as_an_image_is(tmp_path: Path) -> None:
    disk = Floppy(tmp_path)
    try:
        with looped(disk.image) as device:
            drive = MtoolsDrive(device)
            drive.format(LABEL)
            drive.write(FILES)
            assert (drive.read(), drive.label()) == (FILES, LABEL)
        with looped(disk.image, read_only=True) as device:
            refused(DiskProtected, lambda: MtoolsDrive(device).write({}))
            assert MtoolsDrive(device).read() == FILES
    except NoMount as reason:
        pytest.skip(f"a loop device and root are wanted, which nobody can install: {reason}")
    assert disk.drive().read() == FILES


# --- a drive that fails --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sectors", [[0], [1, 10], [19], [33], [40]], ids=["boot", "both tables", "directory", "first cluster", "amidst a file"])
def test_a_bad_sector_is_named_by_whoever_meets_it(faulty: FaultyFloppy, sectors: list[int]) -> None:
    drive = faulty.formatted()
    drive.write(FILES)
    faulty.bad = dict.fromkeys(sectors, errno.EIO)

    refused(BadSector, drive.read)
    refused(BadSector, lambda: drive.write(FILES), "no" if 0 in sectors else "unknown")
    faulty.bad = {}
    drive.format(LABEL)
    assert drive.read() == {}


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, DiskFull), (errno.EROFS, DiskProtected), (errno.ENOMEDIUM, DiskAbsent)])
def test_what_a_drive_says_in_the_middle_is_told_and_the_disk_must_be_read(faulty: FaultyFloppy, number: int, kind: type[DiskError]) -> None:
    drive = faulty.formatted()
    faulty.bad = {40: number}

    refused(kind, lambda: drive.write(FILES), "unknown")


def test_what_the_drive_loses_is_seen_though_the_computer_remembers_it(faulty: FaultyFloppy) -> None:
    drive = faulty.formatted()
    faulty.is_remembered, faulty.lose = True, frozenset([40])

    refused(DiskCorrupt, lambda: drive.write(FILES), "unknown")
    faulty.lose = frozenset()
    drive.write(FILES)
    assert drive.read() == FILES


def test_a_disk_taken_out_at_any_sector_of_a_write_holds_the_old_the_new_or_what_is_seen_to_be_neither(faulty: FaultyFloppy) -> None:
    drive, old, new = faulty.formatted(), {"OLD.DAT": b"old" * 300}, {"NEW.DAT": b"new" * 300, "OLD.DAT": b"n"}
    drive.write(old)
    begun = faulty.touched
    drive.write(new)
    outcomes = list[str]()

    for left in range(0, faulty.touched - begun, 23):
        faulty.left = None
        drive.write(old)
        faulty.left = left
        with pytest.raises(DiskError) as cut:
            drive.write(new)
        faulty.left = None
        try:
            found = drive.read()
            outcomes.append("old" if found == old else "new")
            assert found in ([old] if cut.value.happened == "no" else [old, new])
        except (DiskCorrupt, NotFormatted):
            outcomes.append("neither")
            assert cut.value.happened == "unknown"
            drive.format(LABEL)
    assert {"old", "neither", "new"} == set(outcomes), outcomes


def test_a_drive_that_is_silent_is_not_waited_for_without_end(faulty: FaultyFloppy) -> None:
    faulty.formatted().write(FILES)
    faulty.slow_s = 0.02

    refused(BadSector, MtoolsDrive(faulty.path, patience_s=0.05).read)


def test_a_computer_without_room_for_its_own_copy_leaves_the_disk_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drive = Floppy(tmp_path).formatted()
    drive.write(FILES)
    monkeypatch.setattr(Path, "write_bytes", _no_room)

    with pytest.raises(OSError, match="No space"):
        drive.write({"NEW.DAT": b"new"})
    monkeypatch.undo()
    assert drive.read() == FILES


def _no_room(_path: Path, _content: bytes) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_computer_without_the_tools_says_so_before_it_touches_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drive = Floppy(tmp_path).formatted()
    monkeypatch.setitem(floppy._ENVIRONMENT, "PATH", str(tmp_path))

    refused(NoDiskTools, lambda: drive.format("X"))
    monkeypatch.undo()
    assert drive.label() == LABEL
