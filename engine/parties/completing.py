"""What the holder's completion must heed: for whom it waits, who signs after it, and the signatures that stay with the case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from db.clock import SHANGHAI, legal_date
from db.types import dump_json
from engine.errors import NotEligible, NotPossibleNow, WaitsForOthers
from engine.link import Link
from engine.parties import rows
from engine.parties.rounds import refused
from engine.parties.rows import Party
from engine.parties.rules import AFTER, ASK, BEFORE, DELEGATE, SIGN, SIGNS, may_give_away
from engine.people import Actor

if TYPE_CHECKING:
    from engine.case import Case
    from engine.tokens import Element

SIGNED = "signed"  # the variable: task → what those who signed it came to
_DOES = {
    DELEGATE: ("代办", "delegate"), BEFORE: ("前加签", "signs before"), AFTER: ("后加签", "signs after"), SIGN: ("会签", "counter-signs"),
    ASK: ("答复", "answer"),
}  # fmt: skip


def require_free(parties: Iterable[Party], task_id: str, instance_id: str) -> None:
    """Raises WaitsForOthers while the holder waits for somebody; its sentence says for whom."""
    if waiting := rows.blocking(parties):
        zh, en = waits_for(waiting)
        raise WaitsForOthers(f"还在等{zh}，暂不能提交", f"It cannot be submitted yet: it waits for {en}.", task=task_id, instance=instance_id)


def require_agreed(parties: Iterable[Party], task_id: str, instance_id: str) -> None:
    """Raises NotPossibleNow where signers refused: whoever goes on all the same does so with the task before him, and not among many."""
    if refused(parties):
        raise NotPossibleNow("会签人不同意，须逐件办理", "Its signers refused: it is done by itself.", task=task_id, instance=instance_id)


def bar_signers(parties: Iterable[Party], actor: Actor, task_id: str, instance_id: str) -> None:
    """Raises NotEligible for whoever signs the task: he neither takes nor completes it."""
    if rows.signs(parties, actor.person_id):
        raise NotEligible("您是这项任务的会签人，不能同时承办", "You sign this task and cannot hold it too.", task=task_id, instance=instance_id)


def require_movable(link: Link, task_id: str, instance_id: str) -> None:
    """Raises NotPossibleNow where the task is with a delegate or handed in, and so cannot go to somebody else."""
    parties = rows.of_task(link, task_id)
    if not may_give_away(rows.standing(parties)):
        raise NotPossibleNow(*not_movable(parties), task=task_id, instance=instance_id)


def not_movable(parties: Iterable[Party]) -> tuple[str, str]:
    """Why a task stays with its holder, in both languages."""
    zh, en = waits_for(rows.blocking(parties))
    return f"还在等{zh}；请先收回，再退领、转办或修改", f"It waits for {en}; take that back before you release, transfer or change it."


def waits_for(waiting: Sequence[Party]) -> tuple[str, str]:
    """For whom, and for what, as a sentence in either language says it."""
    found = {kind: rows.names(p for p in waiting if p.kind == kind) for kind in dict.fromkeys(party.kind for party in waiting)}
    zh = "、".join(f"{'、'.join(names)}{_DOES[kind][0]}" for kind, names in found.items())
    return zh, "; ".join(f"{', '.join(names)} ({_DOES[kind][1]})" for kind, names in found.items())


def signing_after(parties: Iterable[Party]) -> list[Party]:
    """Those who sign after the holder and have not been asked yet."""
    return [party for party in parties if party.kind == AFTER and party.is_undecided and not party.blocks]


def hand_in(case: Case, name: str, task_id: str, raw: Mapping[str, Any], values: Mapping[str, Any], after: Sequence[Party]) -> None:
    """Keeps what the holder entered, and asks those who sign after him: all of a round at once, or the first of them."""
    link = case.link
    link.put("UPDATE task SET draft = ? WHERE id = ?", dump_json(dict(raw)), task_id)
    rows.holds_up(link, after)
    rows.asked_for(link, after, case.actor, case.now)
    first: list[Party] = []
    for round_ in dict.fromkeys(party.round for party in after):
        seats = [party for party in after if party.round == round_]
        first += seats[:1] if rows.rule_of(seats[0]).in_order else seats
    rows.open_now(link, first)
    case.note("handed_in", case.at_element, name, {"task": task_id, "to": rows.names(after), "values": dict(values), **({"way": case.way} if case.way else {})})


def keep_signatures(case: Case, element: Element, home: int, parties: Sequence[Party]) -> None:
    """Variable `signed`: task → result, counts and every signature with name, time and opinion, for gateways and papers."""
    acted = [party for party in parties if party.kind in SIGNS and party.state in {"agreed", "refused"}]
    rounds = [party for party in parties if party.kind == SIGN]
    if acted or rounds:
        kept = dict(case.store.contents.get(home, {}).get(SIGNED) or {})
        kept[element.id] = {**counted(rounds), "signatures": [_signature(party) for party in acted]}
        case.store.put(home, SIGNED, kept, element.id)


def counted(seats: Iterable[Party]) -> dict[str, Any]:
    """The result of a counter-sign over all its rounds, and how many agreed, refused and were asked; a round in which nobody was left
    says nothing, and `lapsed` is what there is when all are so.
    """
    by_round: dict[str, list[Party]] = {}
    for party in seats:
        by_round.setdefault(party.round, []).append(party)
    results = {rows.result(found) for found in by_round.values()} - {"lapsed"}
    everybody = [party for found in by_round.values() for party in found]
    return {
        "result": "refused" if "refused" in results else "agreed" if "agreed" in results else "lapsed",
        "agreed": sum(party.state == "agreed" for party in everybody),
        "refused": sum(party.state == "refused" for party in everybody),
        "of": sum(party.because not in rows.DOES_NOT_COUNT for party in everybody),
    }


def _signature(party: Party) -> dict[str, Any]:
    assert party.closed_at is not None
    return {
        "person_id": party.person_id, "name": party.person_name, "kind": party.kind, "agreed": party.state == "agreed",
        "opinion": party.opinion, "on": legal_date(party.closed_at), "at": party.closed_at.astimezone(SHANGHAI),
    }  # fmt: skip
