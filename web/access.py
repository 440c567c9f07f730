"""Who may call a view. Deny by default: a view that says nothing is for signed-in staff only; nothing is decided by path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Lets people who are not signed in call this view."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def needs_role(*roles: str, hidden: bool = False) -> Callable[[View], View]:
    """Lets only people who hold one of these roles, at whatever office, call this view.

    The view itself looks only at offices of those posts (`Staff.scopes_of`): a role at one office says nothing about another.
    To anybody else a hidden one is not there.
    """

    def mark(view: View) -> View:
        view.roles = frozenset(roles)  # type: ignore[attr-defined]
        view.hidden = hidden  # type: ignore[attr-defined]
        return view

    return mark


def for_offices(view: View) -> View:
    """Lets only people whose posts show the cases of some office call this view; those of administrators show none."""
    view.for_offices = True  # type: ignore[attr-defined]
    return view


def for_files(view: View) -> View:
    """Lets people who are signed in send files to this view; to any other a form may only be small."""
    view.for_files = True  # type: ignore[attr-defined]
    return view


def is_for_files(view: Callable[..., Any] | None) -> bool:
    """Whether a view was marked as taking files."""
    return bool(getattr(view, "for_files", False))


def is_for_offices(view: Callable[..., Any] | None) -> bool:
    """Whether a view was marked as being about the cases of offices."""
    return bool(getattr(view, "for_offices", False))


def is_public(view: Callable[..., Any] | None) -> bool:
    """Whether a view was marked as open."""
    return getattr(view, "access", "") == "public"


def is_hidden(view: Callable[..., Any] | None) -> bool:
    """Whether a view does not even tell that it is there."""
    return bool(getattr(view, "hidden", False))


def roles_of(view: Callable[..., Any] | None) -> frozenset[str]:
    """The roles of which one is demanded; empty when every member of staff may."""
    found: frozenset[str] = getattr(view, "roles", frozenset())
    return found
