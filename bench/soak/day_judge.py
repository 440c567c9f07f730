"""What must have come of the day: states, places of every invoice, signatures, papers, retry counters; each that is otherwise is a sentence.

Source: Xicheng, 三(一)1, 三(二)4, 三(三), 三(七), 三(八), 三(九).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import ROOT
from bench.soak.day_faults import Breaks, Fault, Leaves, SheetLost
from bench.soak.day_office import BEFORE, Enterprise, Hall
from bench.soak.day_people import RECEPTIONIST, People
from commands.scenarios.play import work_off
from engine.tables import Incident, Instance, Outbox, Task
from handlers.day_ends import end_day
from hardware.card.chip.direct import DirectWire
from hardware.card.chip.eeprom import Eeprom
from hardware.card.chip.golden import GoldenSystem
from hardware.card.chip.system import KEY_TRIES, PIN_TRIES, CardSystem
from hardware.card.iso import IsoCard
from hardware.disk.floppy import MtoolsDrive
from hardware.ports import CardDamaged, Volume
from hardware.volumes import on_card
from papers.model import Paper
from records.offices.model import Party, Person, Post, PostHolding
from records.upgrade import store
from records.upgrade.model import UpgradeHandOver, UpgradeVisit, UpgradeVolume
from tests.factories.sheets import read as codes_of

UPGRADED = replace(BEFORE, version="2.0", outside_period=7, ordinary_per_invoice=100_000, ordinary_quantity=50)
ROLES = {"签到岗": "reception", "主管税务所": "tax_office", "技术服务单位": "service_unit", "发票发售岗": "invoice_issuance", "企业发行岗": "card_issuance"}
STATIONS = {one["station"]: one["post"] for one in yaml.safe_load((ROOT / "workflows" / "upgrade" / "procedure.yaml").read_text("utf-8"))["handover"]["stations"]}
SHEETS = 2
AT_SIGN_IN = ("handover_sheet", "problem_sheet")  # what the printer of papers prints


def end(hall: Hall, people: People, faults: Mapping[int, Fault]) -> None:
    """The day is handed over: the case begins by itself, reception names what is missing, the department counts."""
    application = hall.application
    end_day(application.engine, application.database, hall.clock)
    work_off(application)
    with application.database.read() as session:
        visits = {one.taxpayer_number: one for one in session.scalars(select(UpgradeVisit))}
        case = session.scalars(select(Instance.id).where(Instance.process_id == "upgrade_day")).one()
    lost = [visits[one.number].id for one in people.enterprises if isinstance(faults.get(one.n), SheetLost)]
    whole = [one.id for one in visits.values() if one.id not in lost]
    missing = {"sheets_missing": [{"visit": id_, "sheets": "1", "because": "一份被雨水浸坏"} for id_ in lost]} if lost else {}
    for login, entries in (
        (RECEPTIONIST, {"sheets_whole": whole, "book_there": "on", **missing}), ("meng.fan", {"decision": "confirm", "counts_confirmed": [*whole, *lost], "book_received": "on"}),
    ):  # fmt: skip
        ((task, _element),) = people.open_tasks(case)
        people.hand_in(task, login, entries)
        work_off(application)


def judged(hall: Hall, people: People, faults: Mapping[int, Fault]) -> Iterator[str]:
    """Every sentence of what is not as it has to be."""
    ended = {one.n: "broken_off" if isinstance(faults.get(one.n), (Breaks, Leaves)) else "left" for one in people.enterprises}
    yield from (f"{n}: {type(fault).__name__} did not befall it" for n, fault in faults.items() if not fault.struck)
    with hall.application.database.read() as session:
        visits = {one.taxpayer_number: one for one in session.scalars(select(UpgradeVisit))}
        yield from _open(session)
        yield from _handed_over(session, people, faults)
        for one in people.enterprises:
            visit, fault = visits[one.number], faults.get(one.n)
            if visit.state != ended[one.n]:
                yield f"{one.n}: the visit is {visit.state}"
            yield from (f"{one.n}: {said}" for said in _volumes(session, one, visit, "office" if isinstance(fault, Breaks) else "tax_card"))
            yield from (f"{one.n}: {said}" for said in _signed(session, people, one, visit))
            yield from (f"{one.n}: {said}" for said in _devices(hall, one, visit))
        yield from _printed(session, hall, people)


def counts(hall: Hall) -> tuple[int, int, int, int]:
    """Enterprises that were upgraded and that broke off, signatures on their sheets, sheets that came out of the printer."""
    with hall.application.database.read() as session:
        states = Counter(session.scalars(select(UpgradeVisit.state)))
        last = {paper.subject_id: paper.data for paper in session.scalars(select(Paper).where(Paper.template == "handover_sheet").order_by(Paper.issued_at, Paper.id))}
    return states["left"], states["broken_off"], sum(bool(line["name"]) for data in last.values() for line in data["lines"]), len(hall.tray.documents())


def _open(session: Session) -> Iterator[str]:
    for what, found in (
        ("case", session.scalars(select(Instance.title).where(Instance.status == "active")).all()), ("task", session.scalars(select(Task.name).where(Task.state == "open")).all()),
        ("job", session.scalars(select(Outbox.topic).where(Outbox.state.in_(("pending", "failed", "held")))).all()),
        ("incident", session.scalars(select(Incident.element).where(Incident.resolved_at.is_(None))).all()),
    ):  # fmt: skip
        yield from (f"a {what} is open: {one}" for one in found)


def _handed_over(session: Session, people: People, faults: Mapping[int, Fault]) -> Iterator[str]:
    """Once, all enterprises of the day, the missing sheet named."""
    lost = sorted(one.number for one in people.enterprises if isinstance(faults.get(one.n), SheetLost))
    expected = [(len(people.enterprises), SHEETS * len(people.enterprises) - len(lost), lost)]
    found = [(one.enterprises, one.sheets, sorted(row["number"] for row in one.missing)) for one in session.scalars(select(UpgradeHandOver))]
    if found != expected:
        yield f"handed over at the end of the day: {found}, not {expected}"
    books = session.scalars(select(Paper.data).where(Paper.template == "sign_in_book")).all()
    if [sorted(line["number"] for line in book["lines"]) for book in books] != [sorted(one.number for one in people.enterprises)]:
        yield "the sign-in book does not hold every enterprise once"


def _volumes(session: Session, one: Enterprise, visit: UpgradeVisit, place: str) -> Iterator[str]:
    """Every single number stands in one place, and in the right one."""
    kept = session.scalars(select(UpgradeVolume).where(UpgradeVolume.visit_id == visit.id, UpgradeVolume.direction == "kept")).all()
    places = {
        "tax_card": _numbers(GoldenSystem(one.tax.folder / f"{one.tax.serial}.chip").stock), "ic_card": _numbers(_on_ic(one)),
        "office": [(row.code, number) for row in kept for number in range(int(row.number_from), int(row.number_to) + 1)],
    }  # fmt: skip
    there = Counter((number, where) for where, numbers in places.items() for number in numbers)
    expected = Counter((number, place) for number in _numbers(one.stock))
    if there != expected:
        yield f"invoices are not in one place: too many {sorted((there - expected).elements())}, too few {sorted((expected - there).elements())}"
    if left := store.out(session, visit):
        yield f"the books have invoices out: {left}"


def _signed(session: Session, people: People, one: Enterprise, visit: UpgradeVisit) -> Iterator[str]:
    """Every station signed on the sheet by somebody who holds its post, and the data lie on the carrier as often; the sheet as a paper says the same."""
    variables = people.engine.case(one.case, people.crew.actor(RECEPTIONIST)).variables
    lines: Sequence[Mapping[str, Any]] = variables["sheet_signatures"]
    stations = [str(line["station"]) for line in lines]
    if visit.state == "left" and set(stations) != set(STATIONS):
        yield f"stations that did not sign: {sorted(set(STATIONS) - set(stations))}"
    if not (backups := [one.name for one in (people.hall.folder / "carrier").glob(f"BF{one.n:03d}?")]) or len(backups) != stations.count("7"):
        yield f"station 7 signed {stations.count('7')} times, on the carrier are {backups}"
    for line in lines:
        post = STATIONS[str(line["station"])]
        if line["post"] != post or line["name"] not in holders(session, ROLES[post]):
            yield f"station {line['station']} was signed by {line['name']} as {line['post']}"
    sheets = session.scalars(select(Paper.data).where(Paper.subject_id == one.case, Paper.template == "handover_sheet").order_by(Paper.issued_at, Paper.id)).all()
    on_paper = [(str(line["station"]), line["name"]) for line in sheets[-1]["lines"] if line["name"]]
    if len(sheets) != SHEETS or sorted(on_paper) != sorted((str(line["station"]), line["name"]) for line in lines):  # the paper puts 13a before 13b
        yield f"the last of {len(sheets)} sheets says {on_paper}"


def holders(session: Session, role: str) -> Collection[str]:
    """The names of all who hold a post, or act for a service unit."""
    if role == "service_unit":
        return set(session.scalars(select(Person.name).join(Party, Party.id == Person.party_id).where(Party.kind == role)))
    return set(session.scalars(select(Person.name).join(PostHolding, PostHolding.person_id == Person.id).join(Post, Post.id == PostHolding.post_id).where(Post.role == role)))


def _devices(hall: Hall, one: Enterprise, visit: UpgradeVisit) -> Iterator[str]:
    """The card is upgraded or as it was, no try of a PIN or key is spent, the month is on the disk."""
    state = GoldenSystem(one.tax.folder / f"{one.tax.serial}.chip").state
    if state != (UPGRADED if visit.state == "left" else BEFORE):
        yield f"the golden-tax card is {state}"
    for card in (one.tax, one.ic):
        values = Eeprom(card.folder / f"{card.serial}.chip").values
        if (values["pin_left"], values["issuer_left"]) != (PIN_TRIES, KEY_TRIES):
            yield f"tries are spent on {card.serial}: {values['pin_left']}, {values['issuer_left']}"
    if not MtoolsDrive(one.disk).read():
        yield "the disk is empty"


def _printed(session: Session, hall: Hall, people: People) -> Iterator[str]:
    """Each hand-over sheet came out once in all its pages, each blank problem sheet and each label once."""
    papers = hall.application.papers
    wanted = Counter(papers.bytes(session, of_sign_in(session, one, template)) for one in people.enterprises for template in AT_SIGN_IN)
    came = Counter(hall.tray.documents())
    if came != wanted:
        yield f"sheets at the printer: {sum(came.values())} of {sum(wanted.values())}, {sum((came & wanted).values())} of them right"
    said = codes_of(hall.labels.papers())
    if sorted(one.split("|")[2] for one in said) != sorted(one.number for one in people.enterprises) or hall.labels.faults:
        yield f"labels that came out: {said} {hall.labels.faults}"


def of_sign_in(session: Session, one: Enterprise, template: str) -> str:
    """The paper that it got when it signed in, before anybody signed on it."""
    return session.scalars(select(Paper.id).where(Paper.subject_id == one.case, Paper.template == template).order_by(Paper.issued_at, Paper.id)).all()[0]


def _on_ic(one: Enterprise) -> list[Volume]:
    try:
        return on_card(IsoCard(DirectWire(CardSystem(one.ic.folder / f"{one.ic.serial}.chip"))))
    except CardDamaged:
        return []


def _numbers(volumes: Sequence[Volume]) -> list[tuple[str, int]]:
    return [(one.code, int(one.first) + n) for one in volumes for n in range(one.count)]
