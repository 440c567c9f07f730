"""Names of the parameters of built-in functions (DMN 1.3, 10.3.4), for calls like `decimal(n: 1.55, scale: 1)`.

A name of several words is given as a text: `substring(string: "abc", "start position": 2)`. Functions that are not listed take their
arguments by place only.
"""

from __future__ import annotations

_LIST, _MATCH, _SCALED, _DATE = ("list",), ("string", "match"), ("n", "scale"), ("date",)

PARAMETERS: dict[str, tuple[str, ...]] = {
    "number": ("from", "grouping", "decimal"),
    "string": ("from",),
    "date": ("year", "month", "day"),
    "time": ("hour", "minute", "second"),
    "date and time": ("date", "time"),
    "duration": ("from",),
    "years and months duration": ("from", "to"),
    "not": ("negand",),
    "substring": ("string", "start position", "length"),
    **dict.fromkeys(("string length", "upper case", "lower case", "trim"), ("string",)),
    **dict.fromkeys(("substring before", "substring after", "contains", "starts with", "ends with"), _MATCH),
    "matches": ("input", "pattern", "flags"),
    "replace": ("input", "pattern", "replacement", "flags"),
    "split": ("string", "delimiter"),
    "list contains": ("list", "element"),
    **dict.fromkeys(("count", "min", "max", "sum", "mean", "median", "product", "all", "any", "reverse", "flatten", "sort"), _LIST),
    "distinct values": _LIST,
    "sublist": ("list", "start position", "length"),
    "append": ("list", "item"),
    "insert before": ("list", "position", "newItem"),
    "remove": ("list", "position"),
    "index of": ("list", "match"),
    "string join": ("list", "delimiter"),
    **dict.fromkeys(("floor", "ceiling", "decimal", "round up", "round down", "round half up", "round half down"), _SCALED),
    "abs": ("n",),
    "modulo": ("dividend", "divisor"),
    **dict.fromkeys(("sqrt", "exp", "log", "odd", "even"), ("number",)),
    **dict.fromkeys(("day of week", "month of year", "day of year", "week of year"), _DATE),
    "get value": ("m", "key"),
    "get entries": ("m",),
    "context put": ("context", "key", "value"),
    "context merge": ("contexts",),
}
