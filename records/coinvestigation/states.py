"""What may follow what: the transition tables of delegations, receipts and imports. Nothing else."""

from __future__ import annotations

from collections.abc import Mapping

Table = Mapping[tuple[str, str], str]  # (state, event) → state

DELEGATION: Table = {  # approved and sent, or approved and reported, in one step: between the two nothing ever rests
    ("draft", "submit"): "in_review",
    ("in_review", "send_back"): "draft",
    ("in_review", "report"): "reported",  # upwards, to whoever organises (annex 2, art. 10)
    ("reported", "send_back"): "draft",
    ("in_review", "send"): "sent",
    ("reported", "send"): "sent",
    ("draft", "verify"): "verifying",  # inside the own district nothing is sent (annex 1, art. 10 (1))
    ("sent", "acknowledge"): "received",
    ("received", "answer"): "replied",
    ("verifying", "answer"): "replied",
    ("replied", "archive"): "archived",
    ("draft", "withdraw"): "withdrawn",
}

RECEIPT: Table = {
    ("received", "sign"): "signed",
    ("received", "give_back"): "returned",  # passed down to the wrong office
    ("signed", "hand_over"): "investigating",  # handling order approved, sent to the inspector (annex 2, art. 11)
    ("signed", "pass_down"): "passed_down",
    ("investigating", "recall"): "signed",  # another inspector is to be named
    ("passed_down", "hand_over"): "investigating",  # sorted: part of it is investigated here
    ("investigating", "await"): "passed_down",  # the own part is found, a lower level still at work
    ("passed_down", "take_up"): "signed",  # what came back is handled here
    ("investigating", "take_up"): "signed",
    ("investigating", "find"): "found",
    ("passed_down", "find"): "found",
    ("found", "draft"): "drafted",
    ("drafted", "redo"): "found",
    ("drafted", "answer"): "replied",
    ("replied", "archive"): "archived",
}

IMPORT: Table = {
    ("waiting", "begin"): "reading",
    ("reading", "begin"): "reading",  # taken up again after an interruption
    ("reading", "complete"): "completed",
    ("reading", "refuse"): "refused",
    ("reading", "fail"): "failed",
    ("waiting", "cancel"): "cancelled",
    ("reading", "cancel"): "cancelled",
}

EXTENSION: Table = {("applied", "approve"): "approved", ("applied", "refuse"): "refused", ("applied", "settle"): "settled"}

NAMES: dict[str, dict[str, tuple[str, str]]] = {
    "delegation": {
        "draft": ("拟稿", "draft"),
        "in_review": ("审核中", "in review"),
        "reported": ("已上报", "reported"),
        "sent": ("已发出", "sent"),
        "received": ("对方已签收", "received"),
        "verifying": ("辖区内核查", "verified here"),
        "replied": ("已回复", "answered"),
        "archived": ("已归档", "archived"),
        "withdrawn": ("已撤销", "withdrawn"),
    },
    "receipt": {
        "received": ("已收函", "received"),
        "signed": ("已签批", "signed"),
        "passed_down": ("已转下级", "passed down"),
        "investigating": ("检查中", "investigated"),
        "found": ("已核查，待拟复", "found, to be answered"),
        "drafted": ("回复待批", "reply drafted"),
        "replied": ("已回复", "answered"),
        "archived": ("已归档", "archived"),
        "returned": ("已退回上级", "given back"),
    },
    "import": {
        "waiting": ("等待处理", "waiting"),
        "reading": ("正在读取", "reading"),
        "completed": ("已导入", "imported"),
        "refused": ("有错误，未导入", "refused"),
        "failed": ("文件无法读取", "unreadable"),
        "cancelled": ("已取消", "cancelled"),
    },
    "extension": {"applied": ("待批", "applied for"), "approved": ("同意", "approved"), "refused": ("不同意", "refused"), "settled": ("已回复，申请了结", "settled by the reply")},
}

OPEN_DELEGATIONS = frozenset({"draft", "in_review", "reported", "sent", "received", "verifying"})
OPEN_RECEIPTS = frozenset({"received", "signed", "passed_down", "investigating", "found", "drafted"})


def following(table: Table, state: str, event: str) -> str | None:
    """The state after the event, or None where the table does not allow it."""
    return table.get((state, event))


def name(kind: str, state: str, language: str = "zh") -> str:
    """The name of a state, Chinese or English."""
    return NAMES[kind][state][language == "en"]
