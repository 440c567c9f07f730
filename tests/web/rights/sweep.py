"""Calls every cell of the table through the application, and says of each that was answered otherwise what it was.

First all cells that are to be refused, in earnest: nothing may have changed afterwards but the trail. Then those that are to be open, with
every transaction undone at its end, so that the order of the cells does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import inspect, text
from werkzeug.test import TestResponse

from db.ids import new_id
from tests.web.browsing import Person
from tests.web.office import PASSWORD
from tests.web.rights.stage import BOOK, CAST, OTHER_BOOK, OVER, TITLE, Stage, owing
from web.rights.model import About, Answer, Relation, Row
from web.rights.refusals import REFUSED
from web.rights.standings import STANDINGS
from web.rights.table import ROWS

STANDING = {one.key: one for one in STANDINGS}
SIGNED_OUT, OWING = "visitor", "wu.you"
ADDRESS = {"verb": "ask", "process_id": "matter", "register": "delegated", "ending": "csv", "kind": "csv", "source": "certification", "name": "none.js", "page_id": "0" * 32}
OF_TASK = {"parties.answer": "seat", "parties.remove": "question", "copies.read": "copy"}  # whose seat stands in the address
GIVEN: Mapping[str, Mapping[str, str]] = {
    "parties.answer": {"seat-result": "agree", "seat-opinion": "同意", "seat-task": "{b}"}, "parties.remove": {"reason": "不用了", "seat-task": "{task_id}"},
    "parties.act": {"person": "{kong}", "text": "请看"}, "cases.comment": {"text": "看过"}, "moves.terminate": {"reason": "重复", "sure": "yes"},
    "moves.withdraw": {"reason": "重复"}, "moves.return_task": {"reason": "补正", "to": "{node}", "version": "0"}, "worklist.claim_batch": {"task": "{task_id}"},
    "batches.approve": {"task": "{task_id}"}, "batches.transfer": {"task": "{task_id}", "person": "{kong}", "text": "出差"}, "entry.enter": {"login": "nobody", "password": PASSWORD},
}  # fmt: skip
# Where the answer is a page of the same address whatever was found, the cell is one of those who are let in or not.
NOT_THERE_IS_GONE = frozenset(("returned.show", "assets.built", "start.form", "start.begin", "start.redraw", "administration.reassign", "operations.one", "profile.withdraw_deputy", "security.end_session"))
_TOKENS = re.compile(rb"[0-9a-f]{32}|[A-Za-z0-9_-]{80,}={0,2}|nonce-[\w+/=-]+|\d\d:\d\d(:\d\d)?")
_NO_CASES: tuple[tuple[bool, Mapping[str, str]], ...] = ((False, {}),)


@dataclass(frozen=True)
class Cell:
    """One call: who, what, about which case or place, and what is to be answered."""

    row: Row
    login: str
    standing: str
    relation: Relation | None
    parts: Mapping[str, str]
    expected: Answer
    what: str = ""

    def __str__(self) -> str:
        about = f" {self.relation} {self.what}" if self.relation else ""
        return f"{self.row.method} {self.row.endpoint} by {self.standing} {self.login}{about}: expected {self.expected}"


@dataclass
class Sweep:
    """Everybody at a browser, and what was wrong."""

    stage: Stage
    rows: Iterable[Row] = ROWS
    wrong: list[str] = field(default_factory=list)
    called: int = 0

    def __post_init__(self) -> None:
        self._browsers = {login: self._signed_in(login) for login in CAST} | {SIGNED_OUT: Person(self.stage.office.web.test_client())}
        self._browsers[OWING] = self._signed_in(OWING)
        owing(self.stage, self.stage.office.person(OWING).person_id)
        self._tokens = {login: self._token(login) for login in self._browsers}
        self._gone: dict[tuple[str, str, str], bytes] = {}
        self.ids = {"kong": self.stage.office.person("kong.ming").person_id, "node": "0"}

    def _signed_in(self, login: str) -> Person:
        person = Person(self.stage.office.web.test_client())
        person.open("/sign-in").submit("/sign-in", login=login, password=PASSWORD)
        return person

    def _token(self, login: str) -> str:
        page = self._browsers[login].open("/security/password" if login == OWING else "/sign-in")
        return str(page.tree.xpath("//input[@name='csrf']/@value")[0])

    # --- which cells there are --------------------------------------------------------------------------------------------

    def cells(self) -> Iterator[Cell]:
        """Every row for everybody, in every relation, for the case that runs and the one that is over."""
        for row in self.rows:
            yield Cell(row, SIGNED_OUT, "visitor", None, self.stage.running | self.stage.here, Answer.OPEN if row.kind.is_public else Answer.SIGN_IN)
            is_open_to_owing = row.kind.is_public or row.kind.before_duties
            yield Cell(row, OWING, "owing", None, self.stage.running | self.stage.here, Answer.OPEN if is_open_to_owing else Answer.SIGN_IN)
            for login, (standing, relation) in CAST.items():
                told = STANDING[standing].told(row.kind)
                yield from self._of(row, login, standing, relation, told)

    def _of(self, row: Row, login: str, standing: str, relation: Relation, told: Answer) -> Iterator[Cell]:
        stage, about = self.stage, row.kind.about
        if about in {About.NOTHING, About.LIST} or told is not Answer.OPEN:
            yield Cell(row, login, standing, None, stage.running | stage.here, told)
        elif about is About.REALM:
            yield Cell(row, login, standing, Relation.OFFICE, stage.running | stage.here, row.kind.cell(Relation.OFFICE), "here")
            yield Cell(row, login, standing, Relation.OTHER, stage.running | stage.elsewhere, row.kind.cell(Relation.OTHER), "elsewhere")
        else:
            yield Cell(row, login, standing, relation, stage.running, row.kind.cell(relation), "running")
            yield Cell(row, login, standing, relation, stage.over, row.kind.cell(relation, is_closed=True), "over")

    # --- calling them -----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Every cell, and what is listed."""
        cells = list(self.cells())
        refused = [cell for cell in cells if cell.expected in {Answer.SHUT, Answer.GONE, Answer.SIGN_IN}]
        before = self.state()
        for cell in refused:
            self._refuse(cell)
        self._same(before, "refused cells")
        self.stage.database.rehearses = True
        for cell in cells:
            if cell.expected in {Answer.OPEN, Answer.LATE}:
                self._call(cell)
        self.stage.database.rehearses = False
        self._same(before, "open cells, undone")
        self.lists()

    def _refuse(self, cell: Cell) -> None:
        noted = self._noted()
        answer = self._call(cell)
        if cell.expected is Answer.SIGN_IN or answer is None:
            return
        if self._noted() == noted:
            self.wrong.append(f"{cell}, and the refusal stands in no trail")
        if cell.expected is Answer.GONE and _plain(answer) != self._not_there(cell):
            self.wrong.append(f"{cell}, but what is not there looks otherwise")

    def _call(self, cell: Cell) -> TestResponse | None:
        self.called += 1
        answer = self.ask(cell.row, cell.login, cell.parts)
        if (found := _answer(answer, cell.row)) is cell.expected:
            return answer
        self.wrong.append(f"{cell}, but got {found} ({answer.status_code}) {answer.headers.get('Location', '')}")
        return None

    def ask(self, row: Row, login: str, parts: Mapping[str, str]) -> TestResponse:
        """The call itself, as our own pages make it."""
        client, values = self._browsers[login].client, self.parts(row, parts)
        address = self.address(row, values)
        if row.method == "GET":
            return client.get(address, buffered=True)
        given = {name: text.format(**{**self.ids, **parts}) for name, text in GIVEN.get(row.endpoint, {}).items()}
        data = {"csrf": self._tokens[login], "key": new_id(), **given}
        if row.files:
            return client.post(address, data=data, headers={"HX-Request": "true"}, content_type="multipart/form-data", buffered=True)
        return client.post(address, data=data, headers={"HX-Request": "true"}, buffered=True)

    def parts(self, row: Row, parts: Mapping[str, str]) -> dict[str, str]:
        """The parts of an address: those of the case or place, and what else a rule asks for."""
        found = {**ADDRESS, **parts, "act": "retry", "kind": "csv"}
        found["party_id"] = parts[OF_TASK[row.endpoint]] if row.endpoint in OF_TASK else parts.get("party_id", "")
        if row.endpoint == "moves.take_back":
            found["task_id"] = parts["note"]
        found |= {"kind": "message", "row_id": parts.get("row_id", "0" * 32)} if row.endpoint.startswith("operations.") else {}
        found |= {"kind": "people"} if row.endpoint == "administration.list_template" else {}
        return found | ({row.only[0]: min(row.only[1])} if row.only else {})

    def address(self, row: Row, parts: Mapping[str, str]) -> str:
        """The address with these parts."""
        rule = next(rule for rule in self.stage.office.web.url_map.iter_rules(row.endpoint) if row.method in (rule.methods or ()))
        return str(rule.build({name: parts.get(name, "0" * 32) for name in rule.arguments}, append_unknown=False)[1])

    def _not_there(self, cell: Cell) -> bytes:
        """What the same person is told of something that never was."""
        known = (cell.login, cell.row.endpoint, cell.row.method)
        if known not in self._gone:
            keep = {name: value for name, value in cell.parts.items() if name not in _IDS}
            self._gone[known] = _plain(self.ask(cell.row, cell.login, keep | {name: new_id() for name in _IDS}))
        return self._gone[known]

    # --- what is listed ---------------------------------------------------------------------------------------------------

    def lists(self) -> None:
        """Lists, searches, counts and exports: whose cases stand in them, as the table says."""
        for row in self.rows:
            if row.kind.about is not About.LIST or row.endpoint in {"registers.index", "registers.print_out"}:
                continue
            for login, (standing, relation) in CAST.items():
                if STANDING[standing].told(row.kind) is not Answer.OPEN:
                    continue
                for what, case, marks in self._marks(row):
                    self.called += 1
                    pages = [self._browsers[login].client.get(address, buffered=True) for address in self._addresses(row, what)]
                    is_listed = any(mark in _readable(page) for page in pages for mark in marks(case))
                    expected = row.kind.cell(relation, is_closed=what == OVER) is Answer.OPEN
                    if is_listed is not expected:
                        self.wrong.append(f"{row.endpoint} by {standing} {login} {relation}: {what} is {'' if is_listed else 'not '}listed")

    def _marks(self, row: Row) -> list[tuple[str, Mapping[str, str], Any]]:
        if row.endpoint.startswith("registers."):
            return [(TITLE, {"number": BOOK}, lambda case: [case["number"]]), (OTHER_BOOK, {"number": OTHER_BOOK}, lambda case: [case["number"]])][:1]
        return [(what, case, lambda case: [case["instance_id"], case["task_id"], case["b"]]) for what, case in ((TITLE, self.stage.running), (OVER, self.stage.over))]

    def _addresses(self, row: Row, title: str) -> list[str]:
        base = self.address(row, ADDRESS)
        if row.endpoint == "worklist.index":
            return [f"{base}?scope={scope}{more}" for scope in ("mine", "claimable", "office") for more in ("", f"&q={title}")]
        return [base, f"{base}?q={title}"] if row.endpoint == "cases.index" else [base]

    # --- what stands in the database --------------------------------------------------------------------------------------

    def state(self) -> dict[str, int]:
        """A figure for everything that is stored, without the trail, what is to be sealed of it, and when sessions were last seen."""
        found = {}
        with self.stage.database.read() as session:
            for table in inspect(session.connection()).get_table_names():
                if table in _MOVING:
                    continue
                rows = session.execute(text(f'SELECT * FROM "{table}"'))
                kept = [name for name in rows.keys() if (table, name) != ("web_session", "seen_at")]  # noqa: SIM118
                found[table] = hash(frozenset(tuple(str(row[name]) for name in kept) for row in rows.mappings()))
        return found

    def _same(self, before: Mapping[str, int], after: str) -> None:
        changed = sorted(table for table, figure in self.state().items() if before.get(table) != figure)
        if changed:
            self.wrong.append(f"after the {after}, {', '.join(changed)} stood otherwise than before")

    def _noted(self) -> int:
        with self.stage.database.read() as session:
            trail = session.execute(text("SELECT count(*) FROM trail_entry WHERE event = :event"), {"event": REFUSED}).scalar_one()
            return int(trail) + int(session.execute(text("SELECT count(*) FROM history WHERE kind = 'refused'")).scalar_one())


