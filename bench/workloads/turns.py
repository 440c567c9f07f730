"""The workloads, each as one turn of one client; `bench/peers/…/Turns.java` says the same for the Java engines."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from bench.workloads.clients import Client, measured, until
from bench.workloads.models import entered, payload

BLOCK = 64
Answer = dict[str, Any]


class Subject(Protocol):
    """What is measured. `complete` gives the next open tasks where the engine says them by itself, else None."""

    def start(self, workload: str, variables: Mapping[str, Any]) -> str: ...
    def open(self, case: str) -> Sequence[str]: ...
    def complete(self, task: str, values: Mapping[str, Any]) -> Sequence[str] | None: ...
    def claim(self, task: str, client: int) -> bool: ...
    def page(self, posts: Sequence[str], rows: int, cap: int) -> int: ...
    def fire(self) -> int: ...


class Turns:
    """Given a subject; `first` is the number of this process's first client."""

    def __init__(self, subject: Subject, first: int) -> None:
        self.subject, self.first = subject, first
        self._salt = itertools.count(first * 1_000_000)
        self._prepared: list[tuple[str, Sequence[str]]] = []

    def begin(self, workload: str) -> str:
        """A new case."""
        return self.subject.start(workload, {"payload": payload(next(self._salt)), "amount": 2500})

    def _complete(self, client: Client, task: str, form: str, *, more: bool = False) -> Sequence[str] | None:
        values = entered(form, next(self._salt), more=more)
        answer: Sequence[str] | None = client.time(lambda: self.subject.complete(task, values))
        return answer

    def sequence(self, client: Client) -> None:
        """W1: both user tasks, one after the other."""
        case = self.begin("W1")
        following = self._complete(client, self.subject.open(case)[0], "A")
        self._complete(client, (following or self.subject.open(case))[0], "B")

    def branches(self, client: Client) -> None:
        """W2: three branches, completed in turn."""
        for task in self.subject.open(self.begin("W2")):
            self._complete(client, task, "B")

    def loop(self, client: Client, times: int) -> None:
        """W3: one user task, over and over."""
        case = self.begin("W3")
        following: Sequence[str] | None = None
        for left in range(times - 1, -1, -1):
            following = self._complete(client, (following or self.subject.open(case))[0], "LOOP", more=left > 0)

    def claims(self, client: Client, tasks: Sequence[str]) -> None:
        """W7: in every block of tasks each client tries, in an order of its own, until one is won."""
        for at in range(0, len(tasks) - BLOCK + 1, BLOCK):
            block = list(tasks[at : at + BLOCK])
            random.Random(client.number * 7919 + at).shuffle(block)
            for task in block:
                if self._claimed(client, task):
                    break

    def _claimed(self, client: Client, task: str) -> bool:
        if client.time(lambda: self.subject.claim(task, client.number)):
            return True
        client.took.pop()  # how long a refusal takes is no claim's time
        client.refused += 1
        return False

    # --- the commands of a player --------------------------------------------------------------------------------------------

    def run(self, workload: str, clients: int, *given: str) -> Answer:
        """A measured run; what is given depends on the workload."""
        work: dict[str, Callable[..., Callable[[Client], None]]] = {
            "W1": lambda seconds: until(float(seconds), self.sequence),
            "W2": lambda seconds: until(float(seconds), self.branches),
            "W3": lambda times: lambda client: self.loop(client, int(times)),
            "W4": lambda seconds: until(float(seconds), self._fire),
            "W5": lambda seconds, posts, rows, cap: until(float(seconds), lambda c: self._page(c, posts.split(","), int(rows), int(cap))),
            "W7": lambda file, low, high: lambda client: self.claims(client, _lines(file, int(low), int(high))),
        }  # fmt: skip
        return measured(clients, work[workload](*given), first=self.first)

    def _fire(self, client: Client) -> None:
        client.took += [0] * self.subject.fire()

    def _page(self, client: Client, posts: Sequence[str], rows: int, cap: int) -> None:
        if client.time(lambda: self.subject.page(posts, rows, cap)) < rows:
            raise AssertionError("expected a full page")

    def prepare(self, workload: str, cases: int) -> Answer:
        """Starts cases and looks for their tasks; `finish` completes them and does nothing else, for counting."""
        form = {"W1": "A", "W2": "B", "W3": "LOOP"}[workload]
        self._prepared = [(form, self.subject.open(self.begin(workload))) for _ in range(cases)]
        return {}

    def finish(self) -> Answer:
        """Completes what was prepared."""

        def work(client: Client) -> None:
            for form, tasks in self._prepared:
                for task in tasks:
                    self._complete(client, task, form, more=True)

        return measured(1, work)


def _lines(file: str, low: int, high: int) -> list[str]:
    with open(file, encoding="utf-8") as text:  # noqa: PTH123 -- a name that came in a command
        return text.read().split("\n")[low:high]
