"""Many cases at once: one case is begun through the engine's own front door, and its rows are multiplied by SQL in the engine's own tables.

Beginning 1,000,000 cases one by one would take hours with every engine here. All engines are loaded in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg

from bench.beside.players import Player
from engine.codec import sign
from engine.testing import SECRET

POSTS = 500
DAYS = 120
_HELD = f"mod(n / {POSTS}, 5) = 0"  # every fifth task has been claimed by somebody
_DUE = f"date '2026-03-02' + mod(n / {POSTS} * 31 + n, {DAYS})"
_POST = f"'post:' || mod(n, {POSTS})"
_RUNTIME = {"act_ru_execution", "act_ru_task", "act_ru_identitylink"}
_OURS = {"instance": "id", "variable": "instance_id", "task": "instance_id", "timer": "instance_id", "history": "instance_id"}
_OF_TASKS = {"task_candidate": "task_id", "task_office": "task_id"}
Values = dict[str, str]  # column → SQL in place of its copied value


def _values(workload: str, player: str) -> dict[str, Values]:
    """What differs from the multiplied case, by table."""
    held = f"CASE WHEN {_HELD} THEN 'p' || mod(n, 300) END"
    if workload == "W4":
        due = "now() - interval '1 minute'"
        return {"timer": {"due_at": due}, "act_ru_job": {"duedate_": due}, "act_ru_timer_job": {"duedate_": due}}
    if workload == "W7":
        return {}
    if player == "ours":
        listed = {"due_on": _DUE}
        return {
            "task": {**listed, "assignee_id": held}, "task_office": listed,
            "task_candidate": {**listed, "post_id": _POST, "claimable": f"CASE WHEN {_HELD} THEN 0 ELSE 1 END"},
        }  # fmt: skip
    return {"act_ru_task": {"assignee_": held, "due_date_": _DUE}, "act_ru_identitylink": {"group_id_": _POST}}


def load(player: Player, workload: str, count: int) -> list[str]:
    """Loads so many cases of a workload; the ids of their tasks where claims will be made."""
    with player.cluster.connect(player.name) as connection:
        connection.execute("SET session_replication_role = replica")  # rows that fit each other need no check of each
        if player.name == "bare":
            _bare(connection, workload, count)
        else:
            case = str(player.ask("one", "W4" if workload == "W4" else "W1")["case"])
            multiply = _multiply_ours if player.name == "ours" else _multiply_theirs
            multiply(connection, case, count, _values(workload, player.name), whole=workload != "W5")
        connection.execute("VACUUM ANALYZE")
        return _tasks(connection, player.name, count) if workload == "W7" else []


def _tasks(connection: psycopg.Connection[Any], player: str, count: int) -> list[str]:
    newest = {
        "ours": "SELECT id FROM task WHERE state = 'open' AND process_id = 'W1' ORDER BY opened_at DESC, id DESC",
        "bare": "SELECT id FROM bare_task WHERE post = 'claims' ORDER BY id",
    }.get(player, "SELECT id_ FROM act_ru_task WHERE assignee_ IS NULL ORDER BY create_time_ DESC, id_ DESC")
    return [row[0] for row in connection.execute(f"{newest} LIMIT {count}").fetchall()]


def _bare(connection: psycopg.Connection[Any], workload: str, count: int) -> None:
    rows = f"FROM generate_series(1, {count}) n"
    key = f"'{workload}-' || n || '-' || extract(epoch FROM now())"
    if workload == "W4":
        connection.execute(f"INSERT INTO bare_case SELECT {key}, 1, repeat('x', 600)::bytea {rows}")
        connection.execute(f"INSERT INTO bare_timer SELECT {key}, {key}, now() - interval '1 minute' {rows}")
    elif workload == "W5":
        held = f"CASE WHEN {_HELD} THEN 'p' || mod(n, 300) END"
        connection.execute(f"INSERT INTO bare_task SELECT {key}, {key}, {_POST}, 'open', {held}, {_DUE} {rows}")
    else:
        connection.execute("DELETE FROM bare_task WHERE post = 'claims'")
        connection.execute(f"INSERT INTO bare_task SELECT {key}, {key}, 'claims', 'open' {rows}")


# --- ours ------------------------------------------------------------------------------------------------------------------


def _multiply_ours(connection: psycopg.Connection[Any], case: str, count: int, values: dict[str, Values], *, whole: bool) -> None:
    tasks = [row[0] for row in connection.execute("SELECT id FROM task WHERE instance_id = %s", (case,)).fetchall()]
    timers = [row[0] for row in connection.execute("SELECT id FROM timer WHERE instance_id = %s", (case,)).fetchall()]
    copied = {id_: f"'{id_[:20]}' || lpad(to_hex(n), 12, '0')" for id_ in (case, *tasks, *timers)}
    _seals(connection, case, count)
    values = {**values, "instance": {"mac": "(SELECT mac FROM seal WHERE seal.n = g.n)"}}
    wanted = (
        {**_OURS, **_OF_TASKS}
        if whole
        else {name: key for name, key in {**_OURS, **_OF_TASKS}.items() if name not in {"variable", "history"}}
    )
    for table, key in wanted.items():
        keys = tasks if table in _OF_TASKS else [case]
        _copy(
            connection,
            table,
            f"r.{key} = ANY(%s)",
            keys,
            count,
            copied,
            values.get(table, {}),
            omit="id" if table == "history" else "",
        )


def _seals(connection: psycopg.Connection[Any], case: str, count: int) -> None:
    """Each state is signed together with the id of its case."""
    version, state = connection.execute("SELECT version, state FROM instance WHERE id = %s", (case,)).fetchone() or (0, b"")
    connection.execute("DROP TABLE IF EXISTS seal")
    connection.execute("CREATE TEMP TABLE seal (n int PRIMARY KEY, mac text)")
    with connection.cursor().copy("COPY seal FROM STDIN") as copy:
        for n in range(1, count + 1):
            copy.write_row((n, sign(SECRET, f"{case[:20]}{n:012x}", version, bytes(state))))


# --- theirs ----------------------------------------------------------------------------------------------------------------


def _multiply_theirs(
    connection: psycopg.Connection[Any], case: str, count: int, values: dict[str, Values], *, whole: bool
) -> None:
    """Every row that names the case, in whatever table; its identifiers get a number behind them."""
    found: dict[str, list[str]] = {}
    for table, column in connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND (table_name LIKE 'act\\_ru\\_%'"
        " OR table_name LIKE 'act\\_hi\\_%') AND column_name IN ('proc_inst_id_', 'process_instance_id_')"
    ).fetchall():
        ids = connection.execute(f"SELECT id_ FROM {table} WHERE {column} = %s", (case,)).fetchall()
        found.setdefault(table, []).extend(row[0] for row in ids)
    for table in ("act_ru_identitylink", "act_hi_identitylink"):
        ids = connection.execute(f"SELECT id_ FROM {table} WHERE task_id_ = ANY(%s)", (found["act_ru_task"],)).fetchall()
        found[table] = sorted({*found.get(table, []), *(row[0] for row in ids)})
    copied = {id_: f"'{id_}-' || n" for ids in (*found.values(), [case]) for id_ in ids}
    for table, ids in found.items():
        if ids and (whole or table in _RUNTIME):
            _copy(connection, table, "r.id_ = ANY(%s)", ids, count, copied, values.get(table, {}))


def _copy(
    connection: psycopg.Connection[Any], table: str, where: str, keys: Iterable[str], count: int, copied: dict[str, str], values: Values,
    *, omit: str = "",
) -> None:  # fmt: skip
    """Writes the chosen rows `count` times, identifiers replaced wherever they stand."""
    columns = connection.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s",
        (table,),
    ).fetchall()
    chosen = [(name, kind) for name, kind in columns if name != omit]
    cases = " ".join(f"WHEN '{id_}' THEN {new}" for id_, new in copied.items())

    def shown(name: str, kind: str) -> str:
        if name in values:
            return values[name]
        return f"CASE r.{name} {cases} ELSE r.{name} END" if kind == "character varying" else f"r.{name}"

    names = ", ".join(name for name, _ in chosen)
    selected = ", ".join(shown(name, kind) for name, kind in chosen)
    given = list(keys)
    connection.execute(
        f"INSERT INTO {table} ({names}) SELECT {selected} FROM {table} r, generate_series(1, {count}) g(n) WHERE {where}",
        (given,),
    )
