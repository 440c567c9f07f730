"""What may follow what: the transition tables of fault reports, major matters, changes of keys and authorisations. Nothing else."""

from __future__ import annotations

from collections.abc import Mapping

Table = Mapping[tuple[str, str], str]  # (state, event) → state

REPORT: Table = {
    ("noted", "report"): "reported",
    ("reported", "pass_up"): "reported",
    ("reported", "regrade"): "reported",
    ("reported", "solve"): "solved",
    ("solved", "not_solved"): "reported",  # goes on where it was
    ("solved", "confirm"): "confirmed",
    ("reported", "to_maker"): "at_maker",  # 系统研制生产单位 (三(二)6)
    ("reported", "duplicate"): "duplicate",
}

MATTER: Table = {
    ("draft", "report"): "reported",
    ("reported", "again"): "reported",
    ("reported", "pass_up"): "reported",
    ("reported", "settle"): "decided",
    ("reported", "to_sat"): "at_sat",
    ("reported", "not_major"): "not_major",
    ("decided", "close"): "settled",
    ("at_sat", "close"): "settled",
}

KEY_CHANGE: Table = {("reported", "agree"): "ordered", ("reported", "refuse"): "refused", ("ordered", "change"): "changed"}

AUTHORISATION: Table = {
    ("draft", "issue"): "issued",
    ("draft", "refuse"): "refused",
    ("issued", "end"): "ended",
    ("issued", "revoke"): "revoked",
}

TABLES: Mapping[str, Table] = {"fault_report": REPORT, "major_matter": MATTER, "key_change": KEY_CHANGE, "authorisation": AUTHORISATION}

NAMES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "fault_report": {
        "noted": ("待填制", "noticed"),
        "reported": ("处理中", "at work"),
        "solved": ("待确认", "to be confirmed"),
        "confirmed": ("已解决", "solved"),
        "at_maker": ("已报研制单位", "passed to the maker"),
        "duplicate": ("并入他件", "duplicate"),
    },
    "major_matter": {
        "draft": ("填制中", "draft"),
        "reported": ("已上报", "reported"),
        "decided": ("按决定办理", "carried out"),
        "at_sat": ("已报总局", "at the SAT"),
        "settled": ("已解决", "settled"),
        "not_major": ("不属重大事项", "not major"),
    },
    "key_change": {"reported": ("待决定", "to be decided"), "ordered": ("待更换", "ordered"), "changed": ("已更换", "changed"), "refused": ("不予更换", "not changed")},
    "authorisation": {
        "draft": ("拟稿", "draft"),
        "issued": ("已下达", "issued"),
        "refused": ("不予授权", "refused"),
        "ended": ("已期满", "over"),
        "revoked": ("已收回", "revoked"),
    },
}


def following(kind: str, state: str, event: str) -> str | None:
    """The state after the event, or None where the table does not allow it."""
    return TABLES[kind].get((state, event))


def name(kind: str, state: str, language: str = "zh") -> str:
    """The name of a state, Chinese or English."""
    return NAMES[kind][state][language == "en"]
