"""`app.py worker` with two more topics, and the supervisor that keeps several of it running: what is killed in the soak is the product.

python bench/soak/worker_program.py --data DIR supervise --workers N     starts itself as often as that, as `app.py run` starts app.py
python bench/soak/worker_program.py --data DIR worker --supervised

The world is a file, `world` in the folder of the data: an effect adds a line to it, and no database can take that back.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from sqlalchemy import text

import app
from commands import worker
from commands.serving import logging_options, supervisor
from engine.registry import EffectContext, Registry, StepContext

NOTE, WRITE = "soak.note", "soak.write"
WORLD, LOG = "world", "log"


def compose(folder: Path, url: str = "") -> Any:
    """The application with both topics, on a database or on that of the environment."""
    application = app.compose(app.Config(folder, url) if url else app.config_from(str(folder)))
    register(application.engine.kernel.registry, folder / WORLD)
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


def supervise(folder: Path, workers: int) -> int:
    """Keeps the workers running until it is told to end."""
    supervisor.PROGRAM = Path(__file__)
    options = ["--data", str(folder), "worker", "--supervised", "--log-file", str(folder / LOG)]
    supervisor.Supervisor([supervisor.Child(f"worker {n}", options, end_s=supervisor.WORKER_END_S) for n in range(workers)]).run()
    return 0


def main() -> int:
    """One of the two."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    commands = parser.add_subparsers(dest="command", required=True)
    supervising = commands.add_parser("supervise")
    supervising.add_argument("--workers", type=int, required=True)
    logging_options.arguments(supervising)
    worker.arguments(commands.add_parser("worker"))
    options = parser.parse_args()
    if options.command == "supervise":
        logging_options.set_up(options)
        return supervise(options.data, options.workers)
    return worker.main(lambda: compose(options.data), options)


if __name__ == "__main__":
    raise SystemExit(main())
