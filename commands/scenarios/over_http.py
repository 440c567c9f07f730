"""Plays a scenario through the pages: the real application behind a port of its own, and a browser for each person."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from werkzeug.serving import WSGIRequestHandler, make_server

from commands import demo_office
from commands.scenarios.browser import Browser, Page, Upload, fields_of, filled
from commands.scenarios.lists import upload_of
from commands.scenarios.model import Attach, Bring, Do, Entries, Start, Work
from commands.scenarios.play import Refused, work_off
from commands.scenarios.stations import credential_for, printable, station
from hardware.door import Job
from hardware.http_door import HttpDoor
from hardware.jobs import DEVICES
from hardware.simulator import SIMULATOR, MemoryShelf, Shelf
from records.offices import store as offices

if TYPE_CHECKING:
    from app import Application

HOST = "127.0.0.1"
NOT_THERE = 404
Wanted = Mapping[str, str | list[str]]  # by the name of a field
TICKED = {"on", "true", "yes", "1"}


class _Silent(WSGIRequestHandler):
    """Leaves the terminal to the progress of the scenarios."""

    def log_request(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def served(application: Application) -> Iterator[str]:
    """The address at which the application answers as long as this lasts."""
    server = make_server(HOST, 0, application.web(), threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)  # how long its end waits at most
    thread.start()
    try:
        yield f"http://{HOST}:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Door(HttpDoor):
    """The door over HTTP of a walk."""

    def paper(self, job: Job) -> bytes:
        return printable(super().paper(job), job.id)


class OverHttp:
    """Hands at a browser without JavaScript, one browser per person."""

    def __init__(self, application: Application, base: str) -> None:
        self.application = application
        self.base = base
        self.password = demo_office.password(application)
        self.browsers: dict[str, Browser] = {}
        self.cards: Shelf = MemoryShelf()
        self.credentials = dict[str, str]()
        self.outside: dict[str, bool] = {}  # who has a page of a party instead of a worklist

    def rest(self) -> None:
        """Nothing: every page is fetched anew."""

    def start(self, act: Start, about: str) -> None:
        """Opens the start page, or the one that the case offers, and sends the form."""
        address = f"/start/{act.process}"
        page = self._open(act.by, f"{address}?about={about}" if about else address)
        form = page.form(address)
        if form is None:
            raise Refused(page.text)
        choice = self._place(form, "case_office", act.office) if act.office else {}
        self._send(act.by, page, address, {**_flat(act.form), **choice})

    def do(self, act: Do) -> None:
        """Opens the task from the worklist, claims it, fills in the form and submits."""
        address = self._task(act)
        page = self._open(act.by, address)
        if page.form(address) is None:
            claim = f"{address}/claim"
            # Without a button it is tried all the same, as somebody would who sends what no page offers.
            form = page.form(claim)
            page = self._browser(act.by).send(claim, form.form_values() if form is not None else _forged(page))
            if form is None and page.status == NOT_THERE:  # a page says no more to whoever has no post; the scenario says why
                raise Refused(f"没有办理这项任务的岗位：{page.text}")
        if page.form(address) is None:
            raise Refused(page.text)
        self._send(act.by, page, address, _flat(act.form))

    def bring(self, act: Bring) -> None:
        """Uploads the list, waits until it is read, and presses the button that makes delegations of it."""
        page = self._open(act.by, "/imports")
        form = page.form("/imports")
        if form is None:
            raise Refused(page.text)
        chosen = self._place(form, "place", act.office, begins=f"{act.source}.")
        name, content = upload_of(act)
        pairs = [(field, value) for field, value in filled(form, chosen.items()) if field != "file"]
        page = self._browser(act.by).send_file("/imports", pairs, Upload("file", name, content))
        work_off(self.application)
        page = self._open(act.by, page.address)
        making = page.form(f"{page.address}/delegate")
        if making is None:
            raise Refused(page.text)
        page = self._browser(act.by).send(f"{page.address}/delegate", making.form_values())
        if page.status >= 400:
            raise Refused(page.text)

    def attach(self, act: Attach, case_id: str) -> None:
        """Chooses the file on the page of the case and uploads it."""
        address = f"/cases/{case_id}/attachments"
        form = self._open(act.by, f"/cases/{case_id}").form(address)
        if form is None:
            raise Refused(f"案件页上不能上传 {act.name}")
        pairs = [(field, value) for field, value in form.form_values() if field != "file"]
        page = self._browser(act.by).send_file(address, pairs, Upload("file", act.name, act.content))
        if page.status >= 400 or act.name not in page.text:
            raise Refused(page.text)

    def work(self, act: Work) -> None:
        """Works off what waits for the station."""
        if act.station not in self.credentials:
            self.credentials[act.station] = credential_for(self.application, act)
        station(self.application, act, self.cards, _Door(self.base, self.credentials[act.station], driver=SIMULATOR, devices=DEVICES)).work_off()

    # --- at the browser ------------------------------------------------------------------------------------------------------

    def _browser(self, login: str) -> Browser:
        return self.browsers.setdefault(login, Browser(self.base))

    def _open(self, login: str, address: str) -> Page:
        """Opens an address; signs in where the site asks for it, the first time or after days."""
        page = self._browser(login).open(address)
        form = page.form("/sign-in")
        if form is None:
            return page
        page = self._browser(login).send("/sign-in", filled(form, {"login": login, "password": self.password}.items()))
        if page.form("/sign-in") is not None:
            raise Refused(page.text)
        return self._browser(login).open(address)

    def _task(self, act: Do) -> str:
        """The address of the first task of this name on the person's worklist, or on the list of the office."""
        names = self._names(act.task)
        if self.outside.get(act.by, True):
            first = self._open(act.by, "/")
            self.outside[act.by] = first.address == "/portal"
            if self.outside[act.by]:
                return _asked(first, names, act.task)
        for scope in ("claimable", "mine", "office"):
            page = self._open(act.by, f"/tasks?scope={scope}")
            for row in page.tree.xpath("//tr[@data-row]"):
                shown = (row.xpath("string(.//td[contains(@class, 'c-main')]/div/span)"), row.xpath("string(.//*[@class='step'])"))
                if shown in names:
                    return str(row.xpath("string(.//a[@class='task-link']/@href)")).partition("?")[0]
        raise Refused(f"工作台上没有任务 {act.task}")

    def _names(self, task: str) -> set[tuple[str, str]]:
        """Process and task as the worklist shows them; several processes may have a task of this name."""
        models = [model for procedure in self.application.engine.procedures() for model in procedure.models.values()]
        if not (found := {(model.name, model.elements[task].name) for model in models if task in model.elements}):
            raise Refused(f"没有任务 {task}")
        return found

    def _place(self, form: Any, field: str, code: str, begins: str = "") -> dict[str, str]:
        """The choice of an office by its name; nothing where the page leaves no choice."""
        with self.application.database.read() as session:
            office = offices.office_by_code(session, code)
        name = office.name if office else code
        for option in form.xpath(f".//select[@name='{field}']/option"):
            if str(option.get("value")).startswith(begins) and name in option.text_content():
                return {field: str(option.get("value"))}
        if field in fields_of(form):
            raise Refused(f"页面上不能选择 {name}")
        return {}

    def _send(self, login: str, page: Page, address: str, wanted: Wanted) -> None:
        """Fills in and sends; a field that shows only after others were chosen is filled in when the page comes back with it."""
        while page.form(address) is not None:
            page = self._with_rows(login, page, address, wanted)
            form = page.form(address)
            if form is None:
                raise Refused(page.text)
            known = fields_of(form)
            page = self._browser(login).send(form.action, _entered(form, wanted))
            again = page.form(address)
            if page.status < 400:
                _require_all(wanted, known)
                return
            if again is None or not ((fields_of(again) - known) & wanted.keys() or _lists(again, wanted) - _lists(form, wanted)):
                raise Refused(page.text)
        raise Refused(page.text)

    def _with_rows(self, login: str, page: Page, address: str, wanted: Wanted) -> Page:
        """Presses the button for a further row until every wanted row is there."""
        keys = {name.split("-")[0]: name.split("-")[1] for name in wanted if name.count("-") == 2}
        for key, last in keys.items():
            while key in _lists(page.form(address), wanted) and not any(name.startswith(f"{key}-{last}-") for name in fields_of(page.form(address))):
                form = page.form(address)
                assert form is not None  # a list shows in it
                (button,) = form.xpath(f".//button[@name='add' and @value='{key}']")
                page = self._browser(login).send(button.get("formaction"), [*_entered(form, wanted), ("add", key)])
        return page


