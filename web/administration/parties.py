"""Outside parties: registering one, and giving it accounts that see the cases in which it is named."""

from __future__ import annotations

from flask import Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from records.audit import Who
from records.offices import parties as records
from records.offices import people
from records.offices.errors import ChangeRefused
from records.offices.model import Office
from records.sentences import ValueRefused
from records.taxpayers import store as taxpayers
from records.taxpayers.errors import TaxpayerUnknown
from records.values import TaxpayerId
from web.administration import desk
from web.administration.board import blueprint, done, page
from web.languages import is_english
from web.services import services


@blueprint.get("/parties")
def parties() -> Response:
    """Every party that the reader's offices keep."""
    return _page()


@blueprint.post("/parties/new")
def register_party() -> BaseResponse:
    """Registers a party; an enterprise is a taxpayer, known or registered now."""
    if error := desk.change("party.register", _register):
        return _page(error)
    return done(url_for("administration.parties"))


@blueprint.post("/parties/<party_id>/accounts")
def create_account(party_id: str) -> BaseResponse:
    """A new account of a party; the security administrator gives the first password."""
    def act(session: Session, acting: Who) -> None:
        row, form = desk.party(session, party_id, "parties"), request.form
        at = session.get_one(Office, row.office_id)
        people.create(session, acting, form.get("login", ""), form.get("name", ""), form.get("name_en", ""), at, row)

    with services().database.read() as session:
        desk.party(session, party_id, "parties")
    if error := desk.change("party.account", act):
        return _page(error)
    return done(url_for("administration.parties"))


def _register(session: Session, acting: Who) -> None:
    form = request.form
    at, number = desk.office(session, form.get("office", ""), "parties"), form.get("number", "").strip().upper()
    if form.get("kind") == "enterprise":
        as_taxpayer(session, acting, number, form.get("name", "").strip())
    records.register(session, acting, form.get("kind", ""), number, form.get("name", ""), form.get("name_en", ""), at)


def as_taxpayer(session: Session, acting: Who, number: str, name: str) -> None:
    """An enterprise is a taxpayer, known or registered now. Raises ChangeRefused."""
    try:
        TaxpayerId(number)
        try:
            taxpayers.taxpayer(session, number)
        except TaxpayerUnknown:
            if name:  # a nameless one is refused where the party is registered
                taxpayers.register(session, acting, number, name[:100], today=services().clock.today())
    except ValueRefused as refused:
        raise ChangeRefused("as_said", zh=refused.refusal.say("zh"), en=refused.refusal.say("en")) from refused


def _page(error: str = "") -> Response:
    with services().database.read() as session:
        realm = desk.realm(session)
        found = [(one, records.accounts(session, one.id)) for one in records.parties(session, [one.id for one in realm])]
    kinds = [(kind, en if is_english() else zh) for kind, (zh, en) in records.KINDS.items()]
    return page(
        "parties", "parties", error=error, rows=found, kinds=kinds, kind_names=dict(kinds), offices=desk.choices(realm),
        entered=request.form if error else {},
    )  # fmt: skip