_MOVING = frozenset(("trail_entry", "unsealed", "history"))
_IDS = ("instance_id", "task_id", "attachment_id", "incident_id", "paper_id", "seat", "question", "copy", "b", "note", "batch_id", "office_id", "person_id", "party_id", "session_id", "row_id")


def _answer(answer: TestResponse, row: Row) -> Answer:
    location = answer.headers.get("Location", "") + answer.headers.get("HX-Redirect", "")
    if location.startswith("/sign-in?") or location == "/sign-in" or (location.startswith("/security/") and not row.endpoint.startswith("security.")):
        return Answer.SIGN_IN
    return {403: Answer.SHUT, 404: Answer.GONE, 409: Answer.LATE}.get(answer.status_code, Answer.OPEN)


def _plain(answer: TestResponse) -> bytes:
    """Body, status and what is said on the next page, without tokens, keys and the time."""
    headers = sorted(f"{name}: {value}" for name, value in answer.headers if name in {"Set-Cookie", "Location", "Content-Type"} and "visitor" not in value)
    return _TOKENS.sub(b"#", b"\n".join([str(answer.status_code).encode(), *(one.encode() for one in headers), answer.data]))


def _readable(answer: TestResponse) -> str:
    if answer.mimetype.endswith("sheet"):
        import io

        import openpyxl

        return " ".join(str(cell) for row in openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0].iter_rows(values_only=True) for cell in row)
    return answer.get_data(as_text=True)


__all__ = ["Cell", "Sweep", "replace"]
