"""Each panel as a workbook to take away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from flask_babel import gettext as _

from db.clock import SHANGHAI
from records.spreadsheets import Cell, Column
from web.board import lists, panels, steps
from web.board.choice import Choice
from web.board.panels import Line
from web.board.reach import Reach
from web.board.words import Vocabulary, percent
from web.services import services

EXPORT_LIMIT = 20_000
Sheet = tuple[str, Sequence[Column], Iterable[Sequence[Cell]]]


def sheet_of(panel: str, choice: Choice, reach: Reach) -> Sheet | None:
    """(title, columns, rows) of a panel; None for one that there is not."""
    make = _SHEETS.get(panel)
    return make(choice, reach, Vocabulary.now()) if make else None


def _table(choice: Choice, reach: Reach, words: Vocabulary) -> Sheet:
    sight = choice.sight(reach)
    if choice.by == "person":
        return _people(choice, reach, words)
    if choice.by == "month":
        return str(_("按期办结-按月份")), _columns(_("月份")), [_line(line) for line in panels.by_month(choice, sight)]
    ongoing = services().engine.board.open_cases(sight)
    if choice.by == "process":
        return str(_("按期办结-按流程")), _columns(_("流程")), [_line(line) for line in panels.by_process(choice, sight, ongoing, words)]
    return str(_("按期办结-按机关")), _columns(_("机关")), [_line(line) for line in panels.by_office(choice, reach, ongoing)]


def _people(choice: Choice, reach: Reach, _words: Vocabulary) -> Sheet:
    lines = panels.by_person(choice, choice.sight(reach))
    columns = _columns(_("人员"))
    return str(_("人员负荷")), [*columns, Column(_("本月办结"), 10)], [(*_line(line), line.done_now) for line in lines]


def _columns(first: str) -> list[Column]:
    return [
        Column(first, 30), Column(_("在办"), 10), Column(_("今日到期"), 10), Column(_("已逾期"), 10), Column(_("计时中止"), 10), Column(_("办结"), 10), Column(_("有期限"), 10), Column(_("按期"), 10), Column(_("逾期办结"), 10),
        Column(_("按期办结率"), 12), Column(_("平均时长（小时）"), 16),
    ]  # fmt: skip


def _line(line: Line) -> tuple[Cell, ...]:
    now, kept = line.open, line.kept
    return (
        line.label, now.open, now.today, now.overdue, now.stopped, kept.done, kept.dated, kept.in_time, kept.late, percent(kept.per_mille) if kept.dated else "",
        kept.mean // 3600 if kept.mean is not None else None,
    )  # fmt: skip


def _cases(choice: Choice, reach: Reach, words: Vocabulary) -> Sheet:
    rows = lists.open_cases(choice, reach, words, EXPORT_LIMIT)
    columns = [
        Column(_("案件"), 40), Column(_("案号"), 22), Column(_("流程"), 20), Column(_("机关"), 24), Column(_("当前环节"), 20), Column(_("办理人"), 14),
        Column(_("期限"), 12), Column(_("办理时限"), 14), Column(_("期限的由来"), 60), Column(_("最近催办"), 12), Column(_("催办内容"), 40), Column(_("答复"), 40),
    ]  # fmt: skip
    found = [
        (
            row.title, row.business_key, row.process, row.office, row.steps, row.holders, row.due_on, row.term.whole, row.why,
            row.urged.at.astimezone(SHANGHAI).date() if row.urged else None, row.urged.text if row.urged else "", row.urged.answer if row.urged else "",
        )
        for row in rows
    ]  # fmt: skip
    return str({"overdue": _("逾期案件"), "stopped": _("计时中止的案件")}.get(choice.term, _("在办案件"))), columns, found


def _finished(choice: Choice, reach: Reach, words: Vocabulary) -> Sheet:
    rows = lists.finished_cases(choice, reach, words, EXPORT_LIMIT)
    columns = [
        Column(_("案件"), 40), Column(_("案号"), 22), Column(_("流程"), 20), Column(_("机关"), 24), Column(_("发起日期"), 12), Column(_("办结日期"), 12), Column(_("是否按期"), 12),
    ]  # fmt: skip
    found = [
        (
            row.title, row.business_key, row.process, row.office, row.started_at.astimezone(SHANGHAI).date() if row.started_at else None,
            row.ended_at.astimezone(SHANGHAI).date() if row.ended_at else None, lists.kept_term(row.kept, None).text,
        )
        for row in rows
    ]  # fmt: skip
    return str(_("已办结案件")), columns, found


def _tasks(choice: Choice, reach: Reach, words: Vocabulary) -> Sheet:
    rows = lists.tasks(choice, reach, words, EXPORT_LIMIT)
    columns = [
        Column(_("案件"), 40), Column(_("案号"), 22), Column(_("流程"), 20), Column(_("环节"), 20), Column(_("机关"), 24), Column(_("办理人"), 14),
        Column(_("期限"), 12), Column(_("办理时限"), 14), Column(_("期限的由来"), 60), Column(_("到达日期"), 12), Column(_("办结日期"), 12),
    ]  # fmt: skip
    found = [
        (
            row.title, row.business_key, row.process, row.step, row.office, row.person, row.due_on, row.term.whole, row.why,
            row.opened_at.astimezone(SHANGHAI).date() if row.opened_at else None, row.closed_at.astimezone(SHANGHAI).date() if row.closed_at else None,
        )
        for row in rows
    ]  # fmt: skip
    return str(_("任务清单")), columns, found


def _heat(choice: Choice, reach: Reach, words: Vocabulary) -> Sheet:
    sight = choice.sight(reach)
    process_id = steps.process_of_heat(choice, sight, words)
    columns = [Column(_("环节"), 30), Column(_("办结任务"), 10), Column(_("平均耗时（小时）"), 16), Column(_("半数办结于"), 14)]
    rows = [(line.name, line.done, line.seconds // 3600, line.half) for line in steps.heat(choice, sight, process_id, words)]
    return str(_("环节耗时")), columns, rows


def _waits(choice: Choice, reach: Reach, words: Vocabulary) -> Sheet:
    columns = [
        Column(_("流程"), 24), Column(_("环节"), 24), Column(_("等待"), 10), Column(_("已逾期"), 10), Column(_("待认领"), 10), Column(_("最早"), 12), Column(_("平均已等（小时）"), 16),
    ]  # fmt: skip
    rows = [
        (line.process, line.step, line.open, line.overdue, line.unclaimed, line.oldest.astimezone(SHANGHAI).date(), line.seconds // 3600)
        for line in steps.waits(choice, choice.sight(reach), words)
    ]
    return str(_("案件等在哪里")), columns, rows


_SHEETS: dict[str, Callable[[Choice, Reach, Vocabulary], Sheet]] = {
    "table": _table, "people": _people, "cases": _cases, "finished": _finished, "tasks": _tasks, "heat": _heat, "waits": _waits,
}  # fmt: skip
