"""The round seal that is printed over the signing line: a pure drawing, given to templates as a data URI."""

from __future__ import annotations

import base64
from html import escape
from math import cos, pi, sin

RED = "#d7000f"
FAMILY = "SimSun, Noto Serif CJK SC, serif"
RADIUS = 97.0
ARC = 285.0  # degrees that a long name may take up
STEP = 26.0  # degrees between two glyphs of a short name
RING = 74.0  # radius on which the middles of the glyphs stand
LENGTHENED = 1.25  # glyphs on seals are taller than wide


def seal_uri(office: str, below: str = "") -> str:
    """A data URI of `seal_svg`, for the `src` of an image."""
    return "data:image/svg+xml;base64," + base64.b64encode(seal_svg(office, below).encode()).decode()


def seal_svg(office: str, below: str = "") -> str:
    """A red round seal: the office's name along the arc, a five-pointed star, and a line of words (协查专用章) below it.

    Every glyph is placed and turned by itself: the renderer sets no text along a path.
    """
    drawn = "".join(_glyph(glyph, angle, size) for glyph, angle, size in _along(office))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-100 -100 200 200" width="42mm" height="42mm">'
        f'<g fill="{RED}" font-family="{FAMILY}" font-weight="bold" opacity="0.82">'
        f'<circle r="{RADIUS:g}" fill="none" stroke="{RED}" stroke-width="4.5"/><path d="{_star(27)}"/>{drawn}{_line(below)}</g></svg>'
    )


def _along(office: str) -> list[tuple[str, float, float]]:
    """(glyph, degrees clockwise from the top, size) for each character of the name."""
    glyphs = [glyph for glyph in office if not glyph.isspace()]
    step = min(STEP, ARC / max(len(glyphs) - 1, 1))
    size = min(22.0, RING * step * pi / 180 * 0.94)
    first = -step * (len(glyphs) - 1) / 2
    return [(glyph, first + step * at, size) for at, glyph in enumerate(glyphs)]


def _glyph(glyph: str, angle: float, size: float) -> str:
    radians = angle * pi / 180
    place = f"translate({RING * sin(radians):.2f} {-RING * cos(radians):.2f}) rotate({angle:.2f}) scale(1 {LENGTHENED})"
    return f'<text transform="{place}" y="{size * 0.36:.2f}" font-size="{size:.2f}" text-anchor="middle">{escape(glyph)}</text>'


def _line(words: str) -> str:
    if not words:
        return ""
    size = min(17.0, 92 / len(words))
    return f'<text y="56" font-size="{size:.2f}" text-anchor="middle">{escape(words)}</text>'


def _star(radius: float) -> str:
    """A five-pointed star around the middle, a point upwards."""
    inner = radius * sin(pi / 10) / sin(7 * pi / 10)
    corners = []
    for at in range(10):
        reach, turn = (radius if at % 2 == 0 else inner), at * pi / 5
        corners.append(f"{reach * sin(turn):.2f} {-reach * cos(turn):.2f}")
    return f"M{' L'.join(corners)} Z"
