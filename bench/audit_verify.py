"""How long it takes to seal and to verify 1,000,000 rows of evidence, on SQLite and on PostgreSQL: python -m bench.audit_verify

`resident_mb` is the memory of the process at its largest, which must not grow with the number of rows.
"""

from __future__ import annotations

import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from bench import machine
from bench.cluster import running
from db.chain.sealer import Sealer
from db.chain.verify import verify
from db.clock import ManualClock
from db.session import Database
from db.timeouts import ENDLESS
from engine.tables import History
from tests.rooms import create_all

ROWS, AT_ONCE = 1_000_000, 10_000
BEGUN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
KEY = b"k" * 32
DETAILS = {"values": {"conclusion": "true", "facts": "经核查，该企业与销货方交易真实，货款已经结清。", "amount": "120000.00"}}


def fill(database: Database) -> None:
    for start in range(0, ROWS, AT_ONCE):
        at = BEGUN + timedelta(seconds=start)
        rows = [
            {"instance_id": f"{(start + n) // 5:032x}", "at": at, "kind": "completed_task", "element": "investigate", "name": "检查核实", "person_id": f"{n % 500:032x}", "person_name": "曹平", "details": DETAILS}
            for n in range(AT_ONCE)
        ]  # fmt: skip
        with database.write(ENDLESS) as session:
            session.execute(insert(History), rows)


def measured(database: Database) -> dict[str, Any]:
    create_all(database)
    fill(database)
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    begun = time.perf_counter()
    Sealer(database, ManualClock(BEGUN + timedelta(days=30)), lambda: KEY).seal()
    sealed = time.perf_counter()
    result = verify(database, KEY, ())
    done = time.perf_counter()
    assert (result.rows, result.waiting, result.deviations) == (ROWS, 0, 0), result.findings[:3]
    return {"seal_s": round(sealed - begun, 1), "verify_s": round(done - sealed, 1), "verified_rows_per_s": round(ROWS / (done - sealed)), "seals": result.seals, "resident_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def main() -> None:
    """Prints and keeps the figures."""
    with tempfile.TemporaryDirectory() as folder, running() as server:
        server.create("audit")
        found = {"rows": ROWS, "sqlite": measured(Database(f"sqlite:///{folder}/audit.db")), "postgres": measured(Database(server.sqlalchemy_url("audit")))}
    machine.write("audit_verify", found)


if __name__ == "__main__":
    main()
