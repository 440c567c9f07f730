"""Calls every cell of the table through the application, and says of each that was answered otherwise what it was.

First those that are to be open, with every transaction undone at its end, so that the order of the cells does not matter. Then all that are
to be refused, in earnest: nothing may have changed afterwards but the trail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import inspect, text
from werkzeug.test import TestResponse

from db.ids import new_id
from tests.web.browsing import Person, upload
from tests.web.office import PASSWORD
from tests.web.rights.stage import BOOK, CAST, OTHER_BOOK, OVER, TITLE, Stage, owing
from web.rights.model import About, Answer, Relation, Row
from web.rights.refusals import REFUSED
from web.rights.standings import STANDINGS
from web.rights.table import ROWS

STANDING = {one.key: one for one in STANDINGS}
STARTERS = frozenset(login for login, (standing, _relation) in CAST.items() if standing == "staff")
SIGNED_OUT, OWING = "visitor", "wu.you"
ADDRESS = {
    "verb": "ask",
    "process_id": "matter",
    "register": "delegated",
    "ending": "csv",
    "kind": "csv",
    "source": "certification",
    "name": "none.js",
    "page_id": "0" * 32,
}
OF_TASK = {"parties.answer": "seat", "parties.remove": "question", "copies.read": "copy"}  # whose seat stands in the address
GIVEN: Mapping[str, Mapping[str, str]] = {
    "parties.answer": {"seat-result": "agree", "seat-opinion": "同意", "seat-task": "{b}"}, "parties.remove": {"reason": "不用了", "seat-task": "{task_id}"},
    "parties.act": {"person": "{kong}", "text": "请看"}, "cases.comment": {"text": "看过"}, "moves.terminate": {"reason": "重复", "sure": "yes"}, "moves.stop_clock": {"reason": "补正"},
    "moves.withdraw": {"reason": "重复"}, "moves.return_task": {"reason": "补正", "to": "{node}", "version": "{version}"}, "worklist.claim_batch": {"task": "{task_id}"},
    "administration.create_person": {"office": "{office_id}"}, "administration.register_party": {"office": "{office_id}"}, "administration.change_person": {"office": "{office_id}", "post_office": "{office_id}", "role": "clerk"},
    "batches.approve": {"task": "{task_id}"}, "batches.transfer": {"task": "{task_id}", "person": "{kong}", "text": "出差"}, "entry.enter": {"login": "nobody", "password": PASSWORD},
}  # fmt: skip
# Where the answer is a page of the same address whatever was found, the cell is one of those who are let in or not.
NOT_THERE_IS_GONE = frozenset(
    (
        "returned.show",
        "assets.built",
        "entry.outside_leave",
        "entry.outside_back",
        "security.link",
        "administration.reassign",
        "operations.one",
        "profile.withdraw_deputy",
        "security.end_session",
    )
)
PART = {
    "HX-Request": "true",
    "HX-Target": "main#cell",
}  # what is asked for is a part of a page: the shell around it takes most of the time
IN_EARNEST = frozenset(("start.begin", "security.reset"))  # they lead to what was made, which must be there
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
    _last: int = 0

    def __post_init__(self) -> None:
        if self.stage.seated is None:
            self.stage.seated = self._seat()
        self._browsers, self._tokens, self._cookies, self.ids = self.stage.seated
        self._gone: dict[tuple[str, str, str], bytes] = {}

    def _seat(self) -> tuple[dict[str, Person], dict[str, str], dict[str, str], dict[str, str]]:
        office, task = self.stage.office, self.stage.running["task_id"]
        browsers = {login: self._signed_in(login) for login in (*CAST, OWING)} | {SIGNED_OUT: Person(office.web.test_client())}
        owing(self.stage, office.person(OWING).person_id)
        tokens = {login: _token(person, "/security/password" if login == OWING else "/sign-in") for login, person in browsers.items()}
        cookies = {login: getattr(person.client.get_cookie("jinshui_session"), "value", "") for login, person in browsers.items()}
        node = office.engine.moves.options(task, office.person("li.na"))[0].done.node
        version = office.engine.moves.preview(task, node, office.person("li.na")).version
        return browsers, tokens, cookies, {"kong": office.person("kong.ming").person_id, "node": str(node), "version": str(version)}

    def _signed_in(self, login: str) -> Person:
        person = Person(self.stage.office.web.test_client())
        person.open("/sign-in").submit("/sign-in", login=login, password=PASSWORD)
        return person

    # --- which cells there are --------------------------------------------------------------------------------------------

    def cells(self) -> Iterator[Cell]:
        """Every row for everybody, in every relation, for the case that runs and the one that is over."""
        for row in self.rows:
            yield Cell(
                row,
                SIGNED_OUT,
                "visitor",
                None,
                self.stage.running | self.stage.here,
                Answer.OPEN if row.kind.is_public else Answer.SHUT if row.files else Answer.SIGN_IN,
            )
            is_open_to_owing = row.kind.is_public or row.kind.before_duties
            yield Cell(
                row,
                OWING,
                "owing",
                None,
                self.stage.running | self.stage.here,
                Answer.OPEN if is_open_to_owing else Answer.SIGN_IN,
            )
            seen = set[tuple[object, ...]]()
            for login, (standing, relation) in CAST.items():
                for cell in self._of(row, login, standing, relation, STANDING[standing].told(row.kind)):
                    if (standing, cell.relation, cell.what) not in seen:
                        seen.add((standing, cell.relation, cell.what))
                        yield cell

    def _of(self, row: Row, login: str, standing: str, relation: Relation, told: Answer) -> Iterator[Cell]:
        stage, about = self.stage, row.kind.about
        if about in {About.NOTHING, About.LIST} or told is not Answer.OPEN:
            yield Cell(row, login, standing, None, stage.running | stage.here, told)
        elif about is About.PROCESS:
            starts = Relation.POSTED if login in STARTERS else Relation.OTHER
            yield Cell(row, login, standing, starts, stage.running | stage.here, row.kind.cell(starts))
        elif about is About.REALM:
            yield Cell(row, login, standing, Relation.OFFICE, stage.running | stage.here, row.kind.cell(Relation.OFFICE), "here")
            yield Cell(
                row, login, standing, Relation.OTHER, stage.running | stage.elsewhere, row.kind.cell(Relation.OTHER), "elsewhere"
            )
        else:
            yield Cell(row, login, standing, relation, stage.running, row.kind.cell(relation), "running")
            yield Cell(row, login, standing, relation, stage.over, row.kind.cell(relation, is_closed=True), "over")

    # --- calling them -----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Every cell, and what is listed."""
        cells = list(self.cells())
        before = self.state()
        self.stage.database.rehearses = True
        for cell in cells:
            if cell.expected in {Answer.OPEN, Answer.LATE} and cell.row.endpoint not in IN_EARNEST:
                self._call(cell)
        self.stage.database.rehearses = False
        self._same(before, "open cells, undone")
        for cell in cells:
            if cell.expected in {Answer.SHUT, Answer.GONE, Answer.SIGN_IN}:
                self._refuse(cell)
        self._same(before, "refused cells")
        self.lists()
        for cell in cells:
            if cell.expected in {Answer.OPEN, Answer.LATE} and cell.row.endpoint in IN_EARNEST:
                self._call(cell)

    def _refuse(self, cell: Cell) -> None:
        noted, answer = self._last, self._call(cell)
        self._last = self._noted()
        if cell.expected is Answer.SIGN_IN or answer is None:
            return
        if cell.login != SIGNED_OUT and self._last == noted:
            self.wrong.append(f"{cell}, and the refusal stands in no trail")
        if cell.expected is Answer.GONE and _plain(answer) != self._not_there(cell):
            self.wrong.append(f"{cell}, but what is not there looks otherwise")

    def _call(self, cell: Cell) -> TestResponse | None:
        self.called += 1
        answer = self.ask(cell.row, cell.login, cell.parts)
        found = _answer(answer, cell)
        if found is cell.expected or (
            found is Answer.GONE and cell.expected is Answer.OPEN and cell.row.endpoint in NOT_THERE_IS_GONE
        ):
            return answer
        self.wrong.append(f"{cell}, but got {found} ({answer.status_code}) {answer.headers.get('Location', '')}")
        return None

    def ask(self, row: Row, login: str, parts: Mapping[str, str]) -> TestResponse:
        """The call itself, as our own pages make it."""
        client, values = self._browsers[login].client, self.parts(row, parts)
        answer = self._asked(client, row, login, self.address(row, values), parts)
        if any(
            header.startswith("jinshui_session=") for header in answer.headers.getlist("Set-Cookie")
        ):  # signed out in a transaction that is undone
            client.set_cookie("jinshui_session", self._cookies[login])
        return answer

    def _asked(self, client: Any, row: Row, login: str, address: str, parts: Mapping[str, str]) -> TestResponse:
        if row.method == "GET":
            return client.get(address, headers=PART, buffered=True)
        given = {name: text.format(**{**self.ids, **parts}) for name, text in GIVEN.get(row.endpoint, {}).items()}
        data = {"csrf": self._tokens[login], "key": new_id(), **given}
        if row.files:
            data["file"] = upload("a.txt", b"text")
            return client.post(address, data=data, headers=PART, content_type="multipart/form-data", buffered=True)
        return client.post(address, data=data, headers=PART, buffered=True)

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
        found = str(rule.build({name: parts.get(name, "0" * 32) for name in rule.arguments}, append_unknown=False)[1])
        return f"{found}?to={self.ids['node']}" if row.endpoint == "moves.diagram" else found

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
                        self.wrong.append(
                            f"{row.endpoint} by {standing} {login} {relation}: {what} is {'' if is_listed else 'not '}listed"
                        )

    def _marks(self, row: Row) -> list[tuple[str, Mapping[str, str], Any]]:
        if row.endpoint.startswith("registers."):
            return [
                (TITLE, {"number": BOOK}, lambda case: [case["number"]]),
                (OTHER_BOOK, {"number": OTHER_BOOK}, lambda case: [case["number"]]),
            ][:1]
        return [
            (what, case, lambda case: [case["instance_id"], case["task_id"], case["b"]])
            for what, case in ((TITLE, self.stage.running), (OVER, self.stage.over))
        ]

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
            both = "SELECT (SELECT count(*) FROM trail_entry WHERE event = :event) + (SELECT count(*) FROM history WHERE kind = 'refused')"
            return int(session.execute(text(both), {"event": REFUSED}).scalar_one())


