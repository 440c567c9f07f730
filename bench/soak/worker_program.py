"""app.py with two more topics, and the supervisor that keeps several of its workers running: what is killed in the soak is the product.

python bench/soak/worker_program.py --data DIR worker --supervised       as app.py
python -m bench.soak.worker_program DIR N                                starts itself N times, as `app.py run --nodes` starts app.py

The world is a file, `world` in the folder of the data: an effect adds a line to it, and no database can take that back.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import text

import app
from commands.serving import supervisor
from engine.registry import EffectContext, Registry, StepContext

NOTE, WRITE = "soak.note", "soak.write"
WORLD, LOG = "world", "log"
_composed = app.compose


def compose(config: app.Config, *rest: Any, **how: Any) -> app.Application:
    """The application with both topics."""
    application = _composed(config, *rest, **how)
    register(application.engine.kernel.registry, config.data / WORLD)
    return application


def register(registry: Registry, world: Path) -> None:
    """An operation that leaves a row per firing, and an effect that leaves a line per attempt; no key keeps either from being there twice."""

    @registry.operation(NOTE)
    def note(ctx: StepContext) -> None:
        """Notes that the case went on."""
        ctx.session.execute(text("INSERT INTO soak_fired (instance_id) VALUES (:case)"), {"case": ctx.case.instance_id})

    @registry.effect(WRITE)
    def write(ctx: EffectContext) -> None:
        """Acts on the world."""
        descriptor = os.open(world, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, f"{ctx.instance_id} {ctx.key}\n".encode())
        finally:
            os.close(descriptor)


def supervise(folder: str, workers: int) -> int:
    """Keeps the workers running until it is told to end."""
    logging.basicConfig(filename=f"{folder}/supervisor.log", level=logging.INFO)
    supervisor.PROGRAM = Path(__file__)
    options = ["--data", folder, "worker", "--supervised", "--log-file", f"{folder}/{LOG}"]
    supervisor.Supervisor([supervisor.Child(f"worker {n}", options, end_s=supervisor.WORKER_END_S) for n in range(workers)]).run()
    return 0


def main(arguments: list[str]) -> int:
    """One of the two."""
    if arguments[0] != "--data":
        return supervise(arguments[0], int(arguments[1]))
    app.compose = compose
    return app.main(arguments)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
