"""Why nobody can be chosen, and what may be done instead."""

from __future__ import annotations

from flask_babel import gettext as _

from engine.parties.reading import TRANSFER
from web import identity
from web.languages import is_english, named
from web.services import services


def why(task_id: str, verb: str) -> str:
    """In one or two sentences, for the page of a verb for which there is nobody."""
    if verb != TRANSFER:
        return str(_("附近机关没有别的在岗人员，或者都已在办这件事、经办过前面的环节。"))
    found = services().engine.parties.kept_out(task_id, identity.staff().actor)
    if not found:
        return str(_("这一岗位没有别的任职人。需要他人接办的，请系统管理员先安排任职。"))
    names = (", " if is_english() else "、").join(named(one.name, one.name_en) for one in found)
    return str(_("%(who)s 有这一岗位，但经办过前面的环节或者正在会签，按岗位分离的规定不能接办。等岗位有了别的任职人，再转给他。", who=names))
