"""The table of rights: one row for each address and method, in one line. An address without a row is open to nobody, and fails the build.

To add a page: give it a row here, with a kind of `kinds.py`; nothing else says who may call it. Of an address that does something to many
tasks or cases at once, the cells say what becomes of each of them: one that is "not there" is counted like one that never was.
"""

from __future__ import annotations

from functools import cache

from web.rights import kinds as k
from web.rights.model import Row

GET, POST = "GET", "POST"
CHANGE, PASSWORDS = k.CHANGES, k.CHANGES["passwords"]
TRIED = "nobody is signed in yet; what is tried again counts as tried again"
DRAWN = "it draws a page and changes nothing"


def _act(*acts: str) -> tuple[str, frozenset[str]]:
    return "act", frozenset(acts)


def _list(kind: str) -> tuple[str, frozenset[str]]:
    return "kind", frozenset((kind,))


def _panel(*panels: str) -> tuple[str, frozenset[str]]:
    return "panel", frozenset(panels)


_one = cache(k.of_realm)

ROWS: tuple[Row, ...] = (
    # coming in
    Row("assets.built", GET, k.PUBLIC),
    Row("entry.sign_in", GET, k.PUBLIC),
    Row("entry.enter", POST, k.PUBLIC, keyless=TRIED),
    Row("entry.code", GET, k.PUBLIC),
    Row("entry.prove_code", POST, k.PUBLIC, keyless=TRIED),
    Row("entry.outside_leave", POST, k.PUBLIC, keyless="it leads away; each way back is good once"),
    Row("entry.outside_back", GET, k.PUBLIC),
    Row("entry.language", POST, k.PUBLIC, keyless="the same language twice is that language"),
    Row("entry.sign_out", POST, k.OWED, keyless="the session that asks is over: a second time nobody asks"),
    Row("returned.show", GET, k.OWED),
    Row("security.password", GET, k.OWED),
    Row("security.change", POST, k.OWED),
    Row("security.second_factor", GET, k.OWED),
    Row("security.begin", POST, k.OWED),
    Row("security.confirm", POST, k.OWED),
    # one's own desk
    Row("worklist.home", GET, k.OWN),
    Row("worklist.index", GET, k.WORKLIST),
    Row("copies.index", GET, k.COPIES),
    Row("notices.index", GET, k.OWN),
    Row("notices.read", POST, k.OWN),
    Row("notices.read_one", POST, k.OWN_ONE, keyless="what is read stays read, from the moment it first was"),
    Row("notices.latest", GET, k.OWN, attended=False),
    Row("notices.stream", GET, k.OWN, attended=False),
    Row("notices.choice", GET, k.OWN),
    Row("notices.change_choice", POST, k.OWN),
    Row("profile.index", GET, k.OWN),
    Row("profile.name_deputy", POST, k.NAME_DEPUTY),
    Row("profile.withdraw_deputy", POST, k.OWN_ONE),
    Row("security.index", GET, k.OWN),
    Row("security.end_session", POST, k.OWN_ONE),
    Row("security.end_others", POST, k.OWN),
    Row("security.new_codes", POST, k.OWN),
    Row("security.remove", POST, k.OWN),
    # the desk of an outside party
    Row("portal.index", GET, k.PORTAL),
    Row("portal.receipt", GET, k.OF_PARTY),
    # tasks
    Row("worklist.show", GET, k.TASK),
    Row("tasks.sheet", GET, k.SHEET),
    Row("tasks.redraw", POST, k.TASK, keyless=DRAWN),
    Row("tasks.complete", POST, k.COMPLETE),
    Row("tasks.draft", POST, k.DUTY, keyless="it holds what the form held last, however often that was sent"),
    Row("worklist.claim", POST, k.CLAIM),
    Row("worklist.release", POST, k.RELEASE),
    Row("worklist.claim_batch", POST, k.CLAIM),
    Row("batches.approve", POST, k.DUTY),
    Row("batches.transfer", POST, k.TOGETHER),
    Row("moves.choose", GET, k.RELEASE),
    Row("moves.return_task", POST, k.DUTY),
    Row("moves.diagram", GET, k.RELEASE),
    Row("moves.direct", POST, k.COMPLETE),
    Row("moves.take_back", POST, k.TAKE_BACK),
    Row("parties.choose", GET, k.CHOOSE),
    Row("parties.act", POST, k.TOGETHER),
    Row("parties.answer", POST, k.SEAT),
    Row("parties.remove", POST, k.UNSEAT),
    # cases
    Row("cases.index", GET, k.CASES),
    Row("cases.show", GET, k.CASE),
    Row("cases.history", GET, k.INSIDE),
    Row("cases.diagram", GET, k.INSIDE),
    Row("cases.counters", GET, k.CASE, attended=False),
    Row("cases.attachment", GET, k.INSIDE),
    Row("cases.paper", GET, k.INSIDE),
    Row("invoices.show", GET, k.INSIDE),
    Row("invoices.export", GET, k.INSIDE),
    Row("cases.comment", POST, k.VOICE),
    Row("cases.answer_urging", POST, k.URGED),
    Row("cases.attach", POST, k.VOICE, files=True),
    Row("cases.retry", POST, k.RETRY),
    Row("copies.read", POST, k.RECEIPT),
    Row("moves.ask_to_withdraw", GET, k.ASK_TO_WITHDRAW),
    Row("moves.withdraw", POST, k.WITHDRAW),
    Row("moves.ask_to_terminate", GET, k.ASK_TO_END),
    Row("moves.terminate", POST, k.END),
    Row("moves.ask_about_clock", GET, k.ASK_ABOUT_CLOCK),
    Row("moves.stop_clock", POST, k.STOP_CLOCK),
    Row("moves.resume_clock", POST, k.RESUME_CLOCK),
    Row("start.index", GET, k.OWN),
    Row("start.form", GET, k.START),
    Row("start.begin", POST, k.START),
    Row("start.redraw", POST, k.START, keyless=DRAWN),
    # the board of those who supervise
    Row("board.index", GET, k.BOARD),
    Row("board.table", GET, k.BOARD),
    Row("board.cases", GET, k.BOARD_OPEN),
    Row("board.urge_chosen", POST, k.URGE),
    Row("board.finished", GET, k.BOARD_DONE),
    Row("board.tasks", GET, k.BOARD_OPEN),
    Row("board.heat", GET, k.BOARD),
    Row("board.diagram", GET, k.BOARD),
    Row("board.waits", GET, k.BOARD),
    Row("board.export", GET, k.BOARD, _panel("table", "people", "heat", "waits")),
    Row("board.export", GET, k.BOARD_OPEN, _panel("cases", "tasks")),
    Row("board.export", GET, k.BOARD_DONE, _panel("finished")),
    # books
    Row("registers.index", GET, k.REGISTERS),
    Row("registers.show", GET, k.REGISTERS),
    Row("registers.export", GET, k.REGISTERS),
    Row("registers.print_out", GET, k.REGISTERS),
    Row("devices.index", GET, k.DEVICES),
    Row("devices.show", GET, k.DEVICES),
    Row("devices.export", GET, k.DEVICES),
    Row("devices.print_out", GET, k.DEVICES),
    Row("devices.life", GET, _one(k.DEVICES)),
    Row("devices.enterprise", GET, _one(k.DEVICES)),
    Row("devices.take_in", GET, k.TAKE_IN),
    Row("devices.taken_in", POST, k.TAKE_IN, files=True),
    Row("hall.index", GET, k.HALL),
    Row("hall.fresh", GET, k.HALL, attended=False),
    Row("hall.screen", GET, k.SCREEN),
    Row("imports.index", GET, k.IMPORTS),
    Row("imports.begin", POST, k.IMPORTS, files=True, keyless="its key is the id of the list, which is there once"),
    Row("imports.show", GET, _one(k.IMPORTS)),
    Row("imports.progress", GET, _one(k.IMPORTS)),
    Row("imports.cancel", POST, _one(k.IMPORTS)),
    Row("imports.delegate", POST, _one(k.IMPORTS)),
    Row("imports.errors", GET, _one(k.IMPORTS)),
    Row("imports.template_file", GET, k.IMPORTS),
    # offices, people, posts
    Row("administration.index", GET, k.REALM),
    Row("administration.offices", GET, k.REALM),
    Row("administration.office", GET, _one(k.REALM)),
    Row("administration.change_office", POST, _one(CHANGE["offices"]), _act("rename", "regions", "child", "move", "close", "reopen")),
    Row("administration.change_office", POST, _one(CHANGE["posts"]), _act("post")),
    Row("administration.people", GET, k.REALM),
    Row("administration.person", GET, _one(k.REALM)),
    Row("administration.create_person", POST, CHANGE["people"]),
    Row("administration.change_person", POST, _one(CHANGE["people"]), _act("rename", "email", "transfer", "leave", "back")),
    Row("administration.change_person", POST, _one(CHANGE["posts"]), _act("appoint", "end")),
    Row("administration.password", POST, _one(PASSWORDS)),
    Row("administration.parties", GET, k.REALM),
    Row("administration.register_party", POST, CHANGE["parties"]),
    Row("administration.create_account", POST, _one(CHANGE["parties"])),
    Row("administration.deputies", GET, k.REALM),
    Row("administration.name_deputy", POST, CHANGE["deputies"]),
    Row("administration.withdraw_deputy", POST, _one(CHANGE["deputies"])),
    Row("administration.lists", GET, k.REALM),
    Row("administration.list_template", GET, k.REALM),
    Row("administration.import_list", POST, CHANGE["offices"], _list("offices"), files=True),
    Row("administration.import_list", POST, CHANGE["people"], _list("people"), files=True),
    Row("administration.import_list", POST, CHANGE["posts"], _list("posts"), files=True),
    Row("administration.import_list", POST, CHANGE["parties"], _list("parties"), files=True),
    Row("administration.history", GET, k.REALM),
    Row("administration.notices", GET, k.REALM),
    Row("administration.change_notices", POST, k.NOTICE_RULES),
    Row("administration.unattended", GET, k.UNATTENDED),
    Row("administration.reassign", POST, k.REASSIGN),
    Row("administration.stations", GET, k.REALM),
    Row("administration.make_station", POST, CHANGE["stations"]),
    Row("administration.renew_station", POST, _one(CHANGE["stations"])),
    Row("administration.revoke_station", POST, _one(CHANGE["stations"])),
    # stations, which are programs
    Row("api.openapi", GET, k.PUBLIC),
    Row("api.fetch", POST, k.BY_STATION, attended=False, keyless="a job that was handed out and whose answer was lost is handed out again when its lock ends"),
    Row("api.complete", POST, k.BY_STATION, attended=False),
    Row("api.error", POST, k.BY_STATION, attended=False),
    Row("api.failure", POST, k.BY_STATION, attended=False),
    Row("api.prolong", POST, k.BY_STATION, attended=False, keyless="the lock lasts so long from now, however often that is said"),
    Row("api.progress", POST, k.BY_STATION, attended=False, keyless="the same line said again changes its time alone"),
    Row("api.paper", GET, k.BY_STATION, attended=False),
    # operations, sign-in, audit
    Row("operations.index", GET, k.OPERATIONS),
    Row("operations.one", POST, k.OPERATIONS),
    Row("operations.every", POST, k.OPERATIONS),
    Row("security.people", GET, k.SIGN_INS),
    Row("security.person", GET, _one(k.SIGN_INS)),
    Row("security.reset", POST, _one(k.SIGN_INS)),
    Row("security.unlock", POST, _one(k.SIGN_INS)),
    Row("security.remove_factor", POST, _one(k.SIGN_INS)),
    Row("security.end_all", POST, _one(k.SIGN_INS)),
    Row("security.end_one", POST, _one(k.SIGN_INS)),
    Row("security.link", POST, _one(k.SIGN_INS)),
    Row("security.rules", GET, k.SIGN_INS),
    Row("security.change_rules", POST, k.SIGN_INS),
    Row("audit.index", GET, k.TRAIL),
    Row("audit.export", GET, k.TRAIL),
    Row("audit.verify", POST, k.TRAIL),
    Row("rights.index", GET, k.RIGHTS),
    Row("rights.export", GET, k.RIGHTS),
)
