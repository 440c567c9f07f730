"""The rows of one sheet as texts, taken from the stream while it is being unpacked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from records.coinvestigation.imports.xlsx.package import Package
from records.coinvestigation.imports.xlsx.texts import unescape
from records.files import FileRefused
from records.rows import Row
from records.sentences import Refusal

_NAMESPACES = ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
_LOCAL = {f"{space} {name}": name for space in _NAMESPACES for name in ("row", "c", "v", "f", "t", "is", "rPh", "dimension")}
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_DIMENSION = re.compile(rb'<dimension ref="[A-Z]+[0-9]+:[A-Z]+([0-9]{1,7})"')
_SAFE_DIGITS = 15  # a spreadsheet keeps no more of a number
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - days on paper have no zone
_EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
_LAST_SERIAL = 2_958_465  # 9999-12-31


@dataclass(frozen=True)
class Workbook:
    """What all sheets share: texts, the positions of cell formats that show dates, and where days are counted from."""

    texts: list[str]
    date_styles: frozenset[int]
    is_1904: bool


class SheetReader:
    """Collects the cells of a row and gives the row when it ends."""

    def __init__(self, package: Package, book: Workbook, name: str, part: str) -> None:
        self._package, self._book, self._name, self._part = package, book, name, part
        self._done: list[Row] = []
        self._line = 0
        self._cells: dict[int, str] = {}
        self._refused: list[tuple[int, str, Refusal]] = []
        self._column = -1
        self._kind, self._style = "", ""
        self._is_formula = self._takes_text = False
        self._reading = 0
        self._pieces: list[str] = []

    def expected_rows(self) -> int:
        """The size that the sheet claims, good enough for a progress bar; 0 when it claims none."""
        with self._package.archive.open(self._part) as stream:
            found = _DIMENSION.search(stream.read(4096))
        return min(int(found[1]), self._package.limits.max_rows + 1) if found else 0

    def rows(self) -> Iterator[Row]:
        """Every row that is not blank; raises FileRefused."""
        for _ in self._package.parse(self._part, start=self._start, end=self._end, text=self._text):
            yield from self._done
            self._done.clear()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = _LOCAL.get(name)
        if local == "c":
            self._begin_cell(attributes)
        elif local in {"v", "t"}:
            self._takes_text = not self._reading
        elif local == "f":
            self._is_formula = True
        elif local == "row":
            self._begin_row(attributes.get("r"))
        elif local == "rPh":
            self._reading += 1

    def _text(self, data: str) -> None:
        if self._takes_text:
            self._pieces.append(data)

    def _end(self, name: str) -> None:
        local = _LOCAL.get(name)
        if local in {"v", "t"}:
            self._takes_text = False
        elif local == "c":
            self._end_cell()
        elif local == "row":
            self._end_row()
        elif local == "rPh":
            self._reading -= 1

    def _begin_row(self, number: str | None) -> None:
        line = int(number) if number is not None and number.isdecimal() and len(number) <= 7 else self._line + 1
        if line <= self._line:
            raise FileRefused("file_damaged", part=f"{self._name} {line}")
        self._line, self._column = line, -1
        self._cells, self._refused = {}, []

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        found = _CELL.fullmatch(reference) if reference is not None else None
        column = _column_number(found[1]) if found else self._column + 1
        if column <= self._column or (reference is not None and found is None):
            raise FileRefused("file_damaged", part=f"{self._name} {reference}")
        self._column = column
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
        self._is_formula = False
        self._pieces.clear()

    def _end_cell(self) -> None:
        raw = "".join(self._pieces)
        if not raw and not self._is_formula:
            return
        if self._column >= self._package.limits.max_columns:
            raise FileRefused("file_width", sheet=self._name, line=self._line, limit=self._package.limits.max_columns)
        text = self._value(raw)
        if isinstance(text, Refusal):
            self._refused.append((self._column, raw[:100], text))
        elif text:
            self._cells[self._column] = text

    def _end_row(self) -> None:
        if self._cells or self._refused:
            width = max(self._cells, default=-1) + 1
            self._done.append(Row(self._line, [self._cells.get(column, "") for column in range(width)], self._refused))

    def _value(self, raw: str) -> str | Refusal:
        """The text of a cell as a person sees it, or why it has none."""
        if self._is_formula:
            return self._refusal("formula")
        if self._kind == "s":
            return self._shared(raw)
        if self._kind == "n":
            return self._number(raw)
        if self._kind == "e":
            return self._refusal("error_cell", value=raw[:20])
        if self._kind == "b":
            return "TRUE" if raw == "1" else "FALSE"
        return unescape(raw).strip()

    def _shared(self, raw: str) -> str:
        if not raw.isdecimal() or int(raw) >= len(self._book.texts):
            raise FileRefused("file_damaged", part=f"{self._name} {self._cell_name()}")
        return self._book.texts[int(raw)]

    def _number(self, raw: str) -> str | Refusal:
        try:
            number = Decimal(raw.strip())
        except InvalidOperation:
            return raw.strip()
        if not number.is_finite() or abs(number.adjusted()) > 300:
            return raw.strip()
        if self._style and self._style.isdecimal() and int(self._style) in self._book.date_styles:
            return self._date(number)
        if number == number.to_integral_value():
            whole = f"{number:.0f}"
            return Refusal("lost_digits", {"value": whole}) if len(whole.lstrip("-")) > _SAFE_DIGITS else whole
        # 0.1 + 0.2 is stored as 0.30000000000000004 and shown as 0.3: fifteen digits are what the person saw.
        return f"{Decimal(format(float(number), '.15g')):f}"

    def _date(self, serial: Decimal) -> str:
        if not 1 <= serial <= _LAST_SERIAL:
            return str(serial)
        moment = (_EPOCH_1904 if self._book.is_1904 else _EPOCH) + timedelta(days=float(serial))
        return str(moment.date()) if serial == serial.to_integral_value() else f"{moment:%Y-%m-%d %H:%M:%S}"

    def _refusal(self, code: str, **details: str) -> Refusal:
        return Refusal(code, {"sheet": self._name, "cell": self._cell_name(), **details})

    def _cell_name(self) -> str:
        return f"{column_letters(self._column)}{self._line}"


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_letters(column: int) -> str:
    """`A` for 0, `AA` for 26."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
