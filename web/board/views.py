"""The board of whoever heads an office; to anybody else it is not there."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from records.spreadsheets import write_xlsx
from web import flash, headers, printing, requests
from web.board import lists, panels, steps, words, workbooks
from web.board.choice import Choice, filters
from web.board.reach import Reach, people_names, reach
from web.board.trend import trend
from web.board.urging import DONE, GONE, NOBODY, STANDS, TODAY, urge
from web.board.words import Vocabulary
from web.cases.diagram import drawn
from web.downloads import XLSX, sent
from web.services import services

blueprint = Blueprint("board", __name__, url_prefix="/board")
SHOWN = 6  # lines of a panel among others
PEOPLE_SHOWN = 50
URGED_AT_ONCE = 100
ID_LENGTH = 32
TEXT_LIMIT = 500


@blueprint.get("")
def index() -> BaseResponse:
    """Everything at a glance, each panel with the way to the whole of it."""
    choice, found, vocabulary = _asked()
    sight, board = choice.sight(found), services().engine.board
    open_cases = board.open_cases(sight)
    process_id = steps.process_of_heat(choice, sight, vocabulary)
    context: dict[str, Any] = {
        "figures": panels.figures(sight, open_cases), "trend": trend(panels.finished_months(sight)),
        "offices_lines": panels.by_office(choice, found, open_cases)[:SHOWN], "process_lines": panels.by_process(choice, sight, open_cases, vocabulary)[:SHOWN],
        "overdue": lists.explained(board.list_open(sight, "overdue", limit=SHOWN), found, vocabulary),
        "heat": steps.heat(choice, sight, process_id, vocabulary), "heat_process": process_id, "waits": steps.waits(choice, sight, vocabulary)[:SHOWN],
        "people": panels.by_person(choice, sight)[:SHOWN],
    }  # fmt: skip
    return headers.with_diagram(_page("index", choice, found, vocabulary, **context))


@blueprint.get("/table")
def table() -> BaseResponse:
    """Open, late and finished in time by office, process, month or person."""
    choice, found, vocabulary = _asked()
    sight = choice.sight(found)
    if choice.by == "person":
        lines = panels.by_person(choice, sight)
        shown = lines[choice.offset : choice.offset + PEOPLE_SHOWN]
        return _page("people", choice, found, vocabulary, tab="person", rows=shown, total=len(lines), after=choice.offset + len(shown))
    if choice.by == "month":
        lines = panels.by_month(choice, sight)
    else:
        open_cases = services().engine.board.open_cases(sight)
        lines = panels.by_office(choice, found, open_cases) if choice.by == "office" else panels.by_process(choice, sight, open_cases, vocabulary)
    return _page("table", choice, found, vocabulary, tab=choice.by, rows=lines, trend=trend({line.label: line.kept for line in lines if line.kept.done}) if choice.by == "month" else None)


@blueprint.get("/cases")
def cases() -> BaseResponse:
    """Open cases, the latest first, each with the reason of its date; chosen ones can be urged."""
    choice, found, vocabulary = _asked()
    size = services().settings.page_size
    rows = lists.open_cases(choice, found, vocabulary, size + 1)
    return _page(
        "cases", choice, found, vocabulary, tab=choice.term, rows=rows[:size], has_more=len(rows) > size,
        waiting=vocabulary.step(choice.process, choice.waiting) if choice.waiting else "",
    )  # fmt: skip


@blueprint.post("/urge")
def urge_chosen() -> BaseResponse:
    """Urges whoever has the chosen cases, with one sentence; the same form again says the same numbers."""
    chosen = list(dict.fromkeys(one[:ID_LENGTH] for one in request.form.getlist("case")))[:URGED_AT_ONCE]
    text = request.form.get("text", "").strip()[:TEXT_LIMIT]
    back = requests.local_address(request.form.get("next"), url_for("board.cases", term="overdue"))
    if not chosen or not text:
        return flash.saying(requests.go(back), "urge_whom" if not chosen else "urge_what")
    found = urge(reach(request.form.get("stead", "")), chosen, text)
    return flash.saying(requests.go(back), "urged", numbers=[found[one] for one in (DONE, TODAY, NOBODY, GONE, STANDS)])


@blueprint.get("/finished")
def finished() -> BaseResponse:
    """Finished cases, the latest first."""
    choice, found, vocabulary = _asked()
    size = services().settings.page_size
    rows = lists.finished_cases(choice, found, vocabulary, size + 1)
    return _page("finished", choice, found, vocabulary, rows=rows[:size], has_more=len(rows) > size, kept_term=lists.kept_term)


@blueprint.get("/tasks")
def tasks() -> BaseResponse:
    """Tasks of a person or at a step, open or finished; open ones can be given to somebody else."""
    choice, found, vocabulary = _asked()
    size = services().settings.page_size
    rows = lists.tasks(choice, found, vocabulary, size + 1)
    person = people_names([choice.person]).get(choice.person, "") if choice.person else ""
    step = vocabulary.step(choice.process, choice.element) if choice.element else ""
    return _page("tasks", choice, found, vocabulary, rows=rows[:size], has_more=len(rows) > size, person=person, step=step)


@blueprint.get("/heat")
def heat() -> BaseResponse:
    """How long the steps of a process took, on its diagram and as a table."""
    choice, found, vocabulary = _asked()
    sight = choice.sight(found)
    process_id = steps.process_of_heat(choice, sight, vocabulary)
    lines = steps.heat(choice, sight, process_id, vocabulary)
    return headers.with_diagram(_page("heat", choice, found, vocabulary, heat=lines, heat_process=process_id))


@blueprint.get("/heat/diagram")
def diagram() -> Response:
    """The diagram of a process with the colour of each step."""
    choice, found, vocabulary = _asked()
    drawing = vocabulary.diagram(choice.process)
    if not drawing:
        abort(404)
    lines = steps.heat(choice, choice.sight(found), choice.process, vocabulary)
    coloured = [{"id": line.element, "level": line.level, "text": line.mean} for line in lines]
    return jsonify(xml=drawn(drawing), done=[], flows=[], current=[], incidents=[], heat=coloured)


@blueprint.get("/waits")
def waits() -> BaseResponse:
    """Where cases wait."""
    choice, found, vocabulary = _asked()
    return _page("waits", choice, found, vocabulary, rows=steps.waits(choice, choice.sight(found), vocabulary))


@blueprint.get("/<panel>.xlsx")
def export(panel: str) -> BaseResponse:
    """A panel as a workbook."""
    choice, found, _words = _asked()
    with printing.taking_away(workbooks.EXPORT_LIMIT if panel in {"cases", "finished", "tasks"} else 0):
        sheet = workbooks.sheet_of(panel, choice, found)
        if sheet is None:
            abort(404)
        content = write_xlsx(*sheet)
    return sent(content, XLSX, f"{sheet[0]}-{services().clock.today():%Y%m%d}.xlsx", f"board-{panel}", save=True)


def _asked() -> tuple[Choice, Reach, Vocabulary]:
    choice = Choice.of(request.args)
    return choice, reach(choice.stead), Vocabulary.now()


def _page(name: str, choice: Choice, found: Reach, vocabulary: Vocabulary, *, tab: str = "", **context: Any) -> Response:
    return requests.page(
        f"board/{name}.html", tab=tab or name, choice=choice, words=words, panel=name,
        process_name=vocabulary.process(choice.process) if choice.process else "", heat_name=vocabulary.process(context.get("heat_process", "")),
        here=request.full_path.rstrip("?"), **filters(choice, found, vocabulary), **context,
    )  # fmt: skip


