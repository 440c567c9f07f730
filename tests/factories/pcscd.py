"""A pcscd of one's own with virtual readers, several of them side by side on one machine: no service of the system is touched where a name space may be made.

Every reader needs a copy of the driver of its own, for the driver keeps its slots in one table; a reader has two slots, behind neighbouring ports.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
SERVICE_FOLDER = Path("/run/pcscd")
SOCKET = "pcscd.comm"
START_S = 10.0


class NoPcsc(Exception):
    """pcscd or its virtual driver is not installed, or no folder of its own can be laid over the system's."""


@contextmanager
def running(names: Sequence[str]) -> Iterator[dict[str, int]]:
    """Name of each slot → the port behind which a card is put into it. Raises NoPcsc."""
    if not DRIVER.exists() or shutil.which("pcscd") is None or os.geteuid() != 0:
        raise NoPcsc("pcscd, vsmartcard-vpcd")
    with tempfile.TemporaryDirectory(prefix="jinshui-pcsc-") as folder:
        slots, entries = dict[str, int](), list[str]()
        for at, name in enumerate(names):
            port, driver = _two_free_ports(), Path(folder) / f"driver{at}.so"
            shutil.copy(DRIVER.resolve(), driver)
            entries.append(f'FRIENDLYNAME "{name}"\nDEVICENAME /dev/null:{port}\nLIBPATH {driver}\nCHANNELID {port}\n')
            slots |= {f"{name} 00 00": port, f"{name} 00 01": port + 1}
        (Path(folder) / "readers").mkdir()
        (Path(folder) / "readers" / "virtual").write_text("\n".join(entries), "utf-8")
        process = _started(Path(folder))
        try:
            yield slots
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:  # it waits for a silent card
                process.kill()
                process.wait()


def _started(folder: Path) -> subprocess.Popen[bytes]:
    """The service in a name space of its own, in which our folder lies over the one where its socket stands; where none may be made, the one of the machine."""
    SERVICE_FOLDER.mkdir(parents=True, exist_ok=True)
    program = ["pcscd", "--foreground", "--info", "--config", str(folder / "readers")]
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0:
        place = _own_folder()
        program = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" "$1" && shift && exec "$@"', str(place), str(SERVICE_FOLDER), *program]
    else:
        place = SERVICE_FOLDER
    os.environ["PCSCLITE_CSOCK_NAME"] = str(place / SOCKET)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(program, stdout=log, stderr=subprocess.STDOUT)
    until = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < until:
        with socket.socket(socket.AF_UNIX) as asked:
            try:
                asked.connect(str(place / SOCKET))  # the file alone proves nothing, it may be left from before
            except OSError:
                time.sleep(0.005)
            else:
                return process
    raise NoPcsc((folder / "log").read_text("utf-8", "replace")[-500:])


@cache
def _own_folder() -> Path:
    """One for the life of this process: the client library remembers the first socket for ever."""
    return Path(tempfile.mkdtemp(prefix="jinshui-pcscd-"))


def _two_free_ports() -> int:
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("0.0.0.0", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("0.0.0.0", port + 1))
            except OSError:
                continue
            return port
