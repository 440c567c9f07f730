"""The end of a day of upgrades: reception hands the sign-in book and two hand-over sheets of each enterprise to the golden-tax office, which counts them.

Source of all: Xicheng, 三(九).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from db.clock import SHANGHAI
from engine.registry import BpmnError, Declined, Registry, StepContext
from engine.tables import Task
from handlers.devices_tools import number, posts
from handlers.issuing import issue
from handlers.tools import Tools, declining, own_office, text, who
from handlers.upgrade_signing import sheet_count
from records.audit import Who
from records.upgrade import store
from records.upgrade.errors import UpgradeRefused
from records.upgrade.model import UpgradeVisit
from records.upgrade.states import name as state_name

STILL = "signed_in"
BETWEEN = "，"
TERM = "day_sheets"


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of the end of a day."""

    @registry.operation("upgrade.gather_day")
    def gather_day(ctx: StepContext) -> Mapping[str, Any]:
        """Takes the enterprises of the day, and those of earlier days whose sheets are not handed over yet; who is still at a station is named. Source: Xicheng, 三(九)."""
        day = _day(ctx)
        gathered = store.gather(ctx.session, own_office(ctx).scope, day, ctx.case.instance_id)
        gone, still = _gone(gathered), [row for row in gathered if row.state == STILL]
        _start_term(ctx, tools, day)
        ctx.set_title(f"升级当日移交：{own_office(ctx).name} {day}")
        ctx.set_business_key(f"{day} {own_office(ctx).name}")
        return {
            "day_visits": [_offered(row) for row in gone],
            "day_whole": [_offered(row) for row in gone if row.sheets >= sheet_count(ctx)],
            "recorded_missing_told": "\n".join(_recorded(row) for row in gone if row.sheets < sheet_count(ctx)) or None,
            "day_told": f"签到簿 {len(store.of_day(ctx.session, own_office(ctx).scope, day))} 户；本次移交交接单 {len(gone)} 户，应有 {len(gone) * sheet_count(ctx)} 份",
            "still_there_told": "、".join(f"{_ticket(row)} {row.enterprise_name}（{_station(ctx, row)}）" for row in still) or None,
            "sheets_whole": [row.id for row in gone if row.sheets >= sheet_count(ctx)],
        }

    @registry.operation("upgrade.check_day")
    def check_day(ctx: StepContext) -> Mapping[str, Any]:
        """Every enterprise of the list has its sheets, or so many and the reason. Raises Declined; goes back where somebody has left meanwhile. Source: Xicheng, 三(九)."""
        gone = _gone(store.gather(ctx.session, own_office(ctx).scope, _day(ctx), ctx.case.instance_id))
        listed = {str(row["value"]) for row in ctx.variables.get("day_visits") or ()}
        if left := [row.enterprise_name for row in gone if row.id not in listed]:
            raise BpmnError("REFUSED", f"{'、'.join(left)} 已离场，请把它的交接单一并核对（三(九)）")
        handed = _handed(ctx, gone)
        return {
            "handed_sheets": handed, "handed_by": ctx.actor.person_id, "handed_by_name": ctx.actor.signature, "sheets_total": sum(one["sheets"] for one in handed),
            "handed_told": "\n".join(_counted(one) for one in handed) or "没有交接单，仅移交签到簿",
            "missing_told": "\n".join(f"{_counted(one)}，离场时收回 {one['recorded']} 份；{one['because']}" for one in handed if one["because"]) or None,
            "day_counts": [{"value": one["visit"], "label": _counted(one), "label_en": _counted(one, "en")} for one in handed],
            "day_declined_because": None, "return_reason": None, "last_return_reason": text(ctx, "return_reason") or None,
        }  # fmt: skip

    @registry.operation("upgrade.book_day")
    def book_day(ctx: StepContext) -> Mapping[str, Any]:
        """The department has counted every enterprise's sheets and has the book: it is booked once, and the book becomes a paper. Raises Declined. Source: Xicheng, 三(九)."""
        handed, counted = ctx.variables["handed_sheets"], set(ctx.variables.get("counts_confirmed") or ())
        left, is_there = [one["name"] for one in handed if one["visit"] not in counted], bool(ctx.variables.get("book_received"))
        if left or not is_there:
            lacking = [*([f"{'、'.join(left)} 的交接单还没有清点"] if left else []), *([] if is_there else ["签到簿还没有收到"])]
            lacking_en = [*([f"not counted yet: {', '.join(left)}"] if left else []), *([] if is_there else ["the sign-in book is not there yet"])]
            raise Declined(
                f"{'，'.join(lacking)}；不符的请退回签到岗（三(九)）", f"{'; '.join(lacking_en)}; what differs goes back to reception", at="counts_confirmed" if left else "book_received",
            )  # fmt: skip
        own, day = own_office(ctx), _day(ctx)
        giver = Who(text(ctx, "handed_by"), text(ctx, "handed_by_name"), ctx.clock.now(), ctx.case.instance_id, ctx.element_id)
        with declining(UpgradeRefused):
            made = store.hand_over(
                ctx.session, giver, own.scope, day, who(ctx), case_id=ctx.case.instance_id, each=sheet_count(ctx), sheets={one["visit"]: one["sheets"] for one in handed},
                because={one["visit"]: one["because"] for one in handed},
            )  # fmt: skip
        issued = number(ctx, tools, "签")
        book = store.book(ctx.session, made)
        others = [one for one in handed if one["visit"] not in {row.id for row in book} and one.get("day")]  # a case of an older version names no day
        issue(ctx, tools, "sign_in_book", {
            "office": own.name, "day": day.isoformat(), "lines": [_line(row) for row in book], "others": others,
            "handed": handed, "enterprises": made.enterprises, "sheets": made.sheets, "still": text(ctx, "still_there_told"), "handed_by": made.handed_by_name,
            "received_by": made.received_by_name, "date": ctx.clock.today().isoformat(),
        }, number=issued)  # fmt: skip
        if tools.deadlines.meet(ctx.session, ctx.case.instance_id, TERM, ctx.clock.today()) is not None:
            ctx.set_due(None)
        return {"hand_over_number": issued}


