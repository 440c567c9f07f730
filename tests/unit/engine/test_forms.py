"""Forms: what each component accepts, what is said when it does not, what is never stored, and schemas that are refused."""

from __future__ import annotations

import json
import re
import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from engine.feel.patterns import is_bearable
from engine.forms import Form, FormError, Option, parse_form
from engine.forms.sentences import SENTENCES


def form(*components: dict[str, Any]) -> Form:
    return parse_form({"id": "f", "components": list(components)})


def text(key: str = "t", **more: Any) -> dict[str, Any]:
    return {"type": "textfield", "key": key, "label": "名称", **more}


def number(**more: Any) -> dict[str, Any]:
    return {"type": "number", "key": "n", "label": "金额", **more}


def choice(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "key": "c",
        "label": "性质",
        "values": [{"value": "a", "label": "甲"}, {"value": "b", "label": "乙"}],
        **more,
    }


REQUIRED = {"validate": {"required": True}}

ACCEPTED: list[tuple[dict[str, Any], Any, Any]] = [
    (text(), "  甲公司　", "甲公司"), (text(), "", None), (text(), None, None), ({**text(), "type": "textarea"}, "一\n二", "一\n二"),
    (number(), "1,234.50", Decimal("1234.50")), (number(), "\uff11\uff12\uff13", Decimal(123)), (number(), "1，000", Decimal(1000)), (number(), "\uff0d\uff11\uff0c\uff12\uff13\uff14\uff0e\uff15", Decimal("-1234.5")), (number(), 5, Decimal(5)),
    (number(), 0.1, Decimal("0.1")), (number(), "-3", Decimal(-3)), (number(), "", None), (number(decimalDigits=2), "1.500", Decimal("1.500")),
    (number(decimalDigits=0), "100", Decimal(100)), (number(decimalDigits=0), "1e2", Decimal("1e2")),
    ({"type": "datetime", "key": "d", "label": "日期"}, "\uff12\uff10\uff12\uff16\uff0d\uff10\uff12\uff0d\uff12\uff18", date(2026, 2, 28)),
    ({"type": "datetime", "key": "d", "label": "日期"}, "2026-02-28", date(2026, 2, 28)), ({"type": "datetime", "key": "d", "label": "日期"}, "", None),
    ({"type": "checkbox", "key": "b", "label": "同意"}, "on", True), ({"type": "checkbox", "key": "b", "label": "同意"}, None, False),
    ({"type": "checkbox", "key": "b", "label": "同意"}, "false", False), (choice("radio"), "a", "a"), (choice("select"), "b", "b"), (choice("radio"), "", None),
    (choice("checklist"), ["a", "b"], ["a", "b"]), (choice("checklist"), "a", ["a"]), (choice("checklist"), None, []),
    (choice("radio"), ["a", "b"], "b"), (text(validate={"pattern": "[0-9]{10}"}), "1234567890", "1234567890"),
]  # fmt: skip


@pytest.mark.parametrize(("component", "raw", "value"), ACCEPTED, ids=[f"{c['type']} {r!r}" for c, r, _ in ACCEPTED])
def test_what_is_entered_becomes_a_typed_value(component: dict[str, Any], raw: Any, value: Any) -> None:
    loaded = form(component).load({component["key"]: raw} if raw is not None else {}, {})

    assert loaded.errors == {}
    assert repr(loaded.values[component["key"]]) == repr(value)


