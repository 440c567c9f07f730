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


class NotAllowed(Exception):
    """期限当前的状态不允许这样操作"""


def follow(state: str, act: str) -> str:
    """The state after an act; raises NotAllowed."""
    after = DEADLINE.get((state, act))
    if after is None:
        raise NotAllowed(f"期限处于 {state} 状态，不能 {act}")
    return after