def _start_term(ctx: StepContext, tools: Tools, day: date) -> None:
    """Book and sheets are due on the day itself: reception is reminded at once, the golden-tax office told when it has passed. Source: Xicheng, 三(九).

    A case of a version without the term has none.
    """
    if TERM not in (ctx.about.get("deadlines") or {}):
        return
    term = tools.deadlines.start(ctx.session, ctx.case.instance_id, tools.rule(ctx, TERM), day, owner_posts=posts(ctx, "reception"))
    ctx.set_due(term.due_on, term.label)


def _day(ctx: StepContext) -> date:
    value = ctx.variables["upgrade_day"]
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _gone(gathered: Sequence[UpgradeVisit]) -> list[UpgradeVisit]:
    return [row for row in gathered if row.state != STILL]


def _handed(ctx: StepContext, gone: Sequence[UpgradeVisit]) -> list[dict[str, Any]]:
    """What reception entered, in the order of the list; of whom nothing is entered, what was recorded when he left with a sheet missing.

    Raises Declined where nothing or two things are said of an enterprise, or it is called whole although a sheet was missing when it left.
    """
    whole, each, missing = set(ctx.variables.get("sheets_whole") or ()), sheet_count(ctx), ctx.variables.get("sheets_missing") or []
    of = {str(row["visit"]): row for row in missing}
    named = [str(row["visit"]) for row in missing]
    if short := [f"{row.enterprise_name}（{row.sheets} 份）" for row in gone if row.id in whole and row.sheets < each]:
        raise Declined(f"离场时登记没有收齐，不能勾选收齐：{'、'.join(short)}（三(九)）", f"a sheet was missing when it left, by the record: {', '.join(short)}", at="sheets_whole")
    if twice := [row.enterprise_name for row in gone if named.count(row.id) + (row.id in whole) > 1]:
        raise Declined(f"{'、'.join(twice)} 填写了两次，请只保留一处（三(九)）", f"entered twice: {', '.join(twice)}", at="sheets_missing")
    unsaid = [row.enterprise_name for row in gone if row.id not in whole and row.id not in named and (row.sheets >= each or not row.sheets_because)]
    is_there = bool(ctx.variables.get("book_there"))
    if unsaid or not is_there:
        lacking = [*([f"{'、'.join(unsaid)} 没有勾选收齐，也没有写明缺少的原因"] if unsaid else []), *([] if is_there else ["签到簿没有勾选一并移交"])]
        lacking_en = [*([f"neither ticked nor given a reason: {', '.join(unsaid)}"] if unsaid else []), *([] if is_there else ["the sign-in book is not ticked"])]
        raise Declined(f"{'；'.join(lacking)}（三(九)）", "; ".join(lacking_en), at="sheets_whole" if unsaid else "book_there")
    if more := [row.enterprise_name for row in gone if row.id in named and int(of[row.id]["sheets"]) > (each if row.sheets < each else each - 1)]:
        raise Declined(f"{'、'.join(more)} 的交接单一共 {each} 份；收齐的请勾选（三(九)）", f"there are {each} sheets, and whoever has all is ticked: {', '.join(more)}", at="sheets_missing")
    return [
        {
            "visit": row.id, "ticket": row.ticket, "number": row.taxpayer_number, "name": row.enterprise_name, "day": str(row.day or ""), "state": state_name(row.state), "recorded": row.sheets,
            "sheets": int(of[row.id]["sheets"]) if row.id in of else row.sheets, "because": str(of[row.id]["because"]).strip() if row.id in of else row.sheets_because,
        } for row in gone
    ]  # fmt: skip


