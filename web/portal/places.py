"""Where a case stands, in words that a party needs: whose turn it is, since when, how it ended. What the steps inside are called stays inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext as _

from deadlines.model import Deadline
from engine.outside import Outcome, Standing
from engine.reads import CaseHeader
from records.offices import parties, store
from web import formats, identity
from web.cases.stations import has_counter, own_post
from web.languages import is_english, named
from web.services import services


@dataclass(frozen=True)
class Place:
    """A sentence and since when it holds; `kind`: own, counter (its own), inside, done or ended."""

    kind: str
    text: str
    since: datetime | None

    @property
    def colour(self) -> str:
        """Of its tag."""
        return {"own": "amber", "counter": "amber", "inside": "blue"}.get(self.kind, "")


@dataclass(frozen=True)
class Ground:
    """What is known of many cases at once: where each stands, how it ended, its running terms, the names of posts and parties, and since when the
    party's own counter has work of it.
    """

    standings: Mapping[str, list[Standing]] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    running: Mapping[str, list[Deadline]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    counters: Mapping[str, datetime] = field(default_factory=dict)

    @classmethod
    def of(cls, cases: Sequence[CaseHeader]) -> Ground:
        """As it is now; the number of cases makes no difference to how often the database is asked."""
        deps, actor = services(), identity.staff().actor
        active = [case.instance_id for case in cases if case.status == "active"]
        over = [case.instance_id for case in cases if case.status == "completed"]
        standings, outcomes = deps.engine.standings(active, actor), deps.engine.outcomes(over, actor)
        posts = {post for places in standings.values() for place in places for post in place.posts}
        with deps.database.read() as session:
            running = deps.deadlines.open_among(session, active) if active else {}
            offices = store.office_of_each(session, sorted(post for post in posts if ":" not in post))
            names = {post: named(office.name, office.name_en) for post, office in offices.items()}
            for post in sorted(post for post in posts if ":" in post):
                if (party := parties.named(session, post)) is not None:
                    names[post] = named(party.name, party.name_en)
        terms = {case: [row for row in rows if row.state == "running"] for case, rows in running.items()}
        return cls(standings, outcomes, terms, names, deps.engine.workers.of_post(own_post(), active) if has_counter() else {})


def place_of(case: CaseHeader, ground: Ground) -> Place:
    """Where a case of the party that asks stands."""
    if case.status == "cancelled":
        return Place("ended", str(_("已撤销")), case.ended_at)
    if case.status != "active":
        return Place("done", result_of(ground.outcomes.get(case.instance_id)), case.ended_at)
    standings = ground.standings.get(case.instance_id, [])
    if own := [one for one in standings if one.is_own]:
        return Place("own", str(_("等待您单位办理")), own[0].since)
    if (since := ground.counters.get(case.instance_id)) is not None:
        return Place("counter", str(_("等待您单位工作站办理")), since)
    if names := list(dict.fromkeys(name for post, name in ground.names.items() if any(post in one.posts for one in standings))):
        return Place("inside", str(_("由%(who)s办理", who=(", " if is_english() else "、").join(names))), standings[0].since)
    if awaited := ground.running.get(case.instance_id):
        return Place("inside", str(_("等待%(what)s届满（%(day)s）", what=label_of(awaited[0]), day=formats.day(awaited[0].due_on))), case.started_at)
    return Place("inside", str(_("办理中")), case.started_at)


def result_of(outcome: Outcome | None) -> str:
    """That a case is over, and with which result: granted and refused must not look alike."""
    return str(_("已办结：%(result)s", result=named(outcome.name, outcome.name_en)) if outcome else _("已办结"))


def label_of(row: Deadline) -> str:
    """What a term is called in the language of the page; that a designer chose it is a note for designers."""
    return named(row.label, str(row.rule.get("label_en", ""))).removesuffix("（所选）").removesuffix(" [chosen]")
