"""The words of the command line itself, Chinese first with the English behind: what may be typed, and what was typed wrongly."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from commands.progress import width_of

_PIECE = re.compile(r"[!-~]+ ?|.", re.DOTALL)  # a word of Latin letters stays whole, Chinese may be broken anywhere
_OF_AN_ARGUMENT = re.compile(r"argument ([^:]+): (.*)", re.DOTALL)
_WRONG = [  # what argparse says, and the same in Chinese
    (r"the following arguments are required: (.+)", "缺少 {0}"),
    (r"unrecognized arguments: (.+)", "不认识 {0}"),
    (r"expected one argument", "后面要跟一个值"),
    (r"expected (?:at least one|at most one|\d+) arguments?", "后面跟的值的个数不对"),
    (r"invalid choice: (.+?) \(choose from (.+)\)", "没有 {0}，可以用 {1}"),
    (r"invalid int value: (.+)", "{0} 不是整数"),
    (r"invalid .+ value: (.+)", "{0} 写得不对"),
    (r"ambiguous option: (.+?) could match (.+)", "{0} 不明确，可能是 {1}"),
    (r"ignored explicit argument (.+)", "不带值，却写了 {0}"),
    (r"not allowed with argument (.+)", "不能与 {0} 同时使用"),
]


def both(zh: str, en: str) -> str:
    """One text of the help in both languages, each on lines of its own."""
    return f"{zh}\n{en}"


class Parser(argparse.ArgumentParser):
    """A parser whose help and refusals can be read in Chinese; those of its commands are of the same kind."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**{**how, "add_help": False, "formatter_class": _Formatter})
        self._positionals.title, self._optionals.title = "参数 / arguments", "选项 / options"
        self.add_argument("-h", "--help", action="help", help=both("显示这份说明", "shows this help"))

    def error(self, message: str) -> NoReturn:
        """Says what is wrong and where the help is; the process ends with 2, as everywhere."""
        self.exit(2, f"✗ 命令行有误：{in_chinese(message)}。说明见 {self.prog} --help / {message}\n")


def in_chinese(message: str) -> str:
    """What argparse found wrong. A sentence of a later Python that is not known here says less, and its English stands behind it."""
    named = _OF_AN_ARGUMENT.fullmatch(message)
    if named:
        return f"{named[1]} {in_chinese(named[2])}"
    found = ((re.fullmatch(pattern, message, re.DOTALL), text) for pattern, text in _WRONG)
    return next((text.format(*match.groups()) for match, text in found if match), "写法不对")


class _Formatter(argparse.HelpFormatter):
    """Breaks lines by the cells of a terminal, of which a Chinese character takes two."""

    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, "用法 / usage: " if prefix is None else prefix)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return [line for part in text.split("\n") for line in _wrapped(part, width)]

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(indent + line for line in self._split_lines(text, width))


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for piece in _PIECE.findall(text):
        if lines[-1] and width_of(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]
