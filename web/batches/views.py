"""Many tasks at once: approving those whose form allows it, and giving them to somebody else. Each is a step of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

from flask import Blueprint, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from engine.errors import (
    Declined,
    Explained,
    FormInvalid,
    NotFound,
    NotYours,
    Refusal,
    StepFailed,
    TaskAlreadyClaimed,
    TaskNotOpen,
)
from engine.parties.reading import TRANSFER
from engine.people import Colleague
from web import flash, identity, requests
from web.parties import nobody
from web.parties.people import MANY, grouped
from web.services import services
from web.tasks.among import is_barred

blueprint = Blueprint("batches", __name__)
BATCH_LIMIT = 100
TEXT_LIMIT = 2000


@blueprint.post("/tasks/approve")
def approve() -> BaseResponse:
    """Completes all chosen tasks with what their models enter in a batch; what must be filled in by hand is left, and counted."""
    actor, key = identity.staff().actor, requests.act_key("approve")
    found = Counter(_came_to(task, partial(services().engine.approve, task, actor, f"{key}:{task}")) for task in _chosen())
    if set(found) <= {"done"}:
        return flash.saying(_back(), "batch_approved")
    return flash.saying(_back(), "batch_approved_partly", numbers=[found[one] for one in ("done", "by_hand", "gone", "barred", "failed")])


@blueprint.post("/tasks/transfer")
def transfer() -> BaseResponse:
    """Asks for whom and why, and then gives each of the chosen tasks to him."""
    deps, actor = services().engine.parties, identity.staff().actor
    to, reason, chosen = request.form.get("person", ""), request.form.get("text", "").strip()[:TEXT_LIMIT], _chosen()
    if not to or not reason:
        return _whom(chosen, is_second="second" in request.form)
    key = requests.act_key("transfer")
    found = Counter(_came_to(task, partial(deps.transfer, task, to, reason, actor, f"{key}:{task}")) for task in chosen)
    if set(found) <= {"done"}:
        return flash.saying(_back(), "batch_transferred")
    return flash.saying(_back(), "batch_transferred_partly", numbers=[found["done"], found["by_hand"] + found["barred"], found["gone"] + found["failed"]])


def _came_to(task_id: str, act: Callable[[], object]) -> str:
    """What became of one task of many; whatever it is, the others go on."""
    try:
        act()
    except (TaskNotOpen, TaskAlreadyClaimed, NotYours, NotFound) as refusal:
        return "barred" if is_barred(refusal, task_id) else "gone"
    except (Explained, FormInvalid, Declined):
        return "by_hand"
    except StepFailed:
        return "failed"
    return "done"


def _whom(chosen: list[str], *, is_second: bool) -> BaseResponse:
    """Those who could have every one of the tasks."""
    engine, actor = services().engine, identity.staff().actor
    rows, people = [], list[dict[str, Colleague]]()
    for task in chosen:
        try:
            found, row = engine.parties.choices(task, TRANSFER, actor), engine.task(task, actor).task
        except Refusal:  # done, taken back or given away since the list was drawn
            continue
        people.append({one.person_id: one for one in found})
        rows.append(row)
    alone = [row.id for row, could in zip(rows, people, strict=True) if not could]
    shared = [one for id_, one in people[0].items() if all(id_ in others for others in people)] if people else []
    return requests.page(
        "batches/transfer.html", status=422 if is_second else 200, rows=rows, groups=grouped(shared), has_many=len(shared) > MANY, left=len(chosen) - len(rows),
        is_second=is_second, nobody=nobody.why(alone[0], TRANSFER) if alone else str(_("没有一个人能办所选的全部任务，请分开转办。")), next=request.form.get("next", ""), chosen=[request.form.get("person", "")], said=request.form.get("text", ""),
    )  # fmt: skip


def _chosen() -> list[str]:
    return list(dict.fromkeys(request.form.getlist("task")))[:BATCH_LIMIT]


def _back() -> BaseResponse:
    return requests.go(requests.local_address(request.form.get("next"), url_for("worklist.index")))
