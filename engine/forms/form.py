"""A form as a whole: which fields show, what was entered, what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError

from engine.feel import Expression, FeelSyntaxError, compile_expression, unwrap
from engine.feel.patterns import is_bearable
from engine.forms.fields import INPUTS, LAYOUT, TEXT_LIMIT, Field, FormError, Option, marshmallow_field

SIZE_LIMIT = 500_000
FIELD_LIMIT = 300
DEPTH_LIMIT = 4
LIST_LIMIT = 500
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


@dataclass(frozen=True)
class Loaded:
    """What a form was filled with: values to store, errors by key (rows of a list: `key-0-field`)."""

    values: dict[str, Any]
    errors: dict[str, str]


@dataclass(frozen=True)
class Form:
    """A checked schema."""

    id: str
    items: tuple[Field, ...]

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Every input field, groups opened."""
        return tuple(_inputs(self.items))

    @cached_property
    def watched(self) -> frozenset[str]:
        """Keys whose change may show or hide something."""
        names = [item.hide.names() for item in _everything(self.items) if item.hide]
        return frozenset(f.key for f in self.fields) & frozenset().union(*names)

    def hidden(self, values: Mapping[str, Any]) -> set[str]:
        """Keys that do not show with these values; a hidden group hides what is in it."""
        found: set[str] = set()
        _hide(self.items, values, found, inside=False)
        return found

    def load(self, raw: Mapping[str, Any], known: Mapping[str, Any]) -> Loaded:
        """Checks what came from a page or an interface. `known` are the case's variables, which conditions may read.

        Hidden and read-only fields are neither required nor stored.
        """
        entered = {f.key: _entered(f, raw) for f in self.fields}
        hidden = self.hidden({**known, **_soft(self.fields, entered)})
        active = [f for f in self.fields if f.key not in hidden and not f.readonly]
        values, errors = _check(active, entered)
        for item in active:
            if item.kind == "dynamiclist":
                values[item.key], faults = _load_rows(item, raw)
                errors.update(faults)
        return Loaded({} if errors else values, errors)

    def rows(self, values: Mapping[str, Any]) -> list[tuple[str, str]]:
        """(label, text) of every field that shows, for print and history."""
        hidden = self.hidden(values)
        return [(f.label, f.shown(values.get(f.key))) for f in self.fields if f.key not in hidden]

    def openapi(self) -> dict[str, Any]:
        """The JSON schema of the values, by apispec."""
        from apispec import APISpec  # noqa: PLC0415 -- only the API description needs it
        from apispec.ext.marshmallow import MarshmallowPlugin  # noqa: PLC0415

        spec = APISpec(title=self.id, version="1", openapi_version="3.1.0", plugins=[MarshmallowPlugin()])
        spec.components.schema(self.id, schema=_schema([f for f in self.fields if f.kind != "dynamiclist"]))
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


def _hide(items: tuple[Field, ...], values: Mapping[str, Any], found: set[str], *, inside: bool) -> None:
    for item in items:
        gone = inside or (item.hide is not None and item.hide.evaluate(values) is True)
        if gone and item.key:
            found.add(item.key)
        if item.kind == "group":
            _hide(item.children, values, found, inside=gone)


def _entered(item: Field, raw: Mapping[str, Any]) -> Any:
    value = raw.get(item.key)
    if item.kind == "checklist":
        return value if isinstance(value, list) else [value] if value else []
    if isinstance(value, list):
        value = value[-1] if value else None
    if isinstance(value, str):
        value = value.strip()
        if item.kind == "number":
            value = value.replace(",", "").replace("，", "")
        if item.kind == "checkbox":
            return value.lower() in {"on", "true", "1", "yes"}
    return None if value == "" else value


def _soft(items: tuple[Field, ...], entered: Mapping[str, Any]) -> dict[str, Any]:
    """Entered values typed as far as they can be, for conditions."""
    typed: dict[str, Any] = {}
    for item in items:
        value = entered.get(item.key)
        if item.kind == "number" and value is not None:
            try:
                value = Decimal(str(value))
            except InvalidOperation:
                value = None
            if value is not None and not value.is_finite():
                value = None
        typed[item.key] = value
    return typed


def _schema(items: list[Field]) -> Schema:
    made = Schema.from_dict({f.key: marshmallow_field(f) for f in items}, name="Form")
    return made(unknown=EXCLUDE)


