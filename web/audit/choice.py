"""What stands in the address of the audit page: which of the two trails, and the filters; what is no day is said at its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from flask import url_for
from flask_babel import lazy_gettext as _l

from db.clock import SHANGHAI
from web import requests
from web.period import Period

TRAIL, HISTORY = "trail", "history"
SOURCES: dict[str, object] = {TRAIL: _l("业务、登录与管理"), HISTORY: _l("案件办理")}
TEXT_LIMIT = 80
LAST = 10**15


@dataclass(frozen=True)
class Choice:
    """The filters; `days` as they were typed, `errors` by field, `before`: the entry that the page comes after."""

    source: str = TRAIL
    person: str = ""
    case: str = ""
    event: str = ""
    before: int = 0
    days: Mapping[str, str] = field(default_factory=dict)
    read: Mapping[str, date] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Choice:
        """Reads the address."""
        period = Period.of(args)
        person, case, event = (args.get(name, "").strip()[:TEXT_LIMIT] for name in ("person", "case", "event"))
        source = args.get("source", "")
        before = requests.whole(args.get("before", ""), LAST)
        return cls(source if source in SOURCES else TRAIL, person, case, event, before, period.typed, period.read, period.errors)

    def address(self, *, before: int = 0, target: str = "") -> str:
        """The address of another page of the same entries, or of their export."""
        pairs = {"source": self.source, "person": self.person, "case": self.case, "event": self.event, **self.days, "before": before or ""}
        return f"{target or url_for('audit.index')}?{urlencode({name: value for name, value in pairs.items() if value})}"

    def file(self, ending: str) -> str:
        """The address of the same entries as a file."""
        return self.address(target=url_for("audit.export", ending=ending))

    @property
    def chosen(self) -> int:
        """How many of the filters are in use."""
        return sum(map(bool, (self.person, self.case, self.event, *self.days.values())))

    @property
    def since(self) -> datetime | None:
        return _begin(self.read.get("since"))

    @property
    def until(self) -> datetime | None:
        """The first moment that is too late."""
        day = self.read.get("until")
        return _begin(day + timedelta(days=1)) if day and day < date.max else None


def _begin(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), SHANGHAI) if day else None
