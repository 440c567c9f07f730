"""What a person is about to start: the process, the office in whose name, and the case that it is about, if any."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from engine.errors import NoSuchProcess
from engine.forms import Form
from engine.reads import CaseHeader, StartView
from records.offices import store
from web import identity
from web.languages import named
from web.services import services

OFFICE_FIELD = "case_office"  # no field of a form has this name: keys of forms are the variables of the case


@dataclass(frozen=True)
class Beginning:
    """A start form as it stands before the person; `offices` are those in whose name one may start."""

    view: StartView
    form: Form | None
    about: CaseHeader | None
    offices: dict[str, str]
    office_id: str

    @property
    def about_id(self) -> str:
        return self.about.instance_id if self.about else ""


def beginning(process_id: str) -> Beginning:
    """As the address and the form name it; raises NoSuchProcess for what this person may not start, NotFound for an unseen case."""
    engine, me = services().engine, identity.staff()
    about = engine.header(request.args["about"], me.actor) if request.args.get("about") else None
    views = engine.offered(about.instance_id, me.actor) if about else engine.startable(me.actor)
    view = next((view for view in views if view.model.process_id == process_id), None)
    if view is None:
        raise NoSuchProcess(process=process_id)
    offices = {} if about else _names(view)
    wanted = request.form.get(OFFICE_FIELD, "")
    office_id = about.office_id if about else wanted if wanted in offices else next(iter(offices), me.actor.office_id)
    form = view.form.for_party() if view.form and me.actor.party else view.form
    return Beginning(view, engine.filled(form, office_id) if form else None, about, offices, office_id)


def _names(view: StartView) -> dict[str, str]:
    """The offices in whose name the person may start the process: id → name."""
    with services().database.read() as session:
        found = [store.office(session, office_id) for office_id in view.office_ids]
    return {office.id: named(office.name, office.name_en) for office in found}
