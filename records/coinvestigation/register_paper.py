"""What stands on the printed registers (annex 1, art. 12 (9) and (10)): plain texts, so that a paper can be frozen and printed again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from records.coinvestigation import kinds, states
from records.coinvestigation.registers import RegisterLine, RegisterPage, RegisterQuery

PAPERS = {"delegated": ("coinvestigation", "delegation_register"), "received": ("coinvestigation", "receipt_register")}  # procedure, paper
TITLES = {"delegated": "委托协查台账", "received": "受托协查台账"}
_SUBJECTS = {"delegated": "delegation", "received": "receipt"}
_COUNTERPARTS = {"delegated": "受托方", "received": "委托方"}
_STANDINGS = {"on_time": "按期回复", "late": "逾期回复", "overdue": "逾期未复", "open": ""}


def register_paper(
    register: str, page: RegisterPage, query: RegisterQuery, offices: Mapping[str, str], *, office_name: str, printed_by: str,
    printed_on: date, with_office: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """The data of one printed register; `offices` maps identifiers to names, amounts are in yuan.

    `with_office`: the lines are of several offices, and each names its own (承办机关). A register of a chosen office is headed by that office.
    """
    return {
        "title": TITLES[register], "office": offices.get(query.office, "") or office_name, "printed_by": printed_by,
        "printed_on": printed_on.isoformat(), "since": _day(query.since), "until": _day(query.until), "total": page.matters,
        "passed_down": page.passed_down, "conditions": "；".join(_conditions(register, query, offices)), "invoice_count": page.invoice_count,
        "amount": str(page.amount), "tax": str(page.tax), "with_office": with_office and not query.office,
        "lines": [_line(register, number, line, offices) for number, line in enumerate(page.lines, 1)],
    }  # fmt: skip


def _conditions(register: str, query: RegisterQuery, offices: Mapping[str, str]) -> Iterator[str]:
    """What was asked beside office and period, so that nobody takes a part for the whole register."""
    if query.state:
        yield f"状态为{'未办结' if query.state == 'open' else states.name(_SUBJECTS[register], query.state)}"
    if query.counterpart:
        yield f"{_COUNTERPARTS[register]}为{offices.get(query.counterpart, '')}"
    if query.nature:
        yield f"性质为{kinds.name('nature', query.nature)}"
    if query.source:
        yield f"来源为{kinds.name('source', query.source)}"
    if query.overdue:
        yield "仅逾期"
    if query.text:
        yield f"含“{query.text}”"


def _line(register: str, number: int, line: RegisterLine, offices: Mapping[str, str]) -> dict[str, Any]:
    sides = (line.from_office_id, line.to_office_id or "")
    own, counterpart = sides if register == "delegated" else reversed(sides)
    return {
        "ordinal": number, "number": line.number, "name": line.name, "own_office": offices.get(own, ""), "counterpart": offices.get(counterpart, ""),
        "source": kinds.name("source", line.source), "nature": kinds.name("nature", line.nature), "enterprise": line.enterprise,
        "invoice_count": line.invoice_count, "amount": str(line.amount), "tax": str(line.tax), "opened_on": _day(line.opened_on),
        "due_on": _day(line.due_on), "extended": "延期" if line.is_extended else "", "replied_on": _day(line.replied_on),
        "state": states.name(_SUBJECTS[register], line.state), "standing": _STANDINGS[line.standing], "responsible": line.responsible,
        "summary": line.summary, "inspection": "移送稽查" if line.in_inspection else "",
    }  # fmt: skip


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
