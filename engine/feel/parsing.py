"""The text of an expression, before it means anything: brackets and signs of other languages off, then a tree by the grammar."""

from __future__ import annotations

import re
from pathlib import Path

from lark import Lark, Token, Tree, UnexpectedInput
from lark.exceptions import LarkError

from engine.feel.errors import FeelSyntaxError

TEXT_LIMIT = 10_000
DEPTH_LIMIT = 120
# A text in quotes; what splits by it has the texts at its odd places.
_LITERAL = re.compile(r'("(?:\\.|[^"\\])*")', re.DOTALL)

_parser = Lark(
    (Path(__file__).parent / "grammar.lark").read_text("utf-8"),
    parser="lalr",
    start=["start", "unary_tests"],
    propagate_positions=False,
    maybe_placeholders=False,
)


def unwrap(text: str) -> str:
    """Takes `${…}`, `#{…}` or a leading `=` away, which models from elsewhere carry."""
    text = text.strip()
    if text.startswith(("${", "#{")) and text.endswith("}"):
        parts = _LITERAL.split(text[2:-1].strip())
        parts[::2] = (part.replace("==", "=").replace("&&", " and ").replace("||", " or ") for part in parts[::2])
        return "".join(parts)
    return text[1:].strip() if text.startswith("=") else text


def inside_not(text: str) -> str | None:
    """What stands inside `not(…)`, if the parenthesis spans the rest of the cell."""
    if not text.startswith("not(") or not text.endswith(")"):
        return None
    depth, bare = 0, _LITERAL.sub(lambda literal: "_" * len(literal[0]), text)
    for c in bare[3:-1]:
        depth += (c == "(") - (c == ")")
        if depth == 0:
            return None
    return text[4:-1]


def parse(text: str, start: str) -> Tree[Token]:
    """The tree of a text by a rule of the grammar; raises FeelSyntaxError with the place."""
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
