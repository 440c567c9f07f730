"""What an expression calls, judged before a case runs: a function that is not there would stop every case that comes to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.feel.functions import BUILTINS
from engine.feel.parameters import PARAMETERS
from engine.spelling import meant

Signatures = Mapping[str, tuple[str, ...]]
# What the expressions of a case may call besides the built-in functions; `engine.case.Case.context` answers them.
OF_A_CASE: Signatures = {"now": (), "today": (), "deadline": ("key",), "case_id": ()}
NOTHING_MORE: Signatures = {}
LENGTH_SHOWN = 60


@dataclass(frozen=True)
class Call:
    """A call as it is written: how many arguments by place, or the names of those that are named."""

    name: str
    placed: int = 0
    named: tuple[str, ...] = ()


def call_faults(calls: Iterable[Call], more: Signatures) -> Iterator[tuple[str, str]]:
    """What is wrong with each call, in Chinese and English; `more` are functions that stand beside the built-in ones."""
    for call in calls:
        name = call.name[:LENGTH_SHOWN]
        if call.name in more:
            if call.placed + len(call.named) != len(more[call.name]) or not set(call.named) <= set(more[call.name]):
                wanted = ", ".join(more[call.name])
                yield f"函数 {name} 的参数应为 ({wanted})", f"the function {name} takes ({wanted})"
        elif call.name not in BUILTINS:
            zh, en = meant(call.name, {*BUILTINS, *more})
            yield f"没有名为 {name} 的函数{zh}", f"there is no function {name}{en}"
        else:
            yield from _strange_names(call)


def _strange_names(call: Call) -> Iterator[tuple[str, str]]:
    order = PARAMETERS.get(call.name, ())
    for strange in call.named:
        if strange in order:
            continue
        shown, known = strange[:LENGTH_SHOWN], ", ".join(order)
        zh = f"按名可用 {known}" if order else "参数只能按顺序填写"
        en = f"it has {known}" if order else "it takes its arguments by place only"
        yield f"函数 {call.name} 没有名为 {shown} 的参数：{zh}", f"the function {call.name} has no parameter {shown}: {en}"
