"""Who may call a view. Deny by default: a view that says nothing is for signed-in staff only; nothing is decided by path."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from engine.people import Actor

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


def for_readers(view: View) -> View:
    """As `for_offices`, and for outside parties too, whom cases name: a list of the cases that somebody sees."""
    view.for_readers = True  # type: ignore[attr-defined]
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


def is_closed_to(view: Callable[..., Any] | None, actor: Actor) -> bool:
    """Whether a view is about cases and the actor sees none, however many there are."""
    if getattr(view, "for_readers", False):
        return not (actor.sights or actor.party)
    return is_for_offices(view) and not actor.scopes


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


def before_duties(view: View) -> View:
    """Lets people call this view who still owe an own password or a second factor, and can do nothing else."""
    view.before_duties = True  # type: ignore[attr-defined]
    return view


def is_before_duties(view: Callable[..., Any] | None) -> bool:
    """Whether a view was marked as open to people who owe a password or a second factor."""
    return bool(getattr(view, "before_duties", False))


def unattended(view: View) -> View:
    """Says that pages ask for this by themselves: it is no sign that somebody sits there, and keeps no session alive."""
    view.unattended = True  # type: ignore[attr-defined]
    return view


def is_unattended(view: Callable[..., Any] | None) -> bool:
    """Whether a view was marked as asked for by pages themselves."""
    return bool(getattr(view, "unattended", False))
