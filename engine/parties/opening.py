"""Signers whom the model names: they are asked when the task opens, in the step that opens it.

`signers` is FEEL for a list: the id of a person, `role@relation` for whoever holds that post, or a context with `person_id`, `name` or
`post`, and `weight`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from db.ids import new_id
from engine.errors import NoSuchPost
from engine.parties import rows
from engine.parties.rows import Party
from engine.parties.rules import MOST_SEATS, SIGN, parse
from engine.rights import parted
from engine.tokens.model import Element
from engine.tokens.state import Scope

if TYPE_CHECKING:
    from engine.case import Case

COUNTERSIGN, SIGNERS = "countersign", "signers"
MOST_WEIGHT = 1000


def seats(case: Case, element: Element, scope: Scope, task_id: str, *, only: str) -> list[Party]:
    """The seats of a task that the model has counter-signed; raises NoSuchPost where it names nobody, or somebody who is not there, or the
    `only` person who can hold it.
    """
    rule_text = element.properties[COUNTERSIGN].strip()
    rule = parse(rule_text)
    found = case.evaluate(element.properties.get(SIGNERS, ""), scope)
    asked = list(found) if isinstance(found, (list, tuple)) else [found] if found else []
    if rule is None or not asked or len(asked) > MOST_SEATS:
        raise NoSuchPost(f"“{element.name}”的会签没有得出会签人，或者超过 {MOST_SEATS} 人", element=element.id)
    round_, places = new_id(), dict[tuple[str, str], int]()
    for one in asked:
        person, post, weight = _place(case, element, one)
        places.setdefault((person, post), weight)  # nobody signs twice
    known = _names(case, [person for person, _post in places if person])
    made = []
    for number, ((person, post), weight) in enumerate(places.items(), 1):
        if person and person not in known:
            raise NoSuchPost(f"“{element.name}”的会签人 {person[:64]} 不存在，或者已没有岗位", element=element.id)
        if only and person == only:
            raise NoSuchPost(f"“{element.name}”只能由 {known[person]} 承办，不能又请其会签", element=element.id)
        made.append(
            rows.new(
                task_id, case.ref.instance_id, round_, SIGN, number, case.now, person=(person, known[person]) if person else None,
                post_id=post or None, rule=rule_text, weight=weight, state="waiting" if rule.in_order and number > 1 else "open", blocks=True,
            )
        )  # fmt: skip
    return made


def _place(case: Case, element: Element, given: Any) -> tuple[str, str, int]:
    """(person, post, weight); one of the first two is empty."""
    row: Mapping[str, Any] = given if isinstance(given, dict) else {}
    try:
        weight = int(row.get("weight") or 1)
    except (TypeError, ValueError):
        weight = 0
    if not 1 <= weight <= MOST_WEIGHT:
        raise NoSuchPost(f"“{element.name}”的会签份额应为 1 至 {MOST_WEIGHT} 的整数", element=element.id)
    text = str(row.get("person_id") or row.get("post") or "") if row else str(given or "")
    if "@" not in text:
        return text, "", weight
    role, relation = parted(text)
    posts = case.kernel.directory.candidates(case.session, role, relation, case.ref.office_id)
    if not posts:
        raise NoSuchPost(f"找不到会签“{element.name}”的岗位（{text[:80]}）", element=element.id)
    return "", posts[0], weight


def _names(case: Case, people: Sequence[str]) -> dict[str, str]:
    if not people:
        return {}
    return {found.person_id: found.name for found in case.kernel.directory.named(case.session, people, case.kernel.clock.today())}
