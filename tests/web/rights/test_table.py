"""The table of rights: every cell is called, every address has a row, and what it says of the three administrators."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from flask import Flask

from engine import definitions
from engine.bpmn import check_in_process
from engine.link import Link
from papers.render import render_pdfs
from tests import said
from tests.conftest import POSTGRES_URL, missing
from tests.factories.hardened import hardened
from tests.rooms import emptied, empty_file
from tests.unit.papers.reading import pages
from tests.web.conftest import signed_in
from tests.web.office import Office
from tests.web.rights.stage import BOOK, OTHER_BOOK, Rehearsal, Stage, stage
from tests.web.rights.sweep import GIVEN, OWING, Sweep
from web.downloads import XLSX
from web.rights import kinds
from web.rights.door import RightsIncomplete, check
from web.rights.model import About, Answer, Kind, Relation, Row
from web.rights.standings import STANDINGS, kinds_in_order
from web.rights.table import ROWS

ON_BOTH = frozenset((
    "cases.index", "worklist.index", "registers.export", "copies.index", "cases.show", "worklist.show", "worklist.claim", "cases.attachment",
    "cases.paper", "cases.history", "imports.show", "administration.office", "administration.person", "administration.unattended",
    "operations.index", "invoices.export", "administration.stations", "administration.make_station", "api.fetch", "api.complete", "api.error",
    "devices.show", "devices.export", "devices.life", "devices.enterprise", "hall.index", "hall.screen",
))  # fmt: skip
# In which other shape than a page something leaves the house; lists, searches and counts are pages. The stream begins under a server that holds it.
SHAPES = {
    "application/json": {"api.complete", "api.error", "api.failure", "api.fetch", "api.openapi", "api.progress", "api.prolong", "board.diagram", "cases.diagram", "moves.diagram"},
    "application/octet-stream": {"cases.attachment"},
    "application/pdf": {"cases.paper", "registers.print_out"},
    XLSX: {"board.export", "imports.template_file", "invoices.export", "registers.export", "devices.export"},
    "text/css": {"assets.built"},
    "text/csv": {"administration.list_template", "audit.export", "imports.errors", "rights.export"},
}
KEY = re.compile(r"[a-z_.-]+:[0-9a-f]{32}")  # as a form brings it: the act, and what stood in the form
# Forms that find nothing on this stage on which to act: a list of which all is made, a list that is none, an operator's empty list, no provider of identities, and
# rules that only a security administrator of the whole tree changes.
NOTHING_THERE = frozenset(("imports.delegate", "devices.taken_in", "operations.every", "security.link", "security.change_rules"))
ADMINISTRATORS = [one for one in STANDINGS if one.key in {"system", "security", "audit"}]


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    file = tmp_path_factory.mktemp("rights") / "office.db"
    empty_file(file).dispose()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(definitions, "check", check_in_process)
        found = stage(Rehearsal(f"sqlite:///{file}"))
    yield found
    found.database.dispose()


@pytest.mark.timeout(400)  # some 40 s of processor time, on a machine that may be busy
def test_every_cell_answers_as_the_table_says(staged: Stage, record_property: Callable[[str, object], None]) -> None:
    sweep = Sweep(staged)
    sweep.run()
    record_property(said.LINE, f"rights table cells: {sweep.called}, {len(sweep.wrong)} wrong")

    assert sweep.wrong == []
    assert sweep.called > 3400
    assert sweep.shapes == SHAPES


def test_every_form_that_changes_something_acts_once_for_its_key_or_says_why_it_need_not(staged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """`known`: keys that a request looked for or stored; what is found there is answered as the first time (`Steps.inside`, `keys.is_new`)."""
    known, wrong, real = list[str](), list[str](), Link._execute

    def heard(link: Link, sql: str, values: Sequence[object]) -> None:
        known.extend(value for value in values if "idempotency" in sql and isinstance(value, str) and KEY.match(value))
        real(link, sql, values)

    monkeypatch.setattr(Link, "_execute", heard)
    given = {**GIVEN, "security.change": {"present_password": "guess"}}
    sweep = Sweep(staged, [row for row in ROWS if row.method == "POST"], given=given)
    called = [cell for cell in sweep.cells() if cell.expected in {Answer.OPEN, Answer.LATE} and cell.login not in {OWING, "wang.fang"}]  # her password the sweep resets in earnest
    cells = {cell.row: cell for cell in sorted(called, key=lambda cell: cell.expected is Answer.OPEN)}  # one that is open, where there is one
    staged.database.rehearses = True
    for row, cell in cells.items():
        known.clear()
        answer = sweep.ask(row, cell.login, cell.parts)
        if bool(known) is bool(row.keyless) and row.endpoint not in NOTHING_THERE:
            wrong.append(f"{cell} ({answer.status_code}): {len(known)} keys, {row.keyless or 'and no reason why none'}")
    staged.database.rehearses = False

    assert wrong == []
    assert {row.endpoint for row in cells} == {row.endpoint for row in ROWS if row.method == "POST"}
    assert not [row for row in ROWS if row.keyless and row.method != "POST"]


@pytest.fixture
def walled(gate_in_process: None) -> Iterator[Stage]:
    """The office on PostgreSQL, with the pages on connections of the role that row-level security binds."""
    if not POSTGRES_URL:
        missing("PostgreSQL", "run ./test, which installs and starts it")
    owner = emptied(Rehearsal(POSTGRES_URL))
    with hardened(owner) as address:
        database = Rehearsal(address)
        yield stage(database)
        database.dispose()
    owner.dispose()


@pytest.mark.timeout(400)
def test_the_same_cells_behind_the_second_wall(walled: Stage, record_property: Callable[[str, object], None]) -> None:
    """The addresses at which the database decides most."""
    sweep = Sweep(walled, [row for row in ROWS if row.endpoint in ON_BOTH])
    sweep.run()
    record_property(said.LINE, f"rights table cells on PostgreSQL: {sweep.called}, {len(sweep.wrong)} wrong")

    assert sweep.wrong == []


def test_on_a_printed_register_stand_the_lines_of_ones_own_offices(staged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staged.office.papers, "make", render_pdfs)
    for login, there, elsewhere in (("li.na", BOOK, OTHER_BOOK), ("chen.wei", OTHER_BOOK, BOOK)):
        (page,) = pages(signed_in(staged.office, login).client.get("/registers/delegated.pdf").get_data())
        assert there in page.text
        assert elsewhere not in page.text


@pytest.mark.parametrize(
    ("endpoint", "kind"),
    [
        ("cases.show", replace(kinds.CASE, cells=dict.fromkeys(Relation, Answer.OPEN))),
        ("cases.show", replace(kinds.CASE, cells={one: Answer.OPEN for one in Relation if one is not Relation.NAMED})),
        ("tasks.sheet", replace(kinds.SHEET, closed={})),
        ("audit.index", replace(kinds.TRAIL, shut=Answer.SHUT)),
        ("operations.index", replace(kinds.OPERATIONS, doors=frozenset(("security_administrator",)))),
        ("profile.index", kinds.OWED),
        ("batches.transfer", replace(kinds.TOGETHER, cells=dict.fromkeys(Relation, Answer.OPEN))),
        ("cases.index", replace(kinds.CASES, cells={one: Answer.OPEN for one in Relation if one is not Relation.BENEATH})),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_found(staged: Stage, endpoint: str, kind: Kind) -> None:
    sweep = Sweep(staged, [replace(row, kind=kind) for row in ROWS if row.endpoint == endpoint])
    sweep.run()

    assert sweep.wrong


def test_an_address_without_a_row_and_a_row_without_an_address_stop_the_application(office: Office) -> None:
    app = Flask("web")
    app.add_url_rule("/new", "new.page", lambda: "", methods=["GET", "POST"])

    with pytest.raises(RightsIncomplete, match=r"new\.page \(POST\) has no row; .*cases\.show \(GET\) is no address"):
        check(app)
    with pytest.raises(RightsIncomplete, match=r"^cases\.show \(GET\) has no row$"):
        check(office.web, [row for row in ROWS if row.endpoint != "cases.show"])
    check(office.web)


def test_no_value_of_an_address_is_in_two_rows() -> None:
    seen = set[tuple[str, str, str]]()
    for row in ROWS:
        for value in row.only[1] if row.only else ("",):
            assert (row.endpoint, row.method, value) not in seen
            seen.add((row.endpoint, row.method, value))


def test_what_one_administrator_changes_no_other_does() -> None:
    own = {kinds.PUBLIC.key, kinds.OWED.key, kinds.OWN.key, kinds.OWN_ONE.key}
    changes: list[Row] = [row for row in ROWS if row.method == "POST" and row.kind.key not in own and row.kind.about not in {About.CASE, About.TASK, About.PROCESS}]

    assert changes
    for row in changes:
        assert sum(one.told(row.kind) is Answer.OPEN for one in ADMINISTRATORS) <= 1, row.endpoint
    assert {one.key for one in ADMINISTRATORS for row in changes if one.told(row.kind) is Answer.OPEN} == {"system", "security", "audit"}


def test_no_administrator_acts_on_a_case_or_sees_one() -> None:
    about_cases = [kind for kind in kinds_in_order() if kind.about in {About.CASE, About.TASK, About.PROCESS}]

    assert about_cases
    for kind in about_cases:
        assert kind.cell(Relation.OTHER) is Answer.GONE, kind.key
        assert kind.cell(Relation.OTHER, is_closed=True) is Answer.GONE, kind.key
    for kind in (kinds.CASES, kinds.REGISTERS, kinds.IMPORTS, kinds.REASSIGN, kinds.NAME_DEPUTY):
        assert not any(one.told(kind) is Answer.OPEN for one in ADMINISTRATORS), kind.key


def test_whoever_answers_for_it_reads_the_table_and_takes_it_away(office: Office) -> None:
    for login, status in (("tian.yu", 200), ("jiang.tao", 200), ("gao.bo", 403), ("li.na", 403)):
        assert signed_in(office, login).client.get("/rights").status_code == status
    auditor = signed_in(office, "jiang.tao")
    page = auditor.open("/rights")
    lines = auditor.client.get("/rights/table.csv").get_data(as_text=True).splitlines()

    assert "/cases/<instance_id>/papers/<paper_id>" in page.text
    assert f"共 {len(ROWS)} 个地址" in page.text
    assert any(line.startswith("/cases/<instance_id>,GET,查看案件,抄送,在办,可以") for line in lines)
    assert any(line.startswith("/audit,GET,审计,系统管理员,,查无此页") for line in lines)
    assert auditor.client.get("/rights/table.pdf").status_code == 404
    page.submit("/language", language="en")
    assert "Who gets in" in auditor.open("/rights").text


