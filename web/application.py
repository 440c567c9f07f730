"""Puts the web application together: settings, headers, identity, languages, page families, error pages."""

from __future__ import annotations

import importlib
import pkgutil

from flask import Blueprint, Flask

import web
from web import address, assets, door, errors, formats, headers, identity, languages, names, navigation, requests
from web.deputies import lent_for
from web.notices.inbox import latest, unread
from web.notices.streaming import has_streams
from web.returned import views as returned
from web.rights import door as rights
from web.services import KEY, Services
from web.staff import role_name

MAX_FORM_PARTS = 2000


def create_web(deps: Services) -> Flask:
    """The application for these services; one process may hold several."""
    app = Flask("web", static_folder=None, template_folder="templates")
    app.request_class = door.Request
    app.config.update(
        MAX_CONTENT_LENGTH=deps.settings.max_upload_bytes,
        MAX_FORM_MEMORY_SIZE=deps.settings.max_form_bytes,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        PREFERRED_URL_SCHEME="https" if deps.settings.secure_cookies else "http",
    )
    app.extensions[KEY] = deps
    if public := address.checked(deps.settings.public_address):
        app.wsgi_app = address.reached_at(public, app.wsgi_app)  # type: ignore[method-assign]
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(formats.FILTERS)
    app.jinja_env.globals.update(who=names.person_name, asset=assets.asset, request_key=requests.new_key, nav=navigation.entries, unread=unread, latest_notice=latest, has_streams=has_streams, lent_for=lent_for, role_name=role_name, is_fragment=lambda: bool(requests.wanted()))
    headers.install(app)
    languages.install(app)
    identity.install(app)
    errors.install(app)
    returned.install(app)
    for blueprint in page_families():
        app.register_blueprint(blueprint)
    rights.check(app)
    return app


def page_families() -> list[Blueprint]:
    """The blueprint of every page family: each package of `web` whose `views` module holds a `blueprint`, and the assets."""
    families = [assets.blueprint]
    for package in sorted(m.name for m in pkgutil.iter_modules(web.__path__) if m.ispkg):
        names = {m.name for m in pkgutil.iter_modules([f"{p}/{package}" for p in web.__path__])}
        if "views" in names:
            families.append(importlib.import_module(f"web.{package}.views").blueprint)
    return families
