"""The drawn seal: every glyph in its place, whatever the name."""

from __future__ import annotations

import base64
import math

import pytest
from lxml import etree

from papers.seal import ARC, RING, seal_svg, seal_uri

SVG = "{http://www.w3.org/2000/svg}"


def glyphs(svg: str) -> list[tuple[str, float, float, float]]:
    """(text, x, y, degrees) of the glyphs on the arc."""
    found = []
    for text in etree.fromstring(svg.encode()).iter(f"{SVG}text"):
        if place := text.get("transform"):
            move, turn, _ = place.split(")", 2)
            x, y = (float(part) for part in move.removeprefix("translate(").split())
            found.append((text.text or "", x, y, float(turn.strip().removeprefix("rotate("))))
    return found


@pytest.mark.parametrize("office", ["国税局", "宁波市海曙区国家税务局", "新疆维吾尔自治区巴音郭楞蒙古自治州库尔勒经济技术开发区国家税务局"])
def test_the_name_stands_along_the_arc_from_left_to_right(office: str) -> None:
    placed = glyphs(seal_svg(office))

    assert "".join(glyph for glyph, *_ in placed) == office
    angles = [angle for *_, angle in placed]
    assert angles == sorted(angles)
    assert sum(angles) == pytest.approx(0, abs=0.1)
    assert angles[-1] - angles[0] <= ARC + 0.1
    for _glyph, x, y, angle in placed:
        assert math.hypot(x, y) == pytest.approx(RING, abs=0.1)
        assert math.degrees(math.atan2(x, -y)) == pytest.approx(angle, abs=0.2)


def test_neighbours_never_touch() -> None:
    svg = seal_svg("宁" * 40)
    (size,) = {float(t.get("font-size") or 0) for t in etree.fromstring(svg.encode()).iter(f"{SVG}text")}
    placed = glyphs(svg)

    assert math.dist(placed[0][1:3], placed[1][1:3]) >= size


def test_the_star_has_five_points_and_the_words_stand_below() -> None:
    root = etree.fromstring(seal_svg("宁波市国家税务局", "协查专用章").encode())

    (star,) = root.iter(f"{SVG}path")
    assert (star.get("d") or "").count("L") == 9
    assert [t.text for t in root.iter(f"{SVG}text") if t.get("transform") is None] == ["协查专用章"]


def test_an_empty_name_still_draws_ring_and_star() -> None:
    assert glyphs(seal_svg("")) == []


def test_a_hostile_name_is_text() -> None:
    root = etree.fromstring(base64.b64decode(seal_uri("<&\"'>").partition(",")[2]))

    assert "".join(t.text or "" for t in root.iter(f"{SVG}text")) == "<&\"'>"


def test_the_same_name_gives_the_same_drawing() -> None:
    assert seal_uri("宁波市国家税务局", "公章") == seal_uri("宁波市国家税务局", "公章") != seal_uri("宁波市国家税务局")
