"""A player stays alive between rounds: it reads a command per line and answers with a line of JSON, as the Java peers do."""

from __future__ import annotations

import cProfile
import io
import pstats
import sys
from typing import Any

import orjson

from bench.workloads.turns import Subject, Turns

TOP = 15


def serve(subject: Subject, first: int) -> None:
    """Answers until its input ends."""
    turns = Turns(subject, first)
    _say({"ready": True})
    for line in sys.stdin:
        _say(_obey(turns, line.split()))


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(orjson.dumps(answer).decode() + "\n")
    sys.stdout.flush()


def _obey(turns: Turns, words: list[str]) -> dict[str, Any]:
    match words:
        case ["run", workload, clients, *given]:
            return turns.run(workload, int(clients), *given)
        case ["one", workload]:
            return {"case": turns.begin(workload)}
        case ["prepare", workload, cases]:
            return turns.prepare(workload, int(cases))
        case ["finish"]:
            return turns.finish()
        case ["profile", workload, *given]:
            return {"text": _profiled(turns, workload, given)}
    raise ValueError(words)


def _profiled(turns: Turns, workload: str, given: list[str]) -> str:
    """Where the time of one client goes: the first rows by own time."""
    profile, text = cProfile.Profile(), io.StringIO()
    profile.enable()
    answer = turns.run(workload, 1, *given)
    profile.disable()
    pstats.Stats(profile, stream=text).strip_dirs().sort_stats("tottime").print_stats(TOP)
    rows = "\n".join(line for line in text.getvalue().splitlines()[2:] if line.strip())
    return f"{workload}: {answer['done']} operations, all of it under the profiler\n{rows}"
