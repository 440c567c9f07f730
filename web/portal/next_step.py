"""What a party does next in a case: its one open task is taken for it and opened, so that nothing has to be claimed twice."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response as BaseResponse

from engine.errors import NotFound, NotYours, TaskAlreadyClaimed, TaskNotOpen
from web import flash, identity, requests
from web.services import services


def go_on(instance_id: str, key: str, said: str) -> BaseResponse:
    """To the next task of the party in the case, else to the case, with what was done said there."""
    return flash.saying(requests.go_whole(_place(instance_id, key)), said)


def _place(instance_id: str, key: str) -> str:
    engine, actor = services().engine, identity.staff().actor
    tasks = engine.at_hand([instance_id], actor).get(instance_id, [])
    try:
        engine.header(instance_id, actor)
        if len(tasks) == 1:
            if engine.task(tasks[0], actor).may_claim:
                engine.claim(tasks[0], actor, f"{key}:next")
            return url_for("worklist.show", task_id=tasks[0])
    except NotFound:  # the case names this party no longer
        return url_for("portal.index")
    except (NotYours, TaskAlreadyClaimed, TaskNotOpen):  # a colleague was faster: the case says where it stands
        return url_for("cases.show", instance_id=instance_id)
    return url_for("cases.show", instance_id=instance_id)
