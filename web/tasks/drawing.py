"""A form as the page draws it: which fields show, with which text, error and choice. The rules stand in `engine.forms`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from engine.forms import LIST_LIMIT, Field, Form, comparison
from web import requests
from web.languages import is_english

TRUE = {"on", "true", "1", "yes"}
BLOCKS = frozenset(("group", "dynamiclist", comparison.KIND))
LONG_LIST = 7  # options that one takes in at a glance


@dataclass(frozen=True)
class Item:
    """A field ready to be drawn. `name` is what it posts; rows of a list hold items in turn."""

    field: Field
    name: str
    value: Any
    error: str = ""
    is_watched: bool = False
    children: tuple[Item, ...] = ()
    rows: tuple[tuple[Item, ...], ...] = ()

    @property
    def label(self) -> str:
        return self.field.title(_language())

    @property
    def hint(self) -> str:
        return self.field.hint(_language())

    @property
    def unit(self) -> str:
        plain = self.field.properties.get("unit", "") or self.field.suffix
        return self.field.properties.get("unit_en", plain) if is_english() else plain

    @property
    def options(self) -> list[tuple[str, str]]:
        return [(option.value, option.title(_language())) for option in self.field.options]

    @property
    def groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The options under their headings, in the order in which they came; those without one stand under an empty heading."""
        found: dict[str, list[tuple[str, str]]] = {}
        for option in self.field.options:
            found.setdefault(option.heading(_language()), []).append((option.value, option.title(_language())))
        return list(found.items())

    @property
    def is_long_list(self) -> bool:
        """Whether the page offers to search among the options."""
        return len(self.field.options) > LONG_LIST


@dataclass(frozen=True)
class Run:
    """Fields that stand together in one grid, or one block (group, list, comparison) by itself."""

    is_block: bool
    items: tuple[Item, ...]


def runs(items: tuple[Item, ...]) -> list[Run]:
    """Items as the page lays them out."""
    found: list[Run] = []
    for is_block, group in groupby(items, key=lambda item: item.field.kind in BLOCKS):
        together = tuple(group)
        found += [Run(True, (item,)) for item in together] if is_block else [Run(False, together)]
    return found


@dataclass(frozen=True)
class Line:
    """A line of an explanatory text; `level` above 0 is a heading."""

    text: str
    level: int


def lines(text: str) -> list[Line]:
    """The lines of a text component, whose Markdown headings are the only markup that is kept."""
    found = []
    for raw in filter(None, (line.strip() for line in text.splitlines())):
        bare = raw.lstrip("#")
        found.append(Line(bare.strip().replace("**", ""), len(raw) - len(bare)))
    return found


