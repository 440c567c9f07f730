"""What a person is about to start: the process, the office in whose name, and the case that it is about, if any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

from engine.api import Engine
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
    form = view.form.for_party() if view.form and me.actor.party else view.form
    office_id = about.office_id if about else wanted if wanted in offices else first_with_choices(engine, form, list(offices)) or me.actor.office_id
    return Beginning(view, engine.filled(form, office_id) if form else None, about, offices, office_id)


def first_with_choices(engine: Engine, form: Form | None, offices: Sequence[str]) -> str:
    """The first of the offices at which every list that must be chosen from offers something, else the first; empty without offices."""
    asks = form is not None and len(offices) > 1 and bool(form.sources)
    return next((id_ for id_ in offices if asks and form and _offers(engine.filled(form, id_))), next(iter(offices), ""))


def _offers(form: Form) -> bool:
    return all(field.options for field in form.fields if field.required and field.source and not field.is_of_case)


def _names(view: StartView) -> dict[str, str]:
    """The offices in whose name the person may start the process: id → name."""
    with services().database.read() as session:
        found = [store.office(session, office_id) for office_id in view.office_ids]
    return {office.id: named(office.name, office.name_en) for office in found}
