"""Places outside: a file that is only appended to, and a target over HTTP; what they cannot take they say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.chain.anchors import Anchored, FilePlace, PlaceAway, WebPlace, places, read_lines
from tests.factories.notary import Notary, notaries

HEAD = "a" * 64
AT = "2026-03-02T01:00:00.000000"
FIRST, SECOND = f"1 0 {HEAD} {AT}", f"2 0 {HEAD} {AT}"


@pytest.fixture
def notary() -> Iterator[Notary]:
    with notaries() as server:
        yield server


def test_a_file_is_only_appended_to(tmp_path: Path) -> None:
    place = FilePlace(str(tmp_path / "heads"))
    assert place.text() is None

    place.put(FIRST)
    place.put(SECOND)

    assert read_lines(place.text() or "") == ([Anchored(1, 0, HEAD, AT), Anchored(2, 0, HEAD, AT)], [])


def test_a_line_that_was_cut_short_spoils_no_other(tmp_path: Path) -> None:
    file = tmp_path / "heads"
    file.write_text(f"{FIRST}\n{SECOND[:20]}")

    FilePlace(str(file)).put(SECOND)

    assert read_lines(file.read_text()) == ([Anchored(1, 0, HEAD, AT), Anchored(2, 0, HEAD, AT)], [])


def test_a_line_that_is_none_of_ours_is_told() -> None:
    assert read_lines(f"{FIRST}\nwho was here\n{SECOND}\n")[1] == ["who was here"]


def test_a_full_disk_says_so() -> None:
    with pytest.raises(PlaceAway, match="No space"):
        FilePlace("/dev/full").put(FIRST)


@pytest.mark.parametrize("where", ["away/heads", "."], ids=["a disk that is not mounted", "a folder"])
def test_a_place_that_cannot_be_written_says_so(where: str, tmp_path: Path) -> None:
    with pytest.raises(PlaceAway):
        FilePlace(str(tmp_path / where)).put(FIRST)

    assert not (tmp_path / "away").exists(), "beside a disk that is not mounted nothing is made"


def test_a_target_takes_a_head_once_and_gives_it_back(notary: Notary) -> None:
    place = WebPlace(notary.address)

    for line in (FIRST, FIRST, SECOND):
        place.put(line)

    assert notary.lines == [FIRST, SECOND]
    assert place.text() == f"{FIRST}\n{SECOND}\n"


def test_a_target_that_refuses_or_is_away_says_so(notary: Notary) -> None:
    place = WebPlace(notary.address)
    notary.status = 503
    with pytest.raises(PlaceAway, match="HTTP 503"):
        place.put(FIRST)
    with pytest.raises(PlaceAway, match="refused"):
        WebPlace("http://127.0.0.1:9/").put(FIRST)
    notary.status = 404
    assert place.text() is None


def test_places_are_files_and_addresses() -> None:
    assert places("/mnt/a b/heads, https://host/x,,/mnt/a b/heads") == [FilePlace("/mnt/a b/heads"), WebPlace("https://host/x")]
