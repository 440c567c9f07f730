"""What a verification may find, each kind with its sentence in both languages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

CHANGED, MISSING, UNREADABLE, ADDED, TWICE, LATE = "changed", "missing", "unreadable", "added", "twice", "late"
CONTENT, SEAL, GAP, EPOCH, GUARD = "content", "seal", "gap", "epoch", "guard"
ANCHOR, SHORTER, ANCHOR_AWAY, ANCHOR_CUT, ANCHOR_LINE = "anchor", "shorter", "anchor_away", "anchor_cut", "anchor_line"

SENTENCES: dict[str, tuple[str, str]] = {
    CHANGED: ("内容与封存时不同", "is not what was sealed"),
    MISSING: ("封存后被删除", "was deleted after it was sealed"),
    UNREADABLE: ("封存时已不在或读不出", "was gone, or could not be read, when it was to be sealed"),
    ADDED: ("没有封存，也不在待封存之列：绕过记录写入，或待封存的记录被删除", "is in no seal and does not wait for one: written past the trigger, or its entry was taken away"),
    TWICE: ("封存了不止一次", "is sealed more than once"),
    LATE: ("所记时间远早于封存：事后补入", "bears a moment long before its seal: put in afterwards"),
    CONTENT: ("文件内容与其校验码不符", "has bytes that are not those of its hash"),
    SEAL: ("封条本身被改动", "the seal itself was altered"),
    GAP: ("封条缺失", "seals are missing"),
    EPOCH: ("恢复没有签名", "a restore that nobody has signed"),
    GUARD: ("防改动的触发器被停用或删除", "a trigger that guards it is gone or switched off"),
    ANCHOR: ("与外部锚点不符：链被重写", "differs from what was anchored outside: the chain was rewritten"),
    SHORTER: ("外部锚点比链更长：链尾被截去", "the chain is shorter than what was anchored outside: its end was cut off"),
    ANCHOR_AWAY: ("外部锚点读不出", "the anchor outside cannot be read"),
    ANCHOR_CUT: ("外部锚点缺少已经送达的封条", "the anchor outside lacks heads that it had taken"),
    ANCHOR_LINE: ("外部锚点中有读不懂的行", "the anchor outside holds a line that is none of ours"),
}  # fmt: skip
MOST_TOLD = 1_000


@dataclass(frozen=True)
class Finding:
    """One deviation: what (a table, `seal`, or an anchor), which row, and between which moments it happened, as far as the chain knows.

    `since`: when it was still right for certain, the moment of its seal.
    """

    kind: str
    table: str
    key: str = ""
    seal: int = 0
    since: str = ""
    detail: str = ""

    @property
    def line(self) -> str:
        """For a terminal, in both languages."""
        zh, en = SENTENCES[self.kind]
        where = f"{self.table} {self.key}".strip()
        seal = f"（封条 {self.seal}，{self.since} UTC）" if self.seal else ""
        told = f"：{self.detail}" if self.detail else ""
        return f"{where} {zh}{seal}{told} / {en}"


@dataclass(frozen=True)
class Seam:
    """Where the chain goes on after a restore, on purpose and signed: from this link on."""

    number: int
    epoch: int
    at: str
    reason: str


@dataclass
class Result:
    """What was looked at, and what deviates."""

    seals: int = 0
    rows: int = 0
    waiting: int = 0
    findings: list[Finding] = field(default_factory=list)
    seams: list[Seam] = field(default_factory=list)
    anchored: dict[str, int] = field(default_factory=dict)  # place → heads that agree
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, found: Finding) -> None:
        """Counts a deviation, and keeps it unless there are too many to read."""
        self.counts[found.kind] += 1
        if len(self.findings) < MOST_TOLD:
            self.findings.append(found)

    @property
    def deviations(self) -> int:
        """How many there are, kept or not."""
        return sum(self.counts.values())

    def told(self, most: int = 200) -> dict[str, Any]:
        """As the record of a verification keeps it."""
        return {
            "counts": dict(self.counts), "anchored": self.anchored,
            "seams": [vars(seam) for seam in self.seams], "findings": [vars(found) for found in self.findings[:most]],
        }  # fmt: skip