@dataclass(frozen=True)
class Drawn:
    """A form ready to be drawn; `errors` lists what must be put right, in reading order."""

    items: tuple[Item, ...]
    errors: tuple[Item, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.items


def raw_values(posted: Mapping[str, list[str]]) -> dict[str, Any]:
    """What a page posted, by key: one text, or all of them where several were ticked."""
    return {key: found if len(found) > 1 else found[0] for key, found in posted.items() if found}


def with_rows_changed(raw: dict[str, Any], add: str, drop: str) -> dict[str, Any]:
    """A further empty row in the list `add`, or without the row `drop` (`key-3`)."""
    changed = dict(raw)
    if add:
        changed[f"{add}-{_row_count(add, raw)}-"] = ""
    key, _sep, text = drop.rpartition("-")
    number = _row_number(text)
    if key and number is not None:
        changed = {}
        for name, value in raw.items():
            row = _row_of(key, name)
            if row is None or row < number:
                changed[name] = value
            elif row > number:
                changed[f"{key}-{row - 1}-{name.split('-', 2)[2]}"] = value
    return changed


def draw(form: Form | None, known: Mapping[str, Any], raw: Mapping[str, Any] | None, errors: Mapping[str, str]) -> Drawn:
    """The form with the case's values, or with what was entered (`raw`) where there is something."""
    if form is None:
        return Drawn(())
    held = _held(form, known, raw)
    pen = _Pen(form, form.hidden(form.as_entered(held, known)), known, raw, errors, held)
    items = tuple(pen.items(form.items))
    return Drawn(items, tuple(_wrong(items)))


def drafted(form: Form, known: Mapping[str, Any], draft: Mapping[str, Any] | None) -> dict[str, Any]:
    """The values of the case, with what a draft holds over them."""
    return form.drafted(_held(form, form.begun(known), draft), known)


def draw_to_read(form: Form | None, known: Mapping[str, Any], draft: Mapping[str, Any] | None) -> Drawn:
    """The form as it is filled in so far, for whoever reads it and changes nothing."""
    if form is None:
        return Drawn(())
    return draw(form.to_read(), drafted(form, known, draft), None, {})


ALWAYS_POSTED = frozenset(("textfield", "textarea", "number", "datetime", "select"))  # missing in a post: it did not show yet


class _Pen:
    """Draws one form; holds what every field needs."""

    def __init__(
        self, form: Form, hidden: set[str], known: Mapping[str, Any], raw: Mapping[str, Any] | None, errors: Mapping[str, str],
        held: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.form, self.hidden, self.known, self.raw, self.errors, self.held = form, hidden, known, raw, errors, held

    def items(self, fields: tuple[Field, ...]) -> Iterator[Item]:
        for field in fields:
            if field.key in self.hidden:
                continue
            if field.kind == "group":
                children = tuple(self.items(field.children))
                if children:
                    yield Item(field, field.key, None, children=children)
            elif field.kind == "dynamiclist":
                yield Item(field, field.key, None, self.errors.get(field.key, ""), rows=tuple(self.rows(field)))
            elif field.kind == comparison.KIND:
                yield Item(field, field.key, comparison.read(field.properties, self.known.get(field.key), _language()))
            else:
                yield Item(field, field.key, self.value(field), self.errors.get(field.key, ""), field.key in self.form.watched)

    def value(self, field: Field) -> Any:
        if field.readonly:
            return field.shown(self.known.get(field.key), _language())
        return _text(field, self.held.get(field.key, field.default))

    def rows(self, field: Field) -> Iterator[tuple[Item, ...]]:
        stored = self.known.get(field.key) or []
        count = len(stored) if self.raw is None else _row_count(field.key, self.raw)
        at_least = int(field.required and not field.readonly)  # a list that may stay empty asks nothing before a row is added
        for number in range(max(count, at_least)):
            yield tuple(self.cell(field, child, number, stored) for child in field.children)

    def cell(self, field: Field, child: Field, number: int, stored: list[Mapping[str, Any]]) -> Item:
        name = f"{field.key}-{number}-{child.key}"
        row = stored[number] if number < len(stored) else {}
        if field.readonly or child.readonly:
            shown = replace(child, readonly=True)
            return Item(shown, name, child.shown(row.get(child.key), _language()))
        value = row.get(child.key) if self.raw is None else self.raw.get(name)
        return Item(child, name, _text(child, value), self.errors.get(name, ""))


def _held(form: Form, known: Mapping[str, Any], raw: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the controls of the page hold: what was posted; before that, and where one did not show yet, the case's value."""

    def of(field: Field) -> Any:
        if raw is not None and (field.key in raw or field.kind not in ALWAYS_POSTED):
            return raw.get(field.key)
        return known.get(field.key, field.default)

    return {**(raw or {}), **{field.key: of(field) for field in form.fields if not field.readonly}}


def _wrong(items: tuple[Item, ...]) -> Iterator[Item]:
    for item in items:
        if item.error:
            yield item
        yield from _wrong(item.children)
        for row in item.rows:
            yield from _wrong(row)


def _row_of(key: str, name: str) -> int | None:
    parts = name.split("-", 2)
    return _row_number(parts[1]) if len(parts) == 3 and parts[0] == key else None


def _row_number(text: str) -> int | None:
    """The number of a row; None for what no row of ours is called, however long it is."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= requests.DIGITS else None


def _row_count(key: str, raw: Mapping[str, Any]) -> int:
    """How many rows were posted; not more are drawn than a list may have, and the one too many that the engine refuses."""
    most = max((row + 1 for name in raw if (row := _row_of(key, name)) is not None), default=0)
    return min(most, LIST_LIMIT + 1)


def _is_true(value: Any) -> bool:
    return value is True or str(value).lower() in TRUE


def _text(field: Field, value: Any) -> Any:
    """A value as the control holds it: text, a list of texts, or a truth."""
    if field.kind == "checkbox":
        return _is_true(value)
    if field.kind == "checklist":
        return [str(v) for v in value] if isinstance(value, (list, tuple)) else [str(value)] if value else []
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _language() -> str:
    return "en" if is_english() else "zh"
