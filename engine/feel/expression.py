"""From text to something that can be evaluated: parsed and compiled once, evaluated often."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from engine.feel.acts import Node
from engine.feel.calls import Call
from engine.feel.compiler import Compiler
from engine.feel.errors import FeelLimitError
from engine.feel.evaluation import EMPTY, Environment, EvalContext
from engine.feel.parsing import inside_not, parse
from engine.feel.values import plain


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


@lru_cache(maxsize=8192)
def compile_expression(text: str) -> Expression:
    """Parses once per text; raises FeelSyntaxError with the place."""
    tree = parse(text, "start")
    compiler = Compiler()
    node = compiler.node(tree)
    return Expression(text, node, frozenset(compiler.free), tuple(compiler.calls))


@lru_cache(maxsize=8192)
def compile_unary_tests(text: str) -> UnaryTests:
    """Parses the text of a DMN input cell; raises FeelSyntaxError with the place."""
    stripped = text.strip()
    if stripped in {"", "-"}:
        return UnaryTests(text, [], negated=False)
    inner = inside_not(stripped)
    tree = parse(inner or stripped, "unary_tests")
    compiler = Compiler()
    tests = [compiler.test(child) for child in tree.children]
    return UnaryTests(text, tests, tuple(compiler.calls), negated=inner is not None)
