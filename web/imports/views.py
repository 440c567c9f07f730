"""Pages of imports. Reading a file is a background matter: these pages put it in the queue and show how far it has come."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from db.clock import legal_date
from db.timeouts import LONG
from engine.errors import EngineError
from records.coinvestigation import kinds, states
from records.coinvestigation.errors import RecordUnknown
from records.coinvestigation.imports import batches, grouping, report, template
from records.coinvestigation.imports.limits import FileRefused, ImportLimits
from records.coinvestigation.imports.lists import refuse_size
from records.coinvestigation.imports.model import ImportBatch
from records.coinvestigation.kinds import Source
from records.coinvestigation.model import Delegation
from records.coinvestigation.rules import is_extracted_late
from records.coinvestigation.store import OfficeRef
from records.offices import store as offices
from web import identity, keys, requests
from web.cases.attachments import clean_name
from web.downloads import XLSX, sent
from web.imports import cases
from web.imports.desk import authorities, places, who
from web.imports.preview import futures
from web.languages import is_english, named
from web.reasons import reason_of
from web.rights.kinds import OFFICER
from web.services import services

blueprint = Blueprint("imports", __name__, url_prefix="/imports")
FAULTS_SHOWN = 50
LAST_OFFSET = 1_000_000


@blueprint.get("")
def index() -> BaseResponse:
    """The form for a list, and the lists of the reader's offices."""
    return _index()


@blueprint.post("")
def begin() -> BaseResponse:
    """Takes a file in; the same form posted twice takes it in once."""
    requests.act_key("import")
    deps, file, limits = services(), request.files.get("file"), ImportLimits()
    name = clean_name(file.filename or "") if file else ""
    if file is None or not name:
        return _index(_("请先选择文件。"), 422)
    try:
        refuse_size(file.stream.seek(0, 2), limits)
        file.stream.seek(0)
        content = file.stream.read()
        with deps.database.write() as session:
            chosen = next((place for place in places(session) if place[0] == request.form.get("place")), None)
            if chosen is None:
                return _index(_("请选择清单的来源。"), 422)
            office = cases.ref(offices.office(session, chosen[0].partition(".")[2]))
            batch = batches.create_batch(
                session, who(), office, batch_id=request.form[requests.KEY_FIELD], source=Source(chosen[1]), file_name=name,
                content=content, today=deps.clock.today(),
            )  # fmt: skip
    except FileRefused as refused:
        return _index(refused.refusal.say(_language()), 422)
    return requests.go(url_for("imports.show", batch_id=batch.id))


@blueprint.get("/<batch_id>")
def show(batch_id: str) -> BaseResponse:
    """One list: how far it has come, what is wrong with it, or what can be made of it."""
    return _page(batch_id)


@blueprint.get("/<batch_id>/progress")
def progress(batch_id: str) -> BaseResponse:
    """The bar alone, asked for every second; the whole page once the import has ended."""
    with services().database.read() as session:
        found = batches.Progress(_found(session, batch_id))
    if found.has_ended:
        return requests.go_whole(url_for("imports.show", batch_id=batch_id))
    return requests.page("imports/_progress.html", batch=found.batch, progress=found, state=_state(found.batch))


@blueprint.post("/<batch_id>/cancel")
def cancel(batch_id: str) -> BaseResponse:
    """Stops an import; nothing of it stays."""
    with services().database.write(LONG) as session:
        batch = _found(session, batch_id)
        if not _is_own(batch):
            abort(404)
        if keys.is_new(session, "cancel-import"):
            batches.cancel(session, who(), batch.id)
    return requests.go(url_for("imports.show", batch_id=batch_id))


@blueprint.post("/<batch_id>/delegate")
def delegate(batch_id: str) -> BaseResponse:
    """Drafts a delegation for each authority and starts its case, all in one transaction."""
    key = requests.act_key("delegate")
    try:
        with services().database.write(LONG) as session:
            batch = _found(session, batch_id)
            if batch.state != "completed" or not _is_own(batch):
                abort(404)
            cases.start_cases(session, services().engine, identity.staff().actor, who(), batch, _chosen(session), key)
    except EngineError as error:
        return _page(batch_id, _("未生成委托，所做改动已全部还原：%(reason)s", reason=reason_of(error)), 409)
    return requests.go(url_for("imports.show", batch_id=batch_id))


@blueprint.get("/<batch_id>/report.<kind>")
def errors(batch_id: str, kind: str) -> Response:
    """The report of a refused list as a file."""
    if kind not in {"xlsx", "csv"}:
        abort(404)
    with services().database.read() as session:
        batch = _found(session, batch_id)
        content = report.report(session, batch_id, kind, _language())
    name = _("错误报告-%(name)s", name=batch.file_name.rpartition(".")[0] or batch.file_name)
    return _download(content, f"{name}.{kind}", kind, "error-report")


