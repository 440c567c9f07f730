"""Which token came of which: written down while a step plays, so that a later return knows what depends on what.

Only what a return can ever ask for is kept: tokens that outlive the step, tokens that a join has consumed, and work that was done. Those
that came and went within the step are contracted to what they came of, so that a step writes as much as it leaves behind.

A cause is a number: `+p`, it came when token p was over; `-p`, it came while token p stood there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from engine.tokens.state import Scope, Token

if TYPE_CHECKING:
    from engine.tokens.machine import Machine

Causes = tuple[int, ...]
PASSIVE = frozenset(("boundary", "start", "choice", "fired"))  # what hangs on a token or a scope comes again with it


class Trail:
    """What happened since a machine was loaded, or last told it."""

    def __init__(self) -> None:
        self.born: dict[int, tuple[Token, Causes]] = {}
        self.stands_for: dict[int, Causes] = {}  # an event that waited and has come: the causes of what follows it
        self.scopes: dict[int, Scope] = {}
        self.joined: list[int] = []  # tokens that a join has consumed, and those that came of it
        self.deeds: list[int] = []  # work that was done, messages that were sent
        self.ended: list[int] = []  # runs of repeated activities, in the order of their ends
        self.broken: list[int] = []  # scopes that were interrupted
        self.sweeps: dict[int, tuple[int, Causes]] = {}  # token → scope that was cleared for it, tokens that stood there
        self.values: dict[int, Mapping[str, Any]] = {}  # run of a repeated activity → its own values
        self.notes: dict[str, Any] = {}  # what a return has to say (`engine.moves`)

    def take(self, machine: Machine) -> dict[str, Any]:
        """What must be kept of it, as data; nothing where nothing is."""
        kept = self._kept(machine)
        causes = self._contracted(kept)
        found: dict[str, Any] = {
            "n": [self._row(id_, causes[id_]) for id_ in sorted(kept)],
            "s": [[s.id, s.process, s.element, s.parent, s.owner] for s in map(self.scopes.__getitem__, self._scopes_of(machine, kept))],
            "d": self.deeds,
            "e": self.ended,
            "b": self.broken,
            **self.notes,
        }
        return {name: rows for name, rows in found.items() if rows}

    def _kept(self, machine: Machine) -> set[int]:
        lasting = {id_ for id_, (token, _) in self.born.items() if id_ in machine.tokens and token.role not in PASSIVE}
        swept = (id_ for _, tokens in self.sweeps.values() for id_ in tokens)
        kept = lasting.union(self.joined, self.deeds, swept) & self.born.keys()
        todo = list(kept)
        while todo:  # whoever is kept is kept with the activities inside which it stood
            scope = self.scopes.get(self.born[todo.pop()][0].scope)
            while scope is not None and scope.owner in self.born and scope.owner not in kept:
                kept.add(scope.owner)
                scope = self.scopes.get(self.born[scope.owner][0].scope)
        return kept

    def _scopes_of(self, machine: Machine, kept: Iterable[int]) -> list[int]:
        named = {self.born[id_][0].scope for id_ in kept}
        return sorted(id_ for id_ in self.scopes if id_ in machine.scopes or id_ in named)

    def _contracted(self, kept: set[int]) -> dict[int, Causes]:
        """The causes of each token in tokens that are kept or were there before; causes are older than what they cause."""
        plain: dict[int, Causes] = {}

        def expanded(causes: Causes) -> Causes:
            found: dict[int, None] = {}
            for cause in causes:
                of = abs(cause)
                if of in kept:
                    found[cause] = None
                elif of in self.stands_for or of in plain:
                    found.update(dict.fromkeys(expanded(self.stands_for[of]) if of in self.stands_for else plain[of]))
                else:
                    found[cause] = None
            return tuple(found)

        for id_, (_token, causes) in sorted(self.born.items()):
            plain[id_] = expanded(causes)
        return plain

    def _row(self, id_: int, causes: Causes) -> list[Any]:
        token = self.born[id_][0]
        row: list[Any] = [id_, token.element, token.scope, token.via, token.role, token.host, list(causes), int(token.state == "arrived")]
        more: dict[str, Any] = {}
        if id_ in self.sweeps:
            scope, tokens = self.sweeps[id_]
            more["sweeps"] = [scope, list(tokens)]
        if id_ in self.values:
            more["values"] = dict(self.values[id_])
        return [*row, more] if more else row
