"""From the tree of an expression to closures: one method per kind of node, named like the rule of the grammar."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from lark import Token, Tree

from engine.feel import temporal
from engine.feel.acts import Node, call, counting, each, filtered, part_of, passes
from engine.feel.calls import Call
from engine.feel.evaluation import Environment
from engine.feel.functions import BUILTINS, kind_matches
from engine.feel.values import Range, add, compare, div, mul, negate, power, sub

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}


class Compiler:
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
        return lambda env: passes(env.locals["?"], value(env), asks=asks)

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
        return lambda env: counting(low(env), high(env))

    def _for(self, c: list[Any]) -> Node:
        iterators = self._iterations(c[0])
        body = self.node(c[1])
        del self.bound[-len(iterators) :]

        def act(env: Environment) -> list[Any]:
            results: list[Any] = []
            each(env, iterators, 0, lambda: results.append(body(env)))
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

            each(env, iterators, 0, ask)
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
        return lambda env: part_of(value(env), name)

    def _filter(self, c: list[Any]) -> Node:
        source, condition = self.node(c[0]), self.node(c[1])
        return lambda env: filtered(env, source(env), condition)

    def _call(self, c: list[Any]) -> Node:
        callee, (positional, named) = c[0], self._arguments(c[1] if len(c) > 1 else None)
        name = _called(callee)
        self.calls.append(Call(name, len(positional), tuple(named)))
        if callee.data not in {"name", "function"}:
            return lambda env: None  # a value that is no function cannot be called; the gate refuses it
        return lambda env: call(env, name, [p(env) for p in positional], {k: v(env) for k, v in named.items()})

    def _arguments(self, tree: Any) -> tuple[list[Node], dict[str, Node]]:
        if tree is None:
            return [], {}
        if tree.data == "positional":
            return [self.node(x) for x in tree.children], {}
        if tree.data == "named":
            return [], {str(p.children[0]).strip('"'): self.node(p.children[1]) for p in tree.children}
        return [self.node(tree)], {}


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda escape: _ESCAPES.get(escape[1], escape[0]), text[1:-1])


def _called(callee: Tree[Token]) -> str:
    """The name of what is called, as it is written."""
    if callee.data == "path":
        return f"{_called(callee.children[0])}.{callee.children[1]}"  # type: ignore[arg-type]
    return " ".join(str(callee.children[0]).split()) if callee.data in {"name", "function"} else "(…)"