REFUSED: list[tuple[dict[str, Any], Any, str]] = [
    (text(**REQUIRED), "", "请填写“名称”"), (text(**REQUIRED), "   　", "请填写“名称”"), (text(**REQUIRED), None, "请填写“名称”"),
    (text(validate={"maxLength": 3}), "四个字了", "“名称”最多 3 个字"), (text(validate={"minLength": 2}), "一", "“名称”至少 2 个字"),
    (text(validate={"pattern": "[0-9]+"}), "12a", "“名称”的格式不正确"), (text(validate={"pattern": "[0-9]+"}), "\uff11\uff12\n", "“名称”的格式不正确"),
    (text(validate={"pattern": "[0-9]+", "patternErrorMessage": "只填数字"}), "x", "只填数字"),
    (text(), 5, "“名称”应填写文字"), (text(), {"a": 1}, "“名称”应填写文字"), (text(), True, "“名称”应填写文字"),
    (text(), "a\x00b", "“名称”含有不能使用的控制字符"), (text(), "\ud800", "“名称”含有不能使用的控制字符"), (text(), "x" * 50_000_000, "“名称”最多 20000 个字"),
    (number(**REQUIRED), "", "请填写“金额”"), (number(), "abc", "“金额”应填写数字"), (number(), "NaN", "“金额”应填写数字"), (number(), "Infinity", "“金额”应填写数字"),
    (number(), "-inf", "“金额”应填写数字"), (number(), "sNaN", "“金额”应填写数字"), (number(), True, "“金额”应填写数字"), (number(), {"a": 1}, "“金额”应填写数字"),
    (number(), "1e400", "“金额”的数字过大"), (number(), "9" * 19, "“金额”的数字过大"), (number(), "1e-999999", "“金额”最多 12 位小数"),
    (number(decimalDigits=2), "1.005", "“金额”最多 2 位小数"), (number(decimalDigits=2), "1." + "0" * 40 + "1", "“金额”最多 2 位小数"),
    (number(decimalDigits=0), "1.5", "“金额”应填写整数"), (number(validate={"min": 0}), "-0.01", "“金额”不能小于 0"),
    (number(validate={"max": 100}, appearance={"suffixAdorner": "%"}), "101", "“金额”不能大于 100%"),
    (number(), "1,2,3.45", "“金额”应填写数字"), (number(), "12,34", "“金额”应填写数字"), (number(), "1234,567", "“金额”应填写数字"),
    (number(validate={"max": 10_000_000}, appearance={"suffixAdorner": "元"}), "10000000.01", "“金额”不能大于 10,000,000 元"),
    ({"type": "datetime", "key": "d", "label": "日期"}, "2026-02-30", "“日期”应填写日期，如 2026-03-02"),
    ({"type": "datetime", "key": "d", "label": "日期", **REQUIRED}, "", "请填写“日期”"),
    ({"type": "checkbox", "key": "b", "label": "同意", **REQUIRED}, None, "请勾选“同意”"),
    ({"type": "checkbox", "key": "b", "label": "同意", **REQUIRED}, "false", "请勾选“同意”"),
    ({"type": "checkbox", "key": "b", "label": "同意"}, {"x": 1}, "“同意”应填写是或否"),
    (choice("radio", **REQUIRED), None, "请选择“性质”"), (choice("select", **REQUIRED), "", "请选择“性质”"), (choice("radio"), "z", "“性质”请从列表中选择"), (choice("select"), "甲", "“性质”请从列表中选择"),
    (choice("select"), {"a": 1}, "“性质”应填写文字"), (choice("checklist"), ["a", "z"], "“性质”请从列表中选择"), (choice("checklist"), [1], "“性质”请从列表中选择"),
    (choice("checklist", **REQUIRED), [], "“性质”至少选一项"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("component", "raw", "says"), REFUSED, ids=[f"{c['type']} {str(r)[:20]!r} {i}" for i, (c, r, _) in enumerate(REFUSED)]
)
def test_what_does_not_fit_is_said_in_chinese_and_nothing_is_stored(component: dict[str, Any], raw: Any, says: str) -> None:
    begun = time.monotonic()

    loaded = form(component, text("other")).load({component["key"]: raw, "other": "fine"} if raw is not None else {}, {})

    assert loaded.errors == {component["key"]: says}
    assert loaded.values == {}
    assert time.monotonic() - begun < 2


def test_hidden_and_read_only_fields_are_neither_required_nor_stored() -> None:
    drawn = form(
        text("why", **REQUIRED, conditional={"hide": "agreed = true"}), {"type": "checkbox", "key": "agreed", "label": "同意"},
        text("fixed", readonly=True, **REQUIRED), {"type": "group", "conditional": {"hide": "agreed = true"}, "components": [text("inner", **REQUIRED)]},
    )  # fmt: skip

    assert drawn.load({"agreed": "on", "why": "x", "fixed": "forged", "inner": "x"}, {}).values == {"agreed": True}
    assert set(drawn.load({"fixed": "forged"}, {}).errors) == {"why", "inner"}


def test_conditions_read_the_case_and_survive_any_number() -> None:
    drawn = form(text("why", conditional={"hide": "n > limit"}), number())

    assert "why" not in drawn.load({"n": "9", "why": "x"}, {"limit": 5}).values
    for hostile in ("NaN", "sNaN", "Infinity", "1e999999", {"a": 1}, "x" * 1000):
        assert set(drawn.load({"n": hostile}, {"limit": 5}).errors) == {"n"}


def test_keys_that_are_not_in_the_form_are_not_stored() -> None:
    assert form(text()).load({"t": "x", "done_by": {"a": 1}, "__class__": "x", "t-0-x": "y"}, {}).values == {"t": "x"}


ROWS = {
    "type": "dynamiclist",
    "key": "rows",
    "label": "发票",
    "components": [text("code", **REQUIRED), number(), text("own", readonly=True)],
}


def test_rows_of_a_list_come_by_name_or_as_json() -> None:
    expected = [{"code": "A", "n": Decimal(1)}, {"code": "B", "n": None}]

    by_name = form(ROWS).load(
        {"rows-0-code": "A", "rows-0-n": "1", "rows-1-code": "", "rows-2-code": "B", "rows-2-own": "forged"}, {}
    )
    as_json = form(ROWS).load({"rows": [{"code": "A", "n": "1"}, {"code": "B", "own": "forged"}]}, {})

    assert by_name.values == as_json.values == {"rows": expected}


@pytest.mark.parametrize(
    ("raw", "key", "says"),
    [
        ({"rows": [{"code": "A"}, {"n": "1"}]}, "rows-1-code", "第 2 行：请填写“名称”"),
        ({"rows": [{"code": str(i)} for i in range(10_000)]}, "rows", "“发票”最多 500 行"),
        ({f"rows-{i}-code": "A" for i in range(10_000)}, "rows", "“发票”最多 500 行"),
        ({"rows-999999999-code": "A"}, "rows", "“发票”最多 500 行"),
        ({"rows": [{"code": "A"}, "B"]}, "rows", "“发票”的第 2 行不是一行数据"),
    ],
)
def test_a_list_says_which_row_and_drops_none_in_silence(raw: dict[str, Any], key: str, says: str) -> None:
    loaded = form(ROWS).load(raw, {})

    assert loaded.errors[key] == says
    assert loaded.values == {}


def test_a_required_list_needs_a_row() -> None:
    assert form({**ROWS, **REQUIRED}).load({"rows-0-code": " "}, {}).errors == {"rows": "“发票”至少填写一行"}


WRONG: list[tuple[Any, str, str]] = [
    (b"", "", "第 1 行第 1 列不是合法的 JSON"), (b'{"a": 1,\n "b" 2}', "", "第 2 行第 6 列"), (b"[1, 2]", "", "components"), (b"17", "", "components"), (b'"x"', "", "components"),
    (b"null", "", "components"), (b'{"components": [], "components": []}', "components", "写了两次"), (b'{"components": [{"type": "number", "type": "text"}]}', "type", "两次"),
    ("协查".encode("gb18030"), "", "UTF-8"), (b'{"components": [NaN]}', "", "NaN"), (b'{"a":' * 50_000, "", "嵌套过深"), (b"[" * 100_000, "", "嵌套过深"),
    (b'{"components": ' + b"1" * 10_000 + b"}", "", "过长的数字"), (b" " * 600_000, "", "500000"), (b'{"components": {}}', "", "components"), (b'{"components": [7]}', "", "应是对象"),
    ([{"type": "html", "key": "h", "content": "<script>"}], "h", "html"), ([{"type": "iframe", "key": "i", "url": "https://x"}], "i", "iframe"),
    ([{"type": "filepicker", "key": "f"}], "f", "filepicker"), ([text("a b")], "a b", "英文字母"), ([text("__proto__")], "__proto__", "英文字母"), ([text("")], "", "英文字母"),
    ([text(), text()], "t", "重复"), ([choice("radio", values=[])], "c", "没有可选的值"), ([choice("radio", values="a")], "c", "没有可选的值"),
    ([number(validate={"min": "zero"})], "n", "界限"), ([number(validate={"max": float("inf")})], "n", "界限"), ([number(decimalDigits=-1)], "n", "整数"),
    ([text(validate={"maxLength": 10**9})], "t", "整数"), ([text(layout={"columns": "wide"})], "t", "界限"), ([text(validate={"pattern": "("})], "t", "格式规则"),
    ([text(validate={"pattern": "(a+b?)+$"})], "t", "过于复杂"), ([text(validate={"pattern": "((a+))+"})], "t", "过于复杂"), ([text(validate={"pattern": "a*a*a*a*b"})], "t", "过于复杂"),
    ([text(conditional={"hide": "n >"})], "t", "隐藏条件"), ([{"type": "datetime", "key": "d", "subtype": "time"}], "d", "只支持日期"),
    ([{**ROWS, "components": [{**ROWS, "key": "inner"}]}], "inner", "列表的一行"), ([{**ROWS, "components": [text(conditional={"hide": "true"})]}], "t", "列表的一行"),
    ([{**ROWS, "components": [text(), text()]}], "t", "重复"), ([{"type": "group", "components": 5}], "", "应是列表"), ([text(f"t{i}") for i in range(301)], "", "300"),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "key", "says"), WRONG, ids=[f"{s} {i}" for i, (_, _, s) in enumerate(WRONG)])
