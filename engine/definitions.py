"""Deployed versions: stored once, compiled once per process, shared by all cases."""

from __future__ import annotations

from collections import OrderedDict

import orjson

from db.clock import Clock
from db.ids import new_id
from engine.bpmn import Finding, GateResult, check, check_in_process
from engine.errors import ModelRefused, NoSuchProcess
from engine.link import Link
from engine.procedures import Procedure, ProcedureFiles, compile_procedure, message_starts

CACHE_LIMIT = 200
_ENTRY = "SELECT definition_id FROM entry_point WHERE kind = ? AND name = ?"
_LATEST = "SELECT id, version, content_hash FROM definition WHERE procedure = ? ORDER BY version DESC LIMIT 1"


def _entries(result: GateResult) -> list[tuple[str, dict[str, str]]]:
    """What can be begun, by kind: name → the element at which."""
    starts = message_starts(result.models)
    return [("process", {id_: id_ for id_ in result.models}), ("message", {name: element for name, (_, element) in starts.items()})]


class Definitions:
    """Compiled versions by id, and the newest version of each procedure."""

    def __init__(self) -> None:
        self._compiled: OrderedDict[str, Procedure] = OrderedDict()

    def get(self, link: Link, definition_id: str) -> Procedure:
        """A version, compiled at most once."""
        found = self._compiled.get(definition_id)
        if found is None:
            row = link.one("SELECT procedure, version, files FROM definition WHERE id = ?", definition_id)
            if row is None:
                raise NoSuchProcess(definition=definition_id)
            found = compile_procedure(definition_id, row[0], row[1], orjson.loads(row[2]))
            self._compiled[definition_id] = found
            if len(self._compiled) > CACHE_LIMIT:
                self._compiled.popitem(last=False)
        return found

    def newest(self, link: Link) -> dict[str, Procedure]:
        """Procedure key → its newest version."""
        rows = link.all(
            "SELECT d.procedure, d.id FROM definition d WHERE d.version ="
            " (SELECT max(e.version) FROM definition e WHERE e.procedure = d.procedure) ORDER BY d.procedure"
        )
        return {key: self.get(link, id_) for key, id_ in rows}

    def of_process(self, link: Link, process_id: str) -> Procedure:
        """The newest version of the procedure that has this process."""
        found = self.beginning(link, process_id)
        if found is None:
            raise NoSuchProcess(f"没有名为 {process_id} 的流程", process=process_id)
        return found

    def beginning(self, link: Link, process_id: str) -> Procedure | None:
        """The version that a case of this process would begin with now, or None."""
        row = link.one(_ENTRY, "process", process_id)
        return self.get(link, row[0]) if row else None

    def of_message(self, link: Link, name: str) -> tuple[Procedure, str, str] | None:
        """(procedure, process, start event) that a message starts, or None."""
        row = link.one(_ENTRY, "message", name)
        if row is None:
            return None
        procedure = self.get(link, row[0])
        return (procedure, *procedure.message_starts[name])

    def deploy(self, link: Link, files: ProcedureFiles, *, by: str, clock: Clock, message: str = "", trusted: bool = False) -> tuple[str, int, bool]:
        """Stores a new version unless the newest has the same content; returns (id, version, whether it is new).

        What lies on the disk of this machine is `trusted`: whoever writes there needs no model to do harm, so it is read without the child.
        Raises ModelRefused with the findings of the gate.
        """
        row = link.one(_LATEST, files.key)
        if row is not None and row[2] == files.content_hash:
            return row[0], row[1], False
        result = check_in_process(files.as_bytes()) if trusted else check(files.as_bytes())
        if not result.accepted:
            raise ModelRefused([f for f in result.findings if f.severity == "error"])
        link.alone("deploy")  # of any procedure, for a name means one; not while the gate reads: that takes seconds
        row = link.one(_LATEST, files.key)
        if row is not None and row[2] == files.content_hash:  # a machine that started at the same moment was faster
            return row[0], row[1], False
        self._refuse_taken_names(link, files.key, result)
        version, id_ = (row[1] + 1 if row else 1), new_id()
        link.put(
            "INSERT INTO definition (id, procedure, version, content_hash, files, message, deployed_at, deployed_by)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            id_, files.key, version, files.content_hash, orjson.dumps(dict(files.files)).decode(), message, link.moment(clock.now()), by,
        )  # fmt: skip
        link.put("DELETE FROM entry_point WHERE procedure = ?", files.key)
        link.many(
            "INSERT INTO entry_point (kind, name, procedure, definition_id) VALUES (?, ?, ?, ?)",
            [(kind, name, files.key, id_) for kind, names in _entries(result) for name in names],
        )
        return id_, version, True

    def _refuse_taken_names(self, link: Link, key: str, result: GateResult) -> None:
        """A process id or a start message means one procedure; two would make it a matter of luck which one starts."""
        findings: list[object] = []
        for kind, names in _entries(result):
            for name, element in sorted(names.items()):
                row = link.one(_ENTRY, kind, name)
                other = self.get(link, row[0]) if row else None
                if other is None or other.key == key:
                    continue
                if kind == "process":
                    zh, en = f"流程标识 {name} 已由“{other.name}”使用", f"process id is used by {other.key}"
                else:
                    zh, en = f"消息 {name} 已用于启动“{other.name}”", f"message already starts {other.key}"
                findings.append(Finding(f"{kind}-taken", element, zh, en))
        if findings:
            raise ModelRefused(findings)
