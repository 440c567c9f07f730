"""How long an import of 100,000 invoice rows takes, and how much memory: each kind of file in a fresh process.

python -m bench.import_rows [rows]        writes bench/results/import_rows.json
"""

from __future__ import annotations

import csv
import io
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import xlsxwriter
from sqlalchemy import func, select

from bench import cluster, machine
from db.clock import ManualClock
from db.ids import new_id
from db.session import Database
from records.audit import Who
from records.coinvestigation.faces import COLUMNS
from records.coinvestigation.imports.batches import create_batch
from records.coinvestigation.imports.run import run_import
from records.coinvestigation.kinds import Source
from records.coinvestigation.model import InvoiceFace
from records.coinvestigation.store import OfficeRef
from tests.rooms import create_all, drop_all

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TARGET_S, TARGET_MB = 60, 300
PROBLEMS = (("比对不符", "税额不符"), ("缺联", ""), ("失控", ""), ("作废", ""), ("比对不符", "开票日期不符"))


def rows(count: int) -> list[list[str]]:
    """Lists that look like real ones: many sellers, names with Chinese, dates over a year."""
    chance = random.Random(2001)
    made = []
    for at in range(count):
        problem, mismatch = PROBLEMS[at % len(PROBLEMS)]
        amount = chance.randrange(100, 9_999_999)
        day = date(2001, 1, 1) + timedelta(days=chance.randrange(300))
        made.append([
            f"33{at // 50_000_000:02d}01{chance.randrange(1000, 9999)}", f"{at:08d}", "抵扣联", f"{amount / 100:.2f}", f"{amount * 17 // 100 / 100:.2f}", str(day),
            f"3101{chance.randrange(10**10, 10**11)}", f"上海第{chance.randrange(5000)}实业有限公司", f"3302{chance.randrange(10**10, 10**11)}",
            f"宁波第{chance.randrange(3000)}贸易有限公司", problem, mismatch,
        ])  # fmt: skip
    return made


def as_csv(table: list[list[str]], encoding: str) -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target).writerows([[zh for zh, _ in COLUMNS.values()], *table])
    return target.getvalue().encode(encoding)


def as_xlsx(table: list[list[str]]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("清单")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, [zh for zh, _ in COLUMNS.values()])
        for line, row in enumerate(table, 1):
            for at, text in enumerate(row):
                if at in {3, 4}:
                    sheet.write_number(line, at, float(text))
                elif at == 5:
                    sheet.write_datetime(line, at, datetime.fromisoformat(text), day)
                else:
                    sheet.write_string(line, at, text)
    return target.getvalue()


def peak_mb() -> int:
    """The most memory this program has had; `ru_maxrss` would count the parent's before the exec."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def measure(kind: str, url: str, path: str) -> dict[str, float | int | str]:
    """One import in this process, which has done nothing else."""
    database = Database(url)
    drop_all(database) if not database.is_sqlite else None
    create_all(database)
    clock, batch_id = ManualClock(NOW), new_id()
    with database.write() as session:
        who, office = Who("bench", "测试", NOW), OfficeRef("office", "sat/nb/hs/")
        content = Path(path).read_bytes()
        create_batch(
            session, who, office, batch_id=batch_id, source=Source.AUDIT, file_name=path, content=content, today=clock.today()
        )  # fmt: skip
    del content
    base, before = peak_mb(), resource.getrusage(resource.RUSAGE_SELF)
    started = time.perf_counter()
    state = run_import(database, batch_id, clock)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_SELF)
    with database.read() as session:
        stored = session.scalar(select(func.count()).select_from(InvoiceFace))
    return {
        "kind": kind, "database": database.url.get_backend_name(), "state": state, "rows": int(stored or 0), "seconds": round(seconds, 2),
        "cpu_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2),
        "peak_mb": peak_mb(), "before_mb": base,
    }  # fmt: skip


def postgres(held: ExitStack) -> list[str]:
    """The address of a durable server of our own; none where PostgreSQL is not installed, which is said."""
    try:
        server = held.enter_context(cluster.running())
    except cluster.NoPostgres as reason:
        print(f"SQLite alone: {reason}")
        return []
    server.create("rows")
    return [server.sqlalchemy_url("rows")]


def main(count: int) -> None:
    """Both kinds of file into both databases."""
    table = rows(count)
    measured = []
    with tempfile.TemporaryDirectory() as place, ExitStack() as held:
        urls = ["sqlite", *postgres(held)]
        for kind, name, content in (("CSV, GB18030", "a.csv", as_csv(table, "gb18030")), ("XLSX", "b.xlsx", as_xlsx(table))):
            Path(place, name).write_bytes(content)
            for url in urls:
                chosen = f"sqlite:///{place}/{name}.db" if url == "sqlite" else url
                command = [sys.executable, "-m", "bench.import_rows", "--one", kind, chosen, f"{place}/{name}"]
                measured.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
                print(measured[-1])
    kept = {
        "what": "import of invoice rows",
        "target": {"seconds": TARGET_S, "peak_mb": TARGET_MB},
        "machine": machine.about(),
        "measured": measured,
    }
    machine.keep("import_rows", kept)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(*sys.argv[2:5])))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
