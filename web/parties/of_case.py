"""Who took part in the tasks of a case beside their holders, for its page; and what its reader may do there."""

from __future__ import annotations

from typing import Any

from web import identity
from web.languages import named
from web.parties.words import lines
from web.services import services


def context(instance_id: str) -> dict[str, Any]:
    """The template context: everybody who was asked, the unread copy of this reader, and whether he may leave remarks and files."""
    deps, actor = services().engine.parties, identity.staff().actor
    found = deps.of_case(instance_id, actor)
    copy = next((party for _zh, _en, party in found if party.kind == "copy" and party.person_id == actor.person_id), None)
    return {
        "case_lines": [line for zh, en, party in found for line in lines([party], step=named(zh, en))],
        "my_copy": copy,
        "may_speak": deps.may_speak(instance_id, actor),
    }
