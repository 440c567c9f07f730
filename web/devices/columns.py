"""The columns of each register, once for the page and for the workbook: a heading, what stands beneath it, and how a page shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from db.clock import legal_date
from records.devices import kinds, states
from records.spreadsheets import Cell, Column
from records.taxpayers.enrolments import STANDINGS
from records.taxpayers.limits import VERSIONS
from records.upgrade import states as upgrades
from records.upgrade.registers import HANDED_OVER
from web.devices.approvals import LEVELS
from web.devices.choice import Choice
from web.devices.words import level_name, two
from web.formats import short_moment
from web.languages import named
from web.registers import book
from web.registers.book import Heading

FROM_THE_TOP = frozenset(("day", "last", "taken_in", "reported", "lost", "decided", "in_use", "quantity", "version"))
SHORT = 12
COLOURS = {
    "in_use": "green", "issued": "blue", "sold": "blue", "lost": "red", "found": "amber", "damaged": "amber", "in_repair": "amber", "destroyed": "", "listed": "red",
    "enrolled": "blue", "applied": "amber",
    "signed_in": "blue", "left": "green", "broken_off": "amber",
}  # fmt: skip


@dataclass(frozen=True)
class More:
    """A column that only the workbook has."""

    heading: object
    value: Callable[[Any], Cell]
    width: int = 14


@dataclass(frozen=True)
class Field:
    """A column: `key` orders by it, empty for none; `value` of a line; `look` is text, day, money, count or tag; `colour` of a tag, `link` of a text.

    What stands `beneath` on the page has the columns `more` in the workbook.
    """

    key: str
    heading: object
    value: Callable[[Any], Cell]
    look: str = "text"
    width: int = 14
    link: Callable[[Any], str] | None = None
    beneath: Callable[[Any], str] | None = None
    colour: Callable[[Any], str] | None = None
    more: tuple[More, ...] = ()

    @property
    def css(self) -> str:
        """How the column is aligned."""
        return "r num nowrap" if self.look in {"money", "count"} else "num nowrap" if self.look == "day" else ""


def shortened(text: str) -> str:
    """As much of a reason as a column of a register has room for; the page of the enterprise and the workbook have all of it."""
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"


def _number(kind: str, number: str) -> str:
    """The number of a holder as people know it: that of an enterprise. Offices and service units are known by name; their codes are ours."""
    return number if kind == "enterprise" else ""


def _holder(row: Any) -> str:
    """Beneath who holds a device: what he is and his number; of one that nobody has, who had it."""
    if not row.holder_name and row.held_before_name:
        return str(_("原持有人：%(name)s %(number)s", name=row.held_before_name, number=_number(row.held_before_kind, row.held_before_number)).strip())
    return " ".join(filter(None, (two(kinds.HOLDERS, row.holder_kind), _number(row.holder_kind, row.holder_number))))


FIELDS: Mapping[str, tuple[Field, ...]] = {
    "enterprises": (
        Field("name", _l("企业名称"), lambda row: row.name, width=36, link=lambda row: url_for("devices.enterprise", taxpayer_id=row.id), beneath=lambda row: row.number,
              more=(More(_l("纳税人识别号"), lambda row: row.number, 22),)),
        Field("", _l("主管税务机关"), lambda row: named(row.office_name, row.office_name_en), width=28),
        Field("state", _l("认定登记"), lambda row: two(STANDINGS, row.state), "tag", 10, colour=lambda row: COLOURS.get(row.state or "", ""), beneath=lambda row: shortened(row.ended_because or ""),
              more=(More(_l("终止或未予核定的原因"), lambda row: row.ended_because, 28),)),
        Field("version", _l("最高限额"), lambda row: two(VERSIONS, row.version), width=18, beneath=lambda row: _("单张 %(n)s 元以内", n=format(row.per_invoice, ",.2f")) if row.per_invoice else "",
              more=(More(_l("单张最高（元）"), lambda row: row.per_invoice, 16),)),
        Field("quantity", _l("月购票份数"), lambda row: row.monthly_quantity, "count", 10),
        Field("decided", _l("核定日期"), lambda row: row.decided_on, "day", 12),
        Field("in_use", _l("启用日期"), lambda row: row.in_use_on, "day", 12),
        Field("", _l("专用设备"), lambda row: row.devices, "count", 8),
    ),
    "devices": (
        Field("serial", _l("设备编号"), lambda row: row.serial, width=18, link=lambda row: url_for("devices.life", device_id=row.id), beneath=lambda row: row.version,
              more=(More(_l("版本"), lambda row: row.version, 12),)),
        Field("kind", _l("种类"), lambda row: two(kinds.NAMES, row.kind) + (_("（替换卡）") if row.is_replacement else ""), width=16),
        Field("state", _l("状态"), lambda row: two(states.NAMES["device"], row.state), "tag", 12, colour=lambda row: COLOURS.get(row.state, "")),
        Field("holder", _l("持有人"), lambda row: row.holder_name or "—", width=36, beneath=_holder, more=(
            More(_l("持有人类别"), lambda row: two(kinds.HOLDERS, row.holder_kind), 12), More(_l("持有人编号"), lambda row: _number(row.holder_kind, row.holder_number), 22),
            More(_l("原持有人"), lambda row: row.held_before_name, 36), More(_l("原持有人编号"), lambda row: _number(row.held_before_kind, row.held_before_number), 22),
        )),
        Field("taken_in", _l("入库日期"), lambda row: row.taken_in_on, "day", 12),
        Field("last", _l("最近变动"), lambda row: row.last_on, "day", 12),
        Field("", _l("变动次数"), lambda row: row.steps, "count", 10),
    ),
    "stops": (
        Field("serial", _l("设备编号"), lambda row: row.serial, width=18, link=lambda row: url_for("devices.life", device_id=row.device_id) if row.device_id else ""),
        Field("kind", _l("种类"), lambda row: two(kinds.NAMES, row.kind), width=14),
        Field("", _l("原因"), lambda row: two(kinds.REASONS, row.because), width=10),
        Field("holder", _l("原持有人"), lambda row: row.taxpayer_name, width=36, beneath=lambda row: _number(row.holder_kind, row.taxpayer_number),
              more=(More(_l("原持有人编号"), lambda row: _number(row.holder_kind, row.taxpayer_number), 22),)),
        Field("office", _l("报告时所在地"), lambda row: row.office_name, width=28),
        Field("lost", _l("丢失被盗日期"), lambda row: row.lost_on, "day", 12),
        Field("reported", _l("报告日期"), lambda row: row.reported_on, "day", 12),
        Field("state", _l("状态"), lambda row: two(states.NAMES["stop"], row.state), "tag", 10, colour=lambda row: "red" if row.state == "listed" else "",
              beneath=lambda row: f"{row.lifted_on} {row.lifted_because}" if row.lifted_on else "",
              more=(More(_l("解除日期"), lambda row: row.lifted_on, 12), More(_l("解除原因"), lambda row: row.lifted_because, 24))),
    ),
    "approvals": (
        Field("title", _l("事项"), lambda row: row.title, width=44, link=lambda row: url_for("cases.show", instance_id=row.case_id), beneath=lambda row: row.business_key,
              more=(More(_l("编号"), lambda row: row.business_key, 24),)),
        Field("level", _l("待审批级次"), lambda row: level_name(LEVELS[row.level]), "tag", 12, colour=lambda _line: "blue"),
        Field("", _l("所在机关"), lambda row: named(row.office_name, row.office_name_en), width=28),
        Field("", _l("环节"), lambda row: named(row.step, row.step_en), width=24),
        Field("", _l("当前办理人"), lambda row: row.holder or _("待认领"), width=12),
        Field("opened", _l("到达日期"), lambda row: legal_date(row.opened_at), "day", 12),
        Field("due", _l("办理期限"), lambda row: row.due_on, "day", 12),
    ),
    "visits": (
        Field("day", _l("签到日期"), lambda row: row.day, "day", 12),
        Field("ticket", _l("序号"), lambda row: row.ticket, "count", 8),
        Field("name", _l("企业名称"), lambda row: row.enterprise_name, width=36, link=lambda row: url_for("cases.show", instance_id=row.case_id) if row.case_id else "",
              beneath=lambda row: row.taxpayer_number, more=(More(_l("纳税人识别号"), lambda row: row.taxpayer_number, 22),)),
        Field("", _l("到场人员"), lambda row: row.person_name, width=12),
        Field("signed_in", _l("签到时点"), lambda row: short_moment(row.signed_in_at), width=14),
        Field("left", _l("离场时点"), lambda row: short_moment(row.left_at) if row.left_at else "", width=14),
        Field("state", _l("状态"), lambda row: two(upgrades.NAMES, row.state), "tag", 10, colour=lambda row: COLOURS.get(row.state, ""), beneath=lambda row: shortened(row.ended_because),
              more=(More(_l("中止原因"), lambda row: row.ended_because, 28),)),
        Field("sheets", _l("交接单份数"), lambda row: row.sheets, "count", 10, beneath=lambda row: two(HANDED_OVER, "yes" if row.hand_over_id else "no"), more=(
            More(_l("交接单移交"), lambda row: two(HANDED_OVER, "yes" if row.hand_over_id else "no"), 12), More(_l("不齐的原因"), lambda row: row.sheets_because, 28),
        )),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A cell as the page draws it."""

    label: str
    css: str
    look: str
    value: Any
    link: str
    beneath: str
    colour: str


