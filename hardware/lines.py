"""What is said of one job while it is tried again and again: a line once, and a hindrance when it is another than the one before."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Lines:
    """The lines of one job."""

    said: set[str] = field(default_factory=set)
    hindrance: str = ""

    def is_new(self, line: str) -> bool:
        """Whether a step is to be told: another try that comes as far as the one before says nothing of it."""
        news = line not in self.said
        self.said.add(line)
        return news

    def is_another(self, hindrance: str) -> bool:
        """Whether what keeps the job from going on has changed."""
        news, self.hindrance = hindrance != self.hindrance, hindrance
        return news
