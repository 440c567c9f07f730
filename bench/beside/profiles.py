"""Where the time of our engine goes: the first rows of cProfile by own time, one text for all workloads."""

from __future__ import annotations

from pathlib import Path

from bench import machine
from bench.beside.loading import load
from bench.beside.players import Player
from bench.beside.rounds import CAP, POSTS_OF_READER, ROWS
from bench.workloads.turns import BLOCK

SECONDS = 4
LOOPS = 300
TIMERS = 2000
CLAIMS = 200


def write(ours: Player, folder: Path, workloads: list[str], name: str) -> None:
    """Asks for a profile of each workload and keeps them as bench/results/<name>."""
    given: dict[str, tuple[object, ...]] = {
        "W1": (SECONDS,), "W2": (SECONDS,), "W3": (LOOPS,), "W4": (SECONDS,), "W5": (SECONDS, POSTS_OF_READER, ROWS, CAP),
    }  # fmt: skip
    texts = []
    for workload in workloads:
        if workload == "W4":
            load(ours, "W4", TIMERS)
        if workload == "W7":
            file = folder / "profile.tasks"
            file.write_text("\n".join(load(ours, "W7", CLAIMS * BLOCK)), "utf-8")
            texts.append(_asked(ours, "W7", file, 0, CLAIMS * BLOCK))
        else:
            texts.append(_asked(ours, workload, *given[workload]))
    (machine.RESULTS / name).write_text("\n\n".join(texts) + "\n", "utf-8")


def _asked(ours: Player, *words: object) -> str:
    return str(ours.ask("profile", *words)["text"])
