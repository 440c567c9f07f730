"""A member of staff as the pages see one: the engine's actor, with login and the posts in words."""

from __future__ import annotations

from dataclasses import dataclass

from engine.people import Actor


@dataclass(frozen=True)
class PostLine:
    """A post held today: the role in words and the office."""

    role: str
    office: str
    office_id: str


@dataclass(frozen=True)
class Staff:
    """Who is signed in."""

    actor: Actor
    login: str
    posts: tuple[PostLine, ...]

    @property
    def name(self) -> str:
        return self.actor.name

    @property
    def post_line(self) -> str:
        """The first post, for the corner of the page."""
        return f"{self.posts[0].office} · {self.posts[0].role}" if self.posts else ""
