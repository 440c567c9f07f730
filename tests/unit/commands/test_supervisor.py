"""A child that dies again and again is started ever more slowly, and one that lived long starts over quickly."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from commands.serving import supervisor
from commands.serving.supervisor import FIRST_PAUSE_S, HEALTHY_AFTER_S, LONGEST_PAUSE_S, Child, Supervisor


class Dead:
    pid = 1

    def poll(self) -> int:
        return 1


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """A monotonic clock that a test moves."""
    moments = [0.0]
    monkeypatch.setattr(supervisor, "monotonic", lambda: moments[-1])
    yield moments


def die(child: Child, moments: list[float], after: float) -> float:
    """Starts, lives for a while, dies; the pause until it is started again."""
    child.process, child.started = Dead(), moments[-1]  # type: ignore[assignment]
    moments.append(moments[-1] + after)
    assert child.died() == 1
    return child.again_at - moments[-1]


def test_pauses_double_up_to_the_longest(moments: list[float]) -> None:
    child = Child("node", ())

    assert [die(child, moments, 0.1) for _ in range(6)] == pytest.approx([1, 2, 4, LONGEST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_PAUSE_S])


def test_whoever_lived_long_starts_over_with_the_shortest(moments: list[float]) -> None:
    child = Child("node", ())
    for _ in range(5):
        die(child, moments, 0.1)

    assert die(child, moments, HEALTHY_AFTER_S + 1) == FIRST_PAUSE_S


def busy() -> subprocess.Popen[bytes]:
    """A process that finishes its work of a second before it ends as it is told to."""
    program = (
        "import signal, time; signal.signal(signal.SIGTERM, lambda *_: None); print(flush=True); signal.pause(); time.sleep(1)"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_each_kind_of_child_has_its_own_time_to_end() -> None:
    children = [Child("worker", (), end_s=30.0, process=busy()), Child("node", (), end_s=0.2, process=busy())]
    processes = [child.process for child in children if child.process is not None]

    Supervisor(children).end()

    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0, -signal.SIGKILL]
