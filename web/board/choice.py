"""What stands in the address of a board: whose it is, which office, process and months, and what is narrowed further in a list."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from engine.board.listing import KEPT, TERMS
from engine.board.ongoing import NO_MONTH
from engine.board.sight import Sight
from web import requests
from web.board.reach import Reach, boards
from web.board.words import Vocabulary
from web.languages import is_english, named
from web.services import services

PERIODS: dict[str, object] = {"1": _l("本月"), "3": _l("近 3 个月"), "12": _l("近 12 个月"), "all": _l("全部")}
DEFAULT_PERIOD = "12"
LAST_OFFSET = 100_000
_TEXT = 128
BY = ("office", "process", "month", "person")
FILTERS = ("stead", "office", "process", "period")


@dataclass(frozen=True)
class Choice:
    """What was asked for; what is not known counts as not asked. `stead`: on the board of this person, for whom one stands in; `alone`: the office
    without those beneath; `month` beats `period`; `due`: the month of the date of open cases.
    """

    stead: str = ""
    office: str = ""
    alone: str = ""
    process: str = ""
    period: str = DEFAULT_PERIOD
    month: str = ""
    by: str = "office"
    term: str = ""
    kept: str = ""
    state: str = ""
    person: str = ""
    element: str = ""
    waiting: str = ""
    unclaimed: str = ""
    due: str = ""
    offset: int = 0

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Choice:
        """Reads the address."""
        def one(name: str, known: Collection[str], otherwise: str = "") -> str:
            value = args.get(name, "")
            return value if value in known else otherwise

        return cls(
            args.get("stead", "")[:_TEXT], args.get("office", "")[:_TEXT], one("alone", {"1"}), args.get("process", "")[:_TEXT], one("period", PERIODS, DEFAULT_PERIOD),
            _month(args.get("month", "")), one("by", BY, "office"), one("term", TERMS), one("kept", KEPT), one("state", {"done"}),
            args.get("person", "")[:_TEXT], args.get("element", "")[:_TEXT], args.get("waiting", "")[:_TEXT], one("unclaimed", {"1"}),
            _due(args.get("due", "")),
            requests.whole(args.get("offset", ""), LAST_OFFSET),
        )  # fmt: skip

    def sight(self, reach: Reach) -> Sight:
        """Whose figures are meant; raises 404 for an office out of reach."""
        paths = (reach.place(self.office).scope,) if self.office else reach.paths
        return Sight(paths, self.process, bool(self.alone), self.months, reach.processes)

    @cached_property
    def months(self) -> tuple[str, str]:
        """The first and the last month that count; empty for all."""
        if self.month:
            return self.month, self.month
        today = services().clock.today()
        return ("", "") if self.period == "all" else (months_before(today, int(self.period) - 1), today.isoformat()[:7])

    @property
    def period_name(self) -> str:
        return self.month or str(PERIODS[self.period])

    def address(self, panel: str, **changes: str | int) -> str:
        """The address of a panel with the filters of this one, and what is changed."""
        kept = {name: getattr(self, name) for name in FILTERS} | changes
        return _address(panel, kept)

    def page(self, panel: str, offset: int) -> str:
        """The address of another page of the same list."""
        return _address(panel, vars(replace(self, offset=offset)))

    def export(self, panel: str) -> str:
        """The address of what is listed, as a workbook."""
        return _address("export", {**vars(replace(self, offset=0)), "panel": panel})

    @property
    def is_narrowed(self) -> bool:
        return bool(self.office or self.process)


def months_before(day: date, count: int) -> str:
    """The month so many before that of a day: `2026-03`."""
    number = day.year * 12 + day.month - 1 - count
    return f"{number // 12:04}-{number % 12 + 1:02}"


def filters(choice: Choice, reach: Reach, vocabulary: Vocabulary) -> dict[str, Any]:
    """What the filters of every panel offer."""
    sight = choice.sight(reach)
    return {
        "reach": reach, "boards": board_names() if len(boards()) > 1 else [], "processes": [one for one in vocabulary.processes if sight.covers(one[0])],
        "offices": [(place.id, place.name) for place in reach.places] if len(reach.places) > 1 else [],
        "periods": [(key, str(name)) for key, name in PERIODS.items()],
        "where": reach.place(choice.office).name if choice.office else (", " if is_english() else "、").join(top.name for top in reach.tops),
    }


def board_names() -> list[tuple[str, str]]:
    """The boards of the person who asks, by whom he stands in for."""
    return [(id_, str(_("代 %(who)s", who=named(lent[0].name, lent[0].name_en)) if lent else _("本人"))) for id_, lent in boards().items()]


def _due(text: str) -> str:
    return text if text == NO_MONTH else _month(text)


def _month(text: str) -> str:
    try:
        return date.fromisoformat(f"{text}-01").isoformat()[:7] if len(text) == 7 else ""
    except ValueError:
        return ""


def _address(panel: str, values: Mapping[str, object]) -> str:
    usual = {"period": DEFAULT_PERIOD, "by": BY[0]}
    plain = {name: value for name, value in values.items() if value and value != usual.get(name)}
    target = url_for("board.export", panel=str(plain.pop("panel"))) if panel == "export" else url_for(f"board.{panel}")
    return target + (f"?{urlencode(plain)}" if plain else "")