@blueprint.get("/template/<source>.xlsx")
def template_file(source: str) -> Response:
    """The empty list for a source."""
    if source not in {Source.CERTIFICATION, Source.AUDIT}:
        abort(404)
    name = _("%(source)s清单模板", source=kinds.name("source", source, _language()))
    return _download(template.template_xlsx(Source(source)), f"{name}.xlsx", "xlsx", f"template-{source}")


def _chosen(session: Session) -> dict[str, OfficeRef]:
    """The offices that a person picked for regions nobody knows; what is not an authority counts as not picked."""
    known = {office.id: cases.ref(office) for office in authorities(session)}
    picked = {name.partition("-")[2]: value for name, value in request.form.items() if name.startswith("region-")}
    return {region: known[office_id] for region, office_id in picked.items() if office_id in known}


def _found(session: Session, batch_id: str) -> ImportBatch:
    try:
        return batches.find_batch(session, batch_id, identity.staff().scopes_of(OFFICER))
    except RecordUnknown:
        abort(404)


def _is_own(batch: ImportBatch) -> bool:
    """Whether the reader imports for this office, as opposed to supervising it."""
    return any(post.office_id == batch.office_id and post.role == OFFICER for post in identity.staff().posts)


def _index(error: str = "", status: int = 200) -> BaseResponse:
    deps, offset = services(), _offset()
    size = deps.settings.page_size
    with deps.database.read() as session:
        found = batches.batches(session, identity.staff().scopes_of(OFFICER), limit=size + 1, offset=offset)
        names = _office_names(session)
        choices = [(key, f"{kinds.name('source', source, _language())} · {office}") for key, source, office in places(session)]
    rows = [(batches.Progress(batch), _state(batch), names[batch.office_id]) for batch in found[:size]]
    return requests.page(
        "imports/index.html", status=status, rows=rows, choices=choices, error=error, offset=offset, has_more=len(found) > size,
        sources=_sources(choices), size=size, limit=ImportLimits(), source_name=lambda key: kinds.name("source", key, _language()),
    )  # fmt: skip


def _late(batch: ImportBatch) -> int:
    """The day of the month before which such a list is due, where it came on that day or later; else 0.

    Source: Ningbo 2001-19, annex 1, art. 5 (3).
    """
    before = next((p.about.get("audit_list_before_day") for p in services().engine.procedures() if cases.PROCESS in p.models), None)
    if before and batch.source == Source.AUDIT and is_extracted_late(legal_date(batch.uploaded_at), int(before)):
        return int(before)
    return 0


def _page(batch_id: str, error: str = "", status: int = 200) -> BaseResponse:
    offset = _offset()
    with services().database.read() as session:
        batch = _found(session, batch_id)
        faults = (
            batches.fault_lines(session, batch_id, _language(), offset=offset, limit=FAULTS_SHOWN) if batch.errors_found else []
        )
        office = offices.office(session, batch.office_id)
        own = cases.ref(office)
        groups = grouping.propose(session, batch_id, own, cases.finder(session)) if batch.state == "completed" else []
        made = grouping.delegations_of(session, batch_id) if batch.state == "completed" else []
        names, asked = _office_names(session), authorities(session)
    coming, undecided = futures(groups, batch.source, own, is_city=office.level == "city")
    return requests.page(
        "imports/show.html", status=status, batch=batch, progress=batches.Progress(batch), state=_state(batch), error=error,
        failure=batches.failure(batch, _language()), late=_late(batch), faults=faults, offset=offset, shown=FAULTS_SHOWN,
        futures=coming, undecided=undecided, names=names,
        made=[_made(row, names) for row in made], is_own=_is_own(batch), source=kinds.name("source", batch.source, _language()),
        choices=[(office.id, named(office.name, office.name_en)) for office in asked], listed=ImportLimits().listed,
    )  # fmt: skip


def _made(row: Delegation, names: dict[str, str]) -> dict[str, object]:
    state = states.name("delegation", row.state, _language())
    return {"row": row, "to": names.get(row.to_office_id or "", ""), "state": state}


def _office_names(session: Session) -> dict[str, str]:
    return {office.id: named(office.name, office.name_en) for office in offices.offices(session)}


def _sources(choices: list[tuple[str, str]]) -> list[tuple[str, str]]:
    keys = dict.fromkeys(key.partition(".")[0] for key, _text in choices)
    return [(key, kinds.name("source", key, _language())) for key in keys]


def _state(batch: ImportBatch) -> tuple[str, str]:
    """The state in words and its colour."""
    colours = {"completed": "green", "refused": "red", "failed": "red", "cancelled": "", "waiting": "blue", "reading": "blue"}
    return states.name("import", batch.state, _language()), colours[batch.state]


def _offset() -> int:
    return requests.whole(request.args.get("offset", ""), LAST_OFFSET)


def _language() -> str:
    return "en" if is_english() else "zh"


def _download(content: bytes, name: str, kind: str, plain: str) -> Response:
    return sent(content, XLSX if kind == "xlsx" else "text/csv", name, plain, save=True)
