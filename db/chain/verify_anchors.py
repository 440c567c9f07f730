"""The chain against what was anchored outside: only there can be seen that its end was cut off, or that all of it was written anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from db.chain.anchors import Anchored, Place, PlaceAway, read_lines
from db.chain.findings import ANCHOR, ANCHOR_AWAY, ANCHOR_CUT, ANCHOR_LINE, SHORTER, Finding, Result
from db.chain.verify_links import Walk


def compare(places: Iterable[Place], taken: Mapping[str, tuple[int, str]], walk: Walk, result: Result) -> None:
    """`taken`: the newest head that each place has taken, as the database remembers it."""
    for place in places:
        try:
            content = place.text()
        except PlaceAway as away:
            result.add(Finding(ANCHOR_AWAY, place.address, detail=str(away)))
            continue
        lines, strange = read_lines(content or "")
        for line in strange:
            result.add(Finding(ANCHOR_LINE, place.address, detail=line))
        result.anchored[place.address] = sum(_agrees(place.address, line, walk, result) for line in lines)
        number, head = taken.get(place.address, (0, ""))
        if walk.heads.get(number) == head and not any(line.head == head for line in lines):
            result.add(Finding(ANCHOR_CUT, place.address, str(number)))


def _agrees(address: str, line: Anchored, walk: Walk, result: Result) -> bool:
    if walk.heads.get(line.number) == line.head:
        return True
    if not walk.forgets(line.number, line.epoch):
        kind = ANCHOR if line.number in walk.heads else SHORTER
        result.add(Finding(kind, address, str(line.number), line.number, line.at))
    return False
