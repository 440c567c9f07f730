"""Calls every cell of the table through the application, and says of each that was answered otherwise what it was.

First those that are to be open, with every transaction undone at its end, so that the order of the cells does not matter. Then all that are
to be refused or come too late, in earnest: nothing may have changed afterwards but the trail.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from lxml import html
from sqlalchemy import inspect, text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from db.ids import new_id
from tests.web.browsing import Person, upload
from tests.web.office import PASSWORD
from tests.web.rights.stage import BOOK, CAST, OF_THE_TREE, OF_YINZHOU, OTHER_BOOK, OVER, OWING, TITLE, Stage, owing
from web import flash
from web.assets import manifest
from web.rights.model import About, Answer, Relation, Row
from web.rights.refusals import REFUSED
from web.rights.standings import STANDINGS
from web.rights.table import ROWS

STANDING = {one.key: one for one in STANDINGS}
STARTERS = frozenset(login for login, (standing, _relation) in CAST.items() if standing == "staff")
SIGNED_OUT, COUNTER = "visitor", "station"
SENT: Mapping[str, Mapping[str, Any]] = {  # by a station, with a key that is the same for all
    "api.fetch": {}, "api.prolong": {}, "api.complete": {"key": "0" * 32, "results": {"card_serial": "JSK-1", "card_taxpayer": "", "card_contents": {}}},
    "api.error": {"key": "0" * 32, "code": "CARD_WRONG"}, "api.failure": {"key": "0" * 32, "reason": "没有插卡"},
    "api.progress": {"said": "请插卡"},
}  # fmt: skip
ADDRESS = {
    "verb": "ask",
    "process_id": "matter",
    "register": "delegated",
    "book": "devices",
    "ending": "csv",
    "kind": "csv",
    "source": "certification",
    "name": str(manifest()["app.css"]["file"]),
}
OF_TASK = {"parties.answer": "seat", "parties.remove": "question", "copies.read": "copy"}  # whose seat stands in the address
GIVEN: Mapping[str, Mapping[str, str]] = {
    "parties.answer": {"seat-result": "agree", "seat-opinion": "同意", "seat-task": "{b}"}, "parties.remove": {"reason": "不用了", "seat-task": "{task_id}"},
    "parties.act": {"person": "{wang}", "text": "请看"}, "cases.comment": {"text": "看过"}, "moves.terminate": {"reason": "重复", "sure": "yes"}, "moves.stop_clock": {"reason": "补正"},
    "moves.withdraw": {"reason": "重复"}, "moves.return_task": {"reason": "补正", "to": "{node}", "version": "{version}"}, "worklist.claim_batch": {"task": "{task_id}"},
    "administration.make_station": {"office": "{office_id}", "name": "窗口", "post": "clerk@hs"},
    "administration.create_person": {"office": "{office_id}"}, "administration.register_party": {"office": "{office_id}"}, "administration.change_person": {"office": "{office_id}", "post_office": "{office_id}", "role": "clerk"},
    "batches.approve": {"task": "{task_id}"}, "batches.transfer": {"task": "{task_id}", "person": "{wang}", "text": "出差"}, "entry.enter": {"login": "nobody", "password": PASSWORD},
    "cases.answer_urging": {"text": "明日办结"}, "board.urge_chosen": {"case": "{instance_id}", "text": "请抓紧办理"},
    "administration.reassign": {"post": "{post}", "reason": "无人在岗"}, "security.link": {"value": "330203001"},
    "administration.change_notices": {"quiet_from": "21:00", "quiet_until": "07:30", "digest_at": "08:00", "digest_days": "1"},
}  # fmt: skip
QUERY = {"moves.diagram": "?to={node}", "board.diagram": "?process=matter", "invoices.show": "?q=1", "invoices.export": "?q=1"}
# What is open and yet refused, for a reason that is none of rights.
REFUSED_OTHERWISE: Mapping[str, int] = {
    "entry.enter": 401, "entry.prove_code": 422,  # nobody has that login, and there is no code
    "entry.outside_leave": 503, "entry.outside_back": 401,  # the provider is away, and nobody was sent to it
    "security.change": 422,  # without the present password
    "security.confirm": 303, "security.new_codes": 422, "security.remove": 422,  # without the code of a device
    "imports.begin": 422, "devices.taken_in": 422,  # the file is no list
    "api.paper": 404,  # the job names none
    "moves.direct": 422,  # the task was not returned
    # The form is empty, or nobody and nothing has the name that it would have to give:
    **dict.fromkeys(("administration.change_office", "administration.change_person", "administration.create_account", "administration.create_person"), 422),
    **dict.fromkeys(("administration.import_list", "administration.name_deputy", "administration.register_party", "profile.name_deputy", "security.change_rules"), 422),
}  # fmt: skip
# Where an address does something to many: what each place of the numbers with which it comes back says of the one that was named.
OF_MANY: Mapping[str, tuple[Answer, ...]] = {
    "worklist.claim_batch": (Answer.OPEN, Answer.LATE, Answer.SHUT, Answer.GONE),
    "batches.approve": (Answer.OPEN, Answer.OPEN, Answer.LATE, Answer.GONE, Answer.OPEN),
    "batches.transfer": (Answer.OPEN, Answer.GONE, Answer.LATE),
    "board.urge_chosen": (Answer.OPEN, Answer.OPEN, Answer.OPEN, Answer.GONE, Answer.OPEN),
}
SEARCHED = frozenset(("cases.index", "registers.show", "registers.export", "registers.print_out"))
# Where the numbers of a list stand, and what its rows are.
COUNTED = {
    "worklist.index": ("//div[@class='list-foot']/span | //h2/span[@class='n'] | //ul[@class='scopes']//a[@aria-current]/b", "//a[contains(@class,'task-link')]"),
    "registers.show": ("//p[contains(@class,'dot-sep')]/span[1]", "//tr[@data-row]"),
    **dict.fromkeys(("cases.index", "copies.index", "board.cases", "board.tasks", "board.finished"), ("", "//*[@data-row]")),
}
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
    given: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: GIVEN)
    shapes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # in which other shape than a page something left the house
    _last: object = None

    def __post_init__(self) -> None:
        if self.stage.seated is None:
            self.stage.seated = self._seat()
        self._browsers, self._tokens, self._cookies, self.ids = self.stage.seated
        self._gone: dict[tuple[str, str, str], bytes] = {}

    def _seat(self) -> tuple[dict[str, Person], dict[str, str], dict[str, str], dict[str, str]]:
        office, task = self.stage.office, self.stage.running["task_id"]
        browsers = {login: self._signed_in(login) for login in (*CAST, OWING)} | {one: Person(office.web.test_client()) for one in (SIGNED_OUT, COUNTER)}
        browsers[COUNTER].client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self.stage.here['credential']}"
        owing(self.stage, office.person(OWING).person_id)
        tokens = {login: _token(person, "/sign-in" if login in {SIGNED_OUT, COUNTER} else "/security/password") for login, person in browsers.items()}
        cookies = {login: getattr(person.client.get_cookie("jinshui_session"), "value", "") for login, person in browsers.items()}
        node = office.engine.moves.options(task, office.person("li.na"))[0].done.node
        version = office.engine.moves.preview(task, node, office.person("li.na")).version
        return browsers, tokens, cookies, {"kong": office.person("kong.ming").person_id, "wang": office.person("wang.fang").person_id, "node": str(node), "version": str(version)}

    def _signed_in(self, login: str) -> Person:
        person = Person(self.stage.office.web.test_client())
        person.client.post("/sign-in", data=person.open("/sign-in").fields("/sign-in", login=login, password=PASSWORD))
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
                Answer.OPEN if row.kind.is_public else Answer.SHUT if row.files else _out(row),
            )
            yield Cell(row, COUNTER, "station", None, self.stage.running | self.stage.here, Answer.SHUT if row.files else STANDING["station"].told(row.kind))
            is_open_to_owing = row.kind.is_public or row.kind.before_duties
            yield Cell(
                row,
                OWING,
                "owing",
                None,
                self.stage.running | self.stage.here,
                Answer.OPEN if is_open_to_owing else _out(row),
            )
            if row.kind.by_credential:
                yield Cell(row, "li.na", "staff", None, self.stage.running | self.stage.here, Answer.UNKNOWN)
                continue
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
        elif about is About.OWN:
            yield from self._own(row, login, standing)
        elif about is About.TREE:
            reaches = Relation.BENEATH if login in OF_THE_TREE else Relation.OTHER
            yield Cell(row, login, standing, reaches, stage.running | stage.here, row.kind.cell(reaches))
        else:
            yield Cell(row, login, standing, relation, stage.running, row.kind.cell(relation), "running")
            yield Cell(row, login, standing, relation, stage.over, row.kind.cell(relation, is_closed=True), "over")

    def _own(self, row: Row, login: str, standing: str) -> Iterator[Cell]:
        """What is one's own, where one has such a thing, and the same of somebody else."""
        (name,) = self._rule(row).arguments
        stage, mine = self.stage, self.stage.own[login]
        if name in mine:
            yield Cell(row, login, standing, Relation.HOLDER, stage.running | mine, row.kind.cell(Relation.HOLDER), "own")
        others = next(own for own in stage.own.values() if name in own and own[name] != mine.get(name))
        yield Cell(row, login, standing, Relation.OTHER, stage.running | others, row.kind.cell(Relation.OTHER), "somebody else's")

    # --- calling them -----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Every cell, and what is listed."""
        cells = list(self.cells())
        before = self.state()
        self.stage.database.rehearses = True
        for cell in cells:
            if cell.expected is Answer.OPEN and cell.row.endpoint not in IN_EARNEST:
                self._call(cell)
        self.stage.database.rehearses = False
        self._same(before, "open cells, undone")
        self._last = self._noted()
        for cell in cells:
            if cell.expected is not Answer.OPEN:
                self._refuse(cell)
        self._same(before, "refused cells")
        self.lists()
        for cell in cells:
            if cell.expected is Answer.OPEN and cell.row.endpoint in IN_EARNEST:
                self._call(cell)

    def _refuse(self, cell: Cell) -> None:
        noted, answer = self._last, self._call(cell)
        self._last = self._noted()
        if cell.expected is Answer.SIGN_IN or answer is None:
            return
        if cell.login not in {SIGNED_OUT, COUNTER} and self._last == noted and cell.expected is not Answer.LATE:  # too late is no refusal of a right (ADR 20)
            self.wrong.append(f"{cell}, and the refusal stands in no trail")
        if cell.expected is Answer.GONE and _plain(answer) != self._not_there(cell):
            self.wrong.append(f"{cell}, but what is not there looks otherwise")

    def _call(self, cell: Cell) -> TestResponse | None:
        self.called += 1
        answer = self.ask(cell.row, cell.login, cell.parts)
        found = _answer(answer, cell)
        if found is cell.expected:
            return answer
        self.wrong.append(f"{cell}, but got {found} ({answer.status_code}) {answer.headers.get('Location', '')}")
        return None

    def ask(self, row: Row, login: str, parts: Mapping[str, str]) -> TestResponse:
        """The call itself, as our own pages make it."""
        client, values = self._browsers[login].client, self.parts(row, parts, login)
        answer = self._asked(client, row, login, self.address(row, values), parts)
        if answer.status_code == 200 and answer.mimetype != "text/html":
            self.shapes[answer.mimetype].add(row.endpoint)
        if any(
            header.startswith("jinshui_session=") for header in answer.headers.getlist("Set-Cookie")
        ):  # signed out in a transaction that is undone
            client.set_cookie("jinshui_session", self._cookies[login])
        return answer

    def _asked(self, client: Any, row: Row, login: str, address: str, parts: Mapping[str, str]) -> TestResponse:
        if row.method == "GET":
            return client.get(address, headers=PART, buffered=True)
        if row.kind.by_credential:
            return client.post(address, json=SENT[row.endpoint], buffered=True)
        given = {name: text.format(**{**self.ids, **parts}) for name, text in self.given.get(row.endpoint, {}).items()}
        data = {"csrf": self._tokens[login], "key": new_id(), **given}
        if row.files:
            data["file"] = upload("a.txt", b"text")
            return client.post(address, data=data, headers=PART, content_type="multipart/form-data", buffered=True)
        return client.post(address, data=data, headers=PART, buffered=True)

    def parts(self, row: Row, parts: Mapping[str, str], login: str) -> dict[str, str]:
        """The parts of an address: those of the case or place, and what else a rule asks for; of several acts each is some people's."""
        found = {**ADDRESS, **parts, "act": "retry", "kind": "csv", "page_id": self.stage.own.get(login, {}).get("page_id", new_id())}
        found["party_id"] = parts[OF_TASK[row.endpoint]] if row.endpoint in OF_TASK else parts.get("party_id", "")
        if row.endpoint == "moves.take_back":
            found["task_id"] = parts["note"]
        if row.endpoint == "administration.reassign":
            found["task_id"] = parts["unattended"]
        found |= {"kind": "message", "row_id": parts["message"]} if row.endpoint == "operations.one" else {}
        found |= {"row_id": parts["station_id"]} if row.endpoint in {"administration.renew_station", "administration.revoke_station"} else {}
        found |= {"kind": "people"} if row.endpoint == "administration.list_template" else {}
        if row.only is None:
            return found
        acts = sorted(row.only[1])
        return found | {row.only[0]: acts[list(self._browsers).index(login) % len(acts)]}

    def address(self, row: Row, parts: Mapping[str, str]) -> str:
        """The address with these parts."""
        rule = self._rule(row)
        found = str(rule.build({name: parts.get(name, "0" * 32) for name in rule.arguments}, append_unknown=False)[1])
        return found + QUERY.get(row.endpoint, "").format(**self.ids)

    def _rule(self, row: Row) -> Rule:
        return next(rule for rule in self.stage.office.web.url_map.iter_rules(row.endpoint) if row.method in (rule.methods or ()))

    def _not_there(self, cell: Cell) -> bytes:
        """What the same person is told of something that never was."""
        known = (cell.login, cell.row.endpoint, cell.row.method)
        if known not in self._gone:
            keep = {name: value for name, value in cell.parts.items() if name not in _IDS}
            self._gone[known] = _plain(self.ask(cell.row, cell.login, keep | {name: new_id() for name in _IDS}))
        return self._gone[known]

    # --- what is listed ---------------------------------------------------------------------------------------------------

    def lists(self) -> None:
        """Lists, searches, counts and exports: whose cases stand in them, as the table says, and as many as they say."""
        for row in self.rows:
            if row.kind.about is not About.LIST or row.endpoint == "registers.index":
                continue
            for login, (standing, relation) in CAST.items():
                if STANDING[standing].told(row.kind) is not Answer.OPEN:
                    continue
                told = cache(lambda address, client=self._browsers[login].client: _readable(client.get(address, headers=PART, buffered=True)))
                for what, is_expected, marks in self._marks(row, login, relation):
                    self.called += 1
                    is_listed = any(mark in told(address) for address in self._addresses(row, what) for mark in marks)
                    if is_listed is not is_expected:
                        self.wrong.append(f"{row.endpoint} by {standing} {login} {relation}: {what} is {'' if is_listed else 'not '}listed")
                self._count(row, login, relation, told)

    def _count(self, row: Row, login: str, relation: Relation, told: Any) -> None:
        """A list has as many rows as it says, and none for whoever has nothing to do with either case."""
        if row.endpoint not in COUNTED:
            return
        numbers, rows = COUNTED[row.endpoint]
        for address in (one for what in (TITLE, OVER) for one in self._addresses(row, what)):
            tree = html.fromstring(told(address) or "<p></p>")
            said, listed = {int(re.sub(r"\D", "", one.text_content())) for one in tree.xpath(numbers)} if numbers else set[int](), len(tree.xpath(rows))
            if said - {listed} or (numbers and listed and not said) or (relation is Relation.OTHER and listed and not row.endpoint.startswith("registers.")):
                self.wrong.append(f"{address} by {login} {relation}: says {sorted(said)} and lists {listed}")

    def _marks(self, row: Row, login: str, relation: Relation) -> list[tuple[str, bool, list[str]]]:
        """What may stand in a list: under which words it is looked for, whether it is to be found there, and by what."""
        if row.endpoint.startswith("registers."):  # the one book is of Haishu, the other of Yinzhou
            both = relation is Relation.BENEATH
            # Looked for by a part of its number: the page repeats what was looked for.
            return [(BOOK[1:], row.kind.cell(relation) is Answer.OPEN, [BOOK]), (OTHER_BOOK[1:], both or login in OF_YINZHOU, [OTHER_BOOK])]
        of_cases = [(what, case, row.kind.cell(relation, is_closed=what == OVER) is Answer.OPEN) for what, case in ((TITLE, self.stage.running), (OVER, self.stage.over))]
        if row.endpoint == "board.export":  # a workbook names no identifiers
            return [(what, is_expected, [what]) for what, _case, is_expected in of_cases]
        return [(what, is_expected, [case["instance_id"], case["task_id"], case["b"]]) for what, case, is_expected in of_cases]

    def _addresses(self, row: Row, words: str) -> list[str]:
        base, q = self.address(row, ADDRESS), f"q={words}"
        if row.endpoint == "worklist.index":
            return [f"{base}?scope={scope}{more}" for scope in ("mine", "claimable", "office") for more in ("", f"&{q}")]
        if row.endpoint == "board.export":
            return [self.address(row, {**ADDRESS, "panel": panel}) for panel in row.only[1]] if row.only else []
        return [base, f"{base}?{q}"] if row.endpoint in SEARCHED else [base]

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

    def _noted(self) -> object:
        """The last refusals, of an address in the trail and of a verb in the history of its case."""
        with self.stage.database.read() as session:
            return session.execute(_LAST_REFUSED, {"event": REFUSED}).one()


