"""Every station of an upgrade signs on the hand-over sheet (交接单), and writes what went wrong on the problem sheet (问题记录单).

Source of all: Xicheng, 三(一)3, 三(二)1, 三(八)1.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

from db.clock import SHANGHAI
from engine.registry import Declined, StepContext
from handlers.devices_counter import done_by
from handlers.tools import text
from records.audit import Who

LAW, LAW_EN = "西城局流程", "Xicheng"
Post = tuple[str, str]
Station = tuple[str, str, Post]  # what is signed for, the same in English, at which post


def stations(ctx: StepContext) -> dict[str, Station]:
    """The stations that sign on the sheet, in its order, as procedure.yaml names them."""
    return {str(one["station"]): (str(one["what"]), str(one["what_en"]), (str(one["post"]), str(one["post_en"]))) for one in ctx.about["handover"].get("stations") or ()}


def sheet_count(ctx: StepContext) -> int:
    """How many hand-over sheets an enterprise has: the copies of the paper. Source: Xicheng, 三(一)1, 三(九)."""
    return len(ctx.about["papers"]["handover_sheet"]["copies"])


def sign(ctx: StepContext, station: str, task: str, *, repair: str = "") -> dict[str, Any]:
    """The line that a station adds to the hand-over sheet, in the name of whoever did its task; what was declined before, and came back, is over.

    `repair`: the task whose solution ends the problems before. Source: Xicheng, 三(一)3, 三(八)1.
    """
    what, what_en, (post, post_en) = stations(ctx).get(station, (station, station, ("", "")))
    by = done_by(ctx, task)
    line = {"station": station, "what": what, "what_en": what_en, "post": post, "post_en": post_en, "name": by.name, "at": by.at}
    signed = [*(ctx.variables.get("sheet_signatures") or ()), line]
    return {"sheet_signatures": signed, "declined_because": None, "returned_because": None, **problem(ctx, station, task, repair=repair)}


def problem(ctx: StepContext, station: str, task: str, *, repair: str = "") -> dict[str, Any]:
    """What a clerk has written down goes on the problem sheet; what a repair has ended, or what is ticked as solved at any later station, is solved there first.

    Source: Xicheng, 三(一)1, 三(二)1, 三(六)1.
    """
    before = rows = problems(ctx)
    if repair and (how := text(ctx, "solution").strip()):
        rows = _solved(rows, range(len(rows)), done_by(ctx, repair), how)
    if (ticked := ctx.variables.get("solved_problems")) and (how := text(ctx, "problem_solution").strip()):
        rows = _solved(rows, [int(one) for one in ticked], done_by(ctx, task), how)
    if said := text(ctx, "problem_text").strip():
        by = done_by(ctx, task)
        rows = [*rows, {"station": station, "text": said, "by": by.name, "at": by.at, "solved_at": None, "solution": ""}]
    if rows == before:
        return {}
    still = [(at, row) for at, row in enumerate(rows) if not row["solved_at"]]
    return {
        "problems": rows, "open_problem": "\n".join(row["text"] for _at, row in still) or None, "open_problems": [_offered(ctx, at, row) for at, row in still],
        **dict.fromkeys(("solution", "problem_text", "solved_problems", "problem_solution")),
    }  # fmt: skip


def _solved(rows: Sequence[Mapping[str, Any]], which: Container[int], by: Who, how: str) -> list[Mapping[str, Any]]:
    return [{**row, "solved_at": by.at, "solution": how, "solved_by": by.name} if place in which and not row["solved_at"] else row for place, row in enumerate(rows)]


def _offered(ctx: StepContext, place: int, row: Mapping[str, Any]) -> dict[str, str]:
    """A problem as a later station ticks it."""
    what, what_en, _post = stations(ctx).get(row["station"], ("", "", ("", "")))
    return {"value": str(place), "label": f"{row['station']} {what}：{row['text']}", "label_en": f"{row['station']} {what_en}: {row['text']}"}


def problems(ctx: StepContext) -> Sequence[Mapping[str, Any]]:
    """The lines of the problem sheet, the first first."""
    return list(ctx.variables.get("problems") or ())


def require_problem(ctx: StepContext, zh: str, en: str) -> None:
    """Whoever finds a fault writes it on the problem sheet. Raises Declined."""
    if not text(ctx, "problem_text").strip():
        raise Declined(f"{zh}，请在“问题记录”中写明（{LAW}三(一)1）", f"{en}: write it on the problem sheet ({LAW_EN}, 三(一)1)", at="problem_text")


def require_signed(ctx: StepContext, station: str) -> None:
    """All stations that stand before this one have signed on the sheet. Raises Declined naming those that have not. Source: Xicheng, 三(一)4(1)."""
    there, named = {row["station"] for row in ctx.variables.get("sheet_signatures") or ()}, stations(ctx)
    before = list(named)[: list(named).index(station)] if station in named else []
    if missing := [one for one in before if one not in there]:
        names = "、".join(f"{one}（{named[one][0]}）" for one in missing)
        raise Declined(f"交接单上还没有签字的环节：{names}（{LAW}三(一)4(1)）", f"stations that have not signed yet: {', '.join(missing)} ({LAW_EN}, 三(一)4(1))")


def kept(ctx: StepContext, station: str, key: str, rows: Sequence[Mapping[str, Any]], task: str) -> list[Mapping[str, Any]]:
    """All comparisons of the case with this one, which its form shows under `key`: none is ever written over. Source: Xicheng, 三(二)2, 三(二)4, 三(三), 三(七)."""
    by = done_by(ctx, task)
    return [*(ctx.variables.get("comparisons_kept") or ()), {"station": station, "task": task, "key": key, "made_at": by.at, "made_by": by.name, "rows": list(rows)}]


def lines(rows: Sequence[Mapping[str, Any]]) -> str:
    """Ranges of invoices as a form shows them, one a line; 无 for none."""
    return "\n".join(f"{row['code']} {row['number_from']}–{row['number_to']}（{row['count']} 份）" for row in rows) or "无"


def moment(value: Any) -> str:
    """A moment as a form and a paper show it."""
    return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if hasattr(value, "astimezone") else str(value or "")