_MOVING = frozenset(("trail_entry", "unsealed", "history"))
_IDS = (
    "instance_id",
    "task_id",
    "attachment_id",
    "incident_id",
    "paper_id",
    "seat",
    "question",
    "copy",
    "b",
    "note",
    "batch_id",
    "office_id",
    "person_id",
    "party_id",
    "session_id",
    "row_id",
)


def _token(person: Person, address: str) -> str:
    return str(person.open(address).tree.xpath("//input[@name='csrf']/@value")[0])


def _answer(answer: TestResponse, cell: Cell) -> Answer | None:
    location = answer.headers.get("Location", "") + answer.headers.get("HX-Redirect", "")
    if (location.startswith("/sign-in?") and not cell.row.kind.is_public) or (
        cell.login == OWING and location == "/security/password"
    ):
        return Answer.SIGN_IN
    if answer.status_code >= 500:
        return None
    return {403: Answer.SHUT, 404: Answer.GONE, 409: Answer.LATE}.get(answer.status_code, Answer.OPEN)


def _plain(answer: TestResponse) -> bytes:
    """Body, status and what is said on the next page, without tokens, keys and the time."""
    headers = sorted(
        f"{name}: {value}"
        for name, value in answer.headers
        if name in {"Set-Cookie", "Location", "Content-Type"} and "visitor" not in value
    )
    return _TOKENS.sub(b"#", b"\n".join([str(answer.status_code).encode(), *(one.encode() for one in headers), answer.data]))


def _readable(answer: TestResponse) -> str:
    if answer.mimetype.endswith("sheet"):
        import io

        import openpyxl

        return " ".join(
            str(cell)
            for row in openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0].iter_rows(values_only=True)
            for cell in row
        )
    return answer.get_data(as_text=True)
