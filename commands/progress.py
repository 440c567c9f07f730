"""Lines that tell a person at the terminal what is going on, and how long it took."""

from __future__ import annotations

import sys
import time

_begun = time.monotonic()


def say(text: str) -> None:
    """One line with the seconds since the start, in the manner of ./run."""
    sys.stdout.write(f"  [{time.monotonic() - _begun:3.0f}s] {text}\n")
    sys.stdout.flush()


def table(headings: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """A plain table whose columns line up in a terminal, where a Chinese character is two cells wide."""
    cells = [tuple(str(cell) for cell in row) for row in [headings, *rows]]
    widths = [max(width_of(row[i]) for row in cells) for i in range(len(headings))]
    lines = ["  ".join(cell + " " * (widths[i] - width_of(cell)) for i, cell in enumerate(row)).rstrip() for row in cells]
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])


def width_of(text: str) -> int:
    """How many cells of a terminal a text takes."""
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)
