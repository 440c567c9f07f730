"""Finds the one sheet with data, its texts and its date formats, and gives its rows."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from records.coinvestigation.imports.limits import FileRefused, ImportLimits
from records.coinvestigation.imports.xlsx.package import Package, open_package
from records.coinvestigation.imports.xlsx.sheet import SheetReader, Workbook
from records.coinvestigation.imports.xlsx.texts import read_texts
from records.rows import Row, Table

NOTES = "填表说明"  # the second sheet of our own template
_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_NOT_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DATE_LETTER = re.compile(r"[yYdD年月日]|(?<![#0.])[mM]")


def open_xlsx(content: bytes, limits: ImportLimits) -> Table:
    """The rows of the only sheet that holds data; raises FileRefused, at once or while reading."""
    package = open_package(content, limits)
    book, sheets = _workbook(package)
    chosen, part = _only_sheet(package, book, sheets)
    reader = SheetReader(package, book, chosen, part)
    return Table(f"XLSX“{chosen}”", reader.expected_rows(), reader.rows())


def _workbook(package: Package) -> tuple[Workbook, list[tuple[str, str]]]:
    try:
        root = _target("", _related(package, "_rels/.rels"), "officeDocument")
        related = _related(package, posixpath.join(posixpath.dirname(root), "_rels", posixpath.basename(root) + ".rels"))
        base = posixpath.dirname(root)
        sheets, is_1904 = [], False
        for name, attributes in package.elements(root):
            if name == "sheet":
                kind, target = related[attributes["id"]]
                if "macrosheet" in kind.lower():  # whatever its part is called
                    raise FileRefused("file_macros", part=target[:60])
                sheets.append((attributes["name"][:60], _place(base, target)))
            elif name == "workbookPr":
                is_1904 = attributes.get("date1904") in {"1", "true"}
        texts = _target(base, related, "sharedStrings")
        styles = _target(base, related, "styles")
    except (KeyError, StopIteration) as error:
        raise FileRefused("file_damaged", part="workbook") from error
    strings = read_texts(package, texts) if texts and package.has(texts) else []
    dates = _date_styles(package, styles) if styles and package.has(styles) else frozenset()
    return Workbook(strings, dates, is_1904), sheets


def _related(package: Package, part: str) -> dict[str, tuple[str, str]]:
    found = package.elements(part)
    return {a["Id"]: (a["Type"].rpartition("/")[2], a["Target"]) for name, a in found if name == "Relationship"}


def _target(base: str, related: dict[str, tuple[str, str]], kind: str) -> str:
    return next((_place(base, target) for found, target in related.values() if found == kind), "")


def _place(base: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", base, target)).lstrip("/")


def _date_styles(package: Package, part: str) -> frozenset[int]:
    """The positions of cell formats that show a date."""
    custom: dict[str, bool] = {}
    positions, position, inside = [], 0, False
    for name, attributes in package.elements(part):
        if name == "numFmt":
            custom[attributes.get("numFmtId", "")] = (
                _DATE_LETTER.search(_NOT_CODE.sub("", attributes.get("formatCode", ""))) is not None
            )
        elif name in {"cellXfs", "cellStyles"}:
            inside = name == "cellXfs"
        elif name == "xf" and inside:
            number = attributes.get("numFmtId", "0")
            if custom.get(number, number.isdecimal() and int(number) in _BUILT_IN_DATES):
                positions.append(position)
            position += 1
    return frozenset(positions)


def _only_sheet(package: Package, book: Workbook, sheets: list[tuple[str, str]]) -> tuple[str, str]:
    present = [(name, part) for name, part in sheets if package.has(part)]
    filled = [(name, part) for name, part in present if name != NOTES and _first(SheetReader(package, book, name, part).rows())]
    if len(filled) > 1:
        raise FileRefused("file_sheets", sheets="、".join(name for name, _ in filled))
    if not filled:
        raise FileRefused("file_empty")
    return filled[0]


def _first(rows: Iterator[Row]) -> Row | None:
    return next(rows, None)
