"""Reads a form-js schema: which components it may hold, and what is wrong with one that cannot be used."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.feel import NOTHING_MORE, Expression, FeelSyntaxError, call_faults, compile_expression, unwrap
from engine.feel.patterns import is_bearable
from engine.forms import comparison
from engine.forms.fields import CHOICES, INPUTS, LAYOUT, TEXT_LIMIT, Field, FormError, Option
from engine.forms.form import NONE_BY, Form

SIZE_LIMIT = 500_000
FIELD_LIMIT = 300
DEPTH_LIMIT = 4
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


def parse_form(content: bytes | dict[str, Any]) -> Form:
    """Checks a schema; raises FormError with every finding."""
    if isinstance(content, bytes):
        if len(content) > SIZE_LIMIT:
            raise FormError([("", f"表单超过 {SIZE_LIMIT} 字节", "the form is too large")])
        content = _json(content)
    if not isinstance(content, dict) or not isinstance(content.get("components"), list):
        raise FormError([("", "表单没有 components 列表", "the form has no list of components")])
    reader = _Reader()
    form = Form(str(content.get("id", "")), reader.items(content["components"], 1))
    for item in form.fields:
        if (none_by := item.properties.get(NONE_BY)) and not any(f.key == none_by and f.kind == "checkbox" for f in form.fields):
            reader.fault(item.key, f"表单的“{item.key}”：none_by 应是一个勾选框的键，但没有“{none_by[:40]}”", f"none_by of {item.key}: expected the key of a tick, but got {none_by[:40]}")
    if reader.findings:
        raise FormError(reader.findings)
    return form


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
        if inner and (kind not in INPUTS or kind in {"dynamiclist", comparison.KIND} or c.get("conditional")):
            zh = f"表单的“{key or kind}”：列表的一行里只能放没有隐藏条件的普通输入"
            self.fault(key, zh, "a row of a list takes plain inputs without conditions only")
            return None
        if kind == "datetime" and c.get("subtype", "date") != "date":
            self.fault(key, f"表单的“{key}”：只支持日期，不支持 {str(c['subtype'])[:20]}", "only dates are supported")
        checks, properties = _mapping(c.get("validate")), {str(k): str(v) for k, v in _mapping(c.get("properties")).items()}
        if kind == comparison.KIND and not all(properties.get(head) for head in comparison.HEADS):
            zh = f"表单的“{key}”：核对表要写明两栏各是什么（属性 paper、card）"
            self.fault(key, zh, "a comparison names its two columns: the properties paper and card")
        appearance, layout = _mapping(c.get("appearance")), _mapping(c.get("layout"))
        most = self._int(key, checks.get("maxLength"))
        children = self._children(c, kind, depth) if kind in {"group", "dynamiclist"} else ()
        source = self._source(key, kind, c.get("valuesKey"))
        return Field(
            key=key,
            kind=kind,
            label=str(c.get("label") or c.get("dateLabel") or c.get("text") or key)[:2000],
            label_en=properties.get("label_en", ""),
            help=str(c.get("description") or ""),
            help_en=properties.get("help_en", ""),
            required=bool(checks.get("required")) and kind != comparison.KIND,
            readonly=kind == comparison.KIND or bool(c.get("readonly") or c.get("disabled")) or properties.get("readonly") == "true",
            minimum=self._decimal(key, checks.get("min")),
            maximum=self._decimal(key, checks.get("max")),
            digits=self._int(key, c.get("decimalDigits")),
            min_length=self._int(key, checks.get("minLength")),
            max_length=most,
            pattern=self._pattern(key, str(checks.get("pattern") or ""), most or TEXT_LIMIT),
            pattern_message=str(checks.get("patternErrorMessage") or ""),
            prefix=str(appearance.get("prefixAdorner") or ""),
            suffix=str(appearance.get("suffixAdorner") or ""),
            options=() if source else self._options(key, kind, c.get("values")),
            source=source,
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

    def _source(self, key: str, kind: str, name: Any) -> str:
        if not name or kind not in CHOICES:
            return ""
        if not _KEY.fullmatch(str(name)):
            self.fault(key, f"表单的“{key}”的选项来源应为英文字母、数字和下划线", f"valuesKey of {key} is not an identifier")
        return str(name)

    def _options(self, key: str, kind: str, values: Any) -> tuple[Option, ...]:
        if kind not in CHOICES:
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
            found = compile_expression(unwrap(str(text)))
        except FeelSyntaxError as error:
            self.fault(key, f"表单的“{key}”的隐藏条件：{error.sentence_zh}", error.sentence_en)
            return None
        for zh, en in call_faults(found.calls, NOTHING_MORE):
            self.fault(key, f"表单的“{key}”的隐藏条件：{zh}", f"the condition of {key}: {en}")
        return found
