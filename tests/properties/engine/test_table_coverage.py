"""What the coverage of tables finds, against an oracle that knows neither FEEL nor cells: every point of a grid, every rule a Python predicate."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import combinations, product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.dmn import parse, table_faults
from tests.unit.engine.dmn.test_decisions import cell, decision, file

Test = tuple[str, Callable[[Any], bool]]


def number(value: Any) -> bool:
    return isinstance(value, Decimal)


def number_tests() -> st.SearchStrategy[Test]:
    bound = st.integers(0, 3)
    compared = [
        lambda n: (f"< {n}", lambda v: number(v) and v < n),
        lambda n: (f"<= {n}", lambda v: number(v) and v <= n),
        lambda n: (f"> {n}", lambda v: number(v) and v > n),
        lambda n: (f"? >= {n}", lambda v: number(v) and v >= n),
        lambda n: (f"{n}", lambda v: v == n),
        lambda n: (f"not({n})", lambda v: v != n),
        lambda n: (f"[{n}..{n + 1})", lambda v: number(v) and n <= v < n + 1),
        lambda n: (f"({n}..{n + 1}]", lambda v: number(v) and n < v <= n + 1),
        lambda n: (f"< {n}, null", lambda v: v is None or v < n),
    ]
    return st.builds(lambda make, n: make(n), st.sampled_from(compared), bound) | anything()


def text_tests() -> st.SearchStrategy[Test]:
    named = st.sampled_from(["a", "b"])
    return (
        named.map(lambda s: (f'"{s}"', lambda v: v == s))
        | named.map(lambda s: (f'not("{s}")', lambda v: v != s))
        | st.just(('"a","b"', lambda v: v in {"a", "b"}))
        | anything()
    )


def truth_tests() -> st.SearchStrategy[Test]:
    listed: list[Test] = [("true", lambda v: v is True), ("false", lambda v: v is False), ("not(true)", lambda v: v is not True)]
    return st.sampled_from(listed) | anything()


def anything() -> st.SearchStrategy[Test]:
    return st.sampled_from([("-", lambda _v: True), ("null", lambda v: v is None), ("not(null)", lambda v: v is not None)])


GRIDS: dict[str, list[Any]] = {
    "number": [None, *(Decimal(half) / 2 for half in range(-1, 10))],
    "string": [None, "a", "b", "c"],
    "boolean": [None, True, False],
}
TESTS = {"number": number_tests(), "string": text_tests(), "boolean": truth_tests()}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[Test]], str, list[bool]]:
    """Kinds of columns, rules, policy, and for each column whether null is kept out."""
    columns = draw(st.lists(st.sampled_from(sorted(TESTS)), min_size=1, max_size=3))
    rules = [[draw(TESTS[kind]) for kind in columns] for _ in range(draw(st.integers(1, 4)))]
    return columns, rules, draw(st.sampled_from(["UNIQUE", "FIRST", "ANY", "COLLECT"])), [draw(st.booleans()) for _ in columns]


@given(tables())
def test_faults_are_found_where_the_grid_has_them_and_nowhere_else(made: tuple[list[str], list[list[Test]], str, list[bool]]) -> None:
    columns, rules, policy, filled = made
    head = "".join(
        f'<input><inputExpression typeRef="{kind}"><text>x{n}</text></inputExpression>{cell("inputValues", "not(null)") if filled[n] else ""}</input>'
        for n, kind in enumerate(columns)
    )
    body = "".join(
        f'<rule id="{n}">' + "".join(cell("inputEntry", text) for text, _ in rule) + cell("outputEntry", str(n % 2)) + "</rule>" for n, rule in enumerate(rules)
    )
    parsed = parse(file(decision(f'<decisionTable hitPolicy="{policy}">{head}<output name="o"/>{body}</decisionTable>')))
    assert parsed.findings == ()
    grid = product(*([v for v in GRIDS[kind] if v is not None or not out] for kind, out in zip(columns, filled, strict=True)))
    hits = {point: [n for n, rule in enumerate(rules) if all(test(v) for (_, test), v in zip(rule, point, strict=True))] for point in grid}
    every = {n for fitting in hits.values() for n in fitting}

    found = list(table_faults(parsed.decisions["d"]))

    told = {kind: {f.rules for f in found if f.kind == kind} for kind in ("overlap", "contradiction", "masked", "never")}
    pairs = {(str(a), str(b)) for fitting in hits.values() for a, b in combinations(fitting, 2)}
    differing = {pair for pair in pairs if int(pair[0]) % 2 != int(pair[1]) % 2}
    masked = every - {fitting[0] for fitting in hits.values() if fitting}
    assert any(f.kind == "gap" for f in found) == any(not fitting for fitting in hits.values())
    assert told["overlap"] == (pairs if policy == "UNIQUE" else set())
    assert told["contradiction"] == (differing if policy == "ANY" else set())
    assert told["masked"] == ({(str(n),) for n in masked} if policy == "FIRST" else set())
    assert told["never"] == {(str(n),) for n in range(len(rules)) if n not in every}
    for fault in found:
        if fault.kind == "gap" and fault.example:
            assert not [rule for rule in rules if all(test(v) for (_, test), v in zip(rule, fault.example.values(), strict=True))]
        elif fault.kind in {"overlap", "contradiction"}:
            for n in fault.rules:
                assert all(test(v) for (_, test), v in zip(rules[int(n)], fault.example.values(), strict=True))
