"""A file as a list of invoice faces: which kind of file it is, which column is which, and row after row what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from records.coinvestigation.faces import COLUMNS, OPTIONAL, Face, Fault, read_face
from records.coinvestigation.imports.limits import MB, FileRefused, ImportLimits
from records.coinvestigation.imports.xlsx import open_xlsx
from records.coinvestigation.imports.xlsx.package import OLE
from records.coinvestigation.imports.xlsx.sheet import column_letters
from records.coinvestigation.kinds import Source
from records.csv_file import open_csv
from records.rows import Row, Table
from records.sentences import Refusal

_ZIP = b"PK\x03\x04"
_ALIASES = {
    "代码": "invoice_code", "号码": "invoice_number", "发票联次": "copy", "不含税金额": "amount", "销方税号": "seller_id",
    "销货方税号": "seller_id", "销方名称": "seller_name", "购方税号": "buyer_id", "购货方税号": "buyer_id", "购方名称": "buyer_name",
}  # fmt: skip
_KEYS = {name: key for key, (name, _) in COLUMNS.items()} | {key: key for key in COLUMNS} | _ALIASES
_DECORATION = re.compile(r"[\s*:：]|[(（].*[)）]")


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row of the list: a face, or its faults (never both, never neither)."""

    line: int
    face: Face | None
    faults: Sequence[Fault]


@dataclass(frozen=True)
class InvoiceList:
    """A file whose header was understood."""

    read_as: str
    expected: int
    rows: Iterator[ListRow]


def open_list(content: bytes, file_name: str, source: Source, today: date, limits: ImportLimits) -> InvoiceList:
    """Opens a file as a list of this source; dates of issue may not lie after `today`.

    Raises: FileRefused, at once or while the rows are read.
    """
    table = _open(content, file_name, limits)
    header = next(table.rows, None)
    if header is None:
        raise FileRefused("file_empty")
    keys = _match(header, table.read_as)
    return InvoiceList(table.read_as, max(0, table.expected - 1), _rows(table, keys, source, today, limits))


def refuse_size(content_size: int, limits: ImportLimits) -> None:
    """Raises FileRefused for a file that is empty or too large."""
    if content_size == 0:
        raise FileRefused("file_empty")
    if content_size > limits.max_bytes:
        raise FileRefused("file_too_large", size=-(-content_size // MB), limit=limits.max_bytes // MB)


def refuse_kind(content: bytes, file_name: str) -> None:
    """Raises FileRefused for what is neither CSV nor XLSX, as far as its first bytes and its name tell."""
    ending = file_name.rpartition(".")[2].lower()
    if not content.startswith((_ZIP, OLE)) and ending not in {"csv", "txt"}:
        raise FileRefused("file_no_xlsx" if ending == "xlsx" else "file_kind", file=file_name)


def _open(content: bytes, file_name: str, limits: ImportLimits) -> Table:
    refuse_size(len(content), limits)
    ending = file_name.rpartition(".")[2].lower()
    if ending in {"xlsm", "xltm", "xlsb", "xlam"}:
        raise FileRefused("file_macros", part=f".{ending}")
    refuse_kind(content, file_name)
    return open_xlsx(content, limits) if content.startswith((_ZIP, OLE)) else open_csv(content)


def _match(header: Row, read_as: str) -> list[str]:
    """The key of each column; raises FileRefused naming every column that is unknown, missing or there twice."""
    names = [_DECORATION.sub("", text) for text in header.texts]
    keys = [_KEYS.get(name, "") for name in names]
    if not any(keys):
        raise FileRefused("file_no_header", line=header.line, encoding=read_as)
    unknown = [text or column_letters(at) for at, (text, key) in enumerate(zip(header.texts, keys, strict=True)) if not key]
    missing = [key for key in COLUMNS if key not in keys and key not in OPTIONAL - {"problem"}]
    double = sorted({key for key in keys if key and keys.count(key) > 1})
    faults = [("缺少", "missing", missing), ("重复", "twice", double)]
    zh = [f"{word}“{'”“'.join(COLUMNS[key][0] for key in found)}”" for word, _, found in faults if found]
    en = [f"{word}: {', '.join(COLUMNS[key][1] for key in found)}" for _, word, found in faults if found]
    if unknown:
        zh.append(f"不认识“{'”“'.join(unknown)}”")
        en.append(f"unknown: {', '.join(unknown)}")
    if header.refused:
        zh.append(header.refused[0][2].say("zh"))
        en.append(header.refused[0][2].say("en"))
    if zh:
        raise FileRefused("file_columns", faults="；".join(zh), faults_en="; ".join(en))
    return keys


def _rows(table: Table, keys: list[str], source: Source, today: date, limits: ImportLimits) -> Iterator[ListRow]:
    count = 0
    for row in table.rows:
        count += 1
        if count > limits.max_rows:
            raise FileRefused("file_rows", limit=f"{limits.max_rows:,}")
        yield _check(row, keys, source, today)
    if not count:
        raise FileRefused("file_no_rows")


def _check(row: Row, keys: list[str], source: Source, today: date) -> ListRow:
    texts = dict(zip(keys, row.texts, strict=False))
    face, faults = read_face(texts, source, today)
    if len(row.texts) > len(keys) or any(at >= len(keys) for at, _, _ in row.refused):
        faults.append(Fault("", "", Refusal("extra_cells", {"found": len(row.texts), "expected": len(keys)})))
    if row.refused:
        unreadable = [Fault(keys[at] if at < len(keys) else "", value, refusal) for at, value, refusal in row.refused]
        known = {fault.column for fault in unreadable}
        faults = [*unreadable, *(fault for fault in faults if fault.column not in known)]
    return ListRow(row.line, None if faults else face, faults)
