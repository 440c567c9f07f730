"""The variables of a case: one store, scoped, outside the tokens. Reading looks outwards, writing goes where the name lives.

A value is stored once, whatever the number of parallel branches; nothing is copied at a split and nothing lost at a join.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.codec import decode, encode
from engine.link import Link
from engine.tokens.state import Scope


class Store:
    """Scope → variables, loaded whole, written where changed. `stamps` tell in which version a name was last written."""

    def __init__(self, contents: dict[int, dict[str, Any]]) -> None:
        self.contents = contents
        self.changed: set[int] = set()
        self.gone: set[int] = set()

    @classmethod
    def load(cls, link: Link, instance_id: str) -> Store:
        """Every scope of a case."""
        rows = link.all("SELECT scope_id, content FROM variables WHERE instance_id = ?", instance_id)
        return cls({scope: decode(bytes(content)) for scope, content in rows})

    def flush(self, link: Link, instance_id: str) -> None:
        """Writes what has changed and forgets what has ended."""
        rows = [(instance_id, s, encode(self.contents[s])) for s in sorted(self.changed - self.gone) if s in self.contents]
        link.many(
            "INSERT INTO variables (instance_id, scope_id, content) VALUES (?, ?, ?)"
            " ON CONFLICT (instance_id, scope_id) DO UPDATE SET content = excluded.content",
            rows,
        )
        link.many("DELETE FROM variables WHERE instance_id = ? AND scope_id = ?", [(instance_id, s) for s in sorted(self.gone)])
        self.changed.clear()
        self.gone.clear()

    def open(self, scope_id: int, values: Mapping[str, Any]) -> None:
        """Begins a scope, or adds local values to one."""
        self.contents.setdefault(scope_id, {}).update(values)
        self.changed.add(scope_id)
        self.gone.discard(scope_id)

    def close(self, scope_id: int) -> None:
        """Forgets a scope."""
        self.contents.pop(scope_id, None)
        self.gone.add(scope_id)

    def put(self, scope_id: int, name: str, value: Any) -> None:
        """Sets a variable in exactly this scope."""
        self.contents.setdefault(scope_id, {})[name] = value
        self.changed.add(scope_id)


class View(Mapping[str, Any]):
    """What an expression sees from a scope: its own variables, then those of the scopes around it."""

    __slots__ = ("chain", "store")

    def __init__(self, store: Store, scopes: Mapping[int, Scope], scope: Scope) -> None:
        self.store = store
        self.chain = visible(scopes, scope)

    def get(self, name: str, default: Any = None) -> Any:
        for scope_id in self.chain:
            content = self.store.contents.get(scope_id)
            if content is not None and name in content:
                return content[name]
        return default

    def __getitem__(self, name: str) -> Any:
        for scope_id in self.chain:
            content = self.store.contents.get(scope_id)
            if content is not None and name in content:
                return content[name]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.flat())

    def __len__(self) -> int:
        return len(self.flat())

    def flat(self) -> dict[str, Any]:
        """All visible variables; inner ones hide outer ones."""
        merged: dict[str, Any] = {}
        for scope_id in reversed(self.chain):
            merged.update(self.store.contents.get(scope_id, {}))
        return merged


def visible(scopes: Mapping[int, Scope], scope: Scope) -> list[int]:
    """Scope ids from the inside out; a called process does not see its caller."""
    chain = [scope.id]
    while scope.parent and scope.parent in scopes:
        outer = scopes[scope.parent]
        if outer.process != scope.process:
            break
        chain.append(outer.id)
        scope = outer
    return chain


def home(store: Store, scopes: Mapping[int, Scope], scope: Scope, name: str) -> int:
    """Where a written name belongs: where it already lives, else the run of a multi-instance, else the process."""
    chain = visible(scopes, scope)
    for scope_id in chain:
        if name in store.contents.get(scope_id, {}):
            return scope_id
    for scope_id in chain:
        if "loopCounter" in store.contents.get(scope_id, {}):
            return scope_id
    return chain[-1]
