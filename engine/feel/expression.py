"""From text to something that can be evaluated: lark parses once, closures run often."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Tree, UnexpectedInput
from lark.exceptions import LarkError

from engine.feel import temporal
from engine.feel.calls import Call
from engine.feel.errors import FeelLimitError, FeelSyntaxError
from engine.feel.evaluation import EMPTY, Environment, EvalContext
from engine.feel.functions import BUILTINS, kind_matches
from engine.feel.parameters import PARAMETERS
from engine.feel.values import Months, Range, add, compare, div, equal, mul, negate, plain, power, sub

TEXT_LIMIT = 10_000
DEPTH_LIMIT = 120
Node = Callable[[Environment], Any]
# A text in quotes; what splits by it has the texts at its odd places.
_LITERAL = re.compile(r'("(?:\\.|[^"\\])*")', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}

_parser = Lark(
    (Path(__file__).parent / "grammar.lark").read_text("utf-8"),
    parser="lalr",
    start=["start", "unary_tests"],
    propagate_positions=False,
    maybe_placeholders=False,
)


class Expression:
    """A compiled FEEL expression; immutable, safe to share between threads."""

    __slots__ = ("_names", "_node", "calls", "text")

    def __init__(self, text: str, node: Node, names: frozenset[str], calls: tuple[Call, ...] = ()) -> None:
        self.text = text
        self._node = node
        self._names = names
        self.calls = calls

    def evaluate(self, scope: Mapping[str, Any], *, context: EvalContext | None = None) -> Any:
        """The value in a scope; unknown names are null. Raises FeelLimitError when it asks for too much."""
        try:
            return self._node(Environment(scope, context or EMPTY))
        except RecursionError:
            raise FeelLimitError("嵌套过深") from None

    def names(self) -> frozenset[str]:
        """Names that the expression reads from its scope."""
        return self._names


class UnaryTests:
    """The tests of a DMN cell: does a value pass one of them?"""

    __slots__ = ("_nodes", "calls", "negated", "text")

    def __init__(self, text: str, nodes: list[Node], calls: tuple[Call, ...] = (), *, negated: bool) -> None:
        self.text = text
        self._nodes = nodes
        self.negated = negated
        self.calls = calls

    def matches(self, value: Any, scope: Mapping[str, Any], *, context: EvalContext | None = None) -> bool:
        """Whether the value passes; an empty cell and `-` let everything pass."""
        if not self._nodes:
            return True
        environment = Environment(scope, context or EMPTY)
        environment.locals["?"] = plain(value)
        hit = any(node(environment) is True for node in self._nodes)
        return hit is not self.negated


def unwrap(text: str) -> str:
    """Takes `${…}`, `#{…}` or a leading `=` away, which models from elsewhere carry."""
    text = text.strip()
    if text.startswith(("${", "#{")) and text.endswith("}"):
        parts = _LITERAL.split(text[2:-1].strip())
        parts[::2] = (part.replace("==", "=").replace("&&", " and ").replace("||", " or ") for part in parts[::2])
        return "".join(parts)
    return text[1:].strip() if text.startswith("=") else text


@lru_cache(maxsize=8192)
def compile_expression(text: str) -> Expression:
    """Parses once per text; raises FeelSyntaxError with the place."""
    tree = _parse(text, "start")
    compiler = _Compiler()
    node = compiler.node(tree)
    return Expression(text, node, frozenset(compiler.free), tuple(compiler.calls))


@lru_cache(maxsize=8192)
def compile_unary_tests(text: str) -> UnaryTests:
    """Parses the text of a DMN input cell; raises FeelSyntaxError with the place."""
    stripped = text.strip()
    if stripped in {"", "-"}:
        return UnaryTests(text, [], negated=False)
    inner = _negated(stripped)
    tree = _parse(inner or stripped, "unary_tests")
    compiler = _Compiler()
    tests = [compiler.test(child) for child in tree.children]
    return UnaryTests(text, tests, tuple(compiler.calls), negated=inner is not None)


def _negated(text: str) -> str | None:
    """What stands inside `not(…)`, if the parenthesis spans the rest of the cell."""
    if not text.startswith("not(") or not text.endswith(")"):
        return None
    depth, bare = 0, _LITERAL.sub(lambda literal: "_" * len(literal[0]), text)
    for c in bare[3:-1]:
        depth += (c == "(") - (c == ")")
        if depth == 0:
            return None
    return text[4:-1]


def _parse(text: str, start: str) -> Tree[Token]:
    if len(text) > TEXT_LIMIT:
        raise FeelSyntaxError(text, TEXT_LIMIT, f"超过 {TEXT_LIMIT} 个字符")
    try:
        tree = _parser.parse(text, start=start)
    except UnexpectedInput as error:
        raise FeelSyntaxError(text, max(0, error.pos_in_stream or 0)) from None
    except (LarkError, RecursionError):
        raise FeelSyntaxError(text, 0) from None
    if not isinstance(tree, Tree):
        tree = Tree("wrapped", [tree])
    if _depth(tree) > DEPTH_LIMIT:
        raise FeelSyntaxError(text, 0, "嵌套过深")
    return tree


def _depth(tree: Tree[Token]) -> int:
    deepest, todo = 0, [(tree, 1)]
    while todo:
        node, depth = todo.pop()
        deepest = max(deepest, depth)
        todo.extend((child, depth + 1) for child in node.children if isinstance(child, Tree))
    return deepest


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda escape: _ESCAPES.get(escape[1], escape[0]), text[1:-1])


class _Compiler:
    """One closure per node of the parse tree."""

    def __init__(self) -> None:
        self.free: set[str] = set()
        self.bound: list[str] = []
        self.calls: list[Call] = []

    def node(self, tree: Tree[Token] | Token) -> Node:
        assert isinstance(tree, Tree)
        method: Callable[[list[Any]], Node] = getattr(self, f"_{tree.data.rstrip('_')}")
        return method(tree.children)

    def test(self, tree: Any) -> Node:
        """A test of a cell: against `?`."""
        if tree.data == "test_compare":
            operator, right = str(tree.children[0]), self.node(tree.children[1])
            return lambda env: compare(operator, env.locals["?"], right(env))
        inner = tree.children[0]
        value = self.node(inner)
        asks = any(sub_tree.data == "input" for sub_tree in inner.iter_subtrees())
        return lambda env: _passes(env.locals["?"], value(env), asks=asks)

    # literals and names

    def _wrapped(self, c: list[Any]) -> Node:
        return self.node(c[0])

    def _number(self, c: list[Any]) -> Node:
        value = Decimal(str(c[0]))
        return lambda env: value

    def _string(self, c: list[Any]) -> Node:
        value = _unescape(str(c[0]))
        return lambda env: value

    def _temporal(self, c: list[Any]) -> Node:
        value = temporal.parse_any(str(c[0])[2:-1])
        return lambda env: value

    def _true(self, c: list[Any]) -> Node:
        return lambda env: True

    def _false(self, c: list[Any]) -> Node:
        return lambda env: False

    def _null(self, c: list[Any]) -> Node:
        return lambda env: None

    def _input(self, c: list[Any]) -> Node:
        return lambda env: env.locals.get("?")

    def _name(self, c: list[Any]) -> Node:
        name = str(c[0])
        if name not in self.bound:
            self.free.add(name)
        return lambda env: env.lookup(name)

    def _function(self, c: list[Any]) -> Node:
        name = " ".join(str(c[0]).split())
        return lambda env: BUILTINS.get(name)

    # logic

    def _disjunction(self, c: list[Any]) -> Node:
        parts = [self.node(x) for x in c]

        def act(env: Environment) -> Any:
            unknown = False
            for part in parts:
                value = part(env)
                if value is True:
                    return True
                unknown |= value is not False
            return None if unknown else False

        return act

    def _conjunction(self, c: list[Any]) -> Node:
        parts = [self.node(x) for x in c]

        def act(env: Environment) -> Any:
            unknown = False
            for part in parts:
                value = part(env)
                if value is False:
                    return False
                unknown |= value is not True
            return None if unknown else True

        return act

    def _compare(self, c: list[Any]) -> Node:
        left, operator, right = self.node(c[0]), str(c[1]), self.node(c[2])
        return lambda env: compare(operator, left(env), right(env))

    def _between(self, c: list[Any]) -> Node:
        value, low, high = (self.node(x) for x in c)
        return lambda env: Range(low(env), high(env)).holds(value(env))

    def _in_one(self, c: list[Any]) -> Node:
        return self._in_many(c)

    def _in_many(self, c: list[Any]) -> Node:
        value, tests = self.node(c[0]), [self.test(x) for x in c[1:]]

        def act(env: Environment) -> Any:
            before = env.locals.get("?")
            env.locals["?"] = value(env)
            try:
                return any(test(env) is True for test in tests)
            finally:
                env.locals["?"] = before

        return act

    def _instance_of(self, c: list[Any]) -> Node:
        value, name = self.node(c[0]), str(c[1])
        return lambda env: kind_matches(value(env), name)

    # arithmetic

    def _two(self, c: list[Any], act: Callable[[Any, Any], Any]) -> Node:
        left, right = self.node(c[0]), self.node(c[1])
        return lambda env: act(left(env), right(env))

    def _add(self, c: list[Any]) -> Node:
        return self._two(c, add)

    def _sub(self, c: list[Any]) -> Node:
        return self._two(c, sub)

    def _mul(self, c: list[Any]) -> Node:
        return self._two(c, mul)

    def _div(self, c: list[Any]) -> Node:
        return self._two(c, div)

    def _pow(self, c: list[Any]) -> Node:
        return self._two(c, power)

    def _neg(self, c: list[Any]) -> Node:
        value = self.node(c[0])
        return lambda env: negate(value(env))

    # control

    def _if(self, c: list[Any]) -> Node:
        condition, then, otherwise = (self.node(x) for x in c)
        return lambda env: then(env) if condition(env) is True else otherwise(env)

    def _iterations(self, iterators: Any) -> list[tuple[str, Node]]:
        found = []
        for iterator in iterators.children:
            name, source = str(iterator.children[0]), self.node(iterator.children[1])
            self.bound.append(name)
            found.append((name, source))
        return found

    def _counting(self, c: list[Any]) -> Node:
        low, high = self.node(c[0]), self.node(c[1])
        return lambda env: _count(low(env), high(env))

    def _for(self, c: list[Any]) -> Node:
        iterators = self._iterations(c[0])
        body = self.node(c[1])
        del self.bound[-len(iterators) :]

        def act(env: Environment) -> list[Any]:
            results: list[Any] = []
            _each(env, iterators, 0, lambda: results.append(body(env)))
            return results

        return act

    def _quantified(self, c: list[Any], wanted: bool) -> Node:
        iterators = self._iterations(c[0])
        body = self.node(c[1])
        del self.bound[-len(iterators) :]

        def act(env: Environment) -> Any:
            seen: set[Any] = set()

            def ask() -> None:
                answer = body(env)
                seen.add(answer if isinstance(answer, bool) else None)

            _each(env, iterators, 0, ask)
            if wanted in seen:
                return wanted
            return None if None in seen else not wanted

        return act

    def _some(self, c: list[Any]) -> Node:
        return self._quantified(c, True)

    def _every(self, c: list[Any]) -> Node:
        return self._quantified(c, False)

    # structure

    def _list(self, c: list[Any]) -> Node:
        parts = [self.node(x) for x in c]
        return lambda env: [part(env) for part in parts]

    def _context(self, c: list[Any]) -> Node:
        pairs: list[tuple[str, Node]] = []
        for pair in c:
            key = str(pair.children[0])
            pairs.append((_unescape(key) if key.startswith('"') else key, self.node(pair.children[1])))
            self.bound.append(pairs[-1][0])
        if pairs:
            del self.bound[-len(pairs) :]

        def act(env: Environment) -> dict[str, Any]:
            before, result = dict(env.locals), {}
            for key, value in pairs:
                result[key] = env.locals[key] = value(env)
            env.locals = before
            return result

        return act

    def _range(self, c: list[Any], low_closed: bool, high_closed: bool) -> Node:
        low, high = self.node(c[0]), self.node(c[1])
        return lambda env: Range(low(env), high(env), low_closed, high_closed)

    def _range_cc(self, c: list[Any]) -> Node:
        return self._range(c, True, True)

    def _range_co(self, c: list[Any]) -> Node:
        return self._range(c, True, False)

    def _range_oc(self, c: list[Any]) -> Node:
        return self._range(c, False, True)

    def _range_oo(self, c: list[Any]) -> Node:
        return self._range(c, False, False)

    def _path(self, c: list[Any]) -> Node:
        value, name = self.node(c[0]), str(c[1])
        return lambda env: _property(value(env), name)

    def _filter(self, c: list[Any]) -> Node:
        source, condition = self.node(c[0]), self.node(c[1])
        return lambda env: _filtered(env, source(env), condition)

    def _call(self, c: list[Any]) -> Node:
        callee, (positional, named) = c[0], self._arguments(c[1] if len(c) > 1 else None)
        name = _called(callee)
        self.calls.append(Call(name, len(positional), tuple(named)))
        if callee.data not in {"name", "function"}:
            return lambda env: None  # a value that is no function cannot be called; the gate refuses it
        return lambda env: _call(env, name, [p(env) for p in positional], {k: v(env) for k, v in named.items()})

    def _arguments(self, tree: Any) -> tuple[list[Node], dict[str, Node]]:
        if tree is None:
            return [], {}
        if tree.data == "positional":
            return [self.node(x) for x in tree.children], {}
        if tree.data == "named":
            return [], {str(p.children[0]).strip('"'): self.node(p.children[1]) for p in tree.children}
        return [self.node(tree)], {}


def _called(callee: Tree[Token]) -> str:
    """The name of what is called, as it is written."""
    if callee.data == "path":
        return f"{_called(callee.children[0])}.{callee.children[1]}"  # type: ignore[arg-type]
    return " ".join(str(callee.children[0]).split()) if callee.data in {"name", "function"} else "(…)"


def _passes(value: Any, test: Any, *, asks: bool) -> bool | None:
    if asks:
        return test is True
    if isinstance(test, Range):
        return test.holds(value)
    if isinstance(test, list):
        return any(_passes(value, t, asks=False) for t in test)
    return equal(value, test)


def _call(env: Environment, name: str, positional: list[Any], named: dict[str, Any]) -> Any:
    given = [*positional, *named.values()]
    env.spend(1 + sum(len(a) for a in given if isinstance(a, (list, str))) // 16)
    if name in env.context.functions:
        return plain(env.context.functions[name](*positional, **named))
    if name in {"now", "today"} and not given and env.context.now is not None:
        return env.context.now if name == "now" else env.context.now.date()
    function = BUILTINS.get(name)
    if function is None:
        raise FeelLimitError(f"没有名为 {name} 的函数")
    try:
        return function(*_by_place(name, named) if named else positional)
    except (TypeError, ValueError, IndexError, AttributeError, ArithmeticError, re.error):
        return None  # a wrong argument gives null (DMN 1.3, 10.3.2.13)


def _by_place(name: str, named: dict[str, Any]) -> list[Any]:
    """Named arguments in the order of the parameters; one that is left out before another is null."""
    order = PARAMETERS.get(name, tuple(named))
    last = max((place for place, parameter in enumerate(order) if parameter in named), default=-1)
    return [named.get(parameter) for parameter in order[: last + 1]]


def _each(env: Environment, iterators: list[tuple[str, Node]], depth: int, act: Callable[[], object]) -> None:
    if depth == len(iterators):
        env.spend()
        act()
        return
    name, source = iterators[depth]
    values = source(env)
    if values is None:
        return
    hidden = env.locals.get(name)
    for value in values if isinstance(values, (list, range)) else [values]:
        env.locals[name] = Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else plain(value)
        _each(env, iterators, depth + 1, act)
    if hidden is None:
        env.locals.pop(name, None)
    else:
        env.locals[name] = hidden


def _count(low: Any, high: Any) -> Any:
    if not isinstance(low, Decimal) or not isinstance(high, Decimal) or abs(low) > 10**15 or abs(high) > 10**15:
        return None
    return range(int(low), int(high) + 1) if low <= high else range(int(low), int(high) - 1, -1)


_PARTS: dict[str, Callable[[Any], Any]] = {
    "year": lambda d: Decimal(d.year),
    "month": lambda d: Decimal(d.month),
    "day": lambda d: Decimal(d.day),
    "weekday": lambda d: Decimal(d.isoweekday()),
}
_CLOCK_PARTS: dict[str, Callable[[Any], Any]] = {
    "hour": lambda t: Decimal(t.hour),
    "minute": lambda t: Decimal(t.minute),
    "second": lambda t: Decimal(t.second),
}


def _property(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return plain(value.get(name))
    if isinstance(value, list):
        return [_property(v, name) for v in value]
    if isinstance(value, date) and name in _PARTS:
        return _PARTS[name](value)
    if isinstance(value, (datetime, time)) and name in _CLOCK_PARTS:
        return _CLOCK_PARTS[name](value)
    return _duration_part(value, name)


def _duration_part(value: Any, name: str) -> Any:
    if isinstance(value, Months) and name in {"years", "months"}:
        return Decimal(int(value.months / 12)) if name == "years" else Decimal(value.months % 12)
    if isinstance(value, timedelta):
        parts = {
            "days": value.days,
            "hours": value.seconds // 3600,
            "minutes": value.seconds // 60 % 60,
            "seconds": value.seconds % 60,
        }
        return Decimal(parts[name]) if name in parts else None
    return None


def _filtered(env: Environment, source: Any, condition: Node) -> Any:
    values = source if isinstance(source, list) else [] if source is None else [source]
    if not values or not any(isinstance(v, dict) for v in values):
        index = condition(env)
        if isinstance(index, Decimal):
            return _indexed(values, index)
    kept, before = [], dict(env.locals)
    for _position, value in enumerate(values):
        env.spend()
        env.locals = {
            **before,
            **({k: plain(v) for k, v in value.items()} if isinstance(value, dict) else {}),
            "item": plain(value),
        }
        hit = condition(env)
        env.locals = before
        if isinstance(hit, Decimal):
            return _indexed(values, hit)
        if hit is True:
            kept.append(value)
    return kept


def _indexed(values: list[Any], index: Decimal) -> Any:
    position = int(index)
    if position > 0:
        return plain(values[position - 1]) if position <= len(values) else None
    return plain(values[position]) if position and -position <= len(values) else None