def shown(register: str, line: Any) -> list[Shown]:
    """The cells of a line, in the order of the columns."""
    return [
        Shown(str(f.heading), f.css, f.look, f.value(line), f.link(line) if f.link else "", f.beneath(line) if f.beneath else "", f.colour(line) if f.colour else "")
        for f in FIELDS[register]
    ]  # fmt: skip


def taken_away(register: str, line: Any) -> tuple[Cell, ...]:
    """The cells of a line in the workbook: what stands small beneath on the page has a column of its own there, numbers as numbers."""
    return tuple(_cell(one.value(line)) for one in _of_workbook(register))


def _cell(value: Any) -> Cell:
    return value if isinstance(value, (str, int, Decimal, date)) or value is None else str(value)


def sheet_columns(register: str) -> list[Column]:
    """The headings of the workbook."""
    return [Column(str(one.heading), one.width) for one in _of_workbook(register)]


def _of_workbook(register: str) -> list[More]:
    return [one for f in FIELDS[register] for one in (More(f.heading, f.value, f.width), *f.more)]


def headings(choice: Choice) -> list[Heading]:
    """The headings of a register on its page, in the order of its columns; one without key cannot be put in order."""
    return [book.heading(choice, f.key, str(f.heading), "r" if f.look in {"money", "count"} else "", FROM_THE_TOP) for f in FIELDS[choice.register]]


def orders(choice: Choice) -> list[tuple[str, str]]:
    """The orders as a list to choose from: (value, text)."""
    return book.orders(headings(choice), FROM_THE_TOP)
