"""What /metrics says of the chain: how long nothing was sealed, what waits, which places outside take nothing, what deviates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from db.chain.api import state
from db.clock import Clock
from db.roles import powers
from db.session import Database
from db.types import moment_from_text

Figure = tuple[str, str, str, int | Mapping[str, int]]  # name, help, label of a value by key, value


@dataclass(frozen=True)
class Figures:
    """Counted when they are asked for."""

    database: Database
    clock: Clock

    def read(self) -> list[Figure]:
        """Every figure, as it stands now."""
        with self.database.read() as session:
            found, held = state(session), powers(session)
        now = self.clock.now()
        age = int((now - moment_from_text(found.last.at)).total_seconds()) if found.last else 0
        failing = {row.address: int((now - row.since).total_seconds()) if row.since else 0 for row in found.anchors}
        last = found.verified
        return [
            ("jinshui_audit_seals", "Links of the audit chain", "", found.last.number if found.last else 0),
            ("jinshui_audit_sealed_ago_seconds", "Since the last link was made; nothing is sealed where nothing happens", "", age),
            ("jinshui_audit_waiting", "Rows of evidence that are not sealed yet", "", found.waiting),
            ("jinshui_audit_anchor_failing_seconds", "Since when a place outside takes no head; 0 where it does", "address", failing),
            ("jinshui_audit_deviations", "What the last verification found", "", last.deviations if last else 0),
            ("jinshui_audit_verified_ago_seconds", "Since the last verification; -1 before the first", "", int((now - last.at).total_seconds()) if last else -1),
            ("jinshui_audit_alterable_tables", "Tables of evidence that the application's database role could alter", "", len(held)),
        ]
