"""What a person chooses about notices: the ways of each kind, own quiet hours, the digest."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from notices.occasions import TABLE
from notices.rules import NOTHING_CHOSEN, Choice, choices, choose, hour, rules_of
from records.offices.store import person
from web import flash, identity, keys, requests
from web.notices.family import blueprint
from web.notices.inbox import way_names
from web.services import services


@blueprint.get("/settings")
def choice() -> BaseResponse:
    """What is chosen now."""
    with services().database.read() as session:
        me = identity.staff().actor.person_id
        chosen = choices(session, [me]).get(me, NOTHING_CHOSEN)
    return _page(chosen)


@blueprint.post("/settings")
def change_choice() -> BaseResponse:
    """Keeps what was chosen; it counts for what comes from now on."""
    wanted = Choice(_ways(), _hours(), "digest" in request.form)
    if not _are_hours(wanted.quiet):
        return _page(wanted, _("请按“时:分”填写免打扰的起止时间，例如 20:00；不要免打扰时两个都填同一时间。"))
    with services().database.write() as session:
        if keys.is_new(session, "notice-choice"):
            choose(session, identity.staff().actor.person_id, wanted)
    return flash.saying(requests.go(url_for("notices.choice")), "notice_choice")


def _ways() -> dict[str, bool]:
    """Only what differs from the table: a way that it changes one day is changed for whoever did not choose."""
    ways = ((name, usual) for row in TABLE for name, usual in zip(way_names(row), (True, row.by_mail), strict=True))
    return {name: name in request.form for name, usual in ways if (name in request.form) != usual}


def _hours() -> tuple[str, str] | None:
    if request.form.get("quiet") != "own":
        return None
    return request.form.get("quiet_from", "").strip(), request.form.get("quiet_until", "").strip()


def _are_hours(quiet: tuple[str, str] | None) -> bool:
    try:
        return quiet is None or all(hour(text) is not None for text in quiet)
    except ValueError:
        return False


def _page(chosen: Choice, error: str = "") -> BaseResponse:
    with services().database.read() as session:
        rules, me = rules_of(session), person(session, identity.staff().actor.person_id)
    rows = [(row, way_names(row), chosen.in_pages(row.key), chosen.by_mail(row.key)) for row in TABLE]
    return requests.page(
        "notices/settings.html", status=422 if error else 200, rows=rows, choice=chosen, rules=rules, email=me.email if me else "",
        has_mail=services().settings.mail is not None, error=error,
    )  # fmt: skip
