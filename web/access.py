"""Who may call a view. Deny by default: a view that says nothing is for signed-in staff only; nothing is decided by path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Lets people who are not signed in call this view."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def needs_role(*roles: str) -> Callable[[View], View]:
    """Lets only people who hold one of these roles, at whatever office, call this view."""

    def mark(view: View) -> View:
        view.roles = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return mark


def is_public(view: Callable[..., Any] | None) -> bool:
    """Whether a view was marked as open."""
    return getattr(view, "access", "") == "public"


def roles_of(view: Callable[..., Any] | None) -> frozenset[str]:
    """The roles of which one is demanded; empty when every member of staff may."""
    found: frozenset[str] = getattr(view, "roles", frozenset())
    return found
