"""What is known of a case, read from its rows: header, history, incidents, remarks, files. Rights are the caller's."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy.orm import Session

from db.blobs import get_blob
from engine import search, worklist
from engine.errors import NotFound
from engine.feel import compile_expression
from engine.kernel import Kernel
from engine.link import Link, containing
from engine.people import Actor
from engine.rights import in_list
from engine.scopes import Store
from engine.views import FOR_PARTIES, CaseHeader, CaseView, HistoryRow, IncidentRow

_HEADER = (
    "id, business_key, title, procedure, process_id, office_id, scope, status, due_on, due_label, started_at, started_by, ended_at,"
    " parent_id, version, definition_id"
)
_EVENT = "SELECT at, kind, element, name, person_id, person_name, details, id, for_id, for_name FROM history WHERE instance_id = ?"
HISTORY_SHOWN = 200
CHILDREN_SHOWN = 100
OFFICES_MERGED = 20  # stretches of the index that one list is merged from
OFFICES_PASSED = 2_000  # offices whose scope is looked at to find them


def header(kernel: Kernel, link: Link, instance_id: str) -> CaseHeader:
    """The head of a case; raises NotFound."""
    row = link.one(f"SELECT {_HEADER} FROM instance WHERE id = ?", instance_id)
    if row is None:
        raise NotFound(instance=instance_id)
    return _as_header(kernel, link, row)


def headers(kernel: Kernel, link: Link, cases: Collection[str]) -> list[CaseHeader]:
    """The heads of those of these cases that there are."""
    rows = link.all(f"SELECT {_HEADER} FROM instance WHERE {in_list('id', cases)}", *cases) if cases else []
    return [_as_header(kernel, link, row) for row in rows]


def _as_header(kernel: Kernel, link: Link, row: tuple[Any, ...]) -> CaseHeader:
    procedure = kernel.definitions.get(link, row[15])
    model, started = procedure.models[row[4]], link.as_moment(row[10])
    assert started is not None
    return CaseHeader(
        row[0], row[1], row[2], row[3], procedure.name, procedure.name_en, row[4], model.name,
        model.properties.get("name_en", "") or model.name, row[5], row[6], row[7], link.as_day(row[8]), row[9], started, row[11],
        link.as_moment(row[12]), row[13], row[14],
    )  # fmt: skip


def children(kernel: Kernel, link: Link, instance_id: str) -> tuple[list[CaseHeader], bool]:
    """The cases that came out of this one, oldest first, and whether there are more; those that still run are among the first to be named."""
    rows = link.all(
        f"SELECT {_HEADER} FROM instance WHERE parent_id = ? ORDER BY CASE status WHEN 'active' THEN 0 ELSE 1 END, started_at DESC, id DESC LIMIT ?",
        instance_id, CHILDREN_SHOWN + 1,
    )  # fmt: skip
    found = [_as_header(kernel, link, row) for row in rows[:CHILDREN_SHOWN]]
    return sorted(found, key=lambda child: (child.started_at, child.instance_id)), len(rows) > CHILDREN_SHOWN


def view(kernel: Kernel, link: Link, instance_id: str) -> CaseView:
    """Everything that a case page shows."""
    head = header(kernel, link, instance_id)
    row = link.one("SELECT definition_id FROM instance WHERE id = ?", instance_id)
    assert row is not None
    procedure, variables = kernel.definitions.get(link, row[0]), _variables(link, instance_id)
    latest, has_earlier = history(link, instance_id)
    return CaseView(
        head, worklist.of_case(link, instance_id), latest, incidents_of(link, instance_id),
        _comments(link, instance_id), _attachments(link, instance_id), variables,
        summarise(procedure.summary(head.process_id), variables), has_earlier, _done(link, instance_id),
    )  # fmt: skip


def _variables(link: Link, instance_id: str) -> dict[str, Any]:
    """Of all scopes that still live; where a name lives in several, the outermost counts."""
    merged: dict[str, Any] = {}
    store = Store.load(link, instance_id)
    for scope in sorted(store.contents, reverse=True):
        merged.update(store.contents[scope])
    return merged


def history(link: Link, instance_id: str, before: int = 0) -> tuple[list[HistoryRow], bool]:
    """The latest rows (of those before a row), oldest first, and whether there are earlier ones. A case may have tens of thousands."""
    older, values = ("AND id < ? ", [before]) if before else ("", [])
    rows = link.all(
        f"{_EVENT} AND kind <> 'passed' {older}ORDER BY id DESC LIMIT ?", instance_id, *values, HISTORY_SHOWN + 1
    )
    return [_as_event(link, row) for row in reversed(rows[:HISTORY_SHOWN])], len(rows) > HISTORY_SHOWN


def done_by(link: Link, instance_id: str, people: Collection[str]) -> list[HistoryRow]:
    """What these people began and completed in a case, the first first."""
    mine = f"{_EVENT} AND kind IN ('started', 'completed_task') AND {in_list('person_id', people)} ORDER BY id LIMIT ?"
    return [_as_event(link, row) for row in link.all(mine, instance_id, *people, HISTORY_SHOWN)]


def completed(link: Link, instance_id: str, task_id: str) -> HistoryRow | None:
    """The row that says who completed a task; None where nobody did."""
    sql = f"{_EVENT} AND kind = 'completed_task' AND details LIKE ? ESCAPE '!' ORDER BY id DESC LIMIT 1"
    row = link.one(sql, instance_id, containing(f'"task":"{task_id}"'))
    return _as_event(link, row) if row else None


def _as_event(link: Link, row: tuple[Any, ...]) -> HistoryRow:
    moment = link.as_moment(row[0])
    assert moment is not None
    return HistoryRow(*(moment, *row[1:6], orjson.loads(row[6]) if row[6] else {}, *row[7:10]))


def _done(link: Link, instance_id: str) -> list[tuple[str, str]]:
    rows = link.all(
        "SELECT element, max(name) FROM history WHERE instance_id = ? AND kind IN ('completed_task', 'received')"
        " GROUP BY element ORDER BY min(id)",
        instance_id,
    )  # fmt: skip
    return [(row[0], row[1]) for row in rows]


def way(link: Link, instance_id: str) -> tuple[list[str], list[str]]:
    """(elements, flows) that tokens of the case have passed, each once, in the order of the first time."""
    done: dict[str, None] = {}
    flows: dict[str, None] = {}
    ways = "SELECT path FROM history WHERE instance_id = ? AND path IS NOT NULL GROUP BY path ORDER BY min(id)"  # a loop is few of them
    for (path,) in link.all(ways, instance_id):
        passed = orjson.loads(path)
        done.update(dict.fromkeys(passed["elements"]))
        flows.update(dict.fromkeys(passed["flows"]))
    return list(done), list(flows)


def incidents_of(link: Link, instance_id: str) -> list[IncidentRow]:
    """Open incidents, oldest first."""
    found = []
    for id_, element, reason, at, action in link.all(
        "SELECT id, element, reason, created_at, action FROM incident WHERE instance_id = ? AND resolved_at IS NULL ORDER BY id",
        instance_id,
    ):
        moment = link.as_moment(at)
        assert moment is not None
        found.append(IncidentRow(id_, element, reason, moment, orjson.loads(action)["operation"]))
    return found


def _comments(link: Link, instance_id: str) -> list[dict[str, Any]]:
    rows = link.all("SELECT person_id, person_name, at, text FROM comment WHERE instance_id = ? ORDER BY id", instance_id)
    return [{"person_id": r[0], "person_name": r[1], "at": link.as_moment(r[2]), "text": r[3]} for r in rows]


def _attachments(link: Link, instance_id: str) -> list[dict[str, Any]]:
    rows = link.all(
        "SELECT id, filename, size, media_type, person_id, person_name, at FROM attachment WHERE instance_id = ? ORDER BY id",
        instance_id,
    )
    names = ("id", "filename", "size", "media_type", "person_id", "person_name")
    return [{**dict(zip(names, r[:6], strict=True)), "at": link.as_moment(r[6])} for r in rows]


def attachment(session: Session, link: Link, attachment_id: str) -> tuple[str, str, str, str, bytes]:
    """(case, who added it, file name, media type, bytes); raises NotFound."""
    row = link.one("SELECT instance_id, person_id, filename, media_type, sha256 FROM attachment WHERE id = ?", attachment_id)
    content = get_blob(session, row[4]) if row is not None else None
    if row is None or content is None:
        raise NotFound(attachment=attachment_id)
    return row[0], row[1], row[2], row[3], content


def listed(
    kernel: Kernel, link: Link, actor: Actor, text: str, wanted: Mapping[str, str], offset: int, limit: int
) -> tuple[list[CaseHeader], bool]:
    """Cases that an actor sees by his offices or, as a party, by name, newest first, and whether there are more.

    The cases of a few offices are read office by office, each a stretch of an index, and merged: how many cases others have makes no
    difference. Whoever sees many offices meets enough cases on the way through all of them.
    """
    where, values = list[str](), list[Any]()
    for column, value in wanted.items():
        if value:
            where.append(f"t.{column} = ?")
            values.append(value)
    hits = search.rare(link, "instance", text) if text else None
    if text:
        condition, given = search.matches(text) if hits is None else (f"t.id IN ({link.places(hits)})" if hits else "1 = 0", hits)
        where.append(condition)
        values += given
    sights = actor.sights
    offices = _offices(link, list(sights)) if hits is None and all(not only for only in sights.values()) else None
    if actor.party:
        rows = _that_name(link, actor.party, where, values, offset, limit)
    elif offices is None:
        rows = _on_the_way(link, sights, where, values, offset, limit)
    else:
        rows = _merged(link, offices, where, values, offset, limit)
    return [_as_header(kernel, link, row) for row in rows[:limit]], len(rows) > limit


def _offices(link: Link, scopes: Sequence[str]) -> list[str] | None:
    """The scopes of all offices beneath these that have cases; None where there are more than OFFICES_MERGED.

    They are found by jumping through the index from office to office. It begins at the scope itself, which precedes what lies beneath it in
    every collation; only that of SQLite says where that ends, so that on PostgreSQL the jumps go on, up to OFFICES_PASSED.
    """
    found = set[str]()
    for scope in scopes:
        if link.is_sqlite:
            rows = link.all(
                "WITH RECURSIVE p(scope) AS (SELECT min(x.scope) FROM instance x WHERE x.scope >= ? UNION ALL"
                " SELECT (SELECT min(x.scope) FROM instance x WHERE x.scope > p.scope) FROM p"
                " WHERE p.scope IS NOT NULL AND substr(p.scope, 1, ?) = ?)"
                f" SELECT scope FROM p WHERE scope IS NOT NULL LIMIT {OFFICES_PASSED + 1}",
                scope, len(scope), scope,
            )  # fmt: skip
        else:
            rows = link.all("SELECT jinshui_offices_from(?, ?)", scope, OFFICES_PASSED + 1)  # made in `engine/sight.py`
        found.update(row[0] for row in rows if row[0].startswith(scope))
        if len(rows) > OFFICES_PASSED or len(found) > OFFICES_MERGED:
            return None
    return sorted(found)


def _merged(
    link: Link, offices: Sequence[str], where: Sequence[str], values: Sequence[Any], offset: int, limit: int
) -> list[tuple[Any, ...]]:  # fmt: skip
    """The newest of each of the offices, merged."""
    if not offices:
        return []
    newest, conditions = "ORDER BY t.started_at DESC, t.id DESC", " AND ".join(["t.scope = ?", *where])
    one = f"SELECT * FROM (SELECT t.id, t.started_at FROM instance t WHERE {conditions} {newest} LIMIT ?) o"
    given = [value for office in offices for value in (office, *values, offset + limit + 1)]
    merged = f"SELECT id AS found FROM ({' UNION ALL '.join([one] * len(offices))}) u ORDER BY started_at DESC, id DESC LIMIT ? OFFSET ?"
    return link.all(f"SELECT {_HEADER} FROM ({merged}) k JOIN instance t ON t.id = k.found {newest}", *given, limit + 1, offset)


def _that_name(
    link: Link, party: str, where: Sequence[str], values: Sequence[Any], offset: int, limit: int
) -> list[tuple[Any, ...]]:  # fmt: skip
    """Those in which a party is named: the few of one enterprise, found by its key."""
    named = " AND ".join(["t.id IN (SELECT p.instance_id FROM case_party p WHERE p.party = ?)", *where])
    sql = f"SELECT {_HEADER} FROM instance t WHERE {named} ORDER BY t.started_at DESC, t.id DESC LIMIT ? OFFSET ?"
    return link.all(sql, party, *values, limit + 1, offset)


def _on_the_way(
    link: Link, sights: Mapping[str, Collection[str]], where: Sequence[str], values: Sequence[Any], offset: int, limit: int
) -> list[tuple[Any, ...]]:  # fmt: skip
    """Through all cases, newest first, as far as the page needs."""
    # Not LIKE: an office code may hold what LIKE reads as a joker, and would then show other offices' cases.
    parts, given = list[str](), list[Any]()
    for scope, processes in sights.items():
        only = f" AND t.process_id IN ({link.places(processes)})" if processes else ""
        parts.append(f"(substr(t.scope, 1, ?) = ?{only})")
        given += [len(scope), scope, *sorted(processes)]
    if not parts:
        return []
    within = f"({' OR '.join(parts)})"
    sql = f"SELECT {_HEADER} FROM instance t WHERE {' AND '.join([within, *where])} ORDER BY t.started_at DESC, t.id DESC LIMIT ? OFFSET ?"
    return link.all(sql, *given, *values, limit + 1, offset)


def summarise(rows: list[dict[str, Any]], variables: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The head of a case by procedure.yaml: label, value, format; rows without a value are left out."""
    found = []
    for row in rows:
        value = compile_expression(str(row["value"])).evaluate(variables)
        if value is not None and value != "":
            label = row["label"]
            found.append(
                {"label": label, "label_en": row.get("label_en", label), "value": value, "format": row.get("format", "text")}
                | ({FOR_PARTIES: row[FOR_PARTIES]} if FOR_PARTIES in row else {})
            )
    return found