def _offered(row: UpgradeVisit) -> dict[str, str]:
    return {"value": row.id, "label": _to_read(row), "label_en": _to_read(row, "en")}


def _recorded(row: UpgradeVisit) -> str:
    return f"{_ticket(row)} {row.enterprise_name}：收回 {row.sheets} 份，{row.sheets_because or '没有写明原因，请在下面补写'}"


def _to_read(row: UpgradeVisit, language: str = "zh") -> str:
    said = f"{row.enterprise_name}{BETWEEN if language == 'zh' else ', '}{state_name(row.state, language)}"
    return f"{_ticket(row)} {said}" if language == "zh" else f"no. {row.ticket} {said}"


def _ticket(row: UpgradeVisit) -> str:
    return f"{row.ticket}号"


def _counted(one: Mapping[str, Any], language: str = "zh") -> str:
    if language == "en":
        return f"no. {one['ticket']} {one['name']}: {one['sheets']}"
    return f"{one['ticket']}号 {one['name']}：{one['sheets']} 份"


def _line(row: UpgradeVisit) -> dict[str, Any]:
    return {
        "ticket": row.ticket, "number": row.taxpayer_number, "name": row.enterprise_name, "person": row.person_name, "signed_in": _at(row.signed_in_at),
        "left": _at(row.left_at), "state": state_name(row.state), "sheets": row.sheets if row.hand_over_id else None, "because": row.sheets_because or row.ended_because,
    }  # fmt: skip


def _at(moment: Any) -> str:
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}" if moment else ""


def _station(ctx: StepContext, row: UpgradeVisit) -> str:
    """Where an enterprise is: the names of its open tasks; 设备办理中 while a device works for it."""
    open_ones = ctx.session.scalars(select(Task.name).where(Task.instance_id == row.case_id, Task.state == "open").order_by(Task.id)).all()
    return "、".join(open_ones) or "设备办理中"
