"""The counters of a demonstration: stations with simulated cards, for the posts that a book names (`stations`); elsewhere jobs wait for a real one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from commands.demo_office.story import Story
from commands.scenarios.model import Work
from commands.scenarios.stations import EngineDoor, station
from hardware.simulator import MemoryShelf

if TYPE_CHECKING:
    from app import Application


class Counters:
    """Cards stay as they were written, from day to day."""

    def __init__(self, application: Application, stories: Sequence[Story]) -> None:
        self.application, self.cards = application, MemoryShelf()
        self.posts = sorted({str(post) for story in stories for post in story.book.data.get("stations", ())})

    def work(self) -> None:
        """Works off what waits at these counters now."""
        for post in self.posts:
            station(self.application, Work("demo", post), self.cards, EngineDoor(self.application, post)).work_off()
