"""What the registers are called, how their lines are counted, what their filters ask, and what an empty one says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from records.devices import kinds, states
from records.taxpayers.enrolments import STANDINGS
from records.taxpayers.limits import VERSIONS
from records.upgrade import registers as upgrades
from web import identity
from web.devices.approvals import LEVELS
from web.devices.choice import Choice
from web.languages import is_english

EMPTY: Mapping[str, tuple[object, object]] = {
    "enterprises": (_l("还没有防伪税控企业"), _l("企业申请纳入防伪税控系统后，会自动记入台账。")),
    "devices": (_l("还没有专用设备"), _l("设备入库后，会自动记入台账。")),
    "stops": (_l("本机关及下级机关没有停用的设备"), _l("设备报失后，编号立即列入停用名单。其他机关报失的列在那里，按设备编号可以查到；发售、发行、写卡时按全部名单核对。")),
    "approvals": (_l("没有待审批的事项"), _l("限额审批等事项到达各级时，会列在这里。")),
    "visits": (_l("签到簿还没有记录"), _l("企业在升级现场签到后，会自动记入签到簿。")),
}  # fmt: skip
PERIODS: Mapping[str, object] = {"enterprises": _l("核定日期从"), "devices": _l("最近变动从"), "stops": _l("报告日期从"), "approvals": _l("到达日期从"), "visits": _l("签到日期从")}
SEARCHED: Mapping[str, object] = {
    "enterprises": _l("企业名称或税号"), "devices": _l("设备编号、持有人或版本"), "stops": _l("设备编号、企业名称或税号"), "approvals": _l("事项或编号"),
    "visits": _l("企业名称、税号或到场人员"),
}  # fmt: skip
LEVEL_NAMES: Mapping[str, object] = {
    "tax_office": _l("税务所"), "district": _l("分（县）局"), "city": _l("市局"), "province": _l("省局"), "sat": _l("总局"),
}  # fmt: skip


def two(names: Mapping[str, tuple[str, str]], key: str | None) -> str:
    """A word of one of the records' lists in the language of the page; empty for none."""
    return names[key][is_english()] if key else ""


def level_name(level: str) -> str:
    """The name of a level of the authority."""
    return str(LEVEL_NAMES[level])


def counted(register: str, count: int) -> str:
    """How many lines there are, with the counting word of what they are."""
    n = f"{count:,}"
    if register in {"enterprises", "visits"}:
        return str(_("共 %(n)s 户", n=n))
    if register == "devices":
        return str(_("共 %(n)s 台", n=n))
    return str(_("共 %(n)s 条", n=n) if register == "stops" else _("共 %(n)s 件", n=n))


def kinds_of(register: str) -> tuple[str, list[tuple[str, str]]]:
    """(what a register is narrowed to first, the choices)."""
    if register == "enterprises":
        return str(_("版本")), [(key, two(VERSIONS, key)) for key in VERSIONS]
    if register == "approvals":
        return str(_("待审批级次")), [(level, level_name(level)) for level in LEVELS]
    if register == "visits":
        return str(_("交接单移交")), [(key, two(upgrades.HANDED_OVER, key)) for key in upgrades.HANDED_OVER]
    return str(_("种类")), [(key, two(kinds.NAMES, key)) for key in kinds.NAMES]


def states_of(register: str) -> list[tuple[str, str]]:
    """The states to which a register can be narrowed."""
    names = {"enterprises": STANDINGS, "devices": states.NAMES["device"], "stops": states.NAMES["stop"], "visits": upgrades.STATES}.get(register, {})
    return [(key, two(names, key)) for key in names]


def head(choice: Choice, offices: Mapping[str, str], on: str) -> list[str]:
    """Of which office, when, by whom and by which filter: what a list must say once it has left the house. `offices`: path → name."""
    staff = identity.staff()
    own = offices.get(choice.query.office) or (", " if is_english() else "、").join(staff.offices.values())
    asked = ("; " if is_english() else "；").join(_conditions(choice)) or _("全部")
    return [str(_("机关：%(office)s（含下级）", office=own)), str(_("日期：%(day)s　经手人：%(name)s", day=on, name=staff.name)), str(_("筛选：%(asked)s", asked=asked))]


def _conditions(choice: Choice) -> Iterator[str]:
    query, (kind, choices) = choice.query, kinds_of(choice.register)
    if query.text:
        yield _("%(what)s含“%(text)s”", what=SEARCHED[choice.register], text=query.text)
    for what, value in (
        (kind, dict(choices).get(query.kind)), (_("状态"), dict(states_of(choice.register)).get(query.state)), (_("持有人"), two(kinds.HOLDERS, query.holder)),
        (PERIODS[choice.register], query.since), (_("到"), query.until),
    ):  # fmt: skip
        if value:
            yield f"{what} {value}"
