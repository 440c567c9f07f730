"""A printer of IPP of one's own: ippeveprinter, with the Avahi and the D-Bus that it does not start without, on loopback and apart from any service of the machine.

Avahi allows one daemon for a folder in /run, so a folder of ours is laid over it in a name space of its own. What the printer does with a document is a program of
ours, which counts pages as a real one does and meets the faults that lie as files in `faults`.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

START_S = 10.0
_PROGRAMS = {"cups-ipp-utils": "ippeveprinter", "avahi-daemon": "avahi-daemon", "dbus": "dbus-daemon", "poppler-utils": "pdfinfo"}
_PATH = f"{os.environ['PATH']}:/usr/sbin"
_AVAHI_FOLDER = Path("/run/avahi-daemon")
_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""
_AVAHI = "[server]\nuse-ipv6=no\nallow-interfaces=lo\nenable-dbus=yes\n[publish]\npublish-addresses=no\n[rlimits]\n"
# $1: the document. Lines on the error output are the printer's to read: STATE of printer-state-reasons, ATTR of the job.
_COMMAND = """#!/bin/sh
cd "{folder}/faults"
waits() {{ while [ -e "$1" ] && [ ! -e stop ]; do sleep 0.02; done; }}
echo "STATE: -media-jam-error" >&2
pages=$(pdfinfo "$1" | awk '/^Pages/{{print $2}}')
copies=${{IPP_COPIES:-1}}
env | grep '^IPP_' > ../asked
for page in $(seq $((pages * copies))); do
  if [ -e "no-paper-$page" ]; then
    echo "STATE: +media-empty-error" >&2
    waits "no-paper-$page"
    echo "STATE: -media-empty-error" >&2  # in any case: no job begins while this stands
    [ -e stop ] && exit 0
  fi
  [ -e "jam-$page" ] && {{ echo "STATE: +media-jam-error" >&2; sleep 0.1; exit 1; }}
  [ -e "die-$page" ] && exit 1
  waits "wait-$page"
  [ -e stop ] && exit 0
  echo "$(((page - 1) % pages + 1))" >> ../tray
  [ -e miscount ] || echo "ATTR: job-impressions=$((pages * copies)) job-impressions-completed=$page" >&2
done
[ -e miscount ] && echo "ATTR: job-impressions-completed=$(cat miscount)" >&2
cp "$1" "../printed-$(date +%s%N).pdf"
"""


class NoPrinter(Exception):
    """ippeveprinter or what it needs is not installed, or no folder of its own can be laid over the system's."""


def tools_missing() -> str:
    """What has to be installed, nothing if all is there."""
    return " ".join(package for package, program in _PROGRAMS.items() if shutil.which(program, path=_PATH) is None)


class IppTray:
    """The printer, and what came out of it."""

    def __init__(self, folder: Path, bus: Path) -> None:
        self._folder, self._bus = folder, bus
        self.process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        (folder / "faults").mkdir()
        (folder / "spool").mkdir()
        command = folder / "print.sh"
        command.write_text(_COMMAND.format(folder=folder), "utf-8")
        command.chmod(0o755)

    @property
    def uri(self) -> str:
        """Its address."""
        return f"ipp://localhost:{self.port}/ipp/print"

    def switch_on(self) -> None:
        """It can be reached when this returns. Raises NoPrinter."""
        program = ["ippeveprinter", "-p", str(self.port), "-n", "localhost", "-d", str(self._folder / "spool"), "-f", "application/pdf", "-c", str(self._folder / "print.sh")]
        environment = {**os.environ, "PATH": _PATH, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self._bus}"}
        self.process = _spawned([*program, f"jinshui-{self.port}"], self._folder / "printer.log", environment)
        _wait_until(lambda: _connects(socket.AF_INET, ("127.0.0.1", self.port)), self.process, self._folder / "printer.log")

    def switch_off(self) -> None:
        """It loses its power."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)  # and what it was printing with
        self.process.wait()
        self.process = None

    def fault(self, name: str) -> Path:
        """Plants one; unlink it, and it is over."""
        found = self._folder / "faults" / name
        found.touch()
        return found

    def clear(self) -> None:
        """No faults, and an empty tray."""
        for file in [*(self._folder / "faults").iterdir(), *self._folder.glob("printed-*"), self._folder / "tray"]:
            file.unlink(missing_ok=True)

    def fill(self) -> None:
        """Paper is in it again."""
        for file in (self._folder / "faults").glob("no-paper-*"):
            file.unlink()

    def pages(self) -> list[str]:
        """The pages that lie in the tray, by their number in the document."""
        tray = self._folder / "tray"
        return tray.read_text("ascii").split() if tray.exists() else []

    def documents(self) -> list[bytes]:
        """The documents that came out whole."""
        return [file.read_bytes() for file in sorted(self._folder.glob("printed-*"))]

    def asked(self) -> dict[str, str]:
        """What the last job asked for, as the printer hands it to its program."""
        return dict(line.split("=", 1) for line in (self._folder / "asked").read_text("utf-8").splitlines())


@contextmanager
def network(folder: Path) -> Iterator[Path]:
    """D-Bus and Avahi; the address of the bus. Raises NoPrinter."""
    if wanted := tools_missing():
        raise NoPrinter(f"apt install {wanted}")
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode:
        raise NoPrinter("a name space of its own is wanted, which root alone may make")
    (folder / "bus.conf").write_text(_BUS.format(folder=folder), "utf-8")
    (folder / "avahi.conf").write_text(_AVAHI, "utf-8")
    (folder / "avahi").mkdir()
    _AVAHI_FOLDER.mkdir(exist_ok=True)
    bus = folder / "bus"
    environment = {**os.environ, "PATH": _PATH, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={bus}"}
    with ExitStack() as stack:
        daemon = _spawned(["dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork"], folder / "bus.log", environment)
        stack.callback(_ended, daemon)
        _wait_until(lambda: _connects(socket.AF_UNIX, str(bus)), daemon, folder / "bus.log")
        laid = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" "$1" && shift && exec "$@"', str(folder / "avahi"), str(_AVAHI_FOLDER)]
        options = ["-f", str(folder / "avahi.conf"), "--no-drop-root", "--no-chroot", "--no-rlimits", "--no-proc-title"]
        avahi = _spawned([*laid, "avahi-daemon", *options], folder / "avahi.log", environment)
        stack.callback(_ended, avahi)
        _wait_until(lambda: "startup complete" in (folder / "avahi.log").read_text("utf-8", "replace"), avahi, folder / "avahi.log")
        yield bus


@contextmanager
def ipp_printer(folder: Path, bus: Path) -> Iterator[IppTray]:
    """A printer that is switched on. Raises NoPrinter."""
    tray = IppTray(folder, bus)
    try:
        tray.switch_on()
        yield tray
    finally:
        tray.fault("stop")
        if tray.process is not None:
            _ended(tray.process)


@contextmanager
def alone(folder: Path) -> Iterator[IppTray]:
    """A printer with a network of its own. Raises NoPrinter."""
    for part in ("network", "printer"):
        (folder / part).mkdir()
    with network(folder / "network") as bus, ipp_printer(folder / "printer", bus) as tray:
        yield tray


def _spawned(command: list[str], log: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=environment, start_new_session=True)


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until(is_up: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < until:
        if is_up():
            return
        time.sleep(0.005)
    raise NoPrinter(log.read_text("utf-8", "replace")[-500:])


def _connects(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    with socket.socket(family) as asked:
        return asked.connect_ex(address) == 0


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
