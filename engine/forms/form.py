"""A form as a whole: which fields show, what was entered, what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError

from engine.forms import comparison, sentences
from engine.forms.fields import INPUTS, Field, Option, marshmallow_field
from engine.forms.sentences import Sentence

_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[,，][0-9]{3})+(?:\.[0-9]*)?")
_HALF = {code: code - 0xFEE0 for code in range(0xFF0B, 0xFF1A)}  # + , - . / and figures, wide as Chinese input methods write them

LIST_LIMIT = 500
SHAPES_KEPT = 64  # which fields show depends on what is entered; a schema for each set of them
NONE_BY = "none_by"  # property of a list: the key of the tick that says that there is nothing to list
Check = Callable[[Any], Mapping[str, Sentence]]


@dataclass(frozen=True)
class Loaded:
    """What a form was filled with: values to store, errors by key (rows of a list: `key-0-field`), Chinese and English."""

    values: dict[str, Any]
    errors: dict[str, str]
    errors_en: dict[str, str] = field(default_factory=dict)


class Shape:
    """Fields that are checked together by a marshmallow schema; making one costs more than all the checks of an entry."""

    def __init__(self, items: Sequence[Field]) -> None:
        self._keys = [f.key for f in items if f.kind != "dynamiclist"]
        made = Schema.from_dict({f.key: marshmallow_field(f) for f in items if f.kind != "dynamiclist"}, name="Form")
        self.schema = made(unknown=EXCLUDE)

    def check(self, entered: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Sentence]]:
        """(typed values, what is wrong by key); one of the two is empty."""
        given = {key: entered[key] for key in self._keys if entered.get(key) is not None}
        try:
            loaded: dict[str, Any] = self.schema.load(given)
        except ValidationError as error:
            assert isinstance(error.messages, dict)  # a schema answers by field
            return {}, {str(key): _first(message) for key, message in error.messages.items()}
        return {key: loaded.get(key) for key in self._keys}, {}


@dataclass(frozen=True)
class Form:
    """A checked schema."""

    id: str
    items: tuple[Field, ...]
    checks: Mapping[str, Check] = field(default_factory=dict)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Every input field, groups opened."""
        return tuple(_inputs(self.items))

    @cached_property
    def watched(self) -> frozenset[str]:
        """Keys whose change may show or hide something."""
        names = [item.hide.names() for item in _everything(self.items) if item.hide]
        return frozenset(f.key for f in self.fields) & frozenset().union(*names)

    @cached_property
    def sources(self) -> frozenset[str]:
        """Names of the lists of the office from which choices are filled."""
        return frozenset(item.source for item in _everything(self.items) if item.source and not item.is_of_case)

    @cached_property
    def case_sources(self) -> frozenset[str]:
        """Names of the variables of the case from which choices are filled (property `values_from` = `case`)."""
        return frozenset(item.source for item in _everything(self.items) if item.is_of_case)

    @cached_property
    def check_names(self) -> frozenset[str]:
        """Names of the checks that fields ask for (property `check`)."""
        return frozenset(f.properties["check"] for f in self.fields if f.properties.get("check"))

    def checked_by(self, checks: Mapping[str, Check]) -> Form:
        """The same form with these checks, by name. A check is given the text of its field, or the rows of its list as texts, and
        answers with what is wrong: under an empty key, or under `row-column` counted from 0.
        """
        return replace(self, checks=checks) if self.check_names else self

    def filled(self, lists: Mapping[str, Sequence[Option]]) -> Form:
        """The same form with the options of these lists, by source; drawn, checked and printed like any other."""
        return replace(self, items=_filled(self.items, lists)) if self.sources or self.case_sources else self

    def for_party(self) -> Form:
        """The same form as a party outside the authority fills it in: without what only the office enters (`inside`), whatever is posted; of a
        choice with `party_values` it is offered those alone.
        """
        return replace(self, items=_of_party(self.items))

    def hidden(self, values: Mapping[str, Any]) -> set[str]:
        """Keys that do not show with these values; a hidden group hides what is in it."""
        found: set[str] = set()
        _hide(self.items, values, found, inside=False)
        return found

    def as_entered(self, raw: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
        """The case's values with what was entered over them: what conditions read, when the page is drawn and when it is sent.

        Only what can be entered counts. A read-only field is not posted, and what somebody sends under its name is not its value.
        """
        asked = [f for f in self.fields if f.key in self.watched and not f.readonly]
        return {**self.begun(known), **{f.key: _soft(f, raw) for f in asked}}

    def drafted(self, raw: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
        """The case's values with all that was entered over them, typed as far as it can be; what cannot stays as it was written."""
        return {**self.begun(known), **{f.key: _written(f, raw) for f in self.fields if not f.readonly}}

    def to_read(self) -> Form:
        """The same form with nothing to enter: every field shows its value."""
        return replace(self, items=_locked(self.items))

    def load(self, raw: Mapping[str, Any], known: Mapping[str, Any]) -> Loaded:
        """Checks what came from a page or an interface. `known` are the case's variables, which conditions may read.

        Hidden and read-only fields are neither required nor stored.
        """
        entered = {f.key: _entered(f, raw) for f in self.fields}
        hidden = self.hidden(self.as_entered(raw, known))
        active = [f for f in self.fields if f.key not in hidden and not f.readonly]
        values, faults = self._shape("", active).check(entered)
        for item in active:
            if item.kind == "dynamiclist":
                values[item.key], wrong = self._load_rows(item, raw)
                faults.update(wrong or _either(item, values[item.key], next((f for f in active if f.key == item.properties.get(NONE_BY)), None), entered))
            faults = {**self._beyond_shape(item, raw, entered), **faults}
        errors = {language: {key: said[language] for key, said in faults.items()} for language in ("zh", "en")}
        return Loaded({} if faults else values, errors["zh"], errors["en"])

    @cached_property
    def _shapes(self) -> dict[tuple[str, ...], Shape]:
        return {}

    def _shape(self, of_list: str, items: Sequence[Field]) -> Shape:
        key = (of_list, *(f.key for f in items))
        found = self._shapes.get(key)
        if found is None:
            if len(self._shapes) >= SHAPES_KEPT:
                self._shapes.clear()
            found = self._shapes[key] = Shape(items)
        return found

    def _load_rows(self, item: Field, raw: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Sentence]]:
        rows, errors = list[dict[str, Any]](), dict[str, Sentence]()
        given_rows = _raw_rows(item, raw)
        if len(given_rows) > LIST_LIMIT:
            return [], {item.key: sentences.say(item, "too_many_rows", limit=LIST_LIMIT)}
        children = [f for f in item.children if not f.readonly]
        shape = self._shape(item.key, children)
        for index, given in enumerate(given_rows):
            if not isinstance(given, Mapping):
                errors[item.key] = sentences.say(item, "no_row", row=index + 1)
                continue
            entered = {f.key: _entered(f, given) for f in children}
            if all(value in (None, "", [], False) for value in entered.values()):
                continue
            values, faults = shape.check(entered)
            errors.update({f"{item.key}-{index}-{key}": sentences.in_row(index + 1, said) for key, said in faults.items()})
            rows.append(values)
        if item.required and not rows and not errors:
            errors[item.key] = sentences.say(item, "one_row")
        return rows, errors

    def _beyond_shape(self, item: Field, raw: Mapping[str, Any], entered: Mapping[str, Any]) -> dict[str, Sentence]:
        """What the check of a field finds, in the same round as everything else, each fault at its own place."""
        check = self.checks.get(item.properties.get("check", ""))
        if check is None:
            return {}
        if item.kind != "dynamiclist":
            said = check(str(entered[item.key])).get("") if entered.get(item.key) is not None else None
            return {item.key: said} if said else {}
        found = check(_row_texts(item, raw))
        return {f"{item.key}-{at}": sentences.in_row(int(at.partition("-")[0]) + 1, said) for at, said in found.items()}

    def begun(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The variables with which the form is drawn: a field with the property `anew` starts empty, whatever an earlier task entered
        under its key. What one person decided is not put into the next one's mouth.
        """
        anew = {f.key for f in self.fields if f.properties.get("anew") == "true"}
        return {key: value for key, value in values.items() if key not in anew}

    def rows(self, values: Mapping[str, Any], locale: str = "zh") -> list[tuple[str, str]]:
        """(label, text) of every field that shows, for print and history; comparisons are tables and stand apart."""
        hidden = self.hidden(values)
        return [(f.title(locale), f.shown(values.get(f.key), locale)) for f in self.fields if f.key not in hidden and f.kind != comparison.KIND]

    def comparisons(self, values: Mapping[str, Any], locale: str = "zh") -> list[tuple[str, comparison.Compared]]:
        """(label, comparison) of every one that shows, for print."""
        hidden = self.hidden(values)
        shown = [f for f in self.fields if f.kind == comparison.KIND and f.key not in hidden]
        return [(f.title(locale), comparison.read(f.properties, values.get(f.key), locale)) for f in shown]

    def openapi(self) -> dict[str, Any]:
        """The JSON schema of the values, by apispec."""
        from apispec import APISpec  # noqa: PLC0415 -- only the API description needs it
        from apispec.ext.marshmallow import MarshmallowPlugin  # noqa: PLC0415

        spec = APISpec(title=self.id, version="1", openapi_version="3.1.0", plugins=[MarshmallowPlugin()])
        spec.components.schema(self.id, schema=Shape(self.fields).schema)
        described: dict[str, Any] = spec.to_dict()["components"]["schemas"][self.id]
        return described


def _inputs(items: tuple[Field, ...]) -> Iterator[Field]:
    for item in items:
        if item.kind == "group":
            yield from _inputs(item.children)
        elif item.kind in INPUTS:
            yield item


def _everything(items: tuple[Field, ...]) -> Iterator[Field]:
    for item in items:
        yield item
        yield from _everything(item.children)


def _filled(items: tuple[Field, ...], lists: Mapping[str, Sequence[Option]]) -> tuple[Field, ...]:
    return tuple(
        replace(item, options=tuple(lists[item.source]) if item.source else item.options, children=_filled(item.children, lists))
        for item in items
    )


def _of_party(items: tuple[Field, ...]) -> tuple[Field, ...]:
    return tuple(replace(_offered(item), children=_of_party(item.children)) for item in items if item.properties.get("inside") != "true")


def _offered(item: Field) -> Field:
    wanted = [one.strip() for one in item.properties.get("party_values", "").split(",") if one.strip()]
    return replace(item, options=tuple(one for one in item.options if one.value in wanted)) if wanted else item


def _hide(items: tuple[Field, ...], values: Mapping[str, Any], found: set[str], *, inside: bool) -> None:
    for item in items:
        gone = inside or (item.hide is not None and item.hide.evaluate(values) is True)
        if gone and item.key:
            found.add(item.key)
        if item.kind == "group":
            _hide(item.children, values, found, inside=gone)


def _ungrouped(text: str) -> str:
    """A number without its thousands separators; where they do not part thousands it stays as it is, and is refused."""
    return text.replace(",", "").replace("，", "") if _GROUPED.fullmatch(text) else text


def _entered(item: Field, raw: Mapping[str, Any]) -> Any:
    value = raw.get(item.key)
    if item.kind == "checklist":
        return value if isinstance(value, list) else [value] if value else []
    if isinstance(value, list):
        value = value[-1] if value else None
    if isinstance(value, str):
        value = value.strip()
        if item.kind in {"number", "datetime"}:
            value = value.translate(_HALF)
        if item.kind == "number":
            value = _ungrouped(value)
        if item.kind == "checkbox":
            return value.lower() in {"on", "true", "1", "yes"}
    return None if value == "" else value


def _soft(item: Field, raw: Mapping[str, Any]) -> Any:
    """An entered value typed as far as it can be, as it would be stored; None where it cannot."""
    if item.kind == "dynamiclist":
        return _rows(item, raw, _soft)
    value = _entered(item, raw)
    if item.kind == "checkbox":
        return value is True
    try:
        if item.kind == "number" and value is not None:
            number = Decimal(str(value))
            return number if number.is_finite() else None
        given_as_text = item.kind == "datetime" and value is not None and not isinstance(value, date)
        return date.fromisoformat(value) if given_as_text else value
    except (InvalidOperation, TypeError, ValueError):
        return None


def _written(item: Field, raw: Mapping[str, Any]) -> Any:
    """An entered value typed as it would be stored; where it cannot be, as it was written."""
    if item.kind == "dynamiclist":
        return _rows(item, raw, _written)
    typed = _soft(item, raw)
    return _entered(item, raw) if typed is None else typed


def _rows(item: Field, raw: Mapping[str, Any], typed: Callable[[Field, Mapping[str, Any]], Any]) -> list[dict[str, Any]]:
    """The rows of a list in which anything was entered."""
    children = [f for f in item.children if not f.readonly]
    rows = ({f.key: typed(f, row) for f in children} for row in _raw_rows(item, raw) if isinstance(row, Mapping))
    return [row for row in rows if any(value not in (None, "", [], False) for value in row.values())]


def _either(item: Field, rows: Sequence[Mapping[str, Any]], tick: Field | None, entered: Mapping[str, Any]) -> dict[str, Sentence]:
    """A list with a tick for “none” (property `none_by`): rows or the tick, one of the two."""
    if tick is None or bool(rows) != bool(entered.get(tick.key)):
        return {}
    return {item.key: sentences.say(item, "rows_and_none" if rows else "rows_or_none", none=tick.label, none_en=tick.label_en or tick.label)}


def _locked(items: tuple[Field, ...]) -> tuple[Field, ...]:
    """Nothing is asked for, and nothing begins anew."""
    return tuple(
        replace(
            item, readonly=True, required=False, help="", help_en="", children=_locked(item.children),
            properties={name: text for name, text in item.properties.items() if name != "anew"},
        )
        for item in items
    )  # fmt: skip


def _first(message: Any) -> Sentence:
    """The first sentence about a field: marshmallow gives one, a list of them, or a place in a list with its own."""
    while not (isinstance(message, dict) and "zh" in message):
        message = next(iter(message.values() if isinstance(message, dict) else message))
    found: Sentence = message
    return found


def _row_texts(item: Field, raw: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rows as they were typed, without what lies beyond the limit; a cell that holds nothing is an empty text."""
    rows = [given if isinstance(given, Mapping) else {} for given in _raw_rows(item, raw)[:LIST_LIMIT]]
    cells = [{f.key: _entered(f, given) for f in item.children} for given in rows]
    return [{key: "" if value is None else str(value) for key, value in row.items()} for row in cells]


def _raw_rows(item: Field, raw: Mapping[str, Any]) -> list[Any]:
    """The rows as they came; one more than allowed where there are more, so that none is dropped in silence."""
    direct = raw.get(item.key)
    if isinstance(direct, list):
        return direct[: LIST_LIMIT + 1]
    found: dict[int, dict[str, Any]] = {}
    pattern = re.compile(rf"{re.escape(item.key)}-([0-9]{{1,9}})-(\w+)")
    for key, value in raw.items():
        match = pattern.fullmatch(key)
        if match:
            found.setdefault(min(int(match[1]), LIST_LIMIT), {})[match[2]] = value
    return [found.get(i, {}) for i in range(max(found, default=-1) + 1)]