def test_a_wrong_schema_is_refused_with_its_key(schema: Any, key: str, says: str) -> None:
    with pytest.raises(FormError) as refusal:
        parse_form(schema if isinstance(schema, bytes) else {"components": schema})

    assert any(where == key and says in zh for where, zh, _en in refusal.value.findings), refusal.value.findings


def test_a_schema_that_is_nested_too_deep_is_refused() -> None:
    nested: dict[str, Any] = text()
    for _ in range(6):
        nested = {"type": "group", "components": [nested]}

    with pytest.raises(FormError, match="嵌套超过 4 层"):
        form(nested)


@pytest.mark.parametrize("junk", [5, "x", [], [1], {"a": []}, True, None])
@pytest.mark.parametrize(
    "place",
    [
        "properties",
        "appearance",
        "layout",
        "validate",
        "conditional",
        "values",
        "components",
        "label",
        "description",
        "defaultValue",
    ],
)
def test_junk_in_any_place_is_read_or_refused_and_never_breaks_the_reader(place: str, junk: Any) -> None:
    for component in (text(), number(), choice("radio"), ROWS, {"type": "group", "components": []}):
        try:
            parse_form(json.dumps({"components": [{**component, place: junk}]}).encode())
        except FormError as refusal:
            assert all(zh for _key, zh, _en in refusal.findings)


