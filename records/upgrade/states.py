"""What may follow what: the transition table of a visit to the upgrade hall. Nothing else.

Source: Xicheng, 二, 三(一)1, 三(八)3.
"""

from __future__ import annotations

from collections.abc import Mapping

VISIT: Mapping[tuple[str, str], str] = {  # (state, event) → state
    ("ready", "sign_in"): "signed_in",
    ("ready", "drop"): "dropped",  # 不再来，或须重新准备 [chosen]
    ("signed_in", "leave"): "left",
    ("signed_in", "break_off"): "broken_off",
}
OPEN = ("ready", "signed_in")
CAME = ("signed_in", "left", "broken_off")  # those stand in the sign-in book

NAMES: Mapping[str, tuple[str, str]] = {
    "ready": ("可升级", "ready"),
    "signed_in": ("升级中", "in the hall"),
    "left": ("已完成", "upgraded"),
    "broken_off": ("已中止", "broken off"),
    "dropped": ("已取消", "cancelled"),
}


def following(state: str, event: str) -> str | None:
    """The state after the event, or None where the table does not allow it."""
    return VISIT.get((state, event))


def name(state: str, language: str = "zh") -> str:
    """The name of a state, Chinese or English."""
    return NAMES[state][language == "en"]
