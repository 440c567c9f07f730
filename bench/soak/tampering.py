"""What somebody can do who has the whole database and none of its guards: eleven ways to change evidence, each at a random place.

Each way says what must be found afterwards. The triggers stand again when it is done, so that only the chain can tell.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.chain import links, reads
from db.chain.findings import ANCHOR, SEAL, SHORTER, Finding
from db.chain.members import packed, unpacked
from db.chain.rows import seen
from db.evidence import Evidence, declared
from db.ids import new_id
from db.session import Database
from db.timeouts import ENDLESS
from db.types import moment_from_text, moment_text

Judge = Callable[[Sequence[Finding]], bool]
WHO = {"person_id", "person_name", "issued_by", "loaded_by", "deployed_by", "archived_by"}


@contextmanager
def superuser(database: Database) -> Iterator[Session]:
    """A transaction in which no trigger fires; afterwards they stand as before."""
    with database.write(ENDLESS) as session:
        if not database.is_sqlite:
            session.execute(text("SET LOCAL session_replication_role = replica"))
            yield session
            return
        made = session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).fetchall()
        for name, _sql in made:
            session.execute(text(f'DROP TRIGGER "{name}"'))
        yield session
        session.flush()
        for _name, sql in made:
            session.connection().exec_driver_sql(sql)


def naming(kind: Evidence, *keys: str) -> Judge:
    """One of these rows must be named."""
    return lambda found: any(one.table == kind.table and one.key in keys for one in found)


def of_kind(*kinds: str) -> Judge:
    """Something of the chain itself must be named."""
    return lambda found: any(one.kind in kinds for one in found)


@dataclass
class Intruder:
    """Edits at random; `key` is the installation's, for those who have stolen that too."""

    database: Database
    chance: random.Random
    key: bytes
    old_copies: dict[str, list[tuple[Any, ...]]]

    # --- places ---------------------------------------------------------------------------------------------------------------

    def _kind(self, test: Callable[[Evidence], bool] = lambda _kind: True, *, rows: int = 1) -> tuple[Evidence, list[str]]:
        """A kind of evidence with the keys of its rows."""
        with self.database.read(ENDLESS) as session:
            kinds = [kind for kind in declared().values() if test(kind) and not kind.set_by]
            some = [(kind, self._keys(session, kind)) for kind in kinds]
        return self.chance.choice([(kind, keys) for kind, keys in some if len(keys) >= rows])

    @staticmethod
    def _keys(session: Session, kind: Evidence) -> list[str]:
        return [str(key) for key in session.execute(text(f'SELECT "{kind.key}" FROM "{kind.table}" ORDER BY "{kind.key}"')).scalars()]

    def _set(self, kind: Evidence, key: str, column: str, value: Any) -> None:
        with superuser(self.database) as session:
            statement = text(f'UPDATE "{kind.table}" SET "{column}" = :value WHERE "{kind.key}" = :key')
            session.execute(statement, {"value": value, "key": kind.as_key(key)})

    def _value(self, session: Session, kind: Evidence, key: str, column: str) -> Any:
        return session.execute(text(f'SELECT "{column}" FROM "{kind.table}" WHERE "{kind.key}" = :key'), {"key": kind.as_key(key)}).scalar_one()

    def _changed(self, value: Any) -> Any:
        """Another value of the same type, as near as can be."""
        if isinstance(value, int):
            return value + 1
        if value is None or isinstance(value, str):
            return f"{(value or 'x')[:-1]}{'a' if (value or 'x')[-1:] != 'a' else 'b'}"
        return value + timedelta(microseconds=1) if hasattr(value, "microsecond") else value + timedelta(days=1)

    def _change(self, kind: Evidence, key: str, column: str) -> Judge:
        with self.database.read(ENDLESS) as session:
            value = self._value(session, kind, key, column)
        self._set(kind, key, column, self._changed(value))
        return naming(kind, key)

    # --- ways -----------------------------------------------------------------------------------------------------------------

    def value(self) -> Judge:
        """Another value in some column."""
        kind, keys = self._kind()
        fixed = {kind.key, kind.moment, *WHO, *self._references(kind)}
        return self._change(kind, self.chance.choice(keys), self.chance.choice([c for c in kind.columns[-1] if c not in fixed]))

    def _references(self, kind: Evidence) -> set[str]:
        return {"deadline_id"} if kind.table == "deadline_event" else set()

    def moment(self) -> Judge:
        """Another moment."""
        kind, keys = self._kind(lambda one: bool(one.moment))
        key = self.chance.choice(keys)
        with self.database.read(ENDLESS) as session:
            value = self._value(session, kind, key, kind.moment)
        by = timedelta(seconds=self.chance.choice((-86_400, -1, 1, 60)))
        self._set(kind, key, kind.moment, moment_text(moment_from_text(value) + by) if isinstance(value, str) else value + by)
        return naming(kind, key)

    def who(self) -> Judge:
        """Another person."""
        kind, keys = self._kind(lambda one: bool(WHO & set(one.columns[-1])))
        return self._change(kind, self.chance.choice(keys), self.chance.choice(sorted(WHO & set(kind.columns[-1]))))

    def delete(self) -> Judge:
        """A row is gone."""
        kind, keys = self._kind()
        key = self.chance.choice(keys)
        with superuser(self.database) as session:
            session.execute(text(f'DELETE FROM "{kind.table}" WHERE "{kind.key}" = :key'), {"key": kind.as_key(key)})
        return naming(kind, key)

    def back_date(self) -> Judge:
        """A row of long ago is put in: past the trigger, or by it, so that an honest sealer seals it with the next."""
        kind, keys = self._kind(lambda one: bool(one.moment) and one.name in {"history", "trail_entry", "comment", "deadline_event"})
        key, past_trigger = self.chance.choice(keys), self.chance.random() < 0.5
        columns = ", ".join(f'"{name}"' for name in kind.columns[-1] if name not in {kind.key, kind.moment})
        unique = ", ".join(":step" if name == '"step"' else name for name in columns.split(", "))
        with self.database.read(ENDLESS) as session:
            value = self._value(session, kind, key, kind.moment)
            new: int | str = max(map(int, keys)) + 1_000_000 if kind.whole_key else new_id()
        by = timedelta(days=self.chance.randint(1, 400))
        at = moment_text(moment_from_text(value) - by) if isinstance(value, str) else value - by
        statement = text(
            f'INSERT INTO "{kind.table}" ("{kind.key}", "{kind.moment}", {columns})'
            f' SELECT :new, :at, {unique} FROM "{kind.table}" WHERE "{kind.key}" = :key'
        )
        given = {"new": new, "at": at, "key": kind.as_key(key), **({"step": new_id()} if ":step" in unique else {})}
        with superuser(self.database) if past_trigger else self.database.write(ENDLESS) as session:
            session.execute(statement, given)
        return naming(kind, str(new))

    def swap(self) -> Judge:
        """Two rows change places."""
        kind, keys = self._kind(lambda one: one.name in {"history", "trail_entry", "comment", "attachment"}, rows=2)
        one, other = self.chance.sample(keys, 2)
        columns = [name for name in kind.columns[-1] if name != kind.key]
        read = text(f'SELECT {", ".join(f"{chr(34)}{c}{chr(34)}" for c in columns)} FROM "{kind.table}" WHERE "{kind.key}" = :key')
        with superuser(self.database) as session:
            rows = {key: session.execute(read, {"key": kind.as_key(key)}).one() for key in (one, other)}
            write = text(f'UPDATE "{kind.table}" SET {", ".join(f"{chr(34)}{c}{chr(34)} = :v{n}" for n, c in enumerate(columns))} WHERE "{kind.key}" = :key')
            for key, source in ((one, other), (other, one)):
                session.execute(write, {"key": kind.as_key(key), **{f"v{n}": value for n, value in enumerate(rows[source])}})
        return naming(kind, one, other)

    def rewrite(self) -> Judge:
        """A row is changed, and the chain computed anew from there to its end; half of them have the installation's key as well."""
        self.value()
        key = self.key if self.chance.random() < 0.5 else hashlib.sha256(b"guessed").digest()
        with superuser(self.database) as session:
            previous = links.BEGINNING
            for header, content in reads.after(session, 0, 100_000):
                groups = {}
                for group in unpacked(content):
                    kind = declared()[group.name]
                    now = seen(session, kind, group.version, [row[0] for row in group.rows])
                    groups[group.name, group.version] = [(row[0], now[row[0]].digest) for row in group.rows]
                members = packed(groups)
                made = replace(header, previous=previous, root=links.root_of(members))
                previous = made.hashed()
                session.execute(
                    text("UPDATE seal SET previous = :p, root = :r, head = :h, mac = :m, members = :b WHERE number = :n"),
                    {"p": made.previous, "r": made.root, "h": previous, "m": links.mark(key, previous), "b": members, "n": header.number},
                )
        return of_kind(ANCHOR) if key == self.key else of_kind(SEAL, ANCHOR)

    def truncate(self) -> Judge:
        """The last seals are cut off with all their rows, as if it had never happened."""
        with superuser(self.database) as session:
            found = reads.after(session, 0, 100_000)
            keep = len(found) - self.chance.randint(1, len(found) - 1)
            for _header, content in found[keep:]:
                for group in unpacked(content):
                    kind = declared()[group.name]
                    if kind.set_by:
                        continue
                    for key, _digest in group.rows:
                        session.execute(text(f'DELETE FROM "{kind.table}" WHERE "{kind.key}" = :key'), {"key": kind.as_key(key)})
            session.execute(text("DELETE FROM seal WHERE number > :n"), {"n": keep})
            session.execute(text("DELETE FROM unsealed"))
        return of_kind(SHORTER, ANCHOR)

    def bytes_of_blob(self) -> Judge:
        """Other bytes under the same name, or under their own."""
        kind = declared()["blob"]
        with self.database.read(ENDLESS) as session:
            key = self.chance.choice(self._keys(session, kind))
        content = self.chance.randbytes(40)
        self._set(kind, key, "content", content)
        if self.chance.random() < 0.5:
            self._set(kind, key, "sha256", hashlib.sha256(content).hexdigest())
        return naming(kind, key)

    def old_copy(self) -> Judge:
        """A whole table as it was yesterday takes the place of today's."""
        name = self.chance.choice(sorted(self.old_copies))
        kind = declared()[name]
        columns = kind.columns[-1]
        with superuser(self.database) as session:
            now = set(self._keys(session, kind))
            session.execute(text(f'DELETE FROM "{kind.table}"'))
            places = ", ".join(f":v{n}" for n in range(len(columns)))
            names = ", ".join(f'"{c}"' for c in columns)
            at = columns.index(kind.key)
            for row in self.old_copies[name]:
                session.execute(text(f'INSERT INTO "{kind.table}" ({names}) VALUES ({places})'), {f"v{n}": value for n, value in enumerate(row)})
        return naming(kind, *(now - {str(row[at]) for row in self.old_copies[name]}))

    def seal(self) -> Judge:
        """A seal says something else."""
        with self.database.read(ENDLESS) as session:
            header, members = self.chance.choice(reads.after(session, 0, 100_000))
        column = self.chance.choice(("epoch", "at", "previous", "head", "mac", "rows", "drained", "root", "members"))
        with superuser(self.database) as session:
            value = session.execute(text(f'SELECT "{column}" FROM seal WHERE number = :n'), {"n": header.number}).scalar_one()
            other = _flipped(bytes(members)) if column == "members" else 1 - value if column == "drained" else self._changed(value) if value != "" else "0"
            session.execute(text(f'UPDATE seal SET "{column}" = :v WHERE number = :n'), {"v": other, "n": header.number})
        return lambda found: any(one.kind in {SEAL, ANCHOR} and str(header.number) == one.key for one in found)


def _flipped(content: bytes) -> bytes:
    return content[:-1] + bytes((content[-1] ^ 1,))


WAYS: tuple[str, ...] = (
    "value", "moment", "who", "delete", "back_date", "swap", "rewrite", "truncate", "bytes_of_blob", "old_copy", "seal",
)  # fmt: skip