def test_a_list_may_use_a_key_that_the_form_uses_too() -> None:
    assert form(text("code"), ROWS).load({"code": "X", "rows-0-code": "A"}, {}).values["rows"] == [{"code": "A", "n": None}]


@pytest.mark.parametrize(
    ("pattern", "length", "bearable"),
    [
        ("[0-9]{15,20}", 20_000, True), (r"\w+@\w+", 200, True), (r"\w+@\w+", 20_000, False), ("(ab)*", 20_000, True), ("(a|b)*", 100, False), ("(?:a+)+", 100, False),
        ("([a-z]{1,3},){0,5}", 100, False), (r"\d{3}-\d{8}|\d{4}-\d{7}", 20_000, True), ("[+*(]+", 20_000, True), (r"\(+", 20_000, True), (r"(a)\1", 10, False), ("a" * 201, 10, False),
        ("(a?){25}", 30, False), ("a{0,1000}a{0,1000}a{0,1000}", 5_000, False), ("第[0-9]+号", 20_000, True), ("(?P<x>a*)*", 10, False), ("a+?b", 20_000, True),
    ],
)  # fmt: skip
def test_a_pattern_is_judged_by_the_work_it_can_take(pattern: str, length: int, bearable: bool) -> None:
    assert is_bearable(pattern, length) is bearable


@pytest.mark.parametrize("pattern", ["(a+b?)+$", "((a+))+$", "(a|aa)+$", "(a*)*$", "(a?a?)*$", "([a-z]+)*$"])
def test_the_patterns_that_take_for_ever_are_among_the_unbearable(pattern: str) -> None:
    assert not is_bearable(pattern, 30)


PICK = {
    "type": "select",
    "key": "c",
    "label": "机关",
    "properties": {"label_en": "Office"},
    "valuesKey": "authorities",
    **REQUIRED,
}
LISTED = [Option("sz", "苏州", "Suzhou", "江苏", "Jiangsu"), Option("nb", "宁波", "Ningbo")]


def test_a_choice_takes_what_its_source_offers_and_nothing_else() -> None:
    filled = form(PICK).filled({"authorities": LISTED})

    assert filled.load({"c": "sz"}, {}).values == {"c": "sz"}
    refused = filled.load({"c": "bj"}, {})
    assert (refused.values, refused.errors) == ({}, {"c": "“机关”请从列表中选择"})
    assert refused.errors_en == {"c": "choose “Office” from the list"}


