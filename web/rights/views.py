"""权限表: the table of rights as whoever answers for it reads it, and takes it away. For the security and the audit administrator."""

from __future__ import annotations

from flask import Blueprint, abort, current_app
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from records.audit import Who, note
from records.spreadsheets import Column, write_csv, write_xlsx
from web import identity, requests
from web.downloads import XLSX, sent
from web.rights.standings import BY_RELATION, address_of, by_answer, cells, kinds_in_order, let_in, turned_away
from web.rights.table import ROWS
from web.services import services

blueprint = Blueprint("rights", __name__, url_prefix="/rights")
FILES = {"xlsx": XLSX, "csv": "text/csv; charset=utf-8"}


@blueprint.get("")
def index() -> BaseResponse:
    """Who passes which door, what one is answered by the relation to a case, and which address is of which kind."""
    kinds = kinds_in_order()
    return requests.page(
        "rights/index.html", doors=[(kind, let_in(kind), turned_away(kind)) for kind in kinds],
        relations=[(kind, *(by_answer(kind, is_closed=is_closed) for is_closed in (False, True))) for kind in kinds if kind.about in BY_RELATION],
        rows=[(row, address_of(current_app, row)) for row in ROWS], count=sum(1 for _cell in cells(current_app)),
    )  # fmt: skip


@blueprint.get("/table.<ending>")
def export(ending: str) -> BaseResponse:
    """Every cell as a file; that somebody took it stands in the trail."""
    if ending not in FILES:
        abort(404)
    deps, me, title = services(), identity.staff().actor, str(_("权限表"))
    columns = [Column(_("地址"), 44), Column(_("方法"), 8), Column(_("种类"), 28), Column(_("谁，或与案件的关系"), 24), Column(_("案件"), 8), Column(_("答复"), 14)]
    rows = cells(current_app)
    content = write_csv(columns, rows) if ending == "csv" else write_xlsx(title, columns, rows)
    with deps.database.write() as session:
        note(session, Who(me.person_id, me.name, deps.clock.now()), "rights:table:exported", "rights", ending)
    return sent(content, FILES[ending], f"{title}-{deps.clock.today():%Y%m%d}.{ending}", "rights", save=True)
