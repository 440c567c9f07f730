"""Every refusal of somebody who is signed in stands in the trail: who, which address, what was told, in which case.

What is not there is noted like what is refused: to the caller they look alike, and the auditor wants to see whoever tries addresses. A visitor
who is sent to sign in is refused nothing.
"""

from __future__ import annotations

import re

from flask import g, request

from records.audit import Who, note
from web import door
from web.services import services
from web.staff import Staff

REFUSED = "access:address:refused"
STATUSES = frozenset((401, 403, 404))
_ID = re.compile(r"[0-9a-f]{32}")
_SHOWN = 200


def told(status: int, why: str, *, case: str = "", task: str = "") -> None:
    """Notes a refusal in a transaction of its own; for addresses of ours and people who are signed in. `case`, `task`: of many that a form names."""
    staff = g.get("staff")
    if status not in STATUSES or not isinstance(staff, Staff) or request.endpoint is None:
        return
    deps, values = services(), request.view_args or {}
    case, task = (given if _ID.fullmatch(given) else "" for given in (case or str(values.get("instance_id", "")), task or str(values.get("task_id", ""))))
    who = Who(staff.actor.person_id, staff.actor.name, deps.clock.now(), case, task)
    new = {"method": request.method, "at": door.plain(request.path)[:_SHOWN], "status": status, "why": why}
    with deps.database.write() as session:
        note(session, who, REFUSED, "endpoint", request.endpoint[:32], new=new)