def test_a_choice_that_nobody_filled_takes_nothing() -> None:
    assert form(PICK).load({"c": "sz"}, {}).errors == {"c": "“机关”请从列表中选择"}


def test_what_was_chosen_is_printed_by_its_name_in_either_language() -> None:
    filled = form(PICK).filled({"authorities": LISTED})

    assert filled.rows({"c": "sz"}) == [("机关", "苏州")]
    assert filled.rows({"c": "sz"}, "en") == [("Office", "Suzhou")]
    assert filled.rows({"c": "gone"}) == [("机关", "gone")]


def test_a_choice_inside_a_list_of_rows_is_filled_too() -> None:
    rows = {"type": "dynamiclist", "key": "l", "path": "l", "label": "行", "components": [PICK]}
    filled = form(rows).filled({"authorities": LISTED})

    assert filled.load({"l-0-c": "nb"}, {}).values == {"l": [{"c": "nb"}]}
    assert filled.load({"l-0-c": "x"}, {}).errors_en == {"l-0-c": "row 1: choose “Office” from the list"}


def test_a_list_of_the_case_is_no_list_of_the_office() -> None:
    of_case = form({**PICK, "valuesKey": "enterprises", "properties": {"label_en": "Enterprise", "values_from": "case"}})

    assert (of_case.sources, of_case.case_sources) == (frozenset(), {"enterprises"})
    assert of_case.filled({"enterprises": LISTED}).load({"c": "nb"}, {}).values == {"c": "nb"}
    assert of_case.filled({"enterprises": []}).load({"c": "nb"}, {}).errors == {"c": "“机关”请从列表中选择"}


def test_a_source_must_be_an_identifier() -> None:
    with pytest.raises(FormError, match="选项来源"):
        form({**PICK, "valuesKey": "../etc"})


def test_every_sentence_has_its_english() -> None:
    assert [
        key
        for key, (zh, en) in SENTENCES.items()
        if re.search("[\u4e00-\u9fff]", en) or {hole.removesuffix("_en") for hole in _holes(zh)} - {"unit"} != {hole.removesuffix("_en") for hole in _holes(en)}
    ] == []


def _holes(text: str) -> list[str]:
    return re.findall(r"{(\w+)}", text)


def test_a_field_that_is_decided_anew_starts_empty() -> None:
    decision = {
        "type": "radio",
        "key": "decision",
        "label": "结论",
        "properties": {"anew": "true"},
        "values": [{"value": "agree", "label": "同意"}],
    }
    remark = {"type": "textfield", "key": "remark", "label": "备注"}
    form = parse_form(json.dumps({"id": "f", "type": "default", "components": [decision, remark]}).encode())

    assert form.begun({"decision": "agree", "remark": "一", "total": 1}) == {"remark": "一", "total": 1}


READ_ONLY = {"type": "radio", "key": "nature", "label": "性质", "readonly": True, "values": [{"value": "confirmed", "label": "已证实"}, {"value": "doubtful", "label": "有疑问"}]}
PROOF = form(READ_ONLY, text("proof", **REQUIRED, conditional={"hide": 'nature != "confirmed"'}))


def test_a_read_only_field_keeps_the_value_of_the_case_when_the_form_is_sent() -> None:
    known = {"nature": "confirmed"}

    assert set(PROOF.load({}, known).errors) == {"proof"}
    assert PROOF.load({"proof": "回函"}, known).values == {"proof": "回函"}
    assert PROOF.load({"proof": "回函"}, {"nature": "doubtful"}).values == {}


def test_a_forged_value_of_a_read_only_field_changes_nothing() -> None:
    assert set(PROOF.load({"nature": "doubtful"}, {"nature": "confirmed"}).errors) == {"proof"}
    assert PROOF.load({"nature": "confirmed", "proof": "回函"}, {"nature": "doubtful"}).values == {}


def test_a_condition_on_a_list_of_the_case_reads_its_rows() -> None:
    shown = {**ROWS, "readonly": True}
    many = form(shown, text("why", **REQUIRED, conditional={"hide": "count(rows) < 2"}))
    own = form(ROWS, text("why", **REQUIRED, conditional={"hide": "count(rows[n > 5]) = 0"}))

    assert set(many.load({}, {"rows": [{"code": "A"}, {"code": "B"}]}).errors) == {"why"}
    assert many.load({"rows-0-code": "A"}, {"rows": []}).errors == {}
    assert set(own.load({"rows-0-code": "A", "rows-0-n": "9", "rows-1-n": ""}, {}).errors) == {"why"}
    assert own.load({"rows-0-code": "A", "rows-0-n": "3"}, {"rows": [{"code": "B", "n": 9}]}).errors == {}


