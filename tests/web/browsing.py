"""A browser without JavaScript: opens pages, follows redirects, and posts forms exactly as they stand on the page."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from lxml import html
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse


@dataclass
class Page:
    """What came back."""

    person: Person
    response: TestResponse

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        """Everything that can be read on the page, spaces folded."""
        return " ".join(self.tree.text_content().split())

    @property
    def tree(self) -> Any:
        return html.fromstring(self.response.get_data(as_text=True) or "<p></p>")

    @property
    def address(self) -> str:
        return self.response.request.path

    def form(self, action: str) -> Any:
        """The form that posts to an address."""
        found = [form for form in self.tree.forms if (form.action or "").split("?")[0] == action]
        assert found, f"no form to {action} on {self.address}; there are {[f.action for f in self.tree.forms]}"
        return found[0]

    def fields(self, action: str, **values: Any) -> MultiDict[str, Any]:
        """What the browser would send after these fields were filled in."""
        found = MultiDict([(name, value) for name, value in self.form(action).form_values()])
        for name, value in values.items():
            found.setlist(name, value if isinstance(value, list) else [value])
        return found

    def submit(self, action: str, *, to: str = "", **values: Any) -> Page:
        """Fills in and posts; `to` is a button's own address."""
        return self.person.post(to or action, self.fields(action, **values))


@dataclass
class Person:
    """Somebody at a browser."""

    client: FlaskClient

    def open(self, address: str, **headers: str) -> Page:
        """Goes to an address, following redirects."""
        return Page(self, self.client.get(address, follow_redirects=True, headers=headers, buffered=True))

    def post(self, address: str, fields: Any, **headers: str) -> Page:
        """Posts raw fields, following redirects."""
        return Page(self, self.client.post(address, data=fields, follow_redirects=True, headers=headers, buffered=True))


def upload(name: str, content: bytes) -> tuple[BytesIO, str]:
    """A file as a form sends it."""
    return BytesIO(content), name
