"""How a letter is written: plain Chinese text, headers that keep automatic answers away, and the same identifier at every attempt.

A letter names the occasion, the case and an address where it can be read by whoever may; nothing of what stands in the case.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from db.clock import SHANGHAI

HOUSE = "金税流程"
SUBJECT_LENGTH = 80
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True)
class Line:
    """One notice as a letter says it; `title` is empty where the reader may not see the case."""

    name: str
    title: str
    address: str
    count: int = 1


def plain(text: str) -> str:
    """On one line, without anything that a header or a mail program could take for something else."""
    return _CONTROL.sub(" ", text).strip()


def of_notices(lines: Sequence[Line], person: str, address: str) -> tuple[str, str]:
    """(subject, text) of what came; several are summed up in one letter."""
    said = [plain(line.name) + (f"（{line.count} 项）" if line.count > 1 else "") + (f"：{plain(line.title)}" if line.title else "") for line in lines]
    subject = said[0] if len(lines) == 1 else f"您有 {len(lines)} 条新提醒"
    body = [f"{plain(person)}：", "", *(part for text, line in zip(said, lines, strict=True) for part in (text, f"  {line.address}" if line.address else "", "") if part or text)]
    return f"〔{HOUSE}〕{subject}", "\n".join([*body, *_foot(address)])


def of_digest(counts: Sequence[tuple[str, int]], day: str, person: str, worklist: str, address: str) -> tuple[str, str]:
    """(subject, text) of the digest of a day: what is open, due, overdue, unread."""
    there = [(name, n) for name, n in counts if n]
    subject = f"〔{HOUSE}〕{day} 待办摘要：" + "，".join(f"{name} {n}" for name, n in there)
    body = [f"{plain(person)}：", "", f"截至 {day}：", *(f"  {name} {n} 项" for name, n in there), "", f"待办工作台：{worklist}" if worklist else ""]
    return subject, "\n".join([*body, *_foot(address)])


def _foot(address: str) -> list[str]:
    where = f"：{address}" if address else ""
    return ["-- ", f"本邮件由{HOUSE}自动发出，请勿回复。提醒方式和免打扰时段可以在“提醒设置”里更改{where}", ""]


def write(key: str, sender: str, to: str, subject: str, text: str, at: datetime) -> EmailMessage:
    """The letter. A retry has the same `key`, and so the same Message-ID: whoever gets it twice can tell."""
    domain = sender.partition("@")[2]
    letter = EmailMessage(policy=SMTP)
    letter["From"] = formataddr((HOUSE, sender))
    letter["To"] = to
    letter["Subject"] = plain(subject)[:SUBJECT_LENGTH]
    letter["Date"] = format_datetime(at.astimezone(SHANGHAI))
    letter["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Auto-Response-Suppress"] = "All"
    letter["List-Id"] = f"Jinshui notices <notices.jinshui.{domain}>"
    letter.set_content(text, charset="utf-8", cte="base64")
    return letter
