"""Paper for tests of printers: documents whose every page bears a QR code of its own, and what lies in the tray, drawn as PNG and read by zbar."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import segno
from pypdf import PdfReader, PdfWriter, Transformation

MM = 72 / 25.4
A4, LABEL = (210.0, 297.0), (60.0, 40.0)


@cache
def document(pages: int, size: tuple[float, float] = A4, said: str = "{}") -> bytes:
    """A PDF of so many pages, on each a QR code that says which it is."""
    writer, out = PdfWriter(), io.BytesIO()
    for number in range(1, pages + 1):
        drawn = io.BytesIO()
        # The encoding is named (ECI): without it zbar takes short Chinese for Shift_JIS.
        code = segno.make(said.format(number), error="q", micro=False, mode="byte", encoding="utf-8", eci=True)
        code.save(drawn, kind="pdf", scale=4, border=2)
        page = writer.add_blank_page(size[0] * MM, size[1] * MM)
        page.merge_transformed_page(PdfReader(drawn).pages[0], Transformation().translate(6 * MM, size[1] * MM - 36 * MM))
    writer.write(out)
    return out.getvalue()


def png(width: int, rows: Sequence[bytes]) -> bytes:
    """A picture of rows with one byte a dot, 1 for black."""
    raw = b"".join(b"\0" + row.translate(bytes([255, 0]) + bytes(254)) for row in rows)
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, len(rows), 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(raw, 1)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content)) for kind, content in parts)


def read(pictures: Sequence[Path]) -> list[str]:
    """What the QR codes of the pictures say, one after the other."""
    done = subprocess.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", *map(str, pictures)], capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def tools_missing() -> str:
    """What has to be installed to draw and read, nothing if all is there."""
    found = {"poppler-utils": "pdftoppm", "zbar-tools": "zbarimg"}
    return " ".join(package for package, tool in found.items() if shutil.which(tool) is None)
