"""Reads CSV in UTF-8 (with or without BOM), UTF-16 or GB18030, told apart by their bytes; separated by comma, semicolon or tab."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import chain

from records.files import FileRefused
from records.rows import Row, Table

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NAMES = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "gb18030": "GB18030"}
_BOM = "\ufeff"
_STEP = 1 << 16


def open_csv(content: bytes) -> Table:
    """The rows of a CSV file; raises FileRefused at once for a wrong encoding, while reading for a malformed row."""
    encoding = detect_encoding(content)
    return Table(_NAMES[encoding], content.count(b"\n"), _rows(content, encoding))


def detect_encoding(content: bytes) -> str:
    """The codec in which all of the content is valid; raises FileRefused naming the first line that is not.

    A BOM decides. Without one, NUL bytes mean UTF-16; else UTF-8 is tried first, since Chinese text in GB18030 hardly ever
    happens to be valid UTF-8.
    """
    marked = next((codec for bom, codec in _BOMS if content.startswith(bom)), None)
    if marked is not None:
        candidates = [marked]
    elif b"\0" in content[:_STEP]:
        candidates = ["utf-16-le" if content[1:_STEP:2].count(0) >= content[0:_STEP:2].count(0) else "utf-16-be"]
    else:
        candidates = ["utf-8", "gb18030"]
    wrong = [(_first_invalid(content, codec), codec) for codec in candidates]
    right = next((codec for at, codec in wrong if at is None), None)
    if right is not None:
        return right
    at, codec = max((at, codec) for at, codec in wrong if at is not None)  # what was readable longest was probably meant
    line = content[:at].decode(codec, "ignore").count("\n") + 1  # not of bytes: 上 holds the byte 0A in UTF-16
    raise FileRefused("file_encoding", line=line, encoding=_NAMES[codec])


def _first_invalid(content: bytes, codec: str) -> int | None:
    """Where decoding fails, in bytes from the start; None when it does not. Keeps no text."""
    decoder = codecs.getincrementaldecoder(codec)()
    view = memoryview(content)
    for start in range(0, len(content) + 1, _STEP):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(bytes(view[start : start + _STEP]), final=start + _STEP > len(content))
        except UnicodeDecodeError as error:
            return max(0, start - pending + error.start)
    return None


def _rows(content: bytes, encoding: str) -> Iterator[Row]:
    text = io.TextIOWrapper(io.BytesIO(content), encoding, newline="")
    first = text.readline().removeprefix(_BOM)
    reader = csv.reader(chain([first], text), delimiter=max(",;\t", key=first.count), strict=True)
    line = 1
    try:
        for cells in reader:
            texts = [cell.strip() for cell in cells]
            if any(texts):
                yield Row(line, texts)
            line = reader.line_num + 1
    except csv.Error as error:
        raise FileRefused("file_csv", line=line, reason=str(error)) from error
