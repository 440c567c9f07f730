"""The limit: psycopg alone, one transaction per step with the least rows that a step needs, all in one flight; no engine.

python -m bench.workloads.bare DATABASE NUMBER-OF-FIRST-CLIENT
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg

from bench.workloads.player import serve
from db.ids import new_id

TABLES = """
CREATE TABLE IF NOT EXISTS bare_case (id text PRIMARY KEY, version int, state bytea);
CREATE TABLE IF NOT EXISTS bare_variable (case_id text, name text, content text, PRIMARY KEY (case_id, name));
CREATE TABLE IF NOT EXISTS bare_task (id text PRIMARY KEY, case_id text, post text, state text, assignee text, due_on date);
CREATE INDEX IF NOT EXISTS bare_task_list ON bare_task (post, due_on, id) WHERE state = 'open' AND assignee IS NULL;
CREATE TABLE IF NOT EXISTS bare_history (id bigserial PRIMARY KEY, case_id text, at timestamptz, kind text, who text, details text);
CREATE TABLE IF NOT EXISTS bare_timer (id text PRIMARY KEY, case_id text, due_at timestamptz, done_at timestamptz);
CREATE INDEX IF NOT EXISTS bare_timer_due ON bare_timer (due_at) WHERE done_at IS NULL;
"""
STATE = b"x" * 600
_HISTORY = "INSERT INTO bare_history (case_id, at, kind, who, details) VALUES (%s, %s, %s, %s, %s)"
_TASK = "INSERT INTO bare_task (id, case_id, post, state) VALUES (%s, %s, 'clerk:nb', 'open')"
_VARIABLE = (
    "INSERT INTO bare_variable (case_id, name, content) VALUES (%s, 'payload', %s)"
    " ON CONFLICT (case_id, name) DO UPDATE SET content = excluded.content"
)


class Held:
    """A connection in the hands of a thread, which goes back when the thread ends: the processor time of a backend counts only while it lives."""

    def __init__(self, connection: psycopg.Connection[Any], idle: list[psycopg.Connection[Any]]) -> None:
        self.connection, self._idle = connection, idle

    def __del__(self) -> None:
        self._idle.append(self.connection)


class Bare:
    """Rows in place of an engine; which task follows is known beforehand."""

    def __init__(self, url: str) -> None:
        self.url, self.own = url, threading.local()
        self._idle: list[psycopg.Connection[Any]] = []
        self._left: dict[str, int] = {}
        self._case: dict[str, str] = {}

    @property
    def connection(self) -> psycopg.Connection[Any]:
        if not hasattr(self.own, "held"):
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = psycopg.connect(self.url, autocommit=True, prepare_threshold=1)
            self.own.held = Held(connection, self._idle)
        found: psycopg.Connection[Any] = self.own.held.connection
        return found

    @contextmanager
    def _in_one_flight(self) -> Iterator[None]:
        """BEGIN, statements and COMMIT go out together; a failure leaves nothing, since COMMIT is then skipped."""
        with self.connection.pipeline():
            self.connection.execute("BEGIN")
            yield
            self.connection.execute("COMMIT")

    def start(self, workload: str, variables: Mapping[str, Any]) -> str:
        case, first = new_id(), [new_id() for _ in range(3 if workload == "W2" else 1)]
        self._left[case] = {"W1": 1, "W2": 0}.get(workload, sys.maxsize)
        with self._in_one_flight():
            self.connection.execute("INSERT INTO bare_case (id, version, state) VALUES (%s, 1, %s)", (case, STATE))
            self.connection.execute(_VARIABLE, (case, variables["payload"]))
            for task in first:
                self.connection.execute(_TASK, (task, case))
                self._case[task] = case
            self._note(case, "started")
        self.own.first = first
        return case

    def open(self, _case: str) -> Sequence[str]:
        found: list[str] = self.own.first
        return found

    def _note(self, case: str, kind: str) -> None:
        self.connection.execute(_HISTORY, (case, datetime.now(UTC), kind, "clerk", "{}"))

    def complete(self, task: str, values: Mapping[str, Any]) -> Sequence[str] | None:
        case = self._case.pop(task)
        following = [new_id()] if self._left[case] and values.get("again", True) else []
        self._left[case] -= bool(following)
        with self._in_one_flight():
            self.connection.execute("UPDATE bare_case SET version = version + 1, state = %s WHERE id = %s", (STATE, case))
            if "payload" in values:
                self.connection.execute(_VARIABLE, (case, values["payload"]))
            self.connection.execute("UPDATE bare_task SET state = 'completed' WHERE id = %s AND state = 'open'", (task,))
            for one in following:
                self.connection.execute(_TASK, (one, case))
                self._case[one] = case
            self._note(case, "completed")
        return following

    def claim(self, task: str, client: int) -> bool:
        claimed = "UPDATE bare_task SET assignee = %s WHERE id = %s AND state = 'open' AND assignee IS NULL RETURNING case_id"
        noted = "INSERT INTO bare_history (case_id, at, kind, who, details) SELECT case_id, now(), 'claimed', %s, '{}' FROM c"
        return self.connection.execute(f"WITH c AS ({claimed}) {noted}", (f"p{client}", task, f"p{client}")).rowcount == 1

    def page(self, posts: Sequence[str], rows: int, cap: int) -> int:
        free = "FROM bare_task WHERE post = %s AND state = 'open' AND assignee IS NULL"
        pages = " UNION ALL ".join(f"(SELECT id, case_id, due_on {free} ORDER BY due_on, id LIMIT %s)" for _ in posts)
        keys = " UNION ALL ".join(f"(SELECT id {free} LIMIT %s)" for _ in posts)
        given = [value for post in posts for value in (post, rows)]
        counted = [value for post in posts for value in (post, cap)]
        with self.connection.pipeline():
            page = self.connection.execute(f"SELECT * FROM ({pages}) p ORDER BY due_on, id LIMIT %s", [*given, rows])
            count = self.connection.execute(f"SELECT count(*) FROM (SELECT id FROM ({keys}) k LIMIT %s) c", [*counted, cap])
            return min(len(page.fetchall()), (count.fetchone() or (0,))[0])

    def fire(self) -> int:
        with self.connection.transaction():
            row = self.connection.execute(
                "UPDATE bare_timer SET done_at = now() WHERE id = (SELECT id FROM bare_timer WHERE done_at IS NULL AND due_at <= now()"
                " ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING case_id"
            ).fetchone()
            if row is None:
                return 0
            with self.connection.pipeline():
                self.connection.execute("UPDATE bare_case SET version = version + 1, state = %s WHERE id = %s", (STATE, row[0]))
                self._note(row[0], "timer")
        return 1


def main(url: str, first: str) -> None:
    """Serves until its input ends."""
    serve(Bare(url), int(first))


if __name__ == "__main__":
    main(*sys.argv[1:3])
