"""From a fresh clone to the first page: what somebody waits for who has just cloned the repository and types ./run.

Cloned is what is committed. The first clone begins with empty caches, so that the packages of Python and of the browser come over the network; the
second has the caches that the first has filled. What papers need from the system is taken as the machine has it (`system_packages`).

* `empty_caches`, `warm_caches`: `page_s` from ./run until the sign-in page answers 200 (environment, packages, assets, three months of the
  demonstration); `set_up_s` of these until the script says that it starts the application.
* `second_start_s`: ./run again on the second clone and its data.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from bench import machine

ROOT = Path(__file__).parents[1]
PATIENCE_S = 1800.0
LOOK_S = 0.1
STARTING = "starting"  # what ./run says when it has set everything up


def main() -> None:
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="jinshui-first-page-") as folder:
        caches, first, second = (Path(folder) / name for name in ("caches", "first", "second"))
        empty = until_the_page(cloned(first), caches)
        shutil.rmtree(first)
        warm = until_the_page(cloned(second), caches)
        again = until_the_page(second, caches)["page_s"]
    machine.write("first_page", {
        "empty_caches": empty, "warm_caches": warm, "second_start_s": again,
        "system_packages": "there" if shutil.which("fc-list") else "not there", "load_average": round(load, 2),
    })  # fmt: skip


def cloned(place: Path) -> Path:
    """A clone of what is committed."""
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(place)], check=True)
    return place


def until_the_page(clone: Path, caches: Path) -> dict[str, float]:
    """Seconds of one ./run until the sign-in page answers, and until it had set everything up; the office is closed again."""
    port, log = free_port(), clone.with_name(f"{clone.name}.log")
    where = {"PIP_CACHE_DIR": str(caches / "pip"), "npm_config_cache": str(caches / "npm")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JINSHUI_", "VIRTUAL_ENV", "PYTHON"))}
    begun = time.monotonic()
    with log.open("w") as said:
        process = subprocess.Popen(
            ["./run", "--port", str(port)], cwd=clone, env={**kept, **where}, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        set_up = 0.0
        while not answers(port):
            if process.poll() is not None or time.monotonic() - begun > PATIENCE_S:
                raise SystemExit(f"./run came to no page:\n{log.read_text()[-3000:]}")
            if not set_up and STARTING in log.read_text():
                set_up = time.monotonic() - begun
            time.sleep(LOOK_S)
        return {"page_s": round(time.monotonic() - begun, 1), "set_up_s": round(set_up, 1)}
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def answers(port: int) -> bool:
    """Whether the sign-in page is there."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/sign-in", timeout=5) as page:
            return bool(page.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


if __name__ == "__main__":
    main()
