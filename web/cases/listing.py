"""The list of cases: what was asked for, and the rows that answer it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from flask import url_for

from engine.reads import CaseHeader
from web import identity, requests, terms
from web.cases.dossier import status_name
from web.languages import named
from web.services import services

STATUSES = {"active", "completed", "cancelled"}
TEXT_LIMIT = 80
LAST_OFFSET = 10_000


@dataclass(frozen=True)
class Listing:
    """What stands in the address."""

    text: str = ""
    status: str = ""
    process: str = ""
    offset: int = 0

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Listing:
        """Reads the address; what is not known counts as not asked."""
        status = args.get("status", "")
        return cls(
            args.get("q", "").strip()[:TEXT_LIMIT],
            status if status in STATUSES else "",
            args.get("process", "")[:128],
            requests.whole(args.get("offset", ""), LAST_OFFSET),
        )

    def at(self, offset: int) -> str:
        """The address of another page of the same list."""
        pairs = {"q": self.text, "status": self.status, "process": self.process, "offset": offset or ""}
        found = {name: value for name, value in pairs.items() if value}
        return url_for("cases.index") + (f"?{urlencode(found)}" if found else "")

    @property
    def next(self) -> str:
        return self.at(self.offset + services().settings.page_size)


@dataclass(frozen=True)
class CaseRow:
    """A row of the list."""

    instance_id: str
    title: str
    business_key: str
    process: str
    process_id: str
    status: str
    status_name: str
    term: terms.Term
    started_at: datetime
    due_on: date | None


def listed(choice: Listing) -> tuple[list[CaseRow], bool]:
    """One page of cases, newest first, and whether there are more."""
    deps = services()
    found, more = deps.engine.cases(
        identity.staff().actor, text=choice.text, status=choice.status, process_id=choice.process, offset=choice.offset,
        limit=deps.settings.page_size,
    )  # fmt: skip
    provisional = terms.provisional_among((header.instance_id, header.due_on) for header in found)
    stopped = terms.stopped_among((header.instance_id, header.due_on) for header in found if header.status == "active")
    return [_row(header, provisional, stopped.get(header.instance_id)) for header in found], more


def _row(header: CaseHeader, provisional: Collection[tuple[str, date]], stopped: terms.Term | None) -> CaseRow:
    rests = (header.instance_id, header.due_on) in provisional
    term = stopped or terms.term_of(header.due_on, provisional=rests) if header.status == "active" else terms.NO_TERM
    return CaseRow(
        header.instance_id, header.title, header.business_key, named(header.process_name, header.process_name_en), header.process_id,
        header.status, status_name(header.status), term, header.started_at, header.due_on,
    )  # fmt: skip