@pytest.mark.parametrize(
    ("component", "raw", "seen"),
    [
        (number(), " 1,234.5 ", Decimal("1234.5")), (number(), "NaN", None), (number(), "12,34", None), (number(), {"a": 1}, None), (number(), None, None),
        ({"type": "datetime", "key": "d"}, "2026-03-02", date(2026, 3, 2)), ({"type": "datetime", "key": "d"}, "2026-02-30", None), ({"type": "datetime", "key": "d"}, [1], None),
        ({"type": "checkbox", "key": "b"}, "on", True), ({"type": "checkbox", "key": "b"}, None, False), ({"type": "checkbox", "key": "b"}, {"x": 1}, False),
        (choice("checklist"), "a", ["a"]), (choice("checklist"), None, []), (choice("radio"), ["a", "b"], "b"), (text(), "  ", None), (text(), " x ", "x"),
    ],
)  # fmt: skip
def test_conditions_see_an_entry_as_it_would_be_stored(component: dict[str, Any], raw: Any, seen: Any) -> None:
    key = component["key"]
    watched = form(component, text("other", conditional={"hide": f"{key} = 1"}))

    assert repr(watched.as_entered({key: raw}, {key: "of the case", "more": 1})) == repr({key: seen, "more": 1})


def test_a_field_that_no_condition_reads_is_left_as_the_case_has_it() -> None:
    assert form(text(), number()).as_entered({"t": "x", "n": "1"}, {"t": "old"}) == {"t": "old"}


@pytest.mark.parametrize("text_", ["isempty(n)", "today() > d", 'deadline("reply") = null', "contains(string: n, mtch: n)", "n.find(1)"])
def test_a_condition_that_calls_what_is_not_there_is_refused(text_: str) -> None:
    with pytest.raises(FormError) as refusal:
        form(text("why", conditional={"hide": text_}), number())

    ((key, zh, en),) = refusal.value.findings
    assert (key, "隐藏条件" in zh, "why" in en) == ("why", True, True)


@pytest.mark.parametrize(("given", "says"), [
    ({"rows-0-code": "A"}, None), ({"none": "on"}, None), ({"rows-0-code": "A", "none": "on"}, "“明细”填写了内容，又勾选了“没有”，两者只留一项"),
    ({"rows-0-code": "A", "none": True}, "“明细”填写了内容，又勾选了“没有”，两者只留一项"), ({}, "“明细”请逐行填写；一行也没有的，请勾选“没有”"), ({"rows-0-code": " ", "none": ""}, "“明细”请逐行填写；一行也没有的，请勾选“没有”"),
])  # fmt: skip
def test_a_list_with_a_tick_for_none_is_filled_in_or_ticked(given: dict[str, Any], says: str | None) -> None:
    listed = {**ROWS, "properties": {"none_by": "none"}, "label": "明细"}
    tick = {"type": "checkbox", "key": "none", "label": "没有"}

    loaded = form(listed, tick).load(given, {})

    assert loaded.errors == ({"rows": says} if says else {})
    with pytest.raises(FormError, match="none_by"):
        form(listed)


def test_a_party_is_offered_the_choices_that_are_for_parties_alone() -> None:
    both = form(choice("radio", properties={"party_values": "a"}), choice("radio", key="d"))
    outside = both.for_party()

    assert [[one.value for one in item.options] for item in outside.items] == [["a"], ["a", "b"]]
    assert outside.load({"c": "b", "d": "b"}, {}).errors == {"c": "“性质”请从列表中选择"}
    assert both.load({"c": "b", "d": "b"}, {}).values == {"c": "b", "d": "b"}


def test_what_only_the_office_enters_is_taken_from_no_party() -> None:
    office = form(text(), {"type": "group", "label": "g", "components": [text(key="vouched", properties={"inside": "true"}, validate={"required": True})]})
    given = {"t": "x", "vouched": "on"}

    assert office.for_party().load(given, {}).values == {"t": "x"}
    assert office.load(given, {}).values == given
