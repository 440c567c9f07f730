"""What the tests of a cell and the expression of a column tell before anything is known: with which values they compare, and how."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lark import Token, Tree

from engine.feel.compiler import Compiler
from engine.feel.errors import FeelError, FeelLimitError
from engine.feel.evaluation import EMPTY, Environment
from engine.feel.functions import BUILTINS
from engine.feel.parsing import inside_not, parse
from engine.feel.values import Range

_OF_THE_MOMENT = {"now", "today"}
_LITERALS = {"number", "string", "true", "false", "list", "context"}
_YES_OR_NO = {"compare", "between", "in_one", "in_many", "conjunction", "disjunction", "some", "every", "instance_of", "true", "false"}
_ASKED = {"not", "is defined", "list contains", "contains", "starts with", "ends with", "matches", "all", "any", "even", "odd"}


class Opaque(FeelError):
    """Over which values a test is constant cannot be told from its text."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(zh)


@dataclass(frozen=True)
class Landmark:
    """A value with which a test compares; `ordered`: also by more and less, not only by same and other."""

    value: Any
    ordered: bool


def landmarks(text: str) -> tuple[Landmark, ...]:
    """Every value with which the tests of a cell compare: between two neighbouring ones of them the tests say the same of every value.

    Raises Opaque where that does not hold, and FeelSyntaxError as the compilation does.
    """
    stripped = text.strip()
    if stripped in {"", "-"}:
        return ()
    return tuple(mark for test in parse(inside_not(stripped) or stripped, "unary_tests").children for mark in _of_test(test))


def never_null(text: str) -> bool:
    """Whether an expression has a value whatever is known."""
    return _never_null(_root(text))


def asks_yes_or_no(text: str) -> bool:
    """Whether an expression gives true or false (or null)."""
    return _yes_or_no(_root(text))


def is_constant(text: str) -> bool:
    """Whether an expression gives the same in every case and at every moment."""
    return _obstacle(_root(text)) == ""


def _root(text: str) -> Any:
    tree = parse(text, "start")
    return tree.children[0] if tree.data == "wrapped" else tree


def _of_test(tree: Any) -> Iterator[Landmark]:
    if tree.data == "test_compare":
        yield from _compared(tree.children[1], ordered=str(tree.children[0]) not in {"=", "!="})
    elif _asks(tree.children[0]):
        yield from _of_condition(tree.children[0])
    else:
        yield from _compared(tree.children[0], ordered=False)


def _of_condition(tree: Any) -> Iterator[Landmark]:
    """Of an expression with `?`: comparisons of it with what is constant, joined by and, or, not."""
    match str(tree.data):
        case "conjunction" | "disjunction":
            for part in tree.children:
                yield from _of_condition(part) if _asks(part) else _nothing(part)
        case "compare" if _is_input(tree.children[0]) or _is_input(tree.children[2]):
            other = tree.children[2] if _is_input(tree.children[0]) else tree.children[0]
            yield from _compared(other, ordered=str(tree.children[1]) not in {"=", "!="})
        case "between" if _is_input(tree.children[0]):
            for side in tree.children[1:]:
                yield from _compared(side, ordered=True)
        case "in_one" | "in_many" if _is_input(tree.children[0]):
            for test in tree.children[1:]:
                yield from _of_test(test)
        case "call" if _called(tree) == "not":
            yield from _of_condition(_argument(tree))
        case "instance_of" if _is_input(tree.children[0]):
            return
        case "input":
            yield Landmark(True, ordered=False)
        case _:
            raise Opaque("其中对 ? 的运算只能逐个取值判断", "what it does with ? can be judged value by value only")


def _compared(tree: Any, *, ordered: bool) -> Iterator[Landmark]:
    obstacle = "?" if _asks(tree) else _obstacle(tree)
    if obstacle:
        raise Opaque(f"所比较的 {obstacle} 要到办理时才知道", f"what it compares with ({obstacle}) is known only in a case")
    try:
        value = Compiler().node(tree)(Environment({}, EMPTY))
    except FeelLimitError as error:
        raise Opaque(str(error), "the value cannot be evaluated") from None
    yield from _flat(value, ordered=ordered)


def _flat(value: Any, *, ordered: bool) -> Iterator[Landmark]:
    if isinstance(value, list):
        for one in value:
            yield from _flat(one, ordered=ordered)
    elif isinstance(value, Range):
        yield from (Landmark(side, ordered=True) for side in (value.low, value.high) if side is not None)
    elif isinstance(value, dict):
        raise Opaque("与结构比较", "it compares with a context")
    elif value is not None:
        yield Landmark(value, ordered)


def _nothing(tree: Any) -> Iterator[Landmark]:
    """A part that does not look at `?` must be the same in every case."""
    obstacle = _obstacle(tree)
    if obstacle:
        raise Opaque(f"其中的 {obstacle} 要到办理时才知道", f"its {obstacle} is known only in a case")
    yield from ()


def _obstacle(tree: Any) -> str:
    """The name or call that makes an expression depend on the case or the moment; empty if it is constant."""
    compiler = Compiler()
    compiler.node(tree)
    calls = (call.name for call in compiler.calls if call.name not in BUILTINS or call.name in _OF_THE_MOMENT)
    return next(iter(sorted(compiler.free)), "") or next((f"{name}()" for name in calls), "")


def _asks(tree: Any) -> bool:
    return isinstance(tree, Tree) and any(part.data == "input" for part in tree.iter_subtrees())


def _is_input(tree: Any) -> bool:
    return isinstance(tree, Tree) and tree.data == "input"


def _called(tree: Tree[Token]) -> str:
    callee = tree.children[0]
    return " ".join(str(callee.children[0]).split()) if isinstance(callee, Tree) and callee.data in {"name", "function"} else ""


def _never_null(tree: Any) -> bool:
    parts = tree.children
    match str(tree.data):
        case "conjunction" | "disjunction":
            return all(_never_null(part) for part in parts)
        case "if_":
            return _never_null(parts[1]) and _never_null(parts[2])
        case "compare":
            return str(parts[1]) in {"=", "!="} and "null" in {parts[0].data, parts[2].data}
        case "call":
            return _called(tree) == "is defined" or (_called(tree) == "not" and _yes_or_no(_argument(tree)) and _never_null(_argument(tree)))
        case kind:
            return kind in _LITERALS or kind in {"in_one", "in_many", "instance_of"}


def _yes_or_no(tree: Any) -> bool:
    if tree.data == "if_":
        return _yes_or_no(tree.children[1]) and _yes_or_no(tree.children[2])
    return tree.data in _YES_OR_NO or (tree.data == "call" and _called(tree) in _ASKED)


def _argument(tree: Tree[Token]) -> Any:
    """The first argument of a call."""
    given: Any = tree.children[1] if len(tree.children) > 1 else Tree("null", [])
    return given.children[0] if given.data in {"positional", "pair"} else given
