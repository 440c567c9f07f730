"""`app.py station` that notes when it has a job in hand and when its answer was taken: `python -m bench.counters.agent NOTES …its arguments…`.

Its command is called without the command line of the whole product, whose parts for a server take most of the time that a start takes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commands import station
from hardware.door import Job
from hardware.http_door import HttpDoor

IN_HAND, ANSWERED = "in hand", "answered"


def noting(note: Callable[[str, Job], None]) -> None:
    """Has the door tell what comes and goes."""
    fetch, complete = HttpDoor.fetch, HttpDoor.complete

    def fetched(self: HttpDoor, topics: Sequence[str], wait_s: float) -> Sequence[Job]:
        jobs = fetch(self, topics, wait_s)
        for job in jobs:
            note(IN_HAND, job)
        return jobs

    def completed(self: HttpDoor, job: Job, results: Mapping[str, Any]) -> None:
        complete(self, job, results)
        note(ANSWERED, job)

    HttpDoor.fetch, HttpDoor.complete = fetched, completed  # type: ignore[method-assign]


def main(notes: str, arguments: list[str]) -> int:
    """Works as the station it is, until it is ended."""
    with Path(notes).open("a", buffering=1, encoding="utf-8") as out:
        noting(lambda what, job: print(json.dumps({"what": what, "title": job.title, "at": time.time()}), file=out))
        parser = argparse.ArgumentParser()
        station.arguments(parser)
        return station.main(_nothing, parser.parse_args(arguments))


def _nothing() -> None:
    """A station composes no application."""


@dataclass(frozen=True)
class Note:
    """One job at one moment at one station."""

    station: int
    what: str
    title: str
    at: float


class Agents:
    """Handles on such processes, one for each credential; each with cards of its own in a folder."""

    def __init__(self, folder: Path, port: int, tokens: Sequence[str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._notes = [folder / f"{at}.notes" for at in range(len(tokens))]
        self._read = [0] * len(tokens)
        self._found = list[Note]()
        self._processes: list[subprocess.Popen[bytes]] = []
        for at, token in enumerate(tokens):
            key = folder / f"{at}.key"
            key.write_text(token, "ascii")
            self._notes[at].touch()
            options = ["--server", f"http://127.0.0.1:{port}", "--credential", str(key), "--simulator", str(folder / f"cards-{at}"), "--supervised"]
            program = [sys.executable, "-m", "bench.counters.agent", str(self._notes[at]), *options]
            self._processes.append(subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=Path(__file__).parents[2]))

    def notes(self) -> list[Note]:
        """All that was noted so far."""
        for at, file in enumerate(self._notes):
            with file.open("rb") as lines:
                lines.seek(self._read[at])
                whole = lines.read().rpartition(b"\n")[0]
            if whole:
                self._read[at] += len(whole) + 1
                self._found += [Note(at, **json.loads(line)) for line in whole.splitlines()]
        return self._found

    def close(self) -> None:
        """Ends them, as the end of whoever supervises them does."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(30)
            assert process.stdin is not None
            process.stdin.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