def _asked(portal: Page, names: set[tuple[str, str]], task: str) -> str:
    """The address of the first task of this name on the page of a party."""
    for row in portal.tree.xpath("//li[@data-row][.//*[@class='step']]"):
        if (row.xpath("string(.//*[@class='process'])"), row.xpath("string(.//*[@class='step'])")) in names:
            return str(row.xpath("string((.//a/@href | .//form/@action)[1])")).removesuffix("/claim")
    raise Refused(f"工作台上没有任务 {task}")


def _flat(form: Entries) -> Wanted:
    """Entries by the name of their field on the page: rows of a list are `key-0-field`, what is ticked of several boxes stays a list."""
    found: dict[str, str | list[str]] = {}
    for key, value in form.items():
        if isinstance(value, list) and not all(isinstance(row, str) for row in value):
            found.update({f"{key}-{at}-{name}": text for at, row in enumerate(value) for name, text in row.items()})
        else:
            found[key] = value
    return found


def _lists(form: Any, wanted: Wanted) -> set[str]:
    """The lists of which rows are wanted and that show, so that rows can be added."""
    shown = {str(button.get("value")) for button in form.xpath(".//button[@name='add']")} if form is not None else set[str]()
    return shown & {name.split("-")[0] for name in wanted if name.count("-") == 2}


def _entered(form: Any, wanted: Wanted) -> list[tuple[str, str]]:
    shown = fields_of(form)
    boxes = {box.get("name"): box.get("value", "on") for box in form.xpath(".//input[@type='checkbox']")}
    return filled(form, [(name, _chosen(form, name, _ticked(boxes, name, value))) for name, value in wanted.items() if name in shown])


def _chosen(form: Any, name: str, value: str | list[str]) -> str | list[str]:
    """The value of what a list, or a box of several, shows as this text; any other entry as it is."""
    if isinstance(value, list):
        shown = {" ".join(box.getparent().text_content().split()): str(box.get("value")) for box in form.xpath(f".//label/input[@name='{name}']")}
        return [shown.get(one, one) for one in value]
    options = form.xpath(f".//select[@name='{name}']//option")
    return next((str(option.get("value")) for option in options if option.text_content().strip() == value), value)


def _ticked(boxes: Mapping[str, str], name: str, value: str | list[str]) -> str | list[str]:
    return value if isinstance(value, list) or name not in boxes else boxes[name] if value.lower() in TICKED else ""


def _require_all(wanted: Wanted, shown: set[str]) -> None:
    if missing := sorted(wanted.keys() - shown):
        raise Refused(f"表单上没有出现 {'、'.join(missing)}")


def _forged(page: Page) -> list[tuple[str, str]]:
    token = page.tree.xpath("string(//input[@name='csrf']/@value)")
    return [("csrf", str(token)), ("key", uuid4().hex)]
