"""Where a case stands, in words that a party needs: whose turn it is, since when. What the steps inside are called stays inside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from engine.outside import Standing
from engine.reads import CaseHeader
from records.offices import parties, store
from web import identity
from web.languages import is_english, named
from web.services import services


@dataclass(frozen=True)
class Place:
    """A sentence and since when it holds; `kind`: own, inside, done or ended."""

    kind: str
    text: str
    since: datetime | None

    @property
    def colour(self) -> str:
        """Of its tag."""
        return {"own": "amber", "inside": "blue", "done": "green"}.get(self.kind, "")


def place_of(case: CaseHeader) -> Place:
    """Where a case of the party that asks stands."""
    if case.status == "cancelled":
        return Place("ended", str(_("已撤销")), case.ended_at)
    if case.status != "active":
        return Place("done", str(_("已办结")), case.ended_at)
    standings = services().engine.standing(case.instance_id, identity.staff().actor)
    if own := [one for one in standings if one.is_own]:
        return Place("own", str(_("等待您单位办理")), own[0].since)
    if names := _at_work(standings):
        return Place("inside", str(_("由%(who)s办理", who=(", " if is_english() else "、").join(names))), standings[0].since)
    return Place("inside", str(_("办理中")), case.started_at)


def _at_work(standings: list[Standing]) -> list[str]:
    """The offices, and other parties, with whom the case lies."""
    posts = [post for one in standings for post in one.posts]
    with services().database.read() as session:
        offices = [named(office.name, office.name_en) for office in store.offices_behind(session, [post for post in posts if ":" not in post])]
        outside = [named(party.name, party.name_en) for post in posts if ":" in post and (party := parties.named(session, post)) is not None]
    return list(dict.fromkeys([*offices, *outside]))
