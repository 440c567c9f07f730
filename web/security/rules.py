"""The rules of signing in, changed by the security administrators of the office above all others: they count for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from records.offices.reach import heads_the_tree
from records.offices.sign_in_rules import RANGES, SignInRules, change_rules
from web import flash, identity, keys, requests
from web.security import acts
from web.security.family import blueprint
from web.security.people import ROLE
from web.security.sentences import out_of_range, rule_labels
from web.services import services
from web.staff import ROLE_NAMES

DIGITS = 5


@blueprint.get("/rules")
def rules() -> BaseResponse:
    """The rules in force."""
    return _page(identity.rules(), {})


@blueprint.post("/rules", endpoint="change_rules")
def change() -> BaseResponse:
    """Puts other rules in force: at the next request of everybody."""
    wanted, errors = _wanted()
    if errors:
        return _page(wanted, errors, 422)
    with services().database.write() as session:
        acts.demand(heads_the_tree(session, identity.staff().scopes_of(ROLE)))
        if keys.is_new(session, "rules"):
            change_rules(session, wanted, acts.who())
    return flash.saying(requests.go(url_for("security.rules")), "rules_changed")


def _wanted() -> tuple[SignInRules, dict[str, str]]:
    numbers, errors = dict[str, int](), dict[str, str]()
    for name, (least, most) in RANGES.items():
        given = request.form.get(name, "").strip()
        if given.isascii() and given.isdecimal() and len(given) <= DIGITS and least <= int(given) <= most:
            numbers[name] = int(given)
        else:
            errors[name] = out_of_range(name)
    roles = tuple(sorted(set(request.form.getlist("roles")) & set(_roles(identity.rules()))))
    return replace(identity.rules(), **numbers, second_factor_roles=roles), errors


def _roles(now: SignInRules) -> list[str]:
    """What may be chosen: the roles that have a name, and those that are chosen already."""
    return [*ROLE_NAMES, *(role for role in now.second_factor_roles if role not in ROLE_NAMES)]


def _page(shown: SignInRules, errors: Mapping[str, str], status: int = 200) -> BaseResponse:
    with services().database.read() as session:
        may_change = heads_the_tree(session, identity.staff().scopes_of(ROLE))
    given = request.form if errors else {}
    fields = [
        (name, label, given.get(name, getattr(shown, name)), help_text, errors.get(name, "")) for name, (label, help_text) in rule_labels().items()
    ]
    roles = [(role, str(ROLE_NAMES.get(role, role)), role in shown.second_factor_roles) for role in _roles(identity.rules())]
    said = _("有 %(n)s 项需要更正。", n=len(errors)) if errors else ""
    return requests.page("security/rules.html", status=status, fields=fields, roles=roles, may_change=may_change, error=said)
