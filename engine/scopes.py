"""The variables of a case: one store, scoped, outside the tokens. Reading looks outwards, writing goes where the name lives.

A value is stored once, whatever the number of parallel branches; nothing is copied at a split and nothing lost at a join.
Each name carries the version of the case in which it was last written, so that two parallel writers can be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from engine.codec import decode, encode
from engine.link import Link
from engine.tokens.repeat import RUN
from engine.tokens.state import Scope

# Values that are stored as they are; whatever else comes in is brought into the form that it will have after a reload.
_SIMPLE = frozenset((str, bool, int, type(None), date, datetime))


_COLUMNS = "v.scope_id, v.name, v.content, v.version, v.element"


def unless(instance: str) -> str:
    """A query for the variables of a case, `instance` being SQL that names it with a `?`; none where it has the version of the second `?`."""
    return f"SELECT {_COLUMNS} FROM instance i JOIN variable v ON v.instance_id = i.id WHERE i.id = {instance} AND i.version <> ?"


class Store:
    """Scope → variables, loaded whole, written where changed."""

    def __init__(self, contents: dict[int, dict[str, Any]]) -> None:
        self.contents = contents
        self.stamps: dict[tuple[int, str], tuple[int, str]] = {}  # name → (version, element) of the last writing
        self.changed: dict[
            tuple[int, str], tuple[str, bytes | None]
        ] = {}  # name → (element that wrote it in this step, its bytes)
        self.born: set[int] = set()  # scopes of this step, of which the database knows nothing yet
        self.gone: set[int] = set()

    @classmethod
    def load(cls, link: Link, instance_id: str) -> Store:
        """Every scope of a case."""
        return cls.of(link.all(f"SELECT {_COLUMNS} FROM variable v WHERE v.instance_id = ?", instance_id))

    @classmethod
    def of(cls, rows: Iterable[tuple[Any, ...]]) -> Store:
        """The variables of these rows."""
        store = cls({})
        for scope_id, name, content, version, element in rows:
            store.contents.setdefault(scope_id, {})[name] = decode(bytes(content))
            store.stamps[scope_id, name] = (version, element)
        return store

    def flush(self, link: Link, instance_id: str, version: int) -> None:
        """Writes what has changed and forgets what has ended."""
        rows = []
        for (scope_id, name), (element, known) in self.changed.items():
            content = encode(self.contents[scope_id][name]) if known is None else known
            rows.append((instance_id, scope_id, name, content, version, element))
            self.stamps[scope_id, name] = (version, element)
        link.many(
            "INSERT INTO variable (instance_id, scope_id, name, content, version, element) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT"
            " (instance_id, scope_id, name) DO UPDATE SET content = excluded.content, version = excluded.version, element = excluded.element",
            rows,
        )
        link.many("DELETE FROM variable WHERE instance_id = ? AND scope_id = ?", [(instance_id, s) for s in sorted(self.gone)])
        self.changed.clear()
        self.born.clear()
        self.gone.clear()

    def open(self, scope_id: int, values: Mapping[str, Any]) -> None:
        """Begins a scope, or adds local values to one."""
        if scope_id not in self.contents:
            self.contents[scope_id] = {}
            self.born.add(scope_id)
        for name, value in values.items():
            self.put(scope_id, name, value)

    def close(self, scope_id: int) -> None:
        """Forgets a scope."""
        for name in self.contents.pop(scope_id, {}):
            self.stamps.pop((scope_id, name), None)
            self.changed.pop((scope_id, name), None)
        if scope_id in self.born:
            self.born.discard(scope_id)
        else:
            self.gone.add(scope_id)

    def put(self, scope_id: int, name: str, value: Any, element: str = "") -> None:
        """Sets a variable in exactly this scope. A value that is no JSON leaf is kept as it will be after a reload."""
        kind, content, known = type(value), self.contents.setdefault(scope_id, {}), None
        if kind not in _SIMPLE:
            known = encode(value)
            value = decode(known)
        elif name in content and type(content[name]) is kind and content[name] == value:
            return
        content[name] = value
        self.changed[scope_id, name] = element, known

    def written_since(self, scope_id: int, name: str, version: int) -> str | None:
        """The element that wrote a name after a version of the case; None if nobody did."""
        stamp = self.stamps.get((scope_id, name))
        return stamp[1] if stamp is not None and stamp[0] > version else None


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
        if RUN in store.contents.get(scope_id, {}):
            return scope_id
    return chain[-1]


def private(value: Any) -> Any:
    """A copy that its reader may change without changing the case."""
    if isinstance(value, dict):
        return {key: private(inner) for key, inner in value.items()}
    return [private(inner) for inner in value] if isinstance(value, list) else value
