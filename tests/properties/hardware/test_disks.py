"""Whatever is written on a disk is read back or refused, whatever befalls the disk in between: no answer of a damaged disk is taken for a backup."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.disk.floppy import ROOM, SECTOR, SIZE, MtoolsDrive
from hardware.disk.ports import DiskError
from tests.conftest import missing
from tests.factories.floppies import Floppy, tools_missing

NAMES = st.from_regex(r"[A-Z][A-Z0-9_-]{0,7}(\.[A-Z0-9]{1,3})?", fullmatch=True).filter(lambda name: name.partition(".")[0] not in {"CON", "PRN", "AUX", "NUL"} and name[:3] not in {"COM", "LPT"})
SIZES = st.one_of(st.integers(0, 3 * SECTOR), st.sampled_from((SECTOR - 1, SECTOR, SECTOR + 1, ROOM // 2)))
CONTENTS = st.builds(lambda size, seed: (seed * (size // len(seed) + 1))[:size], SIZES, st.binary(min_size=1, max_size=40))
FILES = st.dictionaries(NAMES, CONTENTS, max_size=5)
SECTORS = st.one_of(st.integers(19, 60), st.integers(0, SIZE // SECTOR - 1))  # the directory and the first files; any
FLIPS = st.lists(st.tuples(SECTORS, st.integers(0, SECTOR - 1), st.integers(1, 255)), max_size=6)
LOST = st.lists(SECTORS, max_size=3)  # they hold nothing any more
LENGTHS = st.one_of(st.just(SIZE), st.just(SIZE), st.integers(0, SIZE))


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A formatted disk, copied for each try."""
    if wanted := tools_missing():
        missing("mtools", f"apt install {wanted}")
    disk = Floppy(tmp_path_factory.mktemp("disk"))
    disk.formatted()
    return disk.image.read_bytes()


def written(folder: str, blank: bytes, *sets: Mapping[str, bytes]) -> tuple[Path, MtoolsDrive]:
    """A disk on which these were written, one set after the other."""
    image = Path(folder) / "floppy.img"
    image.write_bytes(blank)
    drive = MtoolsDrive(image, patience_s=20)
    for files in sets:
        drive.write(files)
    return image, drive


@settings(max_examples=20, deadline=None)
@given(old=FILES, new=FILES)
def test_what_is_written_is_read_back(blank: bytes, old: Mapping[str, bytes], new: Mapping[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            image, drive = written(folder, blank, old, new)
        except DiskError as refused:
            assert refused.kind == "full"
            return

        assert drive.read() == new
        assert image.stat().st_size == SIZE


@settings(max_examples=40, deadline=None)
@given(files=FILES, flips=FLIPS, lost=LOST, length=LENGTHS)
def test_of_a_damaged_disk_the_same_is_read_or_nothing(blank: bytes, files: Mapping[str, bytes], flips: list[tuple[int, int, int]], lost: list[int], length: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            image, drive = written(folder, blank, files)
        except DiskError as refused:
            assert refused.kind == "full"
            return
        raw = bytearray(image.read_bytes())
        for sector, at, change in flips:
            raw[sector * SECTOR + at] ^= change
        for sector in lost:
            raw[sector * SECTOR : (sector + 1) * SECTOR] = bytes(SECTOR)
        image.write_bytes(raw[:length])

        try:
            assert drive.read() == files
        except DiskError as refused:
            assert refused.happened == "no"
