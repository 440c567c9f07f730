"""What may follow what in the life of a deadline."""

from __future__ import annotations

DEADLINE: dict[tuple[str, str], str] = {
    ("running", "stop"): "stopped",
    ("stopped", "resume"): "running",
    ("running", "meet"): "met",
    ("stopped", "meet"): "met",
    ("running", "cancel"): "cancelled",
    ("stopped", "cancel"): "cancelled",
}


_STATES = {
    "running": ("正在计算", "is running"),
    "stopped": ("已停止计算", "is stopped"),
    "met": ("已经办结", "has been met"),
    "cancelled": ("已经撤销", "has been cancelled"),
}
_ACTS = {
    "stop": ("停止计算", "stopped"),
    "resume": ("恢复计算", "resumed"),
    "meet": ("办结", "met"),
    "cancel": ("撤销", "cancelled"),
}


class NotAllowed(Exception):
    """A deadline does not allow an act; the message is a Chinese sentence for people, `en` the same in English."""

    def __init__(self, message: str, en: str) -> None:
        super().__init__(message)
        self.en = en


def follow(state: str, act: str) -> str:
    """The state after an act; raises NotAllowed."""
    after = DEADLINE.get((state, act))
    if after is None:
        (is_zh, is_en), (act_zh, act_en) = _STATES[state], _ACTS[act]
        raise NotAllowed(f"期限{is_zh}，不能{act_zh}", f"the term {is_en} and cannot be {act_en}")
    return after
