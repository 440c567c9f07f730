"""审计: the state of the chain, the trail with its filters, files of it, and a verification on demand. For the audit administrator alone."""

from __future__ import annotations

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _
from sqlalchemy import update
from werkzeug.wrappers import Response as BaseResponse

from db.chain.api import VERIFY, state
from db.chores import Chore
from db.roles import powers
from db.sight import EVERYTHING, seeing
from db.timeouts import LONG
from records.audit import Who, note
from records.spreadsheets import write_csv, write_xlsx
from web import flash, identity, keys, requests
from web.audit import standing, trail
from web.audit.choice import SOURCES, Choice
from web.downloads import XLSX, sent
from web.services import services

blueprint = Blueprint("audit", __name__, url_prefix="/audit")
EXPORT_LIMIT = 100_000
FILES = {"xlsx": XLSX, "csv": "text/csv; charset=utf-8"}


@blueprint.get("")
def index() -> BaseResponse:
    """The chain above, the trail beneath."""
    choice, deps = Choice.of(request.args), services()
    size = deps.settings.page_size
    with seeing(EVERYTHING), deps.database.read(LONG) as session:
        found, held = state(session), powers(session)
        rows = [] if choice.errors else trail.lines(session, choice, size + 1)
    shown = rows[:size]
    return requests.page(
        "audit/index.html", status=422 if choice.errors else 200, choice=choice, rows=shown, sources=list(SOURCES.items()), state=found,
        alarms=standing.alarms(found, held, deps.clock.now()), deviations=standing.deviations(found), seams=standing.seams(found),
        sealed_at=standing.sealed_at(found), export_limit=EXPORT_LIMIT, next=choice.address(before=shown[-1].number) if len(rows) > size else None,
    )  # fmt: skip


@blueprint.get("/trail.<ending>")
def export(ending: str) -> BaseResponse:
    """Everything that the filters find, as a file; that somebody took it stands in the trail."""
    choice, deps, me = Choice.of(request.args), services(), identity.staff().actor
    if ending not in FILES:
        abort(404)
    if choice.errors:
        return requests.go(choice.address())
    title = str(_("审计记录"))
    with seeing(EVERYTHING), deps.database.read(LONG) as session:
        rows = (trail.cells(line) for line in trail.every(session, choice, EXPORT_LIMIT))
        content = write_csv(trail.columns(), rows) if ending == "csv" else write_xlsx(title, trail.columns(), rows)
    with deps.database.write() as session:
        asked = {name: value for name, value in vars(choice).items() if value and name in {"source", "person", "case", "event", "days"}}
        note(session, Who(me.person_id, me.name, deps.clock.now()), "audit:trail:exported", "trail", ending, new=asked)
    return sent(content, FILES[ending], f"{title}-{deps.clock.today():%Y%m%d}.{ending}", "audit-trail", save=True)


@blueprint.post("/verify")
def verify() -> BaseResponse:
    """Has the daily verification done now, by whichever process works off what is due; asked twice, it is done once."""
    deps, me = services(), identity.staff().actor
    now = deps.clock.now()
    with deps.database.write() as session:
        if keys.is_new(session, "audit-verify"):
            session.execute(update(Chore).where(Chore.name == VERIFY, Chore.due_at > now).values(due_at=now))
            note(session, Who(me.person_id, me.name, now), "audit:chain:verification_wanted", "chain", "")
    return flash.saying(requests.go(url_for("audit.index")), "verification_wanted")
