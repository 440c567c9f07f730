"""Chinese first, English by choice. The choice stands in a cookie and, for people who are signed in, with the person."""

from __future__ import annotations

from flask import Flask, g, request
from flask_babel import Babel, get_locale

COOKIE = "lang"
WANTED = "language"  # in an address: this answer, and every page after it
NAMES = {"zh": "中文", "en": "English"}
DEFAULT = "zh"


def wanted() -> str:
    """The language that the address wants for a form with all that is typed in it; empty where it wants none."""
    language = request.args.get(WANTED, "") if request.method == "POST" else ""
    return language if language in NAMES else ""


def chosen() -> str:
    """The language of this request: what its address wants, else the cookie's, else the person's, else Chinese."""
    language = wanted() or request.cookies.get(COOKIE) or g.get("language")
    return language if language in NAMES else DEFAULT


def is_english() -> bool:
    """Whether the page is drawn in English."""
    locale = get_locale()
    return locale is not None and locale.language == "en"


def named(name: str, name_en: str | None) -> str:
    """A name from a model in the language of the page; Chinese where no English one was given."""
    return name_en if name_en and is_english() else name


def beside(text: str, more: str) -> str:
    """A text with more about it in the brackets of the language."""
    return f"{text} ({more})" if is_english() else f"{text}（{more}）"


def install(app: Flask) -> None:
    """Gives templates `_`, `lang` and `named`."""
    app.config.update(
        BABEL_DEFAULT_LOCALE=DEFAULT, BABEL_DEFAULT_TIMEZONE="Asia/Shanghai", BABEL_TRANSLATION_DIRECTORIES="translations"
    )
    Babel(app, locale_selector=chosen)
    app.jinja_env.globals.update(named=named, lang=lambda: "en" if is_english() else "zh-CN")