_LAST_REFUSED = text(
    "SELECT (SELECT sequence FROM trail_entry WHERE event = :event ORDER BY sequence DESC LIMIT 1), (SELECT id FROM history WHERE kind = 'refused' ORDER BY id DESC LIMIT 1)"
)
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
    "urging_id",
    "notice_id",
    "device_id",
    "taxpayer_id",
    "station_id",
)


def _token(person: Person, address: str) -> str:
    return str(person.open(address).tree.xpath("//input[@name='csrf']/@value")[0])


def _answer(answer: TestResponse, cell: Cell) -> Answer | None:
    location = answer.headers.get("Location", "") + answer.headers.get("HX-Redirect", "")
    if (location.startswith("/sign-in?") and not cell.row.kind.is_public) or (
        cell.login == OWING and location == "/security/password"
    ):
        return Answer.SIGN_IN
    if cell.expected is Answer.OPEN and answer.status_code == REFUSED_OTHERWISE.get(cell.row.endpoint):
        return Answer.OPEN
    if answer.status_code == 401:
        return Answer.UNKNOWN
    said = next((one for one in answer.headers.getlist("Set-Cookie") if one.startswith(f"{flash.COOKIE}=")), "=")
    code, _dot, numbers = said.split("=", 1)[1].split(";", 1)[0].partition(".")
    if code in flash.REFUSALS:
        return None
    if cell.row.endpoint in OF_MANY and numbers:
        return next(found for found, number in zip(OF_MANY[cell.row.endpoint], numbers.split("-"), strict=True) if number != "0")
    return Answer.OPEN if answer.status_code < 400 else {403: Answer.SHUT, 404: Answer.GONE, 409: Answer.LATE}.get(answer.status_code)


def _out(row: Row) -> Answer:
    """What whoever is nobody, or may not come in yet, is told."""
    return Answer.UNKNOWN if row.kind.by_credential else Answer.SIGN_IN


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