def _check(items: list[Field], entered: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    plain = [f for f in items if f.kind != "dynamiclist"]
    given = {f.key: entered[f.key] for f in plain if entered.get(f.key) is not None}
    try:
        loaded: dict[str, Any] = _schema(plain).load(given)
    except ValidationError as error:
        messages: dict[Any, Any] = error.messages if isinstance(error.messages, dict) else {"": error.messages}
        return {}, {str(key): _first(message) for key, message in messages.items()}
    return {f.key: loaded.get(f.key) for f in plain}, {}


def _first(message: Any) -> str:
    while isinstance(message, (list, dict)):
        message = next(iter(message.values() if isinstance(message, dict) else message))
    return str(message)


def _load_rows(item: Field, raw: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    rows, errors = [], {}
    given_rows = _raw_rows(item, raw)
    if len(given_rows) > LIST_LIMIT:
        return [], {item.key: f"“{item.label}”最多 {LIST_LIMIT} 行"}
    children = [f for f in item.children if not f.readonly]
    for index, given in enumerate(given_rows):
        if not isinstance(given, Mapping):
            errors[item.key] = f"“{item.label}”的第 {index + 1} 行不是一行数据"
            continue
        entered = {f.key: _entered(f, given) for f in children}
        if all(value in (None, "", [], False) for value in entered.values()):
            continue
        values, faults = _check(children, entered)
        errors.update({f"{item.key}-{index}-{key}": f"第 {index + 1} 行：{text}" for key, text in faults.items()})
        rows.append(values)
    if item.required and not rows and not errors:
        errors[item.key] = f"“{item.label}”至少填写一行"
    return rows, errors


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


# --- reading a schema ------------------------------------------------------------------------------------------------------


def parse_form(content: bytes | dict[str, Any]) -> Form:
    """Checks a schema; raises FormError with every finding."""
    if isinstance(content, bytes):
        if len(content) > SIZE_LIMIT:
            raise FormError([("", f"表单超过 {SIZE_LIMIT} 字节", "the form is too large")])
        content = _json(content)
    if not isinstance(content, dict) or not isinstance(content.get("components"), list):
        raise FormError([("", "表单没有 components 列表", "the form has no list of components")])
    reader = _Reader()
    items = reader.items(content["components"], 1)
    if reader.findings:
        raise FormError(reader.findings)
    return Form(str(content.get("id", "")), items)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content, object_pairs_hook=_object, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        zh = f"第 {error.lineno} 行第 {error.colno} 列不是合法的 JSON"
        raise FormError([("", zh, f"line {error.lineno}, column {error.colno}: {error.msg}")]) from None
    except UnicodeDecodeError:
        raise FormError([("", "表单不是 UTF-8 编码的文字", "not UTF-8")]) from None
    except (RecursionError, ValueError):
        raise FormError([("", "表单嵌套过深，或含有过长的数字", "nested too deep, or a number is too long")]) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise FormError([(key, f"表单里同一处写了两次“{key[:40]}”", f"{key[:40]!r} stands twice in one object")])
        found[key] = value
    return found


def _no_constant(text: str) -> Any:
    raise FormError([("", f"表单里有 JSON 没有的数 {text}", f"{text} is no JSON number")])


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


class _Reader:
    def __init__(self) -> None:
        self.findings: list[tuple[str, str, str]] = []
        self.keys: set[str] = set()
        self.count = 0

    def fault(self, key: str, zh: str, en: str) -> None:
        self.findings.append((key, zh, en))

    def items(self, components: list[Any], depth: int, *, inner: bool = False) -> tuple[Field, ...]:
        if depth > DEPTH_LIMIT:
            self.fault("", f"表单嵌套超过 {DEPTH_LIMIT} 层", "nested too deep")
            return ()
        found = []
        for component in components:
            self.count += 1
            if self.count > FIELD_LIMIT:
                self.fault("", f"表单的组件超过 {FIELD_LIMIT} 个", "too many components")
                break
            if not isinstance(component, dict):
                self.fault("", "表单的组件应是对象", "a component is not an object")
                continue
            item = self.item(component, depth, inner=inner)
            if item is not None:
                found.append(item)
        return tuple(found)

    def item(self, c: dict[str, Any], depth: int, *, inner: bool) -> Field | None:
        kind = str(c.get("type", ""))
        key = str(c.get("key") or c.get("path") or c.get("id") or "")
        if kind == "button":
            return None
        if kind not in INPUTS | LAYOUT:
            self.fault(key, f"表单的“{key}”用了不支持的组件类型 {kind[:40]}", f"component type {kind[:40]} is not supported")
            return None
        if kind in INPUTS:
            self._key(key)
        if inner and (kind not in INPUTS or kind == "dynamiclist" or c.get("conditional")):
            zh = f"表单的“{key or kind}”：列表的一行里只能放没有隐藏条件的普通输入"
            self.fault(key, zh, "a row of a list takes plain inputs without conditions only")
            return None
        if kind == "datetime" and c.get("subtype", "date") != "date":
            self.fault(key, f"表单的“{key}”：只支持日期，不支持 {str(c['subtype'])[:20]}", "only dates are supported")
        checks, properties = _mapping(c.get("validate")), {str(k): str(v) for k, v in _mapping(c.get("properties")).items()}
        appearance, layout = _mapping(c.get("appearance")), _mapping(c.get("layout"))
        most = self._int(key, checks.get("maxLength"))
        children = self._children(c, kind, depth) if kind in {"group", "dynamiclist"} else ()
        return Field(
            key=key,
            kind=kind,
            label=str(c.get("label") or c.get("dateLabel") or c.get("text") or key)[:2000],
            label_en=properties.get("label_en", ""),
            help=str(c.get("description") or ""),
            help_en=properties.get("help_en", ""),
            required=bool(checks.get("required")),
            readonly=bool(c.get("readonly") or c.get("disabled")) or properties.get("readonly") == "true",
            minimum=self._decimal(key, checks.get("min")),
            maximum=self._decimal(key, checks.get("max")),
            digits=self._int(key, c.get("decimalDigits")),
            min_length=self._int(key, checks.get("minLength")),
            max_length=most,
            pattern=self._pattern(key, str(checks.get("pattern") or ""), most or TEXT_LIMIT),
            pattern_message=str(checks.get("patternErrorMessage") or ""),
            prefix=str(appearance.get("prefixAdorner") or ""),
            suffix=str(appearance.get("suffixAdorner") or ""),
            options=self._options(key, kind, c.get("values")),
            default=c.get("defaultValue"),
            hide=self._hide(key, c.get("conditional")),
            columns=self._int(key, layout.get("columns")) or 16,
            row=str(layout.get("row") or ""),
            children=children,
            properties=properties,
        )

    def _children(self, c: dict[str, Any], kind: str, depth: int) -> tuple[Field, ...]:
        listed = c.get("components") or []
        if not isinstance(listed, list):
            self.fault(str(c.get("key") or ""), "表单的 components 应是列表", "components is not a list")
            return ()
        outer = self.keys
        if kind == "dynamiclist":  # the keys of a row are its own
            self.keys = set()
        children = self.items(listed, depth + 1, inner=kind == "dynamiclist")
        self.keys = outer
        return children

    def _key(self, key: str) -> None:
        if not _KEY.fullmatch(key) or key.startswith("__"):
            self.fault(key, f"表单的键“{key[:40]}”应为英文字母、数字和下划线", f"key {key[:40]!r} is not an identifier")
        if key in self.keys:
            self.fault(key, f"表单的键“{key}”重复", f"key {key!r} is used twice")
        self.keys.add(key)

    def _decimal(self, key: str, value: Any) -> Decimal | None:
        if value in (None, ""):
            return None
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number) > Decimal(10) ** 30:
            self.fault(key, f"表单的“{key}”的界限 {str(value)[:40]} 不是可用的数", "a limit is not a usable number")
            return None
        return number

    def _int(self, key: str, value: Any) -> int | None:
        number = self._decimal(key, value)
        if number is None:
            return None
        if number != number.to_integral_value() or not 0 <= number <= TEXT_LIMIT:
            self.fault(key, f"表单的“{key}”的界限 {value} 不是可用的整数", "a limit is not a usable integer")
            return None
        return int(number)

    def _pattern(self, key: str, text: str, length: int) -> str:
        if not text:
            return ""
        if not is_bearable(text, length):
            self.fault(
                key, f"表单的“{key}”的格式规则过于复杂，请简化或限制字数", "the pattern is too complex for texts of that length"
            )
            return ""
        try:
            re.compile(text)
        except re.error as error:
            self.fault(key, f"表单的“{key}”的格式规则不对：{error}", f"bad pattern: {error}")
            return ""
        return text

    def _options(self, key: str, kind: str, values: Any) -> tuple[Option, ...]:
        if kind not in {"radio", "select", "checklist"}:
            return ()
        if not isinstance(values, list) or not values or not all(isinstance(v, dict) and "value" in v for v in values):
            self.fault(key, f"表单的“{key}”没有可选的值", f"{key} has no options")
            return ()
        return tuple(Option(str(v["value"]), str(v.get("label", v["value"])), str(v.get("label_en", ""))) for v in values)

    def _hide(self, key: str, conditional: Any) -> Expression | None:
        text = conditional.get("hide") if isinstance(conditional, dict) else None
        if not text:
            return None
        try:
            return compile_expression(unwrap(str(text)))
        except FeelSyntaxError as error:
            self.fault(key, f"表单的“{key}”的隐藏条件：{error.sentence_zh}", error.sentence_en)
            return None
